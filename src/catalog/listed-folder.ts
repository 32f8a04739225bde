import { sep } from 'node:path';
import { type ReadModule, readModule } from '../addons/assess.ts';
import { foldersIn, hasManifest } from '../addons/module-folders.ts';
import { type Family, familyOf, type Root } from '../addons/roots.ts';
import { realpathOrNull } from '../base/paths.ts';
import type { Turns } from '../base/turns.ts';
import type { Series } from '../manifest/series.ts';

/** A folder in a repository that may be a module. */
export interface ListedFolder {
  readonly name: string;
  /** The real path. */
  readonly path: string;
  /** Whether the repository contains a symlink to it instead of the folder. */
  readonly isLink: boolean;
  /** Null if the folder is a symlink to a folder outside all roots. */
  readonly family: Family | null;
}

/**
 * The folders in a repository that may be modules, sorted by name.
 * @param repository Its real path.
 * @param onLink See {@link foldersIn}.
 */
export async function listFolders(
  repository: string,
  roots: readonly Root[],
  turns: Turns,
  onLink?: () => void,
): Promise<ListedFolder[]> {
  // The path is already normalised; `join` would scan it again, which is slow in a fresh process.
  const prefix = repository.endsWith(sep) ? repository : repository + sep;
  const listed: ListedFolder[] = [];
  for (const { name, isLink } of await foldersIn(repository, turns, undefined, onLink)) {
    const path = isLink ? realpathOrNull(prefix + name) : prefix + name;
    if (path !== null) listed.push({ name, path, isLink, family: familyOf(path, roots) });
    const pause = turns.spend();
    if (pause !== undefined) await pause;
  }
  return listed;
}

/** Reads the module in a folder; null if the folder has no entry with a manifest's name. */
export function readListed(
  { name, path, family }: ListedFolder,
  roots: readonly Root[],
  series: Series,
): ReadModule | null {
  const isAllowed = (real: string) => family !== null && familyOf(real, roots) === family;
  const module = readModule(name, path, series, isAllowed);
  return module.manifest.ok || hasManifest(path) ? module : null;
}
