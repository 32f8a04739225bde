/**
 * Detects from metadata whether a file or folder has changed since it was read.
 *
 * A stamp cannot distinguish two changes within one tick of the file system's clock. So it counts only if its last change
 * was safely before the read, which is git's rule for "racily clean" index entries.
 */
import { type BigIntStats, lstatSync, statSync } from 'node:fs';
import { stopAtShortage } from './interruption.ts';

/** The metadata that identifies a state of a file or folder. */
export interface Stamp {
  readonly key: string;
  /** When it last changed, in milliseconds since 1970. */
  readonly changedAt: number;
}

/** Longer than a tick of any file system: two seconds on FAT, one on ext3, milliseconds elsewhere. */
const TICK_MS = 2100;

/** Whether the last change was safely before a read, so that the read saw that state. */
export function isSettledBy({ changedAt }: Pick<Stamp, 'changedAt'>, readAt: number): boolean {
  return changedAt < readAt - TICK_MS;
}

/** The stamp of what a path leads to; null if it leads to nothing. */
export function stampOf(path: string): Stamp | null {
  const stats = statExactly(path);
  return stats === null ? null : stampFrom(stats);
}

export function stampFrom(stats: BigIntStats): Stamp {
  return { key: keyOf(stats), changedAt: changeOf(stats) };
}

/** Whether metadata is that of a state. */
export function isOfState(stats: BigIntStats, { dev, ino, size, mtimeNs, ctimeNs }: FileState): boolean {
  return (
    stats.ctimeNs === ctimeNs &&
    stats.mtimeNs === mtimeNs &&
    stats.ino === ino &&
    stats.dev === dev &&
    stats.size === size
  );
}

/** What of metadata makes a stamp. */
export type FileState = Pick<BigIntStats, 'dev' | 'ino' | 'size' | 'mtimeNs' | 'ctimeNs'>;

/** With bigints: inodes and nanoseconds do not fit into a number. */
const EXACTLY = { bigint: true, throwIfNoEntry: false } as const;

/** The metadata of an entry; null if there is none. */
export function lstatExactly(path: string): BigIntStats | null {
  return orNull(() => lstatSync(path, EXACTLY));
}

/** The metadata of what a path leads to; null if it leads to nothing. */
export function statExactly(path: string): BigIntStats | null {
  return orNull(() => statSync(path, EXACTLY));
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
function keyOf({ dev, ino, size, mtimeNs, ctimeNs }: FileState): string {
  return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
}

/** When it last changed, in milliseconds since 1970. Uses ctime, because programs can set mtime but not ctime. */
export function changeOf({ ctimeNs }: Pick<FileState, 'ctimeNs'>): number {
  return Number(ctimeNs / 1_000_000n);
}
