import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { errnoOf, pathThroughHandle } from '../base/paths.ts';
import type { Result } from '../base/refusal.ts';
import { type AddonsDir, REPLACED, unavailable } from './addons-dir.ts';

/** An open addons directory, proven to be the folder the server started with. */
export interface Handle {
  readonly fd: number;
  /**
   * The path for its entries. Where there is a /proc it goes through the open handle, so that replacing a parent folder
   * meanwhile has no effect.
   */
  readonly base: string;
}

/**
 * Opens an addons directory, runs work on it and closes it.
 * @returns What the work returns, or `target_unavailable`.
 */
export async function withHandle<T>(
  dir: AddonsDir,
  work: (handle: Handle) => Promise<Result<T>>,
): Promise<Result<T>> {
  let fd: number;
  try {
    fd = openSync(dir.path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    const code = errnoOf(error) ?? 'unknown error';
    return unavailable(code === 'ELOOP' || code === 'ENOTDIR' ? REPLACED : `cannot be opened (${code})`);
  }
  try {
    const stats = fstatSync(fd, { bigint: true });
    if (stats.dev !== dir.dev || stats.ino !== dir.ino) return unavailable(REPLACED);
    return await work({ fd, base: pathThroughHandle(fd) ?? dir.path });
  } finally {
    closeSync(fd);
  }
}
