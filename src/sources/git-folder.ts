import { basename, dirname, join, resolve } from 'node:path';
import { isInside, lstatOrNull, realpathOrNull } from '../base/paths.ts';
import { readSettings } from './git-settings.ts';
import { readTextInside } from './read-inside.ts';

/** The git folders of a checkout (gitrepository-layout(5)). All are real paths. */
export interface GitFolder {
  /** The root that contains the checkout. */
  readonly root: string;
  /** The top of the work tree: the folder that contains `.git`. */
  readonly worktree: string;
  /** The folder with `HEAD` and `index`. */
  readonly path: string;
  /** The folder with `config`, `objects` and `refs`: the same, except for a linked worktree. */
  readonly common: string;
}

/** The largest file with a path in it, in bytes. */
const MOST_POINTER_BYTES = 8192;

/**
 * Finds the git folder of a checkout. Not by running git, which also accepts folders that merely look like a bare
 * repository and whose configuration can name programs.
 *
 * Only `.git` counts. A git folder outside the root is accepted only if it names this work tree: anyone can write a
 * `.git` file that names another user's repository.
 * @param folder A folder of the checkout.
 * @param ceiling A root: the search does not go above it.
 * @returns Null outside git, and if the layout is not one that git creates.
 */
export function findGitFolder(folder: string, ceiling: string): GitFolder | null {
  const [from, root] = [realpathOrNull(folder), realpathOrNull(ceiling)];
  if (from === null || root === null || !isInside(from, root)) return null;
  for (let worktree = from; ; worktree = dirname(worktree)) {
    const entry = lstatOrNull(join(worktree, '.git'));
    if (entry !== null) {
      const named = entry.isFile() ? gitFileTarget(worktree) : join(worktree, '.git');
      const git = named === null ? null : proveLayout(root, worktree, named);
      return git !== null && (isInside(git.path, root) || pointsBack(git)) ? git : null;
    }
    if (worktree === root) return null;
  }
}

function gitFileTarget(worktree: string): string | null {
  const text = readLine(worktree, '.git');
  return text?.startsWith('gitdir: ') ? resolve(worktree, text.slice('gitdir: '.length)) : null;
}

/**
 * The git folder of a linked worktree must be `worktrees/NAME` in the common folder that it names, as git creates it.
 */
function proveLayout(root: string, worktree: string, named: string): GitFolder | null {
  const path = realpathOrNull(named);
  if (path === null || !lstatOrNull(path)?.isDirectory()) return null;
  if (lstatOrNull(join(path, 'commondir')) === null) return { root, worktree, path, common: path };
  const target = readLine(path, 'commondir');
  const common = target === null ? null : realpathOrNull(resolve(path, target));
  if (common === null || path !== join(common, 'worktrees', basename(path))) return null;
  return { root, worktree, path, common };
}

function pointsBack(git: GitFolder): boolean {
  const { worktree, path, common } = git;
  if (common === path) return pointsBackBySetting(git, readSettings(git));
  const back = readLine(path, 'gitdir');
  return (
    back !== null && basename(back) === '.git' && realpathOrNull(dirname(resolve(path, back))) === worktree
  );
}

/** Whether `core.worktree` names the work tree in which the git folder was found, as in a submodule. */
export function pointsBackBySetting(
  { worktree, path }: GitFolder,
  settings: ReadonlyMap<string, string> | null,
): boolean {
  const named = settings?.get('core.worktree');
  return named !== undefined && realpathOrNull(resolve(path, named)) === worktree;
}

/**
 * Reads a file that consists of one line. Nothing is trimmed, because git does not trim either.
 * @returns Null for any other file.
 */
function readLine(folder: string, name: string): string | null {
  const file = readTextInside(folder, name, MOST_POINTER_BYTES);
  if (file === null || file === 'absent') return null;
  return /^([^\r\n\0]+)\n?$/.exec(file.text)?.[1] ?? null;
}
