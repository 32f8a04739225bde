import { join } from 'node:path';
import { readInside } from '../base/read-inside.ts';
import type { GitFolder } from './git-folder.ts';
import { type IndexedModule, MOST_INDEX_BYTES, modulesInIndex } from './git-index.ts';

/**
 * The folders in which git has a module in a checkout's index; it may be missing in the work tree, see
 * {@link modulesInIndex}.
 * @returns The folders by their absolute paths.
 */
export function modulesInCheckout(git: GitFolder, module: string): IndexedModule[] {
  const index = readInside(git.path, 'index', MOST_INDEX_BYTES);
  if (index === null || index === 'absent') return [];
  return modulesInIndex(index.bytes, module).map(({ folder, state }) => {
    return { folder: join(git.worktree, folder), state };
  });
}
