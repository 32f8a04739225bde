import { closeSync, constants, fsync, fsyncSync, mkdirSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { errnoOf } from '../paths.ts';

/** Makes a folder if it is not there, for nobody but the server's user, in a way that survives a power failure. */
export async function makeStateFolder(folder: string): Promise<void> {
  const first = mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

/** Waits until the entries of a folder are on the disk. */
export async function syncFolder(folder: string): Promise<void> {
  const fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await syncHandle(fd);
  } finally {
    closeSync(fd);
  }
}

/** The same for short records that are written without a pause: the process stands still meanwhile. */
export function syncFolderNow(folder: string): void {
  const fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Waits until what was written through a handle is on the disk. Does not hold up other calls meanwhile. */
export async function syncHandle(fd: number): Promise<void> {
  try {
    await promisify(fsync)(fd);
  } catch (error) {
    // Some file systems do not know how to sync a folder; there it is as safe as it will be.
    if (!['EINVAL', 'ENOTSUP'].includes(errnoOf(error) ?? '')) throw error;
  }
}

/**
 * Writes a file that is not there yet, as a whole and on the disk; its folder is synced by whoever gives it its last name.
 * @param finish Called before it is on the disk, with a handle.
 * @throws A system error, also when there is such a file, or an error when not all of it could be written.
 */
export function writeNew(path: string, bytes: Buffer, finish: (fd: number) => void = () => {}): void {
  const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    if (writeSync(fd, bytes) < bytes.length) throw new Error('the disk is full');
    finish(fd);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Removes a file of the server's own that nobody needs any more; one that stays is cleared by a later call. */
export function discard(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Gone already, or to be tried again.
  }
}
