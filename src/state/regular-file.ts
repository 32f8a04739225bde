import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { errnoOf } from '../base/paths.ts';
import { faultOf } from './proof.ts';

/** What open() says of a symlink, of a FIFO or socket that nobody listens to, and of a folder that is to be written. */
const IRREGULAR = ['ELOOP', 'ENXIO', 'EISDIR'];

/**
 * Opens a file of the state directory. A symlink is not followed, and nothing but a regular file is taken: a FIFO would
 * have the server wait for whoever is at its other end.
 * @param flags As for open(), without those that say how links and special files are treated.
 * @returns A file descriptor, or what keeps it from being one.
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

/** More than any record or journal has. */
const MOST_BYTES = 32 * 1024 * 1024;

/**
 * Reads a file of the state directory as a whole, see {@link openRegular}, if it is the server's own.
 * @param owner Whose it has to be; null where the system knows no such thing.
 * @returns Its text, `absent`, or what is wrong with it, to follow its name.
 * @throws A system error.
 */
export function readOwn(
  path: string,
  owner: number | null,
): { readonly text: string } | { readonly problem: string } | 'absent' {
  const fd = openRegular(path, constants.O_RDONLY);
  if (fd === 'absent') return fd;
  if (fd === 'irregular') return { problem: 'is not a regular file' };
  try {
    const stats = fstatSync(fd);
    const fault = owner === null ? null : faultOf(path, stats, owner);
    if (fault !== null) return { problem: fault.what };
    if (stats.size > MOST_BYTES) return { problem: `is larger than ${MOST_BYTES / 1024 / 1024} MiB` };
    return { text: readFileSync(fd, 'utf8') };
  } finally {
    closeSync(fd);
  }
}
