import { closeSync, ftruncateSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { UpdateFolder } from './update-folder.ts';

/** How many paths one git gets: together they are far below what a process may have as arguments. */
const MOST_PATHS = 200;

/**
 * Writes files of a commit into a folder of their own in the private git folder, as they would be in the work tree.
 * @param paths Files that the commit has.
 * @param name Tells the folder from others of the same update. More can be written into one.
 * @returns The folder; null if git could not write them all.
 */
export async function exportFiles(
  folder: UpdateFolder,
  commit: string,
  paths: readonly string[],
  name: string,
): Promise<string | null> {
  const top = join(folder.path, `files-${name}`);
  const options = { index: `index-${name}` };
  mkdirSync(top, { recursive: true });
  if ((await folder.run(['read-tree', commit], options)) === null) return null;
  for (let at = 0; at < paths.length; at += MOST_PATHS) {
    const some = paths.slice(at, at + MOST_PATHS);
    const args = ['checkout-index', '-q', '-f', `--prefix=${top}/`, '--', ...some];
    if ((await folder.run(args, options)) === null) return null;
  }
  return top;
}

/** What stands for files that are not written, and for folders of which nothing is. */
export interface StandIns {
  /** Files by path, with their sizes. */
  readonly files: readonly (readonly [path: string, size: number])[];
  readonly folders: readonly string[];
}

/**
 * Puts files of the right size, which take no room, and empty folders where files were exported.
 * @param top The folder, see {@link exportFiles}.
 */
export function standIn(top: string, { files, folders }: StandIns): void {
  for (const folder of folders) mkdirSync(join(top, folder), { recursive: true });
  for (const [path, size] of files) {
    mkdirSync(dirname(join(top, path)), { recursive: true });
    const fd = openSync(join(top, path), 'w');
    try {
      ftruncateSync(fd, size);
    } finally {
      closeSync(fd);
    }
  }
}
