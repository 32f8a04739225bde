import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { isInside, lstatOrNull, realpathOrNull } from '../base/paths.ts';
import { findGitFolder } from '../sources/git-folder.ts';

/** The folders that a CI calls the workspace: the paths of its annotations begin there. */
const WORKSPACES = ['GITHUB_WORKSPACE', 'CI_PROJECT_DIR'] as const;

/** Tells where entries are. What it finds out about a folder holds for all entries of it, and for its own lifetime. */
export interface Places {
  /** The path of an entry, with symlinks resolved in the folders above it only: a linked module has its own place. */
  placeOf(path: string): string;
  /** @throws A system error, if there is no such entry or a symlink in its path is broken. */
  realPathOf(path: string): string;
  /**
   * The path of a module in the workspace, for annotations: from the folder that the CI names, else from the top of its git
   * checkout.
   * @returns The path as given, if it lies in neither.
   */
  inWorkspace(path: string): string;
}

/** @param env Names the workspace of the CI. */
export function createPlaces(env: Readonly<Record<string, string | undefined>> = process.env): Places {
  const workspaces = WORKSPACES.flatMap((name) => {
    const named = env[name] ?? '';
    return isAbsolute(named) ? (realpathOrNull(named) ?? []) : [];
  });
  const realFolders = new Map<string, string>();
  const placeOf = (path: string) => {
    const full = resolve(path);
    const folder = dirname(full);
    if (full === folder) return full;
    const real = realFolders.get(folder) ?? realpathSync.native(folder);
    realFolders.set(folder, real);
    return join(real, basename(full));
  };
  return {
    placeOf,
    realPathOf(path) {
      const place = placeOf(path);
      return lstatOrNull(place)?.isDirectory() === true ? place : realpathSync.native(place);
    },
    inWorkspace(path) {
      const place = placeOf(path);
      for (const workspace of workspaces) {
        if (isInside(place, workspace)) return relative(workspace, place) || '.';
      }
      // The first one is elsewhere for a link to a module of another checkout.
      for (const from of [place, dirname(place)]) {
        const top = findGitFolder(from, '/')?.worktree;
        if (top !== undefined && isInside(place, top)) return relative(top, place) || '.';
      }
      return path;
    },
  };
}
