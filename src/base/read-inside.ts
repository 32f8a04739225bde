import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync, realpathSync } from 'node:fs';
import { sep } from 'node:path';
import { stopAtShortage } from './interruption.ts';
import { errnoOf, pathThroughHandle } from './paths.ts';

/** The contents of a file. */
export interface ReadFile {
  readonly bytes: Buffer;
  /** The time of the last write, in whole seconds since 1970. */
  readonly modified: number;
}

/**
 * Reads a small file of a checkout, if it really lies in a proven folder.
 *
 * The file is opened first, and its path is checked afterwards, so that replacing a parent folder by a symlink meanwhile
 * has no effect. Symlinks and special files are refused.
 * @param folder A real path.
 * @param name The file's path inside the folder, with `/` between its parts.
 * @param most The largest size that is read, in bytes.
 * @returns The file; `absent` if there is none; null if it is not a regular file, too large, in another place, or
 *   unreadable.
 * @throws Interruption when the system lacks the resources to open it.
 */
export function readInside(folder: string, name: string, most: number): ReadFile | 'absent' | null {
  const path = `${folder}${sep}${name}`;
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stats = fstatSync(fd, { bigint: true });
    const size = Number(stats.size);
    if (!stats.isFile() || size > most) return null;
    const through = pathThroughHandle(fd);
    const place = through === null ? realpathSync(path) : readlinkSync(through);
    if (place !== path) return null;
    // One byte more than the size, to notice a file that grows without reading all of it.
    const buffer = Buffer.allocUnsafe(size + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = readSync(fd, buffer, length, buffer.length - length, null);
    }
    // Divided as integers: a double could round up to the next second.
    const modified = Number(stats.mtimeNs / 1_000_000_000n);
    return length > size ? null : { bytes: buffer.subarray(0, length), modified };
  } catch (error) {
    // A lack of resources must not look like a repository without a branch.
    stopAtShortage(error);
    return errnoOf(error) === 'ENOENT' ? 'absent' : null;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Like {@link readInside}, with the contents as UTF-8 text. */
export function readTextInside(
  folder: string,
  name: string,
  most: number,
): { text: string } | 'absent' | null {
  const file = readInside(folder, name, most);
  return file === null || file === 'absent' ? file : { text: file.bytes.toString('utf8') };
}
