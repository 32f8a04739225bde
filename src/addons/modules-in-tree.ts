import type { Series } from '../manifest/series.ts';
import type { TreeEntry } from '../sources/tree-object.ts';
import { isLeftOut, manifestNames } from './module-folders.ts';
import { isModuleName, type ModuleName } from './module-name.ts';

/** A folder at the top of a commit that may be a module. */
export interface TopFolder {
  readonly name: ModuleName;
  /** The id of its tree. */
  readonly id: string;
}

/** The folders at the top of a commit that may be modules, as a checkout would have them, without symlinks. */
export function topFolders(top: readonly TreeEntry[]): TopFolder[] {
  return top.flatMap(({ mode, name, id }) => {
    return mode === '40000' && isModuleName(name) && !isLeftOut(name) ? [{ name, id }] : [];
  });
}

/**
 * The manifest that Odoo of a series would read in a folder.
 * @returns The id of its file; `link` if it is a symlink, which nothing is read through; null if the folder has none.
 */
export function manifestIn(folder: readonly TreeEntry[], series: Series): string | 'link' | null {
  let isLink = false;
  for (const wanted of manifestNames(series)) {
    const entry = folder.find(({ name }) => name === wanted);
    if (entry?.mode.startsWith('100') === true) return entry.id;
    isLink ||= entry?.mode === '120000';
  }
  return isLink ? 'link' : null;
}
