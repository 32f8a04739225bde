import { basename, dirname, join } from 'node:path';
import { lstatOrNull, realpathOrNull } from '../base/paths.ts';
import { isOfOca, repositoryName } from '../base/repository-name.ts';
import type { Turns } from '../base/turns.ts';
import { type Repository, repositoriesIn } from './discover.ts';
import { type FolderLook, lookAtFolders } from './folder-look.ts';
import type { Root } from './roots.ts';

/**
 * The repositories a folder lies in, the innermost first: more than one if they are nested, none if no root lists a
 * repository around it.
 * @param path The real path of the folder.
 */
export type OwnersOf = (path: string) => readonly Repository[];

/**
 * Makes a function that returns the repositories a folder belongs to. Only folders that the roots list count as
 * repositories: the path by which a folder was reached and the names of the folders around it do not count, because a
 * checkout's content can determine both. A root that is itself a checkout owns everything in it, including what lies in
 * a folder that it lists.
 * @param repositories All repositories that the roots list.
 * @param look The look that has found them.
 */
export async function createOwners(
  repositories: readonly Repository[],
  turns: Turns,
  look: Pick<FolderLook, 'real'> & Partial<FolderLook> = { real: realpathOrNull },
): Promise<OwnersOf> {
  const before = known.get(repositories);
  if (before !== undefined && before.places === placesOf(before, look)) return before.ownersOf;
  const byFolder = await indexFolders(repositories, turns, look);
  const ownersOf: OwnersOf = (path) => {
    const owners: Repository[] = [];
    for (let folder = path; ; folder = dirname(folder)) {
      owners.push(...(byFolder.get(folder) ?? []));
      if (folder === dirname(folder)) return owners;
    }
  };
  const roots = [...new Set(repositories.map(({ root }) => root))];
  const others = [];
  for (const one of repositories) if (!(await isInListing(one, look))) others.push(one);
  known.set(repositories, { roots, others, places: placesOf({ roots, others }, look), ownersOf });
  return ownersOf;
}

/** What was made of a list of repositories, which is the same as long as what was listed for it, see {@link repositoriesIn}. */
interface KnownOwners {
  readonly ownersOf: OwnersOf;
  readonly roots: readonly Root[];
  /** The repositories that no listing shows to be a folder in their root. */
  readonly others: readonly Repository[];
  /** See {@link placesOf}. */
  readonly places: string;
}

const known = new WeakMap<readonly Repository[], KnownOwners>();

/** Where the roots and the other repositories really are, and which roots are checkouts. */
function placesOf(
  { roots, others }: Pick<KnownOwners, 'roots' | 'others'>,
  look: Pick<FolderLook, 'real'>,
): string {
  const isCheckout = ({ path }: Root) => lstatOrNull(join(path, '.git')) !== null;
  return JSON.stringify([[...roots, ...others].map(({ path }) => look.real(path)), roots.map(isCheckout)]);
}

async function isInListing({ path, root }: Repository, look: Partial<FolderLook>): Promise<boolean> {
  if (path === root.path) return true;
  if (root.family === 'core' || dirname(path) !== root.path) return false;
  return (await look.list?.(root.path))?.folders.has(basename(path)) === true;
}

/** Like {@link createOwners}, for the repositories that roots list now. */
export async function readOwners(
  roots: readonly Root[],
  turns: Turns,
  look: FolderLook = lookAtFolders(roots, turns),
): Promise<OwnersOf> {
  return createOwners(await repositoriesIn(roots, turns, look), turns, look);
}

/** By the real path: a repository may be listed through a symlink. */
async function indexFolders(
  repositories: readonly Repository[],
  turns: Turns,
  look: Pick<FolderLook, 'real'>,
): Promise<ReadonlyMap<string, readonly Repository[]>> {
  const roots = new Map(repositories.map(({ root }) => [root.path, root]));
  const checkouts = [...roots.values()].filter(({ path }) => lstatOrNull(join(path, '.git')) !== null);
  const itself = checkouts.map((root) => ({ name: basename(root.path), path: root.path, root }));
  const byFolder = new Map<string, Repository[]>();
  for (const repository of [...repositories, ...itself]) {
    const pause = turns.spend();
    if (pause !== undefined) await pause;
    const folder = look.real(repository.path);
    if (folder === null) continue;
    const known = byFolder.get(folder) ?? [];
    byFolder.set(folder, known);
    if (!known.some(({ path }) => path === repository.path)) known.push(repository);
  }
  return byFolder;
}

/**
 * Whether a `repo` argument means one of these: by its folder name, its path, its name on GitHub (`OCA/<name>`), or the
 * address from which the OCA's is cloned. A policy compares the name that {@link repositoryName} finds in the argument.
 */
export function isCalledAny(
  repositories: readonly Pick<Repository, 'name' | 'path'>[],
  repo: string,
): boolean {
  const named = isOfOca(repo) ? repositoryName(repo) : repo;
  return repositories.some(({ name, path }) => repo === name || repo === path || named === name);
}
