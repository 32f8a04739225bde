import { accessSync, lstatSync, realpathSync, type Stats } from 'node:fs';
import { sep } from 'node:path';
import { errnoOf } from './errno.ts';
import { stopAtShortage } from './interruption.ts';
import { quoted } from './text.ts';
import { userName } from './user.ts';

export { errnoOf } from './errno.ts';

/**
 * Whether a real path equals a folder or lies below it. `/a/addons-evil` is not inside `/a/addons`.
 * @param path A real path (links resolved).
 * @param folder A real path without a trailing separator, or `/`.
 */
export function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** The result of lstat(); null if there is no entry or it cannot be read. */
export function lstatOrNull(path: string): Stats | null {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    stopAtShortage(error);
    return null;
  }
}

/** The real path; null if a symlink in it is broken or a loop, or it cannot be followed. */
export function realpathOrNull(path: string): string | null {
  try {
    return realpathSync.native(path);
  } catch (error) {
    stopAtShortage(error);
    return null;
  }
}

/**
 * Whether the process may access a path.
 * @param mode `R_OK`, `W_OK`, `X_OK` of `fs.constants`, or several of them.
 * @returns The errno if not, otherwise null.
 */
export function accessErrno(path: string, mode: number): string | null {
  try {
    accessSync(path, mode);
    return null;
  } catch (error) {
    return errnoOf(error) ?? 'unknown error';
  }
}

/**
 * The path that leads through an open handle: swapping a folder above it has no effect there. Null where there is no /proc
 * (proc(5)), which is outside Linux, and where it is not mounted; then only the path itself is left, and to look again.
 */
export function pathThroughHandle(fd: number): string | null {
  const path = `/proc/self/fd/${fd}`;
  return lstatOrNull(path) === null ? null : path;
}

/** Why a file was not read, worded to follow its name. */
export function describeReadError(error: unknown): string {
  return describeErrno(errnoOf(error));
}

/** What an errno means for a file or a folder that was to be read, worded to follow its name. */
export function describeErrno(code: string | null | undefined): string {
  if (code === 'ENOENT') return 'does not exist';
  const isDenied = code === 'EACCES' || code === 'EPERM';
  return isDenied
    ? `cannot be read by the user ${userName()} (${code})`
    : `cannot be read (${code ?? 'unknown error'})`;
}

/** The working directory; null if it was removed. */
export function workingDirectory(): string | null {
  try {
    return process.cwd();
  } catch {
    return null;
  }
}

/** Why a relative path cannot be used, worded for a message that names the argument. */
export function describeLost(path: string): string {
  return `${quoted(path)} is a relative path, but the working directory no longer exists; give an absolute path`;
}
