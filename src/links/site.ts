import { lstatSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { ModuleName } from '../addons/module-name.ts';
import { errnoOf } from '../base/paths.ts';

/** Where the steps of a transaction act. */
export interface Site {
  /** The path the entries of the addons directory are made under. */
  readonly base: string;
  /** The folder for links that are staged or moved aside. */
  readonly folder: string;
  /** Names what this transaction moves aside. */
  readonly id: string;
  /** Whether what another process left is undone. What is aside then may have been put there by anybody. */
  readonly isRecovery: boolean;
  /** Whether a kill between two changes would be mended. */
  isJournalled: boolean;
  /**
   * Whether nothing can be renamed between the two folders, because they are on two file systems. Found out by trying:
   * device numbers are no proof, since bind mounts share them.
   */
  isCrossing: boolean;
}

export function entryPath(site: Site, module: ModuleName): string {
  return join(site.base, module);
}

/** Where the entry of a step is moved. No two steps share a name, so nothing there is ever overwritten. */
export function asidePath(site: Site, index: number): string {
  return join(site.folder, `aside-${site.id}-${index}`);
}

/**
 * Whether a name is a link with this very text.
 * @throws A system error when that cannot be seen.
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
 * Whether nothing has the name.
 * @throws A system error when that cannot be seen.
 */
export function isAbsent(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) === undefined;
}
