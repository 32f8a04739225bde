import { isUtf8 } from 'node:buffer';
import { type Stats, statSync } from 'node:fs';
import { dirname, sep } from 'node:path';
import { MiB, readBounded } from '../base/bounded-file.ts';
import { stopAtShortage } from '../base/interruption.ts';
import { lstatOrNull, realpathOrNull } from '../base/paths.ts';
import type { Readme } from '../manifest/description.ts';
import { isSince, type Series } from '../manifest/series.ts';

/** The largest README that is read, in bytes. */
const MAX_README_BYTES = MiB;

/** The names Odoo looks for, in its order (odoo/modules/module.py, `README`). */
export function readmeNames(series: Series): readonly string[] {
  const names = ['README.rst', 'README.md', 'README.txt'];
  return isSince(series, '19.0') ? [...names, 'README'] : names;
}

/**
 * Reads the README that Odoo takes for a missing description: the first that is a regular file or a link to one. 19.0
 * passes over one that it cannot open (`Manifest.description`).
 * @param folder The real path of the module's folder.
 * @param isAllowed Whether a real path may be read: inside a root of the module's family.
 * @returns Null if there is none.
 * @throws Interruption when the system lacks the resources to open it.
 */
export function readReadmeFile(
  folder: string,
  series: Series,
  isAllowed: (realPath: string) => boolean,
): Readme | null {
  for (const file of readmeNames(series)) {
    const path = `${folder}${sep}${file}`;
    const entry = lstatOrNull(path);
    if (entry === null || !isRegular(path, entry)) continue;
    const state = stateOf(path, entry, isAllowed);
    if (state === 'unreadable' && isSince(series, '19.0')) continue;
    return { file, state };
  }
  return null;
}

function isRegular(path: string, entry: Stats): boolean {
  if (!entry.isSymbolicLink()) return entry.isFile();
  try {
    return statSync(path).isFile();
  } catch (error) {
    stopAtShortage(error);
    return false;
  }
}

function stateOf(path: string, entry: Stats, isAllowed: (realPath: string) => boolean): Readme['state'] {
  const real = entry.isSymbolicLink() ? realpathOrNull(path) : path;
  if (real === null || (real !== path && !isAllowed(dirname(real)))) return 'unknown';
  try {
    const read = readBounded(real, {
      most: MAX_README_BYTES,
      followLinks: false,
      stats: real === path ? entry : undefined,
    });
    if (!read.ok) return 'unknown';
    if (!isUtf8(read.value)) return 'not_utf8';
    return read.value.includes(0) ? 'nul' : 'text';
  } catch (error) {
    stopAtShortage(error);
    return 'unreadable';
  }
}
