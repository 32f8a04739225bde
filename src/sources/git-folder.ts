import { basename, dirname, join, resolve } from 'node:path';
import { isInside, lstatOrNull, realpathOrNull } from '../base/paths.ts';
import { readSettings } from './git-settings.ts';
import { readTextInside } from './read-inside.ts';

/** Where a checkout keeps what git knows of it (gitrepository-layout(5)). All are real paths. */
export interface GitFolder {
  /** The root in which the checkout is. */
  readonly root: string;
  /** The top of the work tree: the folder in which `.git` is. */
  readonly worktree: string;
  /** The folder with `HEAD` and `index`. */
  readonly path: string;
  /** The folder with `config`, `objects` and `refs`: the same, except for a linked worktree. */
  readonly common: string;
}

/** The largest file that says where something is, in bytes. */
const MOST_POINTER_BYTES = 8192;

/**
 * Finds the git folder of a checkout without asking git, which would also find others: a folder that looks like a bare
 * repository, for one, whose configuration names programs.
 *
 * Only `.git` counts. A git folder outside the root is believed only if it says itself that this is its work tree:
 * anybody can write a `.git` file that names somebody else's repository.
 * @param folder A folder of the checkout.
 * @param ceiling A repository is not looked for above this folder, which is a root.
 * @returns Null outside git, and where what is found is not laid out as git does it.
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
 * A linked worktree's git folder is `worktrees/NAME` in the common folder that it names; git makes them nowhere else.
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

/** Whether `core.worktree` names the work tree the git folder was found in, as it does for a submodule. */
export function pointsBackBySetting(
  { worktree, path }: GitFolder,
  settings: ReadonlyMap<string, string> | null,
): boolean {
  const named = settings?.get('core.worktree');
  return named !== undefined && realpathOrNull(resolve(path, named)) === worktree;
}

/**
 * The one line that a file consists of. Git takes what stands there as it is, blanks and further lines included, and so
 * nothing is trimmed here.
 * @returns Null for anything else.
 */
function readLine(folder: string, name: string): string | null {
  const file = readTextInside(folder, name, MOST_POINTER_BYTES);
  if (file === null || file === 'absent') return null;
  return /^([^\r\n\0]+)\n?$/.exec(file.text)?.[1] ?? null;
}
