import { type Dirent, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { errnoOf, isInside, realpathOrNull } from '../paths.ts';
import type { GitFolder } from './git-folder.ts';
import { readTextInside } from './read-inside.ts';

const MOST_FOLDERS = 20;
const MOST_ALTERNATES_BYTES = 65536;

/**
 * The folder of a repository's objects, when it and all it borrows from lie where the repository does or inside the root:
 * the comparison must not tell what is in somebody else's repository.
 * @returns Null otherwise, and where that cannot be seen.
 */
export function provenObjects({ common, root }: GitFolder): string | null {
  const objects = join(common, 'objects');
  if (realpathOrNull(objects) !== objects) return null;
  const folders = new Set([objects]);
  for (const folder of folders) {
    const borrowed = foldersBorrowedFrom(folder);
    if (borrowed === null || !hasNoSymlinks(folder)) return null;
    for (const path of borrowed) {
      const real = realpathOrNull(path);
      if (real === null || !isInside(real, root)) return null;
      folders.add(real);
    }
    if (folders.size > MOST_FOLDERS) return null;
  }
  return objects;
}

/** What `info/alternates` names (gitrepository-layout(5)). */
function foldersBorrowedFrom(objects: string): string[] | null {
  const alternates = readTextInside(objects, 'info/alternates', MOST_ALTERNATES_BYTES);
  if (alternates === null) return null;
  const lines = alternates === 'absent' ? [] : alternates.text.split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => resolve(objects, line));
}

/** Packs and folders of loose objects could be symlinks, too. */
function hasNoSymlinks(objects: string): boolean {
  return (
    holdsOnly(objects, (entry) => entry.isDirectory() || entry.isFile()) &&
    holdsOnly(join(objects, 'pack'), (entry) => entry.isFile())
  );
}

/** A folder that is not there holds nothing. */
function holdsOnly(folder: string, isAllowed: (entry: Dirent) => boolean): boolean {
  try {
    return readdirSync(folder, { withFileTypes: true }).every(isAllowed);
  } catch (error) {
    return errnoOf(error) === 'ENOENT';
  }
}
