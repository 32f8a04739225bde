import { isInside } from '../base/paths.ts';
import { findGitFolder } from './git-folder.ts';
import { readSettings } from './git-settings.ts';

/**
 * The address that a checkout was cloned from: of several remotes, the last one that its configuration names.
 * @returns Null outside git, and for a folder in a checkout, which says nothing about where the folder comes from.
 */
export function remoteUrl(path: string): string | null {
  const git = findGitFolder(path, path);
  if (git === null || !isInside(git.worktree, path)) return null;
  return readSettings(git)?.get('remote.*.url') ?? null;
}
