import type { Turns } from '../base/turns.ts';
import type { Repository } from './discover.ts';
import { type FolderLook, hasEntry } from './folder-look.ts';

/** Makes a function that returns the repositories that have a name, and those that cannot be listed: they may have any. */
export function createHolders(
  repositories: readonly Repository[],
  look: FolderLook,
  turns: Turns,
): (name: string) => Promise<readonly Repository[]> {
  let listed: ReturnType<typeof listAll> | undefined;
  return async (name) => {
    listed ??= listAll(repositories, look, turns);
    const holders: Repository[] = [];
    for (const { repository, listing } of await listed) {
      if (listing === null || hasEntry(listing, name)) holders.push(repository);
    }
    const pause = turns.spend(repositories.length / NAMES_OF_UNIT);
    if (pause !== undefined) await pause;
    return holders;
  };
}

/** How many repositories are asked in one unit of work, see {@link Turns}. */
const NAMES_OF_UNIT = 64;

async function listAll(repositories: readonly Repository[], look: FolderLook, turns: Turns) {
  const listed = [];
  for (const repository of repositories) {
    const looked = look.list(repository.path);
    listed.push({ repository, listing: looked instanceof Promise ? await looked : looked });
    const pause = turns.spend();
    if (pause !== undefined) await pause;
  }
  return listed;
}
