import type { BigIntStats } from 'node:fs';
import { sep } from 'node:path';
import { manifestNames } from '../addons/module-folders.ts';
import { readmeNames } from '../addons/readme-file.ts';
import { lstatExactly, type Stamp, stampFrom } from '../base/stamp.ts';
import type { Series } from '../manifest/series.ts';

/** The stamp of a folder, or of a module's folder, manifest and README together. */
export interface Fingerprint extends Stamp {
  /** How many hard links the manifest or the README has; a change through one in another folder causes no event in this one. */
  readonly names: number;
}

/** The fingerprint of a folder; it changes when an entry is added, removed or renamed. Null if it is not a folder. */
export function fingerprintFolder(path: string): Fingerprint | null {
  const folder = lstatExactly(path);
  return folder?.isDirectory() ? { ...stampFrom(folder), names: 1 } : null;
}

/**
 * The fingerprint of everything that a module's assessment depends on: the folder's for its list of files, the manifest's
 * and the README's for their contents.
 * @param path The real path of the folder.
 * @returns Null if there is no manifest, or if it, `__init__.py` or the README is a symlink, whose target can change
 *   unnoticed.
 */
export function fingerprintModule(path: string, series: Series): Fingerprint | null {
  const folder = lstatExactly(path);
  if (!folder?.isDirectory()) return null;
  for (const file of manifestNames(series)) {
    const manifest = lstatExactly(`${path}${sep}${file}`);
    if (manifest === null) continue;
    if (!manifest.isFile() || lstatExactly(`${path}${sep}__init__.py`)?.isSymbolicLink()) return null;
    const parts = [folder, manifest];
    const readme = readmeOf(path, series);
    if (readme?.isSymbolicLink()) return null;
    if (readme) parts.push(readme);
    const stamps = parts.map(stampFrom);
    return {
      key: stamps.map(({ key }) => key).join(' '),
      changedAt: Math.max(...stamps.map(({ changedAt }) => changedAt)),
      names: Math.max(...parts.slice(1).map(({ nlink }) => Number(nlink))),
    };
  }
  return null;
}

/** The first entry with the name of a README that is no folder. */
function readmeOf(path: string, series: Series): BigIntStats | null {
  for (const name of readmeNames(series)) {
    const readme = lstatExactly(`${path}${sep}${name}`);
    if (readme !== null && !readme.isDirectory()) return readme;
  }
  return null;
}
