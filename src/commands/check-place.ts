import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { isInside, realpathOrNull } from '../base/paths.ts';
import { findGitFolder } from '../sources/git-folder.ts';

/** The folders that a CI calls the workspace: the paths of its annotations begin there. */
const WORKSPACES = ['GITHUB_WORKSPACE', 'CI_PROJECT_DIR'] as const;

/** The path of an entry, with symlinks resolved in the folders above it only: a linked module has its own place. */
export function placeOf(path: string): string {
  const full = resolve(path);
  return full === dirname(full) ? full : join(realpathSync(dirname(full)), basename(full));
}

/**
 * The path of a module in the workspace, for annotations: from the folder that the CI names, else from the top of its git
 * checkout.
 * @returns The path as given, if it lies in neither.
 */
export function pathInWorkspace(
  path: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const place = placeOf(path);
  for (const name of WORKSPACES) {
    const workspace = isAbsolute(env[name] ?? '') ? realpathOrNull(env[name] as string) : null;
    if (workspace !== null && isInside(place, workspace)) return relative(workspace, place) || '.';
  }
  // The first one is elsewhere for a link to a module of another checkout.
  for (const from of [place, dirname(place)]) {
    const top = findGitFolder(from, '/')?.worktree;
    if (top !== undefined && isInside(place, top)) return relative(top, place) || '.';
  }
  return path;
}
