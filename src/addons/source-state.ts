import { lstatSync } from 'node:fs';
import { stopAtShortage } from '../base/interruption.ts';
import { realpathOrNull } from '../base/paths.ts';
import type { ModuleSource } from './lookup.ts';

/**
 * What a module was when it was looked at, for whoever says yes to linking it. Files beside the manifest are in it only
 * by the commit, where there are no local changes.
 */
export interface SourceState {
  /** Names of the repositories it belongs to, the innermost first. */
  readonly repos: readonly string[];
  /** The commit that is checked out; null where it is not known. */
  readonly commit: string | null;
  /** Whether anything differs from that commit; null where it is not known. */
  readonly dirty: boolean | null;
  /** SHA-256 of the manifest, in hex. */
  readonly manifest: string | null;
  /** Which folders these are, see {@link folderIdentity}. */
  readonly folders: {
    readonly module: string | null;
    readonly repository: string | null;
    readonly root: string | null;
  };
}

/** The folders of a module as they are now. */
export function identifyFolders({ path, repository, root }: ModuleSource): SourceState['folders'] {
  return {
    module: folderIdentity(path),
    repository: folderIdentity(realpathOrNull(repository.path)),
    root: folderIdentity(root.path),
  };
}

/**
 * Device, inode and time of birth (in nanoseconds) of a folder, as `device:inode:birth`: file systems give the number of
 * a folder that is gone to the next one. Null when there is none.
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
