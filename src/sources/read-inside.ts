import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync, realpathSync } from 'node:fs';
import { sep } from 'node:path';
import { stopAtShortage } from '../base/interruption.ts';
import { errnoOf } from '../base/paths.ts';

/** A file as it was when it was read. */
export interface ReadFile {
  readonly bytes: Buffer;
  /** When it was last written, in whole seconds since 1970. */
  readonly modified: number;
}

/**
 * Reads a small file of a repository, and only where it really lies in the folder that was proven.
 *
 * The file is opened first and asked afterwards where it is, so that a folder on the way that becomes a symlink
 * meanwhile gains nothing. Symlinks and everything that is not a regular file are refused.
 * @param folder A real path.
 * @param name The file's path inside it, with `/` between its parts.
 * @param most The largest size that is read, in bytes.
 * @returns The file; `absent` when there is none; null when it cannot be believed: not a regular file, too large,
 *   somewhere else, or unreadable.
 * @throws Interruption when the system has nothing left to open it with.
 */
export function readInside(folder: string, name: string, most: number): ReadFile | 'absent' | null {
  const path = `${folder}${sep}${name}`;
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stats = fstatSync(fd, { bigint: true });
    const size = Number(stats.size);
    if (!stats.isFile() || size > most) return null;
    const place = process.platform === 'linux' ? readlinkSync(`/proc/self/fd/${fd}`) : realpathSync(path);
    if (place !== path) return null;
    // One byte more than it had: a file that grows meanwhile is not read on and on.
    const buffer = Buffer.allocUnsafe(size + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = readSync(fd, buffer, length, buffer.length - length, null);
    }
    // A double would round the last nanoseconds of a second up.
    const modified = Number(stats.mtimeNs / 1_000_000_000n);
    return length > size ? null : { bytes: buffer.subarray(0, length), modified };
  } catch (error) {
    // A branch that could not be read is no branch that fits.
    stopAtShortage(error);
    return errnoOf(error) === 'ENOENT' ? 'absent' : null;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** The text of such a file, taken as UTF-8. */
export function readTextInside(
  folder: string,
  name: string,
  most: number,
): { text: string } | 'absent' | null {
  const file = readInside(folder, name, most);
  return file === null || file === 'absent' ? file : { text: file.bytes.toString('utf8') };
}
