/**
 * Paths of this host, and the paths at which Odoo sees the same files: a container mounts folders of the host at paths of its
 * own. Pure: only texts are compared.
 */
import { posix, sep } from 'node:path';
import { isInside } from './paths.ts';

/** A folder of this host, and where Odoo sees it. */
export interface Mount {
  /** A real path. */
  readonly host: string;
  /** A normalised absolute path without a slash at the end, or `/`. */
  readonly odoo: string;
}

/** Between paths of this host and of Odoo. What is mapped one way is mapped back to itself. */
export interface PathMap {
  readonly mounts: readonly Mount[];
  /**
   * Where Odoo sees a file of this host: by the deepest folder around it that Odoo does see.
   * @param path A normalised absolute path of this host.
   * @returns Null if no mount is around it, or another one hides it.
   */
  toOdoo(path: string): string | null;
  /**
   * Which file of this host Odoo sees at a path: that of the deepest mount, as the kernel has it.
   * @param path A normalised absolute path of Odoo.
   * @returns Null if no mount is around it: the file is Odoo's own.
   */
  toHost(path: string): string | null;
}

/** @param mounts No two may have the same path for Odoo. */
export function createPathMap(mounts: readonly Mount[]): PathMap {
  const byHost = mounts.toSorted((a, b) => b.host.length - a.host.length);
  const byOdoo = mounts.toSorted((a, b) => b.odoo.length - a.odoo.length);
  const toHost = (path: string): string | null => {
    const mount = byOdoo.find(({ odoo }) => isInsideForOdoo(path, odoo));
    return mount === undefined ? null : joined(mount.host, below(path, mount.odoo, posix.sep), sep);
  };
  return {
    mounts,
    toHost,
    toOdoo(path) {
      for (const { host, odoo } of byHost) {
        if (!isInside(path, host)) continue;
        const seen = joined(odoo, below(path, host, sep), posix.sep);
        // Where something else is mounted over it, Odoo sees that.
        if (toHost(seen) === path) return seen;
      }
      return null;
    },
  };
}

/** {@link isInside} for paths of Odoo, whichever system this host has. */
export function isInsideForOdoo(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === posix.sep ? folder : folder + posix.sep);
}

/** The names that lead from a folder to a path inside it. */
function below(path: string, folder: string, separator: string): string[] {
  return path
    .slice(folder.length)
    .split(separator)
    .filter((name) => name !== '');
}

function joined(folder: string, names: readonly string[], separator: string): string {
  if (names.length === 0) return folder;
  return `${folder.endsWith(separator) ? folder : folder + separator}${names.join(separator)}`;
}
