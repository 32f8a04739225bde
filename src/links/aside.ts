import { linkSync, lstatSync, renameSync, unlinkSync } from 'node:fs';
import { errnoOf } from '../base/paths.ts';
import { isLink, type Site } from './site.ts';

/**
 * Removes one particular link, and never another entry of that name.
 *
 * unlink() removes whatever has the name at that moment. So the entry is first moved into the state directory, where no
 * other user can replace it, checked there and only then unlinked; anything else is put back.
 */

/**
 * Removes a link if it has this text.
 * @param aside Where the entry is moved before it is checked.
 * @returns `removed`; `other` if the name belongs to another entry, which stays; `kept` if another entry was moved aside
 *   and its name was taken before it could be put back: it stays aside.
 * @throws A system error; then the moved entry is still aside.
 */
export function removeLink(
  path: string,
  text: string,
  aside: string,
  site: Site,
): 'removed' | 'other' | 'kept' {
  if (!isLink(path, text)) return 'other';
  if (!moveAside(path, aside, site)) {
    // Nothing can be moved to another file system, and no temporary entry may appear in the addons directory.
    unlinkSync(path);
    return 'removed';
  }
  if (isLink(aside, text)) {
    unlinkSync(aside);
    return 'removed';
  }
  return putBack(aside, path) ? 'other' : 'kept';
}

function moveAside(path: string, aside: string, site: Site): boolean {
  if (site.isCrossing) return false;
  try {
    renameSync(path, aside);
    return true;
  } catch (error) {
    if (errnoOf(error) !== 'EXDEV') throw error;
    site.isCrossing = true;
    return false;
  }
}

/**
 * Gives an entry that was moved aside its name back, without overwriting another entry.
 * @returns False if the name is taken.
 * @throws A system error; then the entry is still aside.
 */
export function putBack(aside: string, path: string): boolean {
  const entry = lstatSync(aside, { bigint: true });
  const there = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (there !== undefined) {
    if (there.dev !== entry.dev || there.ino !== entry.ino) return false;
    // A process was killed while the entry had both names.
    unlinkSync(aside);
    return true;
  }
  const isDone = linkBack(aside, path, entry.isFile() || (isLinux && entry.isSymbolicLink()));
  if (isDone !== 'impossible') return isDone;
  // Folders, and perhaps entries of other users, can only be renamed. This would overwrite an entry that got the name
  // since the check above.
  renameSync(aside, path);
  return true;
}

/** Uses link(), which fails if the name is taken. On systems other than Linux it would follow a symlink. */
function linkBack(aside: string, path: string, canLink: boolean): boolean | 'impossible' {
  if (!canLink) return 'impossible';
  try {
    linkSync(aside, path);
  } catch (error) {
    // EPERM if links to other users' files are forbidden (fs.protected_hardlinks).
    return errnoOf(error) === 'EEXIST' ? false : 'impossible';
  }
  unlinkSync(aside);
  return true;
}

const isLinux = process.platform === 'linux';
