import { lstatSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { ModuleName } from '../addons/module-name.ts';
import { errnoOf } from '../base/paths.ts';
import { asideName } from '../state/layout.ts';

/** Where the steps of a transaction take place. */
export interface Site {
  /** The path of the addons directory, see {@link Handle}. */
  readonly base: string;
  /** The state folder, for links that are staged or moved aside. */
  readonly folder: string;
  /** Part of the names of entries that this transaction moves aside. */
  readonly id: string;
  /** Whether this undoes another process's transaction. Then the entries aside are not trusted. */
  readonly isRecovery: boolean;
  /** Whether there is a journal, so that a kill between two changes would be recovered from. */
  isJournalled: boolean;
  /**
   * Whether the two folders are on different file systems, so that nothing can be renamed between them. Detected by
   * trying, because bind mounts share device numbers.
   */
  isCrossing: boolean;
}

export function entryPath(site: Site, module: ModuleName): string {
  return join(site.base, module);
}

/** Where the entry of a step is moved. The name is unique, so nothing is overwritten. */
export function asidePath(site: Site, index: number): string {
  return join(site.folder, asideName(site.id, index));
}

/**
 * Whether a path is a link with exactly this text.
 * @throws A system error.
 */
export function isLink(path: string, text: string): boolean {
  try {
    return readlinkSync(path) === text;
  } catch (error) {
    if (['ENOENT', 'EINVAL'].includes(errnoOf(error) ?? '')) return false;
    throw error;
  }
}

/**
 * Whether there is no entry at a path.
 * @throws A system error.
 */
export function isAbsent(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) === undefined;
}
