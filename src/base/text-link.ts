import { readText } from './bounded-file.ts';
import { lstatOrNull } from './paths.ts';

/** The largest text of a link, in bytes: PATH_MAX of Linux. */
const MOST_LINK = 4096;

/** Whether a file is a symlink that git wrote as a text file (git-config(1), `core.symlinks`): one line with a path. */
export function isLinkAsText(path: string): boolean {
  const stats = lstatOrNull(path);
  if (stats?.isFile() !== true || stats.size === 0 || stats.size > MOST_LINK) return false;
  const read = readText(path, MOST_LINK);
  return read.ok && /^[^\0\r\n]*\/[^\0\r\n]*$/.test(read.value);
}
