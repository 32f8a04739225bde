import { basename, dirname, join, resolve } from 'node:path';
import { isInside, lstatOrNull, realpathOrNull } from '../base/paths.ts';
import { readTextInside } from '../base/read-inside.ts';
import { readSettings } from './git-settings.ts';

/** The git folders of a checkout (gitrepository-layout(5)). All are real paths. */
export interface GitFolder {
  /** The folder that contains everything of the checkout: the root or, if the root is a folder in it, the checkout. */
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
 * Only `.git` counts, the nearest one at or above the folder. A root may be a folder in a checkout, so the search goes on
 * above the root, but only through folders that belong to the owner of the root, to the server's user or to root: anyone
 * can put a `.git` into a shared folder (git-config(1), `safe.directory`). A git folder outside the root and the checkout
 * is accepted only if it names this work tree: anyone can write a `.git` file that names another user's repository.
 * @param folder A folder of the checkout, in the root.
 * @param root A root.
 * @returns Null outside git, and if the layout is not one that git creates.
 */
export function findGitFolder(folder: string, root: string): GitFolder | null {
  const [from, top] = [realpathOrNull(folder), realpathOrNull(root)];
  if (from === null || top === null || !isInside(from, top)) return null;
  const isTrusted = trustedOwners(top);
  for (let worktree = from; ; worktree = dirname(worktree)) {
    const isInRoot = isInside(worktree, top);
    const entry = lstatOrNull(join(worktree, '.git'));
    if (entry !== null) {
      if (!isInRoot && !(isTrusted(worktree) && isTrusted(join(worktree, '.git')))) return null;
      const named = entry.isFile() ? gitFileTarget(worktree) : join(worktree, '.git');
      const git = named === null ? null : proveLayout(isInRoot ? top : worktree, worktree, named);
      return git !== null && (isInside(git.path, git.root) || pointsBack(git)) ? git : null;
    }
    if (worktree === dirname(worktree)) return null;
  }
}

function trustedOwners(root: string): (path: string) => boolean {
  const trusted = new Set([0, process.getuid?.(), lstatOrNull(root)?.uid]);
  return (path) => trusted.has(lstatOrNull(path)?.uid);
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
