import { isAbsolute } from 'node:path';
import * as z from 'zod';
import { askPython } from './ask-python.ts';

/** How many folders count: each is searched for every module. */
const MOST_FOLDERS = 200;

const AnswerSchema = z.array(z.string().max(4096).refine(isAbsolute)).max(MOST_FOLDERS);

/**
 * Asks a Python interpreter for the folders `odoo/addons` on its path, in which pip installs modules. They are on Odoo's search
 * path: `odoo` and `odoo.addons` are packages whose path `pkgutil.extend_path` extends (`odoo/__init__.py`,
 * `odoo/addons/__init__.py`), also by folders of editable installations. Neither package is imported for it.
 * @param python The path of the interpreter Odoo runs with.
 * @returns The folders in Python's order; none if the interpreter does not answer in time.
 */
export async function findPythonAddons(python: string): Promise<string[]> {
  const answer = await askPython(python, SCRIPT, '');
  try {
    return AnswerSchema.parse(JSON.parse(answer ?? ''));
  } catch {
    return [];
  }
}

const SCRIPT = `
import json, os, pkgutil, types
package = types.ModuleType('odoo')
package.__path__ = pkgutil.extend_path([], 'odoo')
sys.modules['odoo'] = package
folders = [os.path.abspath(path) for path in pkgutil.extend_path([], 'odoo.addons')]
json.dump([path for path in folders if os.path.isdir(path)][:${MOST_FOLDERS}], sys.stdout)
`;
