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
): Promise<readonly Repository[]> {
  if (root.family === 'core') return coreRepositories(root);
  const top = await look.list(root.path);
  const before = known.get(root);
  if (before !== undefined && (await isStill(before, top, turns, look))) return before.repositories;
  if (mayHold(top, 'odoo') && isOdooCheckout(root.path)) return [];
  const inRoot: Repository[] = [];
  const listings = new Map<string, FolderListing | null>();
  let hasModules = false;
  for (const name of top === null ? [] : await foldersOf(root.path, top, turns)) {
    // Both parts are already normalised, and `join` would scan them again.
    const path = `${root.path}${sep}${name}`;
    const listing = await look.list(path);
    listings.set(path, listing);
    if (listing === null ? hasManifest(path) : listing.isModule) hasModules = true;
    else if (!(mayHold(listing, 'odoo') && isOdooCheckout(path)))
      inRoot.push(...repositoriesAt(path, name, root, listing));
    const pause = turns.spend();
    if (pause !== undefined) await pause;
  }
  const repositories = withItself(root, inRoot, top, hasModules);
  known.set(root, { top, listings, repositories });
  return repositories;
}

function withItself(
  root: Root,
  inRoot: readonly Repository[],
  top: FolderListing | null,
  hasModules: boolean,
): readonly Repository[] {
  const name = basename(root.path);
  if (lstatOrNull(join(root.path, '.git')) !== null) {
    const inner = repositoriesAt(root.path, name, root, top);
    const paths = new Set(inner.map(({ path }) => path));
    return [...inner, ...inRoot.filter(({ path }) => !paths.has(path))];
  }
  return hasModules ? [{ name, path: root.path, root }, ...inRoot] : inRoot;
}

/** The folders of Odoo itself, which are few; the same list as long as they are the same. */
function coreRepositories(root: Root): readonly Repository[] {
  const { inPackage, others } = odooFolders(root.path);
  const paths = [...inPackage, ...others];
  const before = known.get(root)?.repositories;
  const isSame = before?.length === paths.length && before.every(({ path }, index) => path === paths[index]);
  if (isSame) return before;
  const repositories = paths.map((path) => ({ name: basename(path), path, root }));
  known.set(root, { top: null, listings: new Map(), repositories });
  return repositories;
}

/** The repositories of a root, and what was listed to find them. */
interface KnownRepositories {
  readonly top: FolderListing | null;
  readonly listings: ReadonlyMap<string, FolderListing | null>;
  readonly repositories: readonly Repository[];
}

/** A listing is the same object as long as its folder is unchanged, see {@link FolderLook}. */
const known = new WeakMap<Root, KnownRepositories>();

/** Whether nothing has changed, in the root or in one of its folders, and all that matters is what they list. */
async function isStill(
  before: KnownRepositories,
  top: FolderListing | null,
  turns: Turns,
  look: FolderLook,
): Promise<boolean> {
  if (top === null || top !== before.top) return false;
  if (top.links.size > 0) return false;
  for (const [path, listing] of before.listings) {
    const looked = look.list(path);
    const now = looked instanceof Promise ? await looked : looked;
    if (now === null || now !== listing || hasInner(now)) return false;
    const pause = turns.spend();
    if (pause !== undefined) await pause;
  }
  return true;
}

/** Whether a folder has folders in which modules, or Odoo, may lie deeper. */
function hasInner(listing: FolderListing | null): boolean {
  return INNER.some((folder) => mayHold(listing, folder.split(sep)[0] as string));
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
  const inner = hasInner(listing) ? innerFolders(path) : [];
  return [path, ...inner].map((folder) => ({ name, path: folder, root }));
}

/** The folders in a checkout, besides its top, that may contain modules; not those of a checkout of Odoo in it. */
export function innerFolders(checkout: string): string[] {
  return INNER.map((inner) => join(checkout, inner)).filter((path) => {
    return isFolder(path) && !hasManifest(path) && !isOdooCheckout(dirname(path));
  });
}

/** The repositories of several roots, in their order; the same list as long as those of each root are the same. */
export async function repositoriesIn(
  roots: readonly Root[],
  turns: Turns,
  look?: FolderLook,
): Promise<readonly Repository[]> {
  const parts: (readonly Repository[])[] = [];
  for (const root of roots) parts.push(await repositoriesOf(root, turns, look));
  const before = joined.get(roots);
  const isSame = before?.parts.every((part, index) => part === parts[index]) === true;
  if (isSame) return before.repositories;
  const repositories = parts.flat();
  joined.set(roots, { parts, repositories });
  return repositories;
}

const joined = new WeakMap<
  readonly Root[],
  { readonly parts: readonly (readonly Repository[])[]; readonly repositories: readonly Repository[] }
>();
