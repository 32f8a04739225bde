import { constants, lstatSync, realpathSync, statSync } from 'node:fs';
import { accessErrno, errnoOf } from '../base/paths.ts';
import { ok, type Refused, type Result, refuse, refused } from '../base/refusal.ts';
import { namedPath } from '../base/text.ts';

declare const addonsDir: unique symbol;

/**
 * A folder in which links may be created, as it was when the server started.
 *
 * Only {@link openAddonsDir} creates one, from the operator's configuration, and every change of the file system needs
 * one, so no other folder can be changed. Device and inode identify it: a folder that replaces it later is not written
 * to.
 */
export interface AddonsDir {
  /** The real path. */
  readonly path: string;
  /** The absolute path as the operator wrote it. */
  readonly configured: string;
  readonly dev: bigint;
  readonly ino: bigint;
  readonly [addonsDir]: true;
}

/**
 * Resolves an addons directory.
 * @param configured An absolute path.
 * @returns The directory, or a problem, worded to follow "the addons directory".
 */
export function openAddonsDir(configured: string): Result<AddonsDir, string> {
  try {
    const path = realpathSync(configured);
    const stats = statSync(path, { bigint: true });
    if (!stats.isDirectory()) return refused(`${namedPath(configured)} is not a directory`);
    if (path === '/') return refused(`${namedPath(configured)} is the root of the file system`);
    return ok({ path, configured, dev: stats.dev, ino: stats.ino } as AddonsDir);
  } catch (error) {
    const errno = errnoOf(error);
    const next = errno === 'ENOENT' ? ': make that folder first, or correct the path' : '';
    return refused(`${namedPath(configured)} ${describeErrno(errno)}${next}`);
  }
}

/**
 * Checks that the folder is still the one that was opened at startup.
 * @returns Nothing, or `target_unavailable`.
 */
export function checkAddonsDir(dir: AddonsDir): Result<void> {
  try {
    if (realpathSync(dir.configured) !== dir.path) return unavailable(MOVED);
    const stats = lstatSync(dir.path, { bigint: true });
    return stats.dev === dir.dev && stats.ino === dir.ino ? ok(undefined) : unavailable(REPLACED);
  } catch (error) {
    return unavailable(describeErrno(errnoOf(error)));
  }
}

/**
 * Checks that links could be created in the folder, for a dry run.
 * @returns Nothing, or `io_error`.
 */
export function checkWritable(dir: AddonsDir): Result<void> {
  const errno = accessErrno(dir.path, constants.W_OK | constants.X_OK);
  if (errno === null) return ok(undefined);
  return refuse('io_error', 'The server has no permission to write to the addons directory.', {
    details: { errno },
    hint: "Ask the operator to give the server's user write permission on it.",
  });
}

const MOVED = 'leads to another folder than when the server started';
export const REPLACED = 'was replaced since the server started';

/** @param what Follows "The addons directory". */
export function unavailable(what: string): Refused {
  return refuse('target_unavailable', `The addons directory ${what}.`, {
    hint: 'Ask the operator to check it, and to restart the server if that was done on purpose.',
  });
}

/** What an errno means for a configured folder. */
function describeErrno(code: string | undefined): string {
  const meanings: Record<string, string> = {
    ENOENT: 'does not exist',
    ENOTDIR: 'is not a directory',
    EACCES: 'cannot be reached: permission denied',
    ELOOP: 'is a loop of symlinks',
    ENAMETOOLONG: 'is too long for a path',
  };
  return meanings[code ?? ''] ?? `cannot be opened (${code ?? 'unknown error'})`;
}
