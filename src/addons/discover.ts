import { type Dirent, lstatSync, readdirSync, type Stats, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SERIES, type Series } from '../manifest/series.ts';
import type { Root } from './roots.ts';

/** A folder with modules directly in it: usually the checkout of one git repository. */
export interface Repository {
  /** The folder's name, which is what `repo` arguments and results call it. */
  readonly name: string;
  readonly path: string;
  readonly root: Root;
}

/**
 * The manifest file names Odoo looks for, in its order.
 * Source: `odoo/modules/module.py`, `MANIFEST_NAMES`; `__openerp__.py` is gone in 19.0.
 */
export function manifestNames(series: Series): readonly string[] {
  return series === '19.0' ? ['__manifest__.py'] : ['__manifest__.py', '__openerp__.py'];
}
const EVERY_MANIFEST_NAME = manifestNames(SERIES[0]);

/** Whether a folder holds anything by the name of a manifest; what it is gets decided when it is read. */
export function hasManifest(folder: string, names: readonly string[] = EVERY_MANIFEST_NAME): boolean {
  return names.some((name) => lstatOrNull(join(folder, name)) !== null);
}

/**
 * The repositories of a root.
 *
 * A root with modules directly in it is one repository; any other is a folder of repositories. A checkout of Odoo
 * itself keeps its modules in `odoo/addons` and `addons`.
 * @returns Sorted by path; empty when the root cannot be read.
 */
export function repositoriesOf(root: Root): Repository[] {
  const repository = (path: string): Repository => ({ name: basename(path), path, root });
  if (root.family === 'core' && hasManifest(join(root.path, 'odoo', 'addons', 'base'))) {
    return [join(root.path, 'odoo', 'addons'), join(root.path, 'addons')].map(repository);
  }
  const names = foldersIn(root.path).map(({ name }) => name);
  if (names.some((name) => hasManifest(join(root.path, name)))) return [repository(root.path)];
  return names.map((name) => repository(join(root.path, name)));
}

/** The names of the folders in a repository that hold a manifest, sorted. */
export function modulesIn(repository: string): string[] {
  const names = foldersIn(repository).map(({ name }) => name);
  return names.filter((name) => hasManifest(join(repository, name)));
}

/**
 * Every module folder under a path, at any depth. Modules inside modules are test fixtures and left out, and so is
 * whatever {@link foldersIn} leaves out. Symlinks are followed only for the path itself.
 */
export function* modulesUnder(path: string): Generator<string> {
  if (hasManifest(path)) {
    yield path;
    return;
  }
  for (const { name, isLink } of foldersIn(path)) if (!isLink) yield* modulesUnder(join(path, name));
}

/**
 * The folders in a folder that may be modules or hold them.
 *
 * Left out: dot-folders, `node_modules`, `setup` (in OCA checkouts it links every module a second time) and
 * `__unported__` (modules that wait for their migration).
 * @returns Sorted by name; `isLink` for a symlink to a folder.
 */
export function foldersIn(folder: string): { name: string; isLink: boolean }[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    // Unreadable, or removed a moment ago: there is nothing to be had from it. `doctor` reports such folders.
    return [];
  }
  const folders: { name: string; isLink: boolean }[] = [];
  for (const entry of entries) {
    const { name } = entry;
    if (LEFT_OUT.has(name) || name.startsWith('.')) continue;
    if (entry.isDirectory()) folders.push({ name, isLink: false });
    else if (entry.isSymbolicLink() && isFolder(join(folder, name))) folders.push({ name, isLink: true });
  }
  return folders.sort((a, b) => (a.name < b.name ? -1 : 1));
}
const LEFT_OUT = new Set(['setup', '__unported__', 'node_modules']);

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** What a name is, without following it; null when it cannot be had. */
export function lstatOrNull(path: string): Stats | null {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}
