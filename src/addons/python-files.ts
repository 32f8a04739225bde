import { closeSync, constants, lstatSync, openSync, readFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { Interruption } from '../interruption.ts';
import { listFolder } from '../listing.ts';
import type { Turns } from '../turns.ts';

const MOST_FILES = 400;
const MOST_FOLDERS = 400;
const MOST_BYTES = 1024 * 1024;
/** So many bytes are read and searched for one unit of work. */
const BYTES_OF_UNIT = 16 * 1024;

/**
 * Finds the first Python file of a module that resolves its own path with `realpath(__file__)`.
 *
 * Behind a symlink such code ends up in the repository instead of the addons directory, where Odoo's `file_open`
 * refuses to read (`odoo/tools/misc.py`, `file_path`).
 * @returns The file's path inside the module, or null. At most 400 files of up to 1 MiB in 400 folders are looked at, tests
 *   are left out, and what cannot be read is passed over: this is for a warning, not for a decision.
 * @throws Interruption
 */
export async function findRealpathOfFile(folder: string, turns: Turns): Promise<string | null> {
  try {
    return await search(folder, turns);
  } catch (error) {
    if (error instanceof Interruption) throw error;
    return null;
  }
}

async function search(folder: string, turns: Turns): Promise<string | null> {
  const queue = [folder];
  let files = 0;
  for (const current of queue) {
    const found = await listFolder(current, turns, (entry) => {
      const path = join(current, entry.name);
      if (entry.isDirectory() && !LEFT_OUT.has(entry.name) && queue.length < MOST_FOLDERS) queue.push(path);
      return entry.isFile() && extname(entry.name) === '.py' ? path : undefined;
    });
    for (const path of found) {
      if (++files > MOST_FILES) return null;
      const { size } = lstatSync(path);
      if (size > MOST_BYTES) continue;
      if (/realpath\(\s*__file__\s*\)/.test(readPython(path))) return relative(folder, path);
      await turns.spend(1 + Math.floor(size / BYTES_OF_UNIT));
    }
  }
  return null;
}
const LEFT_OUT = new Set(['.git', 'i18n', 'node_modules', 'static', 'tests']);

/** Should the file have been swapped meanwhile, a symlink is not followed and a FIFO not waited for. */
function readPython(path: string): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}
