import { extname, join, relative } from 'node:path';
import { MiB, readBounded } from '../base/bounded-file.ts';
import { Interruption, stopAtShortage } from '../base/interruption.ts';
import { listFolder } from '../base/listing.ts';
import type { Turns } from '../base/turns.ts';
import { findRealPathUse, type RealPathUse } from './real-paths.ts';

const MOST_FILES = 400;
const MOST_FOLDERS = 400;
/** The bytes that count as one unit of work, see {@link Turns}. */
const BYTES_OF_UNIT = 16 * 1024;

/** Where a file of a module gives Odoo a path that Odoo refuses behind a link. */
export interface RealPathFinding extends RealPathUse {
  /** The file's path inside the module. */
  readonly file: string;
}

/**
 * Finds the first Python file of a module in which Odoo's file functions get a path made with `realpath(__file__)`.
 *
 * Behind a symlink such a path leads to the repository instead of the addons directory, and Odoo refuses to read there
 * (`odoo/tools/misc.py`, `file_path`).
 * @returns Null if there is none. Searches at most 400 files of up to 1 MiB in 400 folders, without tests, and skips what it
 *   cannot read: the result is used for a warning, not for a decision.
 * @throws Interruption
 */
export async function findRealPathInModule(folder: string, turns: Turns): Promise<RealPathFinding | null> {
  try {
    return await search(folder, turns);
  } catch (error) {
    if (error instanceof Interruption) throw error;
    stopAtShortage(error);
    return null;
  }
}

async function search(folder: string, turns: Turns): Promise<RealPathFinding | null> {
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
      const use = findRealPathUse(bytes.toString());
      if (use !== null) return { file: relative(folder, path), ...use };
      await turns.spend(1 + Math.floor(bytes.length / BYTES_OF_UNIT));
    }
  }
  return null;
}
const LEFT_OUT = new Set(['.git', 'i18n', 'node_modules', 'static', 'tests']);
