import { basename, dirname, join } from 'node:path';
import { lstatOrNull } from '../base/paths.ts';
import type { Turns } from '../base/turns.ts';
import { foldersIn, hasManifest, isFolder } from './module-folders.ts';
import { isOdooCheckout, odooFolders } from './odoo-folders.ts';
import type { Root } from './roots.ts';

/** A folder with modules directly in it: the checkout of a git repository, or `addons` or `odoo/addons` in it. */
export interface Repository {
  /** The checkout's name, as used in `repo` arguments and results. */
  readonly name: string;
  /** The folder's path in the root; it may be a symlink. */
  readonly path: string;
  readonly root: Root;
}

/** Where else in a checkout modules may lie, besides its top. */
const INNER = ['addons', join('odoo', 'addons')];

/**
 * The repositories of a root.
 *
 * A root may be a checkout, a folder of checkouts, or both: a stray module among checkouts must not hide them. A checkout
 * has its modules at its top, in `addons` or in `odoo/addons`. Odoo itself is left out where it does not belong.
 * @returns The root itself if it contains modules, then its folders that are not modules, sorted; empty when the root
 *   cannot be read.
 */
export async function repositoriesOf(root: Root, turns: Turns): Promise<Repository[]> {
  if (root.family === 'core') {
    const { inPackage, others } = odooFolders(root.path);
    return [...inPackage, ...others].map((path) => ({ name: basename(path), path, root }));
  }
  if (isOdooCheckout(root.path)) return [];
  const repositories: Repository[] = [];
  let hasModules = false;
  for (const { name } of await foldersIn(root.path, turns)) {
    const path = join(root.path, name);
    if (hasManifest(path)) hasModules = true;
    else if (!isOdooCheckout(path)) repositories.push(...repositoriesAt(path, name, root));
    await turns.spend();
  }
  const name = basename(root.path);
  if (lstatOrNull(join(root.path, '.git')) !== null) {
    const inner = repositoriesAt(root.path, name, root);
    const known = new Set(inner.map(({ path }) => path));
    return [...inner, ...repositories.filter(({ path }) => !known.has(path))];
  }
  return hasModules ? [{ name, path: root.path, root }, ...repositories] : repositories;
}

function repositoriesAt(path: string, name: string, root: Root): Repository[] {
  return [path, ...innerFolders(path)].map((folder) => ({ name, path: folder, root }));
}

/** The folders in a checkout, besides its top, that may contain modules; not those of a checkout of Odoo in it. */
export function innerFolders(checkout: string): string[] {
  return INNER.map((inner) => join(checkout, inner)).filter((path) => {
    return isFolder(path) && !hasManifest(path) && !isOdooCheckout(dirname(path));
  });
}

/** The repositories of several roots, in their order. */
export async function repositoriesIn(roots: readonly Root[], turns: Turns): Promise<Repository[]> {
  const repositories: Repository[] = [];
  for (const root of roots) {
    for (const repository of await repositoriesOf(root, turns)) repositories.push(repository);
  }
  return repositories;
}
