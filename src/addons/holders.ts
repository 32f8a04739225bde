import type { Turns } from '../base/turns.ts';
import { foldersIn, type Repository } from './discover.ts';

/** So many names are looked for in each repository; for more of them it is quicker to list all repositories once. */
const MOST_LOOKED_FOR = 4;

/** Tells in which repositories a name is worth looking for. */
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
  // A folder that cannot be listed may still be looked into by name.
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
