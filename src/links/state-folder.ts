import { createHash } from 'node:crypto';
import { closeSync, constants, fsync, mkdirSync, openSync, unlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { errnoOf } from '../paths.ts';
import type { AddonsDir } from './addons-dir.ts';

/**
 * The folder an addons directory has in the state directory: its lock, its journal, and what is staged or moved aside
 * while it is changed. Nothing of that is ever made in the addons directory itself, where Odoo would find it.
 *
 * Named after the path, which stays the same when the machine starts anew; device numbers may not.
 */
export function stateFolder(dir: AddonsDir, stateDir: string): string {
  const name = createHash('sha256').update(dir.path).digest('hex').slice(0, 16);
  return join(stateDir, PARENT, name);
}

const PARENT = 'addons-dirs';

/** A file of a state folder as answers name it: relative to the state directory, whose path is nobody's business. */
export function relativeToState(path: string): string {
  return join(PARENT, basename(dirname(path)), basename(path));
}

/** Makes the folder if it is not there, for nobody but the server's user, in a way that survives a power failure. */
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

/** Waits until what was written through a handle is on the disk. Does not hold up other calls meanwhile. */
export async function syncHandle(fd: number): Promise<void> {
  try {
    await promisify(fsync)(fd);
  } catch (error) {
    // Some file systems do not know how to sync a folder; there it is as safe as it will be.
    if (!['EINVAL', 'ENOTSUP'].includes(errnoOf(error) ?? '')) throw error;
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
