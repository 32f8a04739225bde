/**
 * Detects from file-system metadata whether a folder or manifest has changed since it was read.
 *
 * A fingerprint cannot distinguish two changes within one tick of the file system's clock. So it counts only if its last
 * change was safely before the read, which is git's rule for "racily clean" index entries.
 */
import { type BigIntStats, lstatSync, statSync } from 'node:fs';
import { sep } from 'node:path';
import { manifestNames } from '../addons/module-folders.ts';
import { readmeNames } from '../addons/readme-file.ts';
import { stopAtShortage } from '../base/interruption.ts';
import type { Series } from '../manifest/series.ts';

/** The metadata that identifies a state of a folder, or of a module's folder, manifest and README. */
export interface Fingerprint {
  readonly key: string;
  /** When it last changed, in milliseconds since 1970. */
  readonly changedAt: number;
  /** How many hard links the manifest or the README has; a change through one in another folder causes no event in this one. */
  readonly names: number;
}

/** Longer than a tick of any file system: two seconds on FAT, one on ext3, milliseconds elsewhere. */
const TICK_MS = 2100;

/** Whether the fingerprint's last change was safely before a read, so that the read saw that state. */
export function isSettledBy(fingerprint: Pick<Fingerprint, 'changedAt'>, readAt: number): boolean {
  return fingerprint.changedAt < readAt - TICK_MS;
}

/** The fingerprint of a folder; it changes when an entry is added, removed or renamed. Null if it is not a folder. */
export function fingerprintFolder(path: string): Fingerprint | null {
  const folder = lstatExactly(path);
  return folder?.isDirectory() ? { key: keyOf(folder), changedAt: changeOf(folder), names: 1 } : null;
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
    return {
      key: parts.map(keyOf).join(' '),
      changedAt: Math.max(...parts.map(changeOf)),
      names: Math.max(...parts.slice(1).map(({ nlink }) => Number(nlink))),
    };
  }
  return null;
}

/** The fingerprint of the file that a path leads to; a symlink on the way may lead to another file later. Null for none. */
export function fingerprintFile(path: string): Fingerprint | null {
  const file = orNull(() => statSync(path, EXACTLY));
  return file === null ? null : { key: keyOf(file), changedAt: changeOf(file), names: Number(file.nlink) };
}

/** The first entry with the name of a README that is no folder. */
function readmeOf(path: string, series: Series): BigIntStats | null {
  for (const name of readmeNames(series)) {
    const readme = lstatExactly(`${path}${sep}${name}`);
    if (readme !== null && !readme.isDirectory()) return readme;
  }
  return null;
}

/** With bigints: inodes and nanoseconds do not fit into a number. */
const EXACTLY = { bigint: true, throwIfNoEntry: false } as const;

function lstatExactly(path: string): BigIntStats | null {
  return orNull(() => lstatSync(path, EXACTLY));
}

function orNull(look: () => BigIntStats | undefined): BigIntStats | null {
  try {
    return look() ?? null;
  } catch (error) {
    stopAtShortage(error);
    return null;
  }
}

/** A string takes a fraction of the memory of the numbers. */
function keyOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
}

/** Uses ctime, because programs can set mtime but not ctime. */
function changeOf({ ctimeNs }: BigIntStats): number {
  return Number(ctimeNs / 1_000_000n);
}
