import { lstatSync } from 'node:fs';
import { stopAtShortage } from '../base/interruption.ts';
import { realpathOrNull } from '../base/paths.ts';
import type { ModuleSource } from './lookup.ts';

/**
 * The state of a module's source at the time of a plan, which an approval covers. Files other than the manifest are
 * covered only by the commit, and only if there are no local changes.
 */
export interface SourceState {
  /** Names of the repositories it belongs to, the innermost first. */
  readonly repos: readonly string[];
  /** The commit that is checked out; null where it is not known. */
  readonly commit: string | null;
  /** Whether the module's folder differs from that commit; null where it is not known. */
  readonly dirty: boolean | null;
  /** SHA-256 of the manifest, in hex. */
  readonly manifest: string | null;
  /** The identities of its folders, see {@link folderIdentity}. */
  readonly folders: {
    readonly module: string | null;
    readonly repository: string | null;
    readonly root: string | null;
  };
}

/** The current identities of a module's folders. */
export function identifyFolders({
  path,
  repository,
  root,
}: Pick<ModuleSource, 'path' | 'repository' | 'root'>): SourceState['folders'] {
  return {
    module: folderIdentity(path),
    repository: folderIdentity(realpathOrNull(repository.path)),
    root: folderIdentity(root.path),
  };
}

/**
 * Device, inode and creation time (in nanoseconds) of a folder, as `device:inode:birth`. The time is included because
 * file systems reuse inode numbers. Null when there is no such folder.
 */
function folderIdentity(path: string | null): string | null {
  if (path === null) return null;
  try {
    const { dev, ino, birthtimeNs } = lstatSync(path, { bigint: true });
    return `${dev}:${ino}:${birthtimeNs}`;
  } catch (error) {
    stopAtShortage(error);
    return null;
  }
}
