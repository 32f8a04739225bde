import type { CoreLists } from '../addons/core-lists.ts';
import { createPathView, type PathView } from '../addons/on-path.ts';
import type { Instance } from '../config/instance.ts';
import { findPythonAddons } from '../sources/python-addons.ts';

/** Odoo's view of an instance now, with the modules that pip has installed in its Python environment. */
export async function viewPath(instance: Instance, lists: CoreLists): Promise<PathView> {
  const pythonAddons = instance.python === null ? [] : await findPythonAddons(instance.python);
  return createPathView({ ...instance, pythonAddons }, lists);
}
