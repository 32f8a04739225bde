import { extname, join, relative } from 'node:path';
import { MiB, readBounded } from '../base/bounded-file.ts';
import { Interruption, stopAtShortage } from '../base/interruption.ts';
import { listFolder } from '../base/listing.ts';
import type { Turns } from '../base/turns.ts';

const MOST_FILES = 400;
const MOST_FOLDERS = 400;
/** The bytes that count as one unit of work, see {@link Turns}. */
const BYTES_OF_UNIT = 16 * 1024;

/**
 * Finds the first Python file of a module that resolves its own path with `realpath(__file__)`.
 *
 * Behind a symlink such code gets a path in the repository instead of the addons directory, and Odoo's `file_open`
 * refuses to read there (`odoo/tools/misc.py`, `file_path`).
 * @returns The file's path inside the module, or null. Searches at most 400 files of up to 1 MiB in 400 folders, without
 *   tests, and skips what it cannot read: the result is used for a warning, not for a decision.
 * @throws Interruption
 */
export async function findRealpathOfFile(folder: string, turns: Turns): Promise<string | null> {
  try {
    return await search(folder, turns);
  } catch (error) {
    if (error instanceof Interruption) throw error;
    stopAtShortage(error);
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
      const read = readBounded(path, { most: MiB, followLinks: false });
      // Searched before the next await: the buffer is reused for the next file.
      const bytes = read.ok ? read.value : Buffer.alloc(0);
      if (/realpath\(\s*__file__\s*\)/.test(bytes.toString())) return relative(folder, path);
      await turns.spend(1 + Math.floor(bytes.length / BYTES_OF_UNIT));
    }
  }
  return null;
}
const LEFT_OUT = new Set(['.git', 'i18n', 'node_modules', 'static', 'tests']);
