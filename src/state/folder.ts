import {
  closeSync,
  constants,
  fsync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { errnoOf } from '../base/paths.ts';
import { ok, type Result } from '../base/refusal.ts';
import { notProven } from './failures.ts';
import { type Fault, ownUser, proveFolder } from './proof.ts';

/**
 * Proves a folder of the state directory, and makes it if it is not there: for nobody but the server's user, in a way
 * that survives a power failure.
 * @returns Nothing, or `io_error` when others could have written there.
 * @throws A system error.
 */
export async function makeStateFolder(stateDir: string, folder: string): Promise<Result<void>> {
  const made = makeProvenFolder(stateDir, folder);
  if ('fault' in made) return notProven(stateDir, made.fault);
  const { first } = made;
  if (first === undefined) return ok(undefined);
  for (let one = folder; one.length >= first.length; one = dirname(one)) await syncFolder(dirname(one));
  return ok(undefined);
}

/**
 * The same without waiting for the disk.
 * @param owner Whose the state directory has to be, see {@link proveFolder}.
 * @returns The first folder that was made, or what keeps the folder from being the server's own.
 * @throws A system error.
 */
export function makeProvenFolder(
  stateDir: string,
  folder: string,
  owner: number | null = ownUser(),
): { readonly first: string | undefined } | { readonly fault: Fault } {
  const before = proveFolder(stateDir, folder, owner);
  if (before === null && lstatSync(folder).isDirectory()) return { first: undefined };
  if (before !== null && before !== 'missing') return { fault: before };
  // Fails where something else has the name.
  const first = mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Somebody else may have been quicker, where the folder above is open to all.
  const after = proveFolder(stateDir, folder, owner);
  return after === null || after === 'missing' ? { first } : { fault: after };
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
    if (writeSync(fd, bytes) < bytes.length)
      throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC' });
    finish(fd);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Removes a file, or a link, of the server's user that nobody needs any more; one that stays is cleared by a later call.
 * Whoever names something of theirs as the server does has not given it away.
 */
export function discardOwn(path: string, kind: 'file' | 'link' = 'file'): void {
  try {
    const stats = lstatSync(path);
    const isOfKind = kind === 'file' ? stats.isFile() : stats.isSymbolicLink();
    if (isOfKind && stats.uid === (ownUser() ?? stats.uid)) unlinkSync(path);
  } catch {
    // Gone already, or to be tried again.
  }
}
