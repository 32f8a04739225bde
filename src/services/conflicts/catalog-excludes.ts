import type { Turns } from '../../base/turns.ts';
import type { CatalogModule, CatalogView } from '../../catalog/catalog.ts';

/** For a name, the modules of the roots whose manifests exclude it. */
export type ExcludersOf = (name: string) => readonly CatalogModule[];

/** By the contents of a catalog, which stay the same object while nothing changes. */
const known = new WeakMap<CatalogView, ReadonlyMap<string, readonly CatalogModule[]>>();

/** Makes a function that tells which modules of the roots exclude a name, linked or not; it reads nothing itself. */
export async function excludersIn(view: CatalogView, turns: Turns): Promise<ExcludersOf> {
  const index = known.get(view) ?? (await indexExcludes(view, turns));
  known.set(view, index);
  return (name) => index.get(name) ?? [];
}

async function indexExcludes(
  { modules }: CatalogView,
  turns: Turns,
): Promise<ReadonlyMap<string, readonly CatalogModule[]>> {
  const index = new Map<string, CatalogModule[]>();
  for (const module of modules) {
    // Outside all roots, a folder is no module of the instance.
    const excludes = module.family === null ? [] : (module.assessment().judgement?.fields?.excludes ?? []);
    for (const name of new Set(excludes)) {
      const known = index.get(name);
      if (known === undefined) index.set(name, [module]);
      else known.push(module);
    }
    const pause = turns.spend();
    if (pause !== undefined) await pause;
  }
  return index;
}
