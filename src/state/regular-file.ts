import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { errnoOf } from '../paths.ts';

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

/** Reads a small file of the state directory as a whole; see {@link openRegular}. */
export function readRegular(path: string): { readonly text: string } | 'absent' | 'irregular' {
  const fd = openRegular(path, constants.O_RDONLY);
  if (typeof fd === 'string') return fd;
  try {
    return { text: readFileSync(fd, 'utf8') };
  } finally {
    closeSync(fd);
  }
}
