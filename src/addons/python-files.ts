import { readdirSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { MiB, readBounded } from '../bounded-file.ts';

const MOST_FILES = 400;

/**
 * Finds the first Python file of a module that resolves its own path with `realpath(__file__)`.
 *
 * Behind a symlink such code ends up in the repository instead of the addons directory, where Odoo's `file_open`
 * refuses to read (`odoo/tools/misc.py`, `file_path`).
 * @returns The file's path inside the module, or null. At most 400 files of up to 1 MiB are looked at, tests are left
 *   out, and what cannot be read is passed over: this is for a warning, not for a decision.
 */
export function findRealpathOfFile(folder: string): string | null {
  try {
    return search(folder);
  } catch {
    return null;
  }
}

function search(folder: string): string | null {
  const queue = [folder];
  let files = 0;
  for (const current of queue) {
    for (const entry of readdirSync(current, { withFileTypes: true })) {
      const path = join(current, entry.name);
      if (entry.isDirectory() && !LEFT_OUT.has(entry.name)) queue.push(path);
      if (!entry.isFile() || extname(entry.name) !== '.py') continue;
      if (++files > MOST_FILES) return null;
      const read = readBounded(path, { most: MiB, followLinks: false });
      if ('bytes' in read && /realpath\(\s*__file__\s*\)/.test(read.bytes.toString())) {
        return relative(folder, path);
      }
    }
  }
  return null;
}
const LEFT_OUT = new Set(['.git', 'i18n', 'node_modules', 'static', 'tests']);
