import { basename, dirname, join, sep } from 'node:path';
import { lstatOrNull } from '../base/paths.ts';
import { sortInTurns, type Turns } from '../base/turns.ts';
import { type FolderListing, type FolderLook, hasEntry, lookAtFolders } from './folder-look.ts';
import { hasManifest, isFolder } from './module-folders.ts';
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
 * @param look Without it, nothing is remembered.
 * @returns The root itself if it contains modules, then its folders that are not modules, sorted; empty when the root
 *   cannot be read.
 */
export async function repositoriesOf(
  root: Root,
  turns: Turns,
  look: FolderLook = lookAtFolders({}, turns),
): Promise<Repository[]> {
  if (root.family === 'core') {
    const { inPackage, others } = odooFolders(root.path);
    return [...inPackage, ...others].map((path) => ({ name: basename(path), path, root }));
  }
  const top = await look.list(root.path);
  if (mayHold(top, 'odoo') && isOdooCheckout(root.path)) return [];
  const repositories: Repository[] = [];
  let hasModules = false;
  for (const name of top === null ? [] : await foldersOf(root.path, top, turns)) {
    // Both parts are already normalised, and `join` would scan them again.
    const path = `${root.path}${sep}${name}`;
    const listing = await look.list(path);
    if (listing === null ? hasManifest(path) : listing.isModule) hasModules = true;
    else if (!(mayHold(listing, 'odoo') && isOdooCheckout(path)))
      repositories.push(...repositoriesAt(path, name, root, listing));
    const pause = turns.spend();
    if (pause !== undefined) await pause;
  }
  const name = basename(root.path);
  if (lstatOrNull(join(root.path, '.git')) !== null) {
    const inner = repositoriesAt(root.path, name, root, top);
    const known = new Set(inner.map(({ path }) => path));
    return [...inner, ...repositories.filter(({ path }) => !known.has(path))];
  }
  return hasModules ? [{ name, path: root.path, root }, ...repositories] : repositories;
}

/** Whether a folder has an entry of that name; also if it cannot be listed. */
function mayHold(listing: FolderListing | null, name: string): boolean {
  return listing === null || hasEntry(listing, name);
}

/** The names of its folders and of its symlinks to folders, sorted. What a symlink leads to may change any time. */
async function foldersOf(path: string, { folders, links }: FolderListing, turns: Turns): Promise<string[]> {
  const linked = [...links].filter((name) => isFolder(`${path}${sep}${name}`));
  await turns.spend(links.size);
  return sortInTurns([...folders, ...linked], (a, b) => (a < b ? -1 : 1), turns);
}

/** The folders of a checkout that may contain modules, itself first. */
function repositoriesAt(path: string, name: string, root: Root, listing: FolderListing | null): Repository[] {
  const inner = INNER.some((folder) => mayHold(listing, folder.split(sep)[0] as string))
    ? innerFolders(path)
    : [];
  return [path, ...inner].map((folder) => ({ name, path: folder, root }));
}

/** The folders in a checkout, besides its top, that may contain modules; not those of a checkout of Odoo in it. */
export function innerFolders(checkout: string): string[] {
  return INNER.map((inner) => join(checkout, inner)).filter((path) => {
    return isFolder(path) && !hasManifest(path) && !isOdooCheckout(dirname(path));
  });
}

/** The repositories of several roots, in their order. */
export async function repositoriesIn(
  roots: readonly Root[],
  turns: Turns,
  look?: FolderLook,
): Promise<Repository[]> {
  const repositories: Repository[] = [];
  for (const root of roots) {
    for (const repository of await repositoriesOf(root, turns, look)) repositories.push(repository);
  }
  return repositories;
}
