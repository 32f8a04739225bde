import { realpathSync } from 'node:fs';
import { sep } from 'node:path';
import type { Series } from '../manifest/series.ts';
import { type ReadModule, readModule } from './assess.ts';
import { foldersIn, hasManifest, type Repository, repositoriesOf } from './discover.ts';
import { type Family, familyOf, type Root } from './roots.ts';

/** One module of the catalog; {@link assessModule} judges it. */
export interface CatalogEntry extends ReadModule {
  readonly repository: Repository;
  /** Null when the folder is a symlink out of all roots. */
  readonly family: Family | null;
}

/**
 * Reads every module of the roots.
 * @returns In the order of the roots, then by repository and name.
 */
export function buildCatalog(roots: readonly Root[], series: Series): CatalogEntry[] {
  return roots.flatMap(repositoriesOf).flatMap((repository) => readRepository(repository, roots, series));
}

function readRepository(repository: Repository, roots: readonly Root[], series: Series): CatalogEntry[] {
  const folder = realpathSync(repository.path);
  // `join` normalizes letter by letter, which a fresh process is slow at; this path is normal already.
  const prefix = folder.endsWith(sep) ? folder : folder + sep;
  const entries: CatalogEntry[] = [];
  for (const { name, isLink } of foldersIn(folder)) {
    const listed = prefix + name;
    const path = isLink ? realpathSync(listed) : listed;
    const family = familyOf(path, roots);
    const isAllowed = (real: string) => family !== null && familyOf(real, roots) === family;
    const { manifest } = readModule(name, path, series, isAllowed);
    if (manifest.ok || hasManifest(path)) entries.push({ name, path, series, manifest, repository, family });
  }
  return entries;
}

export interface Catalog {
  refresh(): Promise<{ modules: readonly CatalogEntry[] }>;
  close(): void;
}
export function createCatalog(roots: readonly Root[], series: Series): Catalog {
  return { refresh: async () => ({ modules: buildCatalog(roots, series) }), close() {} };
}
