import { statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { Interruption, stopAtShortage } from '../base/interruption.ts';
import { listFolder } from '../base/listing.ts';
import { errnoOf, lstatOrNull } from '../base/paths.ts';
import { sortInTurns, type Turns } from '../base/turns.ts';
import { SERIES, type Series } from '../manifest/series.ts';

/**
 * The manifest file names Odoo looks for, in its order.
 * Source: `odoo/modules/module.py`, `MANIFEST_NAMES`; 19.0 no longer has `__openerp__.py`.
 */
export function manifestNames(series: Series): readonly string[] {
  return series === '19.0' ? ['__manifest__.py'] : ['__manifest__.py', '__openerp__.py'];
}
const EVERY_MANIFEST_NAME = manifestNames(SERIES[0]);

/** Whether a file of that name is a manifest for Odoo of any series. */
export function isManifestName(name: string): boolean {
  return EVERY_MANIFEST_NAME.includes(name);
}

/** Whether a folder contains an entry with a manifest's name, of any type; its type is checked when it is read. */
export function hasManifest(folder: string, names: readonly string[] = EVERY_MANIFEST_NAME): boolean {
  return names.some((name) => lstatOrNull(join(folder, name)) !== null);
}

/** The names of the folders in a repository that contain a manifest, sorted. */
export async function modulesIn(repository: string, turns: Turns): Promise<string[]> {
  const names: string[] = [];
  for (const { name } of await foldersIn(repository, turns)) {
    if (hasManifest(join(repository, name))) names.push(name);
    await turns.spend();
  }
  return names;
}

/**
 * Every module folder under a path, at any depth, and every symlink to one. Modules inside modules are left out, because
 * they are test fixtures, and so are the folders that {@link foldersIn} leaves out. Other symlinks are not followed.
 * @param onUnreadable Called with each folder that cannot be listed.
 */
export async function* modulesUnder(
  path: string,
  turns: Turns,
  onUnreadable?: OnUnreadable,
): AsyncGenerator<string> {
  if (hasManifest(path)) {
    yield path;
    return;
  }
  for (const { name, isLink } of await foldersIn(path, turns, onUnreadable)) {
    const folder = join(path, name);
    if (!isLink) yield* modulesUnder(folder, turns, onUnreadable);
    else if (hasManifest(folder)) yield folder;
  }
}

/** Called with a folder that cannot be listed, and the errno. */
export type OnUnreadable = (folder: string, code: string | undefined) => void;

/**
 * The folders in a folder that may be modules or contain them, without those {@link isLeftOut}.
 * @param onUnreadable Called when the folder cannot be listed; it then counts as empty.
 * @param onLink Called for each symlink, whatever its target: the target can change while the folder does not.
 * @returns Sorted by name.
 * @throws Interruption
 */
export async function foldersIn(
  folder: string,
  turns: Turns,
  onUnreadable?: OnUnreadable,
  onLink?: () => void,
): Promise<FolderEntry[]> {
  // Both parts are already normalised, and `join` would scan them again.
  const prefix = folder.endsWith(sep) ? folder : folder + sep;
  try {
    const folders = await listFolder(folder, turns, (entry): FolderEntry | undefined => {
      const { name } = entry;
      if (isLeftOut(name)) return undefined;
      if (entry.isDirectory()) return { name, isLink: false };
      if (!entry.isSymbolicLink()) return undefined;
      onLink?.();
      return isFolder(prefix + name) ? { name, isLink: true } : undefined;
    });
    return sortInTurns(folders, (a, b) => (a.name < b.name ? -1 : 1), turns);
  } catch (error) {
    if (error instanceof Interruption) throw error;
    onUnreadable?.(folder, errnoOf(error));
    return [];
  }
}

/** A folder in a folder; `isLink` for a symlink to one. */
export interface FolderEntry {
  readonly name: string;
  readonly isLink: boolean;
}

/**
 * Whether a folder of that name is skipped when looking for modules: dot-folders, `node_modules`, `setup` (in OCA
 * checkouts it links every module a second time) and `__unported__` (modules not migrated yet).
 */
export function isLeftOut(name: string): boolean {
  return LEFT_OUT.has(name) || name.startsWith('.');
}
const LEFT_OUT = new Set(['setup', '__unported__', 'node_modules']);

/** Whether a path is a folder or a symlink to one. */
export function isFolder(path: string): boolean {
  try {
    // Without an exception for what is not there, which takes longer than the look itself.
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch (error) {
    stopAtShortage(error);
    return false;
  }
}
