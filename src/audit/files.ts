/** Opens and lists the files of the audit trail in the state directory. */
import { closeSync, constants, fchmodSync, fstatSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../base/paths.ts';
import { ok, type Refused, type Result, refuse } from '../base/refusal.ts';
import { quoted } from '../base/text.ts';
import { isCompleteTrail, LAYOUT } from '../state/layout.ts';
import { ownUser } from '../state/proof.ts';
import { openRegular } from '../state/regular-file.ts';

/** The file to which lines are appended. */
export const CURRENT = LAYOUT.trail;

/**
 * The name of a complete file. Sorted by name, the files are in order.
 * @param seq The number of its last line.
 */
export function rotatedName(seq: number): string {
  return `audit-${String(seq).padStart(16, '0')}.jsonl`;
}

/** The names of the complete files, oldest first. */
export function rotatedNames(stateDir: string): string[] {
  return readdirSync(stateDir).filter(isCompleteTrail).sort();
}

/** The lock has its own folder, because taking a lock lists and cleans its folder. */
export function lockFolder(stateDir: string): string {
  return join(stateDir, LAYOUT.trailLock);
}

/**
 * Opens one of the server's files. Symlinks are not followed, and other special files are refused.
 * @param flags As for open(), without O_NOFOLLOW and O_NONBLOCK, which are added.
 * @param log If given, as by a server, the file must belong to the server's user; if other users can read or write it,
 *   their permissions are removed and that is logged.
 * @returns A file descriptor, null when there is no such file, or `io_error`.
 * @throws A system error.
 */
export function openOwn(
  stateDir: string,
  name: string,
  flags: number,
  log?: (line: string) => void,
): Result<number | null> {
  const fd = openRegular(join(stateDir, name), flags);
  if (fd === 'absent') return ok(null);
  if (fd === 'irregular') return unusable(name, 'is not a regular file');
  if (log === undefined) return ok(fd);
  const { mode, nlink, uid } = fstatSync(fd);
  const isOpen = (mode & 0o077) !== 0;
  // Hard links are refused only if others have access: backups may be hard links, with the permissions of the original.
  const isShared = isOpen && nlink > 1;
  if (uid === (ownUser() ?? uid) && !isShared) {
    if (isOpen) closeToOthers(fd, name, mode, log);
    return ok(fd);
  }
  closeSync(fd);
  return unusable(
    name,
    isShared ? 'is a hard link to a file of other users' : `belongs to another user (uid ${uid})`,
  );
}

function unusable(name: string, what: string): Refused {
  return refuse('io_error', `${name} in the state directory ${what}.`, {
    hint: `Ask the operator to move ${name} away.`,
  });
}

function closeToOthers(fd: number, name: string, mode: number, log: (line: string) => void): void {
  const was = (mode & 0o777).toString(8);
  try {
    fchmodSync(fd, 0o600);
    log(`audit: ${name} was accessible to other users (mode ${was}); the server set its mode to 600.`);
  } catch (error) {
    log(
      `audit: ${name} is accessible to other users (mode ${was}), and its mode cannot be changed (${errnoOf(error)}).`,
    );
  }
}

/** A file of the trail, open for reading. */
export interface TrailFile {
  readonly name: string;
  readonly fd: number;
  /** In bytes, when it was opened; lines appended later are not read. */
  readonly size: number;
}

/**
 * Reads the files of a trail one by one, for the operator. Other processes may append meanwhile.
 * @param order The order of the files.
 * @param read Returns false to stop.
 * @returns Whether there are any files, or `io_error`.
 */
export function readTrail(
  stateDir: string,
  order: 'oldest first' | 'newest first',
  read: (file: TrailFile) => boolean,
): Result<boolean> {
  let current: number | null = null;
  try {
    // Opened before the complete files are listed: if it is rotated meanwhile, it is among them.
    const opened = openOwn(stateDir, CURRENT, constants.O_RDONLY);
    if (!opened.ok) return opened;
    current = opened.value;
    const rotated = rotatedNames(stateDir);
    const isAmongThem = current !== null && rotated.some((name) => isSameFile(join(stateDir, name), current));
    const names = current === null || isAmongThem ? rotated : [...rotated, CURRENT];
    if (order === 'newest first') names.reverse();
    for (const name of names) {
      const more = name === CURRENT ? readOpen(name, current as number, read) : readOne(stateDir, name, read);
      if (!more.ok) return more;
      if (!more.value) break;
    }
    return ok(names.length > 0);
  } catch (error) {
    const code = errnoOf(error);
    if (code === undefined) throw error;
    if (code === 'ENOENT') return ok(false);
    return refuse('io_error', `The audit trail in ${stateDir} cannot be read (${code}).`, {
      hint: "Run this command with the server's configuration, as the user the server runs as.",
    });
  } finally {
    if (current !== null) closeSync(current);
  }
}

function isSameFile(path: string, fd: number | null): boolean {
  const [a, b] = [lstatSync(path), fstatSync(fd as number)];
  return a.ino === b.ino && a.dev === b.dev;
}

function readOne(stateDir: string, name: string, read: (file: TrailFile) => boolean): Result<boolean> {
  const opened = openOwn(stateDir, name, constants.O_RDONLY);
  if (!opened.ok) return opened;
  if (opened.value === null)
    return refuse('io_error', `${quoted(name)} was removed while the trail was read.`);
  try {
    return readOpen(name, opened.value, read);
  } finally {
    closeSync(opened.value);
  }
}

function readOpen(name: string, fd: number, read: (file: TrailFile) => boolean): Result<boolean> {
  return ok(read({ name, fd, size: fstatSync(fd).size }));
}
