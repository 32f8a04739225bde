import type { CoreLists } from '../addons/core-lists.ts';
import { type FolderListing, type FolderLook, hasEntry } from '../addons/folder-look.ts';
import { isLeftOut } from '../addons/module-folders.ts';
import { createPathView, type PathView } from '../addons/on-path.ts';
import { recallFolder } from '../catalog/recall.ts';
import type { Instance } from '../config/instance.ts';
import { findPythonAddons } from '../sources/python-addons.ts';

/**
 * Odoo's view of an instance now, with the modules that pip has installed in its Python environment. Modules whose manifests
 * are unchanged are remembered.
 * @param look The call's look at folders.
 */
export async function viewPath(instance: Instance, lists: CoreLists, look: FolderLook): Promise<PathView> {
  const pythonAddons = instance.python === null ? [] : await findPythonAddons(instance.python);
  const listings = new Map<string, FolderListing | null>();
  const knows = (folder: string, name: string) => {
    const listing = listings.get(folder) ?? null;
    return listing === null || isLeftOut(name) || hasEntry(listing, name) ? undefined : false;
  };
  const view = createPathView({ ...instance, pythonAddons }, lists, { knows, assess: recallFolder });
  for (const { path } of view.entries) listings.set(path, await look.list(path));
  return view;
}
