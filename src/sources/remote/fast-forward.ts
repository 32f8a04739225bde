import { appendFileSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { ok, type Result, refused } from '../../base/refusal.ts';
import { readHead } from '../git-head.ts';
import { stateOf } from '../kept-changes.ts';
import { type LockedFile, lockGitFile, movePacks } from './git-file-lock.ts';
import { trackingRef } from './ready-checkout.ts';
import { shallowEnds } from './shallow-ends.ts';
import { undoUpdate } from './undo-update.ts';
import { copyIndex, type UpdateFolder } from './update-folder.ts';
import { type HeldNote, leaveNote } from './update-note.ts';

/**
 * Why a checkout was not moved forward. `locked`: another git works there; `touched`: it is no longer as it was looked at;
 * `failed`: git could not write; `half done`: and what it had written could not be undone, which the next update tries again.
 */
export type NotMoved = 'locked' | 'touched' | 'failed' | 'half done';

/**
 * Moves a checkout forward to a commit that was fetched for it: objects, work tree, index, and at last its branch, as
 * `git merge --ff-only` would. It holds git's lock of the index meanwhile, with a note by which an interrupted update is
 * undone, see {@link undoUpdate}.
 * @param after A commit that has the one that is checked out among its ancestors.
 * @returns Nothing, or why the checkout is as it was.
 * @throws A system error.
 */
export async function fastForward(folder: UpdateFolder, after: string): Promise<Result<void, NotMoved>> {
  const { checkout, scratch } = folder;
  folder.goThrough();
  const note = leaveNote(checkout.git, { before: checkout.commit, after }, scratch);
  if (note === null) return refused('locked');
  const locks: LockedFile[] = [];
  let isHalfDone = false;
  try {
    if (!isAsSeen(folder)) return refused('touched');
    const ends = checkout.isShallow ? await shallowEnds(folder) : 'the same';
    if (ends === null) return refused('failed');
    if (!lockFiles(folder, after, ends === 'the same' ? null : ends.text, locks)) return refused('locked');
    const { path, common } = checkout.git;
    const packs = join(folder.objects, 'pack');
    if (!movePacks(packs, join(common, 'objects', 'pack'), readdirSync(packs))) return refused('failed');
    isHalfDone = true;
    const index = await writeFiles(folder, after, note);
    if (index === null) {
      isHalfDone = (await undoUpdate(folder, { before: checkout.commit, after })) === 'mixed';
      return refused(isHalfDone ? 'half done' : 'failed');
    }
    renameSync(index, join(path, 'index'));
    for (const lock of locks) lock.put();
    isHalfDone = false;
    return ok(undefined);
  } finally {
    for (const lock of locks) lock.release();
    if (isHalfDone) note.giveUp();
    else note.release();
  }
}

function isAsSeen({ checkout, seen }: UpdateFolder): boolean {
  const head = readHead(checkout.git);
  const { branch, commit, git } = checkout;
  return head?.branch === branch && head.commit === commit && stateOf(git, head).key === seen;
}

/**
 * Locks the files that say which commits there are, in the order in which they change: where history ends before those that
 * lead there, and the branch last.
 * @param locks Gets the locks, also if one cannot be had.
 * @returns Whether all could be had.
 */
function lockFiles(
  { checkout, scratch }: UpdateFolder,
  after: string,
  ends: string | null,
  locks: LockedFile[],
): boolean {
  const { git, branch } = checkout;
  const files = [
    ...(ends === null ? [] : [['shallow', ends] as const]),
    [trackingRef(branch), `${after}\n`] as const,
    [`refs/heads/${branch}`, `${after}\n`] as const,
  ];
  for (const [name, contents] of files) {
    const lock = lockGitFile(git.common, name, contents, scratch);
    if (lock === null) return false;
    locks.push(lock);
  }
  return true;
}

/**
 * Wins over the attributes of the repository (gitattributes(5)): no file becomes twelve times as large as it was measured, by
 * `$Id$`. Git takes it for the same file.
 */
const UNEXPANDED = '\n* -ident\n';

/** Writes the files of the new commit, and an index of them. Returns its path; null if git could not, or not all. */
async function writeFiles(folder: UpdateFolder, after: string, note: HeldNote): Promise<string | null> {
  const { checkout, path } = folder;
  appendFileSync(join(path, 'info', 'attributes'), UNEXPANDED);
  // Git writes the index anew beside it, from where it can be renamed to its place.
  const index = copyIndex(folder, 'index');
  const onStart = note.starting();
  const said = await folder.run(['read-tree', '-m', '-u', checkout.commit, after], { index, onStart });
  return said === null ? null : index;
}
