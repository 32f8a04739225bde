import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { errnoOf } from '../base/paths.ts';
import { ok, type Result, refused } from '../base/refusal.ts';
import { faultOf } from './proof.ts';

/** The errnos of open() for a symlink, for a FIFO or socket without a reader, and for writing to a folder. */
const IRREGULAR = ['ELOOP', 'ENXIO', 'EISDIR'];

/**
 * Opens a regular file of the state directory. Symlinks are not followed, and other special files are refused: a FIFO would
 * make the server wait for a process at its other end.
 * @param flags As for open(), without O_NOFOLLOW and O_NONBLOCK, which are added.
 * @returns A file descriptor; or why there is none.
 * @throws A system error.
 */
export function openRegular(path: string, flags: number): number | 'absent' | 'irregular' {
  let fd: number;
  try {
    fd = openSync(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o600);
  } catch (error) {
    const code = errnoOf(error) ?? '';
    if (code === 'ENOENT') return 'absent';
    if (IRREGULAR.includes(code)) return 'irregular';
    throw error;
  }
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  return 'irregular';
}

/** More than the size of any record or journal. */
const MOST_BYTES = 32 * 1024 * 1024;

/**
 * Reads a whole file of the state directory, see {@link openRegular}, if it belongs to the server's user.
 * @param owner The user who must own it; null on systems without user ids.
 * @returns Its text; null when there is none; or a problem, worded to follow its name.
 * @throws A system error.
 */
export function readOwn(path: string, owner: number | null): Result<string | null, string> {
  const fd = openRegular(path, constants.O_RDONLY);
  if (fd === 'absent') return ok(null);
  if (fd === 'irregular') return refused('is not a regular file');
  try {
    const stats = fstatSync(fd);
    const fault = owner === null ? null : faultOf(path, stats, owner);
    if (fault !== null) return refused(fault.what);
    if (stats.size > MOST_BYTES) return refused(`is larger than ${MOST_BYTES / 1024 / 1024} MiB`);
    return ok(readFileSync(fd, 'utf8'));
  } finally {
    closeSync(fd);
  }
}

/** Reads that many bytes; fewer only if the file has become shorter. */
export function readAt(fd: number, position: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  let read = 0;
  while (read < length) {
    const count = readSync(fd, buffer, read, length - read, position + read);
    if (count === 0) break;
    read += count;
  }
  return buffer.subarray(0, read);
}
