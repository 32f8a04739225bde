import { basename, dirname, join } from 'node:path';
import { lstatOrNull, realpathOrNull } from '../base/paths.ts';
import type { Turns } from '../base/turns.ts';
import { type Repository, repositoriesIn } from './discover.ts';
import type { Root } from './roots.ts';

/**
 * The repositories a folder lies in, the innermost first: more than one where they lie in each other. Empty where the
 * roots list none around it.
 * @param path The real path of the folder.
 */
export type OwnersOf = (path: string) => readonly Repository[];

/**
 * Makes a function that tells which repositories a folder belongs to. Only what the roots list is one: neither the way
 * a folder was reached nor the names of the folders around it count, because both may be a checkout's own content. A
 * root that is a checkout itself owns everything in it, also what lies in a folder that it lists.
 * @param repositories All that the roots list.
 */
export async function createOwners(repositories: readonly Repository[], turns: Turns): Promise<OwnersOf> {
  const byFolder = await indexFolders(repositories, turns);
  return (path) => {
    const owners: Repository[] = [];
    for (let folder = path; ; folder = dirname(folder)) {
      owners.push(...(byFolder.get(folder) ?? []));
      if (folder === dirname(folder)) return owners;
    }
  };
}

/** The same for all that roots list at this moment. */
export async function readOwners(roots: readonly Root[], turns: Turns): Promise<OwnersOf> {
  return createOwners(await repositoriesIn(roots, turns), turns);
}

/** By the real path: a repository may be listed through a symlink. */
async function indexFolders(
  repositories: readonly Repository[],
  turns: Turns,
): Promise<ReadonlyMap<string, readonly Repository[]>> {
  const roots = new Map(repositories.map(({ root }) => [root.path, root]));
  const checkouts = [...roots.values()].filter(({ path }) => lstatOrNull(join(path, '.git')) !== null);
  const itself = checkouts.map((root) => ({ name: basename(root.path), path: root.path, root }));
  const byFolder = new Map<string, Repository[]>();
  for (const repository of [...repositories, ...itself]) {
    const pause = turns.spend();
    if (pause !== undefined) await pause;
    const folder = realpathOrNull(repository.path);
    if (folder === null) continue;
    const known = byFolder.get(folder) ?? [];
    byFolder.set(folder, known);
    if (!known.some(({ path }) => path === repository.path)) known.push(repository);
  }
  return byFolder;
}

/** Whether a `repo` argument means one of these: by its folder name, its path, or its name at the OCA. */
export function isCalledAny(
  repositories: readonly Pick<Repository, 'name' | 'path'>[],
  repo: string,
): boolean {
  return repositories.some(({ name, path }) => repo === name || repo === path || repo === `OCA/${name}`);
}
