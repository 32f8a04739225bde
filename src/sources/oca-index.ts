/**
 * What is known of OCA's modules without a checkout: which repository has them, and what they depend on. The facts are those
 * of the branches on the day they were gathered; a name that is absent may well exist.
 */

import { readFacts } from '../facts.ts';
import type { Series } from '../manifest/series.ts';

/** A module of the OCA in a repository, as of a date. */
export interface IndexedModule {
  readonly name: string;
  /** The repository's name in the OCA's organisation. */
  readonly repo: string;
  /** Null where it is not known. */
  readonly depends: readonly string[] | null;
  /** False if its manifest says that it cannot be installed, or cannot be read; absent where that is not known. */
  readonly installable?: boolean;
  /** The day, the month or the year in which that was so, as in ISO 8601: `2026-08-21`, `2024-10`, `2025`. */
  readonly asOf: string;
  /** Of what a checkout on this host says: its path, and the branch that has the module, such as `origin/17.0`. */
  readonly checkout?: { readonly path: string; readonly branch: string };
}

/** What is known of one series. */
export interface SeriesIndex {
  readonly series: Series;
  readonly asOf: string;
  /** All of them. */
  readonly modules: readonly IndexedModule[];
  /** The modules with a name: several where several repositories have it. */
  named(name: string): readonly IndexedModule[];
  /** The repositories that have a module of that name. */
  reposOf(name: string): readonly string[];
}

interface IndexFile {
  readonly asOf: string;
  readonly repositories: Readonly<Record<string, Readonly<Record<string, readonly string[] | null>>>>;
}

/** The indexes made of the files that were read. */
const made = new WeakMap<IndexFile, SeriesIndex>();

/** The built-in index of a series. */
export async function readOcaIndex(series: Series): Promise<SeriesIndex> {
  const file = await readFacts<IndexFile>(`oca-index-${series}`);
  const index = made.get(file) ?? indexOf(series, file);
  made.set(file, index);
  return index;
}

function indexOf(series: Series, { asOf, repositories }: IndexFile): SeriesIndex {
  const found = Object.entries(repositories).flatMap(([repo, modules]) =>
    Object.entries(modules).map(([name, depends]) => ({ name, repo, depends, asOf })),
  );
  return makeIndex(series, asOf, found);
}

/** Makes an index of modules. */
export function makeIndex(series: Series, asOf: string, found: readonly IndexedModule[]): SeriesIndex {
  const byName = new Map<string, IndexedModule[]>();
  for (const module of found) {
    const others = byName.get(module.name);
    if (others === undefined) byName.set(module.name, [module]);
    else others.push(module);
  }
  const modules = [...byName.values()].flat();
  const named = (name: string) => byName.get(name) ?? [];
  const reposOf = (name: string) => named(name).map(({ repo }) => repo);
  return { series, asOf, modules, named, reposOf };
}
