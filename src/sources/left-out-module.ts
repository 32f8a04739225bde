import { relative } from 'node:path';
import { findGitFolder } from './git-folder.ts';
import { MOST_INDEX_BYTES, moduleInIndex } from './git-index.ts';
import { readInside } from './read-inside.ts';

/**
 * Whether git has a module in a repository's index, although it is not in the work tree, see {@link moduleInIndex}.
 * @param folder The real path of the folder with modules: a checkout, or a folder in it.
 * @param root The root that contains it.
 */
export function leftOutModule(folder: string, root: string, module: string): 'sparse' | 'there' | null {
  const git = findGitFolder(folder, root);
  const index = git === null ? null : readInside(git.path, 'index', MOST_INDEX_BYTES);
  if (git === null || index === null || index === 'absent') return null;
  const inside = relative(git.worktree, folder);
  return moduleInIndex(index.bytes, inside === '' ? module : `${inside}/${module}`);
}
