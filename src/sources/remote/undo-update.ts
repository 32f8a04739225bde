import { mkdirSync, readFileSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MiB } from '../../base/bounded-file.ts';
import { lstatOrNull } from '../../base/paths.ts';
import { readInside } from '../../base/read-inside.ts';
import { isEmptyFolder } from '../compare-checkout.ts';
import { exportFiles } from './export-files.ts';
import { listChanges, type TreeChange } from './tree-changes.ts';
import { copyIndex, type UpdateFolder } from './update-folder.ts';
import type { Move } from './update-note.ts';

/** What was done about an update: nothing had been written, it was undone, or files are neither the old nor the new ones. */
export type Undone = 'untouched' | 'undone' | 'mixed';

/** The largest file that may have been written in part. */
const MOST_PARTIAL_BYTES = 64 * MiB;
/** How many files may be: git writes one after the other. */
const MOST_PARTIAL = 3;

/**
 * Undoes what an interrupted update has written into a work tree. Only files that differ between its two commits are looked at,
 * and only those that are as the new commit has them, or missing, or the beginning of a new file, are replaced by those of the old
 * commit; if there is another one, somebody has changed it, and nothing is done.
 * @param folder Of the checkout, whose branch is still at the old commit.
 */
export async function undoUpdate(folder: UpdateFolder, { before, after }: Move): Promise<Undone> {
  // Objects come first: without them, nothing else was done.
  if ((await folder.run(['rev-parse', '-q', '--verify', `${after}^{tree}`])) === null) return 'untouched';
  const changes = await listChanges(folder, before, after);
  const fromBefore = await differing(folder, before, 'index-before');
  const fromAfter = await differing(folder, after, 'index-after');
  const isIndexNew = await hasIndexOf(folder, after);
  if (changes === null || fromBefore === null || fromAfter === null || isIndexNew === null) return 'mixed';
  const index = isIndexNew ? await formerIndex(folder, { before, after }) : 'index';
  const leftOut = index === null ? null : await leftOutBy(folder, index);
  if (index === null || leftOut === null) return 'mixed';
  const touched = changes.filter(({ path, kind, type }) => {
    if (kind === 'added') return type !== 'submodule' && isThere(folder, path);
    return fromBefore.has(path) && !(leftOut.has(path) && !isThere(folder, path));
  });
  if (touched.length === 0 && !isIndexNew) return 'untouched';
  const doubtful = touched.filter(({ path, kind, type }) => {
    if (!isThere(folder, path)) return false;
    if (type === 'submodule') return !isEmptyFolder(join(folder.checkout.git.worktree, path));
    return kind === 'removed' || fromAfter.has(path);
  });
  const begun = await beginningsIn(folder, after, doubtful);
  if (begun < doubtful.length) {
    // What others have changed, git does not write over: it may not have begun.
    const isBegun = isIndexNew || begun > 0 || touched.length > doubtful.length;
    return isBegun ? 'mixed' : 'untouched';
  }
  return (await putBack(folder, touched, isIndexNew ? index : null)) ? 'undone' : 'mixed';
}

/**
 * The index as it was before it became that of the new commit, with what is noted in it besides the commit, such as the files
 * that are left out of the work tree.
 * @returns Its path; null if git cannot make it.
 */
async function formerIndex(folder: UpdateFolder, { before, after }: Move): Promise<string | null> {
  const index = copyIndex(folder, 'index-former');
  // Only with a work tree git looks at what is to be left out of it. In an empty one it finds nothing to spoil.
  const worktree = join(folder.path, 'empty-former');
  mkdirSync(worktree);
  const said = await folder.run(['read-tree', '-m', '-u', after, before], { index, worktree });
  return said === null ? null : index;
}

/** The files that git leaves out of the work tree on purpose (git-sparse-checkout(1)); null if it cannot tell. */
async function leftOutBy(folder: UpdateFolder, index: string): Promise<ReadonlySet<string> | null> {
  const files = await folder.list(['ls-files', '-t', '-z'], { index });
  const marked = files
    ?.filter((file) => file.startsWith(LEFT_OUT))
    .map((file) => file.slice(LEFT_OUT.length));
  return marked === undefined ? null : new Set(marked);
}
const LEFT_OUT = 'S ';

/** The files that differ in the work tree from a commit, of which an index is made. */
async function differing(
  folder: UpdateFolder,
  commit: string,
  index: string,
): Promise<ReadonlySet<string> | null> {
  if ((await folder.run(['read-tree', commit], { index })) === null) return null;
  // It fails where files differ.
  await folder.run(['update-index', '-q', '--refresh'], { index });
  const files = await folder.list(['diff-files', '--name-only', '-z', '--ignore-submodules=all'], { index });
  return files === null ? null : new Set(files);
}

/** Whether the checkout's index is that of the new commit; null if git cannot tell. */
async function hasIndexOf(folder: UpdateFolder, commit: string): Promise<boolean | null> {
  const differ = await folder.list(['diff-index', '--cached', '--name-only', '-z', commit]);
  return differ === null ? null : differ.length === 0;
}

function isThere({ checkout }: UpdateFolder, path: string): boolean {
  return lstatOrNull(join(checkout.git.worktree, path)) !== null;
}

/** How many of some files have nothing but the beginning of what the new commit has there. */
async function beginningsIn(
  folder: UpdateFolder,
  after: string,
  files: readonly TreeChange[],
): Promise<number> {
  const paths = files.filter(({ type }) => type === 'file').map(({ path }) => path);
  if (paths.length === 0 || paths.length > MOST_PARTIAL) return 0;
  const whole = await exportFiles(folder, after, paths, 'whole');
  if (whole === null) return 0;
  return paths.filter((path) => {
    const file = readInside(folder.checkout.git.worktree, path, MOST_PARTIAL_BYTES);
    if (file === null || file === 'absent') return false;
    return readFileSync(join(whole, path)).subarray(0, file.bytes.length).equals(file.bytes);
  }).length;
}

/** Replaces files by those of the old commit, and the index by the former one, if there is one. */
async function putBack(
  folder: UpdateFolder,
  touched: readonly TreeChange[],
  former: string | null,
): Promise<boolean> {
  const { worktree, path } = folder.checkout.git;
  for (const { path: added } of touched.filter(({ kind }) => kind === 'added')) {
    rmSync(join(worktree, added));
    removeEmptyAbove(worktree, added);
  }
  const old = touched.filter(({ kind }) => kind !== 'added').map((change) => change.path);
  for (let at = 0; at < old.length; at += MOST_PATHS) {
    const args = ['checkout-index', '-q', '-u', '-f', '--', ...old.slice(at, at + MOST_PATHS)];
    if ((await folder.run(args, { index: 'index-before' })) === null) return false;
  }
  if (former !== null) renameSync(former, join(path, 'index'));
  return true;
}
const MOST_PATHS = 200;

function removeEmptyAbove(worktree: string, path: string): void {
  for (let above = dirname(path); above !== '.'; above = dirname(above)) {
    try {
      rmdirSync(join(worktree, above));
    } catch {
      // It is not empty.
      return;
    }
  }
}
