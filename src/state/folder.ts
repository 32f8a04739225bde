import {
  closeSync,
  constants,
  existsSync,
  fsync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { errnoOf } from '../base/paths.ts';
import { ok, type Result, refused } from '../base/refusal.ts';
import { notProven } from './failures.ts';
import { type Fault, ownUser, proveFolder } from './proof.ts';

/**
 * Proves a folder of the state directory and creates it if it does not exist: accessible only to the server's user, and
 * synced to the disk.
 * @returns Nothing, or `io_error` if other users could have written there.
 * @throws A system error.
 */
export async function makeStateFolder(stateDir: string, folder: string): Promise<Result<void>> {
  const made = makeProvenFolder(stateDir, folder);
  if (!made.ok) return notProven(stateDir, made.refusal);
  const first = made.value;
  if (first === undefined) return ok(undefined);
  for (let one = folder; one.length >= first.length; one = dirname(one)) await syncFolder(dirname(one));
  return ok(undefined);
}

/**
 * Like {@link makeStateFolder}, without waiting for the disk.
 * @param owner The user who must own the state directory, see {@link proveFolder}.
 * @returns The first folder that was created, or a fault of the folder.
 * @throws A system error.
 */
export function makeProvenFolder(
  stateDir: string,
  folder: string,
  owner: number | null = ownUser(),
): Result<string | undefined, Fault> {
  const before = proveFolder(stateDir, folder, owner);
  if (before === null && lstatSync(folder).isDirectory()) return ok(undefined);
  if (before !== null && before !== 'missing') return refused(before);
  const first = makeFolders(folder);
  // Another user may have created it first, if the folder above is writable for all.
  const after = proveFolder(stateDir, folder, owner);
  return after === null || after === 'missing' ? ok(first) : refused(after);
}

/**
 * Creates a folder and those above it that are missing. Node's own `recursive` never ends where a system has no such folder
 * although the one above is there, as in /proc (seen in 22 and 24).
 * @returns The first folder that was created.
 * @throws A system error; EEXIST if something else has the name.
 */
function makeFolders(folder: string): string | undefined {
  const missing: string[] = [];
  for (let at = folder; !existsSync(at); at = dirname(at)) missing.unshift(at);
  if (missing.length === 0) missing.push(folder);
  let first: string | undefined;
  for (const path of missing) {
    try {
      mkdirSync(path, { mode: 0o700 });
      first ??= path;
    } catch (error) {
      // Another process may have been faster.
      if (errnoOf(error) !== 'EEXIST' || !lstatSync(path).isDirectory()) throw error;
    }
  }
  return first;
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

/** Like {@link syncFolder}, but blocks the process; for short records that are written without a pause. */
export function syncFolderNow(folder: string): void {
  const fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Waits until writes through a handle are on the disk, without blocking other calls. */
export async function syncHandle(fd: number): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      fsync(fd, (error) => (error === null ? resolve() : reject(error)));
    });
  } catch (error) {
    // Some file systems cannot sync a folder; there is nothing more to do then.
    if (!['EINVAL', 'ENOTSUP'].includes(errnoOf(error) ?? '')) throw error;
  }
}

/**
 * Writes a new file and syncs it to the disk. The caller renames it and syncs its folder.
 * @param finish Called with the file's descriptor before it is synced.
 * @throws A system error, also if the file exists or not all of it could be written.
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
 * Removes a file or link that is no longer needed, if it belongs to the server's user: another user's entry stays, even if
 * it has a name that the server uses. Errors are ignored; a later call tries again.
 */
export function discardOwn(path: string, kind: 'file' | 'link' = 'file'): void {
  try {
    const stats = lstatSync(path);
    const isOfKind = kind === 'file' ? stats.isFile() : stats.isSymbolicLink();
    if (isOfKind && stats.uid === (ownUser() ?? stats.uid)) unlinkSync(path);
  } catch {
    // Already removed, or removed by a later call.
  }
}
