import { basename, join } from 'node:path';
import type { Turns } from '../base/turns.ts';
import type { Repository } from './discover.ts';
import { foldersIn, hasManifest } from './module-folders.ts';
import { isModuleName } from './module-name.ts';
import { isOdooCheckout } from './odoo-folders.ts';
import type { Root } from './roots.ts';

/** What lies in a root where it is not found. */
export interface Strays {
  /** Real folders of modules that no repository lists, or that no module can be called like. */
  readonly modules: readonly { readonly path: string; readonly root: Root }[];
  /** Folders that cannot be listed. */
  readonly unreadable: readonly {
    readonly path: string;
    readonly root: Root;
    readonly errno: string | undefined;
  }[];
}

/** How deep below a root is searched, and how many folders. A root of all OCA repositories has about 15,000. */
const MOST_DEEP = 6;
const MOST_FOLDERS = 50_000;

/**
 * Looks for modules where roots are not searched: deeper than a repository, as in a folder of folders of checkouts, or
 * under a name that cannot be imported, as in a downloaded archive. Symlinks are not followed.
 * @param repositories All repositories of the roots.
 */
export async function findStrays(
  roots: readonly Root[],
  repositories: readonly Repository[],
  turns: Turns,
): Promise<Strays> {
  const modules: { path: string; root: Root }[] = [];
  const unreadable: { path: string; root: Root; errno: string | undefined }[] = [];
  const known = new Set(repositories.map(({ path }) => path));
  let left = MOST_FOLDERS;
  const walk = async (folder: string, root: Root, depth: number): Promise<void> => {
    const onUnreadable = (path: string, errno: string | undefined) => {
      if (errno !== 'ENOENT') unreadable.push({ path, root, errno });
    };
    for (const { name, isLink } of await foldersIn(folder, turns, onUnreadable)) {
      if (left-- <= 0) return;
      await turns.spend();
      const path = join(folder, name);
      if (isLink) continue;
      if (!hasManifest(path)) {
        if (depth < MOST_DEEP && !isOdooCheckout(path)) await walk(path, root, depth + 1);
      } else if (!known.has(folder) || !isModuleName(name)) modules.push({ path, root });
    }
  };
  for (const root of roots) {
    if (hasManifest(root.path)) modules.push({ path: root.path, root });
    else await walk(root.path, root, 1);
  }
  return { modules, unreadable };
}

/** Whether a stray folder is that of a module: `web_x`, or `web_x-17.0` from an archive. */
export function isFolderOf(path: string, name: string): boolean {
  const folder = basename(path);
  return (
    folder === name || (folder.startsWith(name) && /^[-_. ]v?\d+\.\d+[^/]*$/.test(folder.slice(name.length)))
  );
}
