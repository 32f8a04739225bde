import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished, vi } from 'vitest';
import { assessModule } from '../../src/addons/assess.ts';
import type { Root } from '../../src/addons/roots.ts';
import { buildCatalog, type Catalog, type CatalogModule, createCatalog } from '../../src/catalog/catalog.ts';
import { createFolderWatch, type FolderWatch } from '../../src/catalog/watch.ts';
import type { Series } from '../../src/manifest/series.ts';
import { eventually } from './patience.ts';

/** A catalog that is closed when the test ends. */
export function openCatalog(
  roots: readonly Root[],
  options: { series?: Series; watch?: FolderWatch } = {},
): Catalog {
  const catalog = createCatalog(roots, options.series ?? '17.0', options.watch ?? createFolderWatch());
  onTestFinished(() => catalog.close());
  return catalog;
}

/** A system on which nothing can be watched. */
export function noWatch(isLocal: boolean): FolderWatch {
  return {
    size: 0,
    isLocal: () => isLocal,
    watch: () => null,
    caughtUp: async () => {},
    mayHaveMissed: () => false,
  };
}

/**
 * Puts the clock forward for one test, so that a change counts as over after 25 ms instead of 2.1 seconds: longer than
 * a tick of the file systems tests run on.
 */
export function quickenClock(): void {
  const now = Date.now;
  const spy = vi.spyOn(Date, 'now').mockImplementation(() => now() + 2075);
  onTestFinished(() => spy.mockRestore());
}

/** Long enough, with {@link quickenClock}, for changes to be over. */
export const pause = () => sleep(35);

/** Refreshes until as many folders are watched. */
export async function settled(catalog: Catalog, watch: FolderWatch, folders: number): Promise<void> {
  await eventually(async () => {
    await catalog.refresh();
    if (watch.size !== folders) throw new Error(`${watch.size} folders are watched, not ${folders}`);
  });
  // What was settled while it was doubtful is read once more.
  await catalog.refresh();
}

/** What a catalog knows, for comparing it with {@link fromScratch}. */
export function known(modules: readonly CatalogModule[]) {
  return modules.map((module) => describe(module, module.assessment()));
}

/** The same from a catalog that is built at this moment. */
export async function fromScratch(roots: readonly Root[], series: Series = '17.0') {
  return (await buildCatalog(roots, series)).map((entry) => describe(entry, assessModule(entry)));
}

function describe(
  { name, path, family, repository }: Pick<CatalogModule, 'name' | 'path' | 'family' | 'repository'>,
  { judgement, refusals }: Pick<ReturnType<CatalogModule['assessment']>, 'judgement' | 'refusals'>,
) {
  const { verdict, problems, fields } = judgement ?? { verdict: null, problems: null, fields: null };
  return { name, path, family, repository, verdict, problems, fields, refusals };
}
