import type { Turns } from '../base/turns.ts';
import type { Repository } from './discover.ts';
import { foldersIn } from './module-folders.ts';

/** Up to this many names are looked up in each repository; for more it is faster to list all repositories once. */
const MOST_LOOKED_FOR = 4;

/** Makes a function that returns the repositories in which to look for a module name. */
export function createHolders(
  repositories: readonly Repository[],
  turns: Turns,
): (name: string) => Promise<readonly Repository[]> {
  let asked = 0;
  let index: ReturnType<typeof indexNames> | undefined;
  return async (name) => {
    if (++asked <= MOST_LOOKED_FOR) return repositories;
    index ??= indexNames(repositories, turns);
    const { byName, unlisted } = await index;
    return [...(byName.get(name) ?? []), ...unlisted];
  };
}

async function indexNames(repositories: readonly Repository[], turns: Turns) {
  const byName = new Map<string, Repository[]>();
  // In a folder that cannot be listed, an entry may still be opened by its name.
  const unlisted: Repository[] = [];
  for (const repository of repositories) {
    for (const { name } of await foldersIn(repository.path, turns, () => unlisted.push(repository))) {
      const known = byName.get(name);
      if (known === undefined) byName.set(name, [repository]);
      else known.push(repository);
    }
  }
  return { byName, unlisted };
}
