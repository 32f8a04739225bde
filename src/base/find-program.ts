import { constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { accessErrno, lstatOrNull, realpathOrNull } from './paths.ts';
import { ok, type Result, refused } from './refusal.ts';

/**
 * Finds a program as a shell does, but never in a relative folder of the search path: that could lead into a checkout.
 * @param name Its name, or an absolute path.
 * @param path The value of the environment variable PATH.
 * @returns Its path; or whether there is none, or only one that this user may not execute.
 */
export function findProgram(name: string, path: string | undefined): Result<string, 'missing' | 'denied'> {
  const folders = (path ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  const files = isAbsolute(name) ? [name] : folders.map((folder) => join(folder, name));
  let isDenied = false;
  for (const file of files) {
    const errno = accessErrno(file, constants.X_OK);
    if (errno === null && isFile(file)) return ok(file);
    isDenied ||= errno === 'EACCES' || errno === 'EPERM';
  }
  return refused(isDenied ? 'denied' : 'missing');
}

function isFile(path: string): boolean {
  const real = realpathOrNull(path);
  return real !== null && lstatOrNull(real)?.isFile() === true;
}
