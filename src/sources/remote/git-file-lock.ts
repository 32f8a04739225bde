import { randomUUID } from 'node:crypto';
import { linkSync, lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoOf, lstatOrNull, realpathOrNull } from '../../base/paths.ts';

/** A file in a git folder that is locked as git does it: `FILE.lock` has the new contents, and is renamed to take effect. */
export interface LockedFile {
  /** Puts the new contents in place, and releases the lock. */
  put(): void;
  /** Releases the lock, if it is still held. */
  release(): void;
}

/**
 * Locks a file in a git folder. The lock appears with its contents at once.
 * @param name Its path in the git folder; missing folders above it are made.
 * @param scratch A folder on the same file system.
 * @returns Null if it is locked already, or is not a file in folders of the git folder.
 * @throws A system error.
 */
export function lockGitFile(
  gitFolder: string,
  name: string,
  contents: string,
  scratch: string,
): LockedFile | null {
  const path = join(gitFolder, name);
  const lock = `${path}.lock`;
  if (leadsAway(gitFolder, name)) return null;
  mkdirSync(dirname(path), { recursive: true });
  if (lstatOrNull(path)?.isFile() === false) return null;
  const draft = join(scratch, `lock-${randomUUID()}`);
  writeFileSync(draft, contents);
  try {
    // Unlike a rename, this never replaces a lock.
    linkSync(draft, lock);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return null;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  let isHeld = true;
  return {
    put() {
      renameSync(lock, path);
      isHeld = false;
    },
    release() {
      // Afterwards, somebody else may have locked it.
      if (isHeld) rmSync(lock, { force: true });
      isHeld = false;
    },
  };
}

/** Whether something else than a folder, such as a symlink, is where a file in a git folder has one above it. */
export function leadsAway(gitFolder: string, name: string): boolean {
  for (let above = dirname(name); above !== '.'; above = dirname(above)) {
    if (lstatOrNull(join(gitFolder, above))?.isDirectory() === false) return true;
  }
  return false;
}

/**
 * Moves the packs that git has fetched to the objects of a checkout; the index of a pack comes last, since git looks for that.
 * @param from The folder of the new packs.
 * @param to The folder of the checkout's packs.
 * @returns Whether they are there; not if that is no folder of its own.
 * @throws A system error.
 */
export function movePacks(from: string, to: string, names: readonly string[]): boolean {
  mkdirSync(to, { recursive: true });
  if (realpathOrNull(to) !== to) return false;
  const packs = names.filter((name) => /^pack-[0-9a-f]{40,64}\.(?:pack|rev|idx)$/.test(name));
  const ordered = [...packs].sort((a, b) => rank(a) - rank(b));
  for (const name of ordered) {
    if (lstatSync(join(to, name), { throwIfNoEntry: false }) === undefined)
      renameSync(join(from, name), join(to, name));
  }
  return true;
}

function rank(name: string): number {
  return ['pack', 'rev', 'idx'].indexOf(name.slice(name.lastIndexOf('.') + 1));
}
