import { accessSync, lstatSync, realpathSync, type Stats } from 'node:fs';
import { sep } from 'node:path';
import { errnoOf } from './errno.ts';
import { stopAtShortage } from './interruption.ts';
import { quoted } from './text.ts';

export { errnoOf } from './errno.ts';

/**
 * Whether a real path is a folder or lies below it: equal, or starting with it and a separator, so that
 * `/a/addons-evil` is not inside `/a/addons`.
 * @param path A real path (links resolved).
 * @param folder A real path without a trailing separator, or `/`.
 */
export function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** What a name is, without following it; null when it cannot be had. */
export function lstatOrNull(path: string): Stats | null {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    stopAtShortage(error);
    return null;
  }
}

/** Where a path really leads; null when it is broken, a loop, or cannot be followed. */
export function realpathOrNull(path: string): string | null {
  try {
    return realpathSync.native(path);
  } catch (error) {
    stopAtShortage(error);
    return null;
  }
}

/**
 * What keeps the process from using a path in some ways.
 * @param mode `R_OK`, `W_OK`, `X_OK` of `fs.constants`, or several of them.
 * @returns The errno, or null when nothing does.
 */
export function accessErrno(path: string, mode: number): string | null {
  try {
    accessSync(path, mode);
    return null;
  } catch (error) {
    return errnoOf(error) ?? 'unknown error';
  }
}

/** Why a file somebody named was not read, to follow its name. */
export function describeReadError(error: unknown): string {
  const code = errnoOf(error);
  return code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
}

/** The working directory; null when it is gone, as after its removal. */
export function workingDirectory(): string | null {
  try {
    return process.cwd();
  } catch {
    return null;
  }
}

/** Why a relative path means nothing, to follow what names it. */
export function describeLost(path: string): string {
  return `${quoted(path)} is a relative path, and the working directory is gone; give an absolute one`;
}
