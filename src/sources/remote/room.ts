import { readdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { MiB } from '../../base/bounded-file.ts';
import { stopAtShortage } from '../../base/interruption.ts';
import { lstatOrNull } from '../../base/paths.ts';
import type { RemoteFaultKind } from './remote-fault.ts';

/** What must stay free on the file system, in bytes: Odoo and its database may be on it. */
const SPARE_BYTES = 256 * MiB;

/**
 * Watches the room that a repository takes while it grows.
 * @param folder Where git writes objects.
 * @param most The most bytes it may have.
 * @returns A function that says why git must be ended; null if it may go on.
 */
export function watchRoom(folder: string, most: number): () => RemoteFaultKind | null {
  return () => {
    if (packedBytes(folder) > most) return 'too_large';
    return freeBytes(folder) < SPARE_BYTES ? 'no_space' : null;
  };
}

/** Whether files of so many bytes would leave enough free space. */
export function hasRoomFor(bytes: number, folder: string): boolean {
  return freeBytes(folder) - bytes >= SPARE_BYTES;
}

function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch (error) {
    stopAtShortage(error);
    return Number.POSITIVE_INFINITY;
  }
}

/** The size of the packs in a folder of objects: with `unpackLimit = 1` there is nothing else. */
export function packedBytes(objects: string): number {
  const folder = join(objects, 'pack');
  try {
    return readdirSync(folder).reduce((sum, name) => sum + (lstatOrNull(join(folder, name))?.size ?? 0), 0);
  } catch (error) {
    stopAtShortage(error);
    return 0;
  }
}
