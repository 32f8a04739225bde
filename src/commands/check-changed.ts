import { dirname, relative } from 'node:path';
import { isInside, lstatOrNull } from '../base/paths.ts';
import { ok, type Result, refused } from '../base/refusal.ts';
import { inQuotes } from '../base/text.ts';
import { findChangedFiles } from '../sources/changed-files.ts';
import { findGitFolder, type GitFolder } from '../sources/git-folder.ts';
import type { Places } from './check-place.ts';

/** Tells which modules a branch touches. */
export type IsChanged = (path: string, folder: string) => Promise<Result<boolean, string>>;

/**
 * Whether modules differ from where their branch left another one, see {@link findChangedFiles}. Git is asked once for each
 * checkout.
 * @param base What to compare with.
 * @param given The path on the command line under which the modules were found.
 * @returns A function of a module's path and its real folder.
 */
export function changedSince(base: string, given: string, { placeOf }: Places): IsChanged {
  const known = new Map<string, Promise<Result<Touched, string>>>();
  const around = gitFolderAt(placeOf(given));
  return async (path, folder) => {
    let isTouched = false;
    for (const place of new Set([placeOf(path), folder])) {
      const git = gitFolderOf(place, around);
      if (git === null) return refused(`${inQuotes(path, path.length)} is in no git repository.`);
      const asked = known.get(git.worktree) ?? findTouched(git, base);
      known.set(git.worktree, asked);
      const touched = await asked;
      if (!touched.ok) return touched;
      isTouched ||= touches(touched.value, relative(git.worktree, place));
    }
    return ok(isTouched);
  };
}

/** The nearest git folder at or above a path; one elsewhere counts only if it points back. */
function gitFolderAt(place: string): GitFolder | null {
  return findGitFolder(place, place);
}

/** A submodule counts as part of the repository around it, where its commit is recorded. */
function gitFolderOf(place: string, around: GitFolder | null): GitFolder | null {
  const own = gitFolderAt(place) ?? gitFolderAt(dirname(place));
  if (own === null || around === null || own.worktree === around.worktree) return own;
  const isSubmodule =
    isInside(own.worktree, around.worktree) && lstatOrNull(`${own.worktree}/.git`)?.isFile() === true;
  return isSubmodule ? around : own;
}

interface Touched {
  readonly files: ReadonlySet<string>;
  /** Every folder above one of the files. */
  readonly folders: ReadonlySet<string>;
}

async function findTouched(git: GitFolder, base: string): Promise<Result<Touched, string>> {
  const found = await findChangedFiles(git, base);
  if (!found.ok) return found;
  const folders = new Set<string>();
  for (const file of found.value) {
    for (let at = file.indexOf('/'); at >= 0; at = file.indexOf('/', at + 1)) folders.add(file.slice(0, at));
  }
  return ok({ files: new Set(found.value), folders });
}

/** Whether a file in the folder is among them, or a submodule that the folder is in. */
function touches({ files, folders }: Touched, folder: string): boolean {
  if (folder === '') return files.size > 0;
  if (folders.has(folder)) return true;
  const parts = folder.split('/');
  return parts.some((_, index) => files.has(parts.slice(0, index + 1).join('/')));
}
