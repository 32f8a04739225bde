/**
 * Whether a folder or a manifest is still what was read, told from what the file system notes about it.
 *
 * A fingerprint alone does not tell two changes within one tick of the file system's clock apart, so it counts only when
 * the change it shows was well over by the time of reading: git's rule for "racily clean" entries of its index.
 */
import { type BigIntStats, lstatSync } from 'node:fs';
import { sep } from 'node:path';
import { manifestNames } from '../addons/discover.ts';
import { stopAtShortage } from '../base/interruption.ts';
import type { Series } from '../manifest/series.ts';

/** How the file system knows one state of a folder, or of a module's folder and manifest, from another. */
export interface Fingerprint {
  readonly key: string;
  /** When the newest change was made, in milliseconds. */
  readonly changedAt: number;
  /** How many names the manifest has; a change through a name in another folder is no event in this one. */
  readonly names: number;
}

/** Longer than a tick of any file system: two seconds on FAT, one on ext3, milliseconds elsewhere. */
const TICK_MS = 2100;

/** Whether whatever was read at a time is what the fingerprint shows: the last change lies safely before it. */
export function isSettledBy(fingerprint: Fingerprint, readAt: number): boolean {
  return fingerprint.changedAt < readAt - TICK_MS;
}

/** A folder's own fingerprint: another as soon as an entry comes, goes or is renamed. Null if it is no folder. */
export function fingerprintFolder(path: string): Fingerprint | null {
  const folder = lstatExactly(path);
  return folder?.isDirectory() ? { key: keyOf(folder), changedAt: changeOf(folder), names: 1 } : null;
}

/**
 * The fingerprint of everything a module's assessment is made from: the folder's covers which files there are, the
 * manifest's what is in it.
 * @param path The real path of the folder.
 * @returns Null when there is no manifest that can be known by it; what a symlink leads to can change unnoticed.
 */
export function fingerprintModule(path: string, series: Series): Fingerprint | null {
  const folder = lstatExactly(path);
  if (!folder?.isDirectory()) return null;
  for (const file of manifestNames(series)) {
    const manifest = lstatExactly(`${path}${sep}${file}`);
    if (manifest === null) continue;
    if (!manifest.isFile()) return null;
    return {
      key: `${keyOf(folder)} ${keyOf(manifest)}`,
      changedAt: Math.max(changeOf(folder), changeOf(manifest)),
      names: Number(manifest.nlink),
    };
  }
  return null;
}

/** In whole numbers: inodes and nanoseconds do not fit into floating-point ones. */
function lstatExactly(path: string): BigIntStats | null {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false }) ?? null;
  } catch (error) {
    stopAtShortage(error);
    return null;
  }
}

/** As a text, which takes a fraction of the memory of the numbers. */
function keyOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
}

/** The time of change cannot be set by a program, unlike that of modification. */
function changeOf({ ctimeNs }: BigIntStats): number {
  return Number(ctimeNs / 1_000_000n);
}
