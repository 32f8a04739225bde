import { linkSync, lstatSync, renameSync, unlinkSync } from 'node:fs';
import { errnoOf } from '../base/paths.ts';
import { isLink, type Site } from './site.ts';

/**
 * Removing a link, and nothing but that link.
 *
 * unlink() takes whatever has the name by then. So the entry is moved aside first, looked at where nobody can swap it,
 * and only then unlinked; anything else goes back.
 */

/**
 * Removes a link if it has this text.
 * @returns `removed`; `other` when something else has the name, which stays; `kept` when something else was moved and
 *   its name was taken again before it could be put back: it stays aside.
 * @throws A system error; what was moved is still aside then.
 */
export function removeLink(
  path: string,
  text: string,
  aside: string,
  site: Site,
): 'removed' | 'other' | 'kept' {
  if (!isLink(path, text)) return 'other';
  if (!moveAside(path, aside, site)) {
    // Across file systems nothing can be moved, and nothing of ours may be made in the directory itself.
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
 * Gives an entry that was moved aside its name again, without overwriting what has it now.
 * @returns False when the name is taken.
 * @throws A system error; the entry is still aside then.
 */
export function putBack(aside: string, path: string): boolean {
  const entry = lstatSync(aside, { bigint: true });
  const there = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (there !== undefined) {
    if (there.dev !== entry.dev || there.ino !== entry.ino) return false;
    // The process was killed when the entry had both names.
    unlinkSync(aside);
    return true;
  }
  const isDone = linkBack(aside, path, entry.isFile() || (isLinux && entry.isSymbolicLink()));
  if (isDone !== 'impossible') return isDone;
  // A folder can only be renamed, and an entry of another user perhaps only too. Between the look above and this, a
  // third party would have to take the name to be overwritten.
  renameSync(aside, path);
  return true;
}

/** By link(), which fails where the name is taken. Elsewhere than on Linux it would follow a symlink. */
function linkBack(aside: string, path: string, canLink: boolean): boolean | 'impossible' {
  if (!canLink) return 'impossible';
  try {
    linkSync(aside, path);
  } catch (error) {
    // Where links to what others own are forbidden (fs.protected_hardlinks), EPERM.
    return errnoOf(error) === 'EEXIST' ? false : 'impossible';
  }
  unlinkSync(aside);
  return true;
}

const isLinux = process.platform === 'linux';
