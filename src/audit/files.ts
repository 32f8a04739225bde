/** The files of the audit trail in the state directory, and how they are opened. */
import { closeSync, constants, fchmodSync, fstatSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../base/paths.ts';
import { ok, type Refused, type Result, refuse } from '../base/refusal.ts';
import { quoted } from '../base/text.ts';
import { isCompleteTrail, LAYOUT } from '../state/layout.ts';
import { ownUser } from '../state/proof.ts';
import { openRegular } from '../state/regular-file.ts';

/** The file that lines are appended to. */
export const CURRENT = LAYOUT.trail;

/** The name of a file that is complete: its last line has this number. Sorted by name they are in order. */
export function rotatedName(seq: number): string {
  return `audit-${String(seq).padStart(16, '0')}.jsonl`;
}

/** The files that are complete, the oldest first. */
export function rotatedNames(stateDir: string): string[] {
  return readdirSync(stateDir).filter(isCompleteTrail).sort();
}

/** A folder of its own for the lock: what else is in the state directory is nobody's business who looks for it. */
export function lockFolder(stateDir: string): string {
  return join(stateDir, LAYOUT.trailLock);
}

/**
 * Opens a file of the server's own. A symlink is not followed, and nothing but a regular file is taken.
 * @param flags As for open(), without those that say how links and special files are treated.
 * @param log Given by a server: then it has to be the server's own, and one that others may read or write is closed to
 *   them, which is said there. Either that was a mistake, or somebody wants to look in.
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
  if (fd === 'irregular') return unfit(name, 'is not a regular file');
  if (log === undefined) return ok(fd);
  const { mode, nlink, uid } = fstatSync(fd);
  const isOpen = (mode & 0o077) !== 0;
  // Backups may be hard links; they are as closed as what they were made of.
  const isShared = isOpen && nlink > 1;
  if (uid === (ownUser() ?? uid) && !isShared) {
    if (isOpen) closeToOthers(fd, name, mode, log);
    return ok(fd);
  }
  closeSync(fd);
  return unfit(
    name,
    isShared ? 'is a hard link to a file of others' : `belongs to another user (uid ${uid})`,
  );
}

function unfit(name: string, what: string): Refused {
  return refuse('io_error', `${name} in the state directory ${what}.`, {
    hint: `Ask the operator to move ${name} away.`,
  });
}

function closeToOthers(fd: number, name: string, mode: number, log: (line: string) => void): void {
  const was = (mode & 0o777).toString(8);
  try {
    fchmodSync(fd, 0o600);
    log(`audit: ${name} was open to others (mode ${was}); it is not any more.`);
  } catch (error) {
    log(`audit: ${name} is open to others (mode ${was}), which cannot be changed (${errnoOf(error)}).`);
  }
}

/** A file of the trail, open to be read. */
export interface TrailFile {
  readonly name: string;
  readonly fd: number;
  /** What is added later is not looked at. */
  readonly size: number;
}

/**
 * Reads the files of a trail one by one, while others may append to it; for the operator.
 * @param order Which one to begin with.
 * @param read Returns false when it needs no more.
 * @returns Whether there are any, or why one cannot be read.
 */
export function readTrail(
  stateDir: string,
  order: 'oldest first' | 'newest first',
  read: (file: TrailFile) => boolean,
): Result<boolean> {
  let current: number | null = null;
  try {
    // Opened before the others are listed: if it is rotated meanwhile, it is found among them.
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
      hint: 'Look with the configuration of the server, as the user it runs as.',
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
  if (opened.value === null) return refuse('io_error', `${quoted(name)} was removed just now.`);
  try {
    return readOpen(name, opened.value, read);
  } finally {
    closeSync(opened.value);
  }
}

function readOpen(name: string, fd: number, read: (file: TrailFile) => boolean): Result<boolean> {
  return ok(read({ name, fd, size: fstatSync(fd).size }));
}
