import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { stopAtShortage } from '../base/interruption.ts';
import { lstatOrNull } from '../base/paths.ts';
import { readTextInside } from '../base/read-inside.ts';
import type { GitFolder } from './git-folder.ts';
import { commitIn, isBranchName, MOST_REF_BYTES, readPacked } from './git-head.ts';

/** A branch that a checkout holds, its own or as a remote had it when that was fetched last. */
export interface HeldBranch {
  /** As git shows it: `17.0`, or `origin/17.0`. */
  readonly label: string;
  /** Its name without that of the remote. */
  readonly name: string;
  readonly commit: string;
}

/** The most entries of the folders with refs, and how deep they are looked at. */
const MOST_ENTRIES = 2000;
const MOST_DEPTH = 6;
/** Loose refs; each is a file that is opened. */
const MOST_LOOSE = 200;

/** The branches of a checkout, and what they were read from. */
export interface HeldBranches {
  /** Own branches first. None where refs are not in files as git writes them, or are too many. */
  readonly branches: readonly HeldBranch[];
  /**
   * The files and folders in the common git folder that change when a branch does: git replaces a file of a ref by a rename. Some
   * may not be there.
   */
  readonly from: readonly string[];
}

/**
 * Finds the branches of a checkout (gitrepository-layout(5)) without git: its own and those of remotes.
 * @param isWanted Which of them, by the name without that of the remote.
 */
export function heldBranches(git: GitFolder, isWanted: (name: string) => boolean): HeldBranches {
  const packed = readPacked(git);
  const loose = looseRefs(git, (ref) => isWanted(ref.replace(/^refs\/(?:heads\/|remotes\/[^/]*\/)/, '')));
  const from = ['packed-refs', ...loose.folders];
  if (packed === null || loose.refs === null) return { branches: [], from };
  const found = new Map<string, HeldBranch>();
  const take = (ref: string, commit: string | null) => {
    const [, kind, label = ''] = /^refs\/(heads|remotes)\/(.+)$/s.exec(ref) ?? [];
    const name = kind === 'remotes' ? label.replace(/^[^/]*\//, '') : label;
    if (kind !== undefined && commit !== null && isWanted(name)) found.set(ref, { label, name, commit });
  };
  for (const [ref, commit] of packed) if (isBranchName(ref)) take(ref, commit);
  for (const ref of loose.refs) {
    const file = readTextInside(git.common, ref, MOST_REF_BYTES);
    // One that is no hash names another ref, such as `origin/HEAD`.
    if (file !== null && file !== 'absent') take(ref, commitIn(file.text));
  }
  const branches = [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, branch]) => branch);
  return { branches, from };
}

/** The refs that have a file of their own, null if there are too many; and the folders that were looked into. */
function looseRefs(
  { common }: GitFolder,
  isWanted: (ref: string) => boolean,
): { readonly refs: readonly string[] | null; readonly folders: readonly string[] } {
  const refs: string[] = [];
  let entries = 0;
  const places = ['refs/heads', 'refs/remotes'].map((path) => ({ path, depth: 0 }));
  const folders = () => places.map(({ path }) => path);
  for (const { path, depth } of places) {
    for (const entry of entriesOf(join(common, path))) {
      if (++entries > MOST_ENTRIES || refs.length > MOST_LOOSE) return { refs: null, folders: folders() };
      const ref = `${path}/${entry.name}`;
      if (entry.isDirectory() && depth < MOST_DEPTH) places.push({ path: ref, depth: depth + 1 });
      else if (entry.isFile() && isBranchName(ref) && isWanted(ref)) refs.push(ref);
    }
  }
  return { refs, folders: folders() };
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return lstatOrNull(folder)?.isDirectory() === true ? readdirSync(folder, { withFileTypes: true }) : [];
  } catch (error) {
    stopAtShortage(error);
    return [];
  }
}
