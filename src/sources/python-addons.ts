import { isAbsolute } from 'node:path';
import * as z from 'zod';
import { realpathOrNull } from '../base/paths.ts';
import { isSettledBy, stampOf } from '../base/stamp.ts';
import { askPython } from './ask-python.ts';

/** How many folders count: each is searched for every module. */
const MOST_FOLDERS = 200;
/** The most files and folders that an answer which is kept depends on. */
const MOST_RELIED = 2000;
/** More interpreters than any server has. */
const MOST_KEPT = 100;

const path = z.string().max(4096).refine(isAbsolute);
const AnswerSchema = z.object({
  folders: z.array(path).max(MOST_FOLDERS),
  relied: z.array(path),
  program: path,
});

interface KeptAnswer {
  readonly folders: string[];
  /** What the answer depends on, and the states of that; null for what was not there. */
  readonly relied: readonly (readonly [path: string, key: string | null])[];
}

/** By the path of the interpreter. */
const kept = new Map<string, KeptAnswer>();

/**
 * Asks a Python interpreter for the folders `odoo/addons` on its path, in which pip installs modules. They are on Odoo's search
 * path: `odoo` and `odoo.addons` are packages whose path `pkgutil.extend_path` extends (`odoo/__init__.py`,
 * `odoo/addons/__init__.py`), also by folders of editable installations. Neither package is imported for it.
 *
 * Starting it takes half a second, so the answer is kept while the interpreter, the folders on its path and its `.pth` files
 * are unchanged, which is looked at each time; unless a script stands before the interpreter, which may do anything.
 * @param python The path of the interpreter Odoo runs with.
 * @returns The folders in Python's order; none if the interpreter does not answer in time.
 */
export async function findPythonAddons(python: string): Promise<string[]> {
  const known = kept.get(python);
  if (known?.relied.every(([file, key]) => (stampOf(file)?.key ?? null) === key)) return known.folders;
  kept.delete(python);
  const askedAt = Date.now();
  const answer = read(await askPython(python, SCRIPT, ''));
  if (answer === null) return [];
  const { folders, relied, program } = answer;
  if (program !== realpathOrNull(python) || relied.length > MOST_RELIED) return folders;
  const stamps = [python, ...relied].map((file) => [file, stampOf(file)] as const);
  // What has changed since, or right before, may not be what Python has seen.
  if (stamps.some(([, stamp]) => stamp !== null && !isSettledBy(stamp, askedAt))) return folders;
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(python, { folders, relied: stamps.map(([file, stamp]) => [file, stamp?.key ?? null]) });
  return folders;
}

function read(answer: string | null): z.infer<typeof AnswerSchema> | null {
  try {
    return AnswerSchema.parse(JSON.parse(answer ?? ''));
  } catch {
    return null;
  }
}

/**
 * The path comes from the interpreter's place, `pyvenv.cfg`, `.pth` files and what those import (site.py); the packages from
 * the folders on it, and from `.pkg` files (pkgutil.py).
 */
const SCRIPT = `
import glob, json, os, pkgutil, site, types
path = [os.path.abspath(entry) for entry in sys.path]
package = types.ModuleType('odoo')
package.__path__ = pkgutil.extend_path([], 'odoo')
sys.modules['odoo'] = package
folders = [os.path.abspath(entry) for entry in pkgutil.extend_path([], 'odoo.addons')]
sites = [site.getusersitepackages()] + (site.getsitepackages() if hasattr(site, 'getsitepackages') else [])
relied = path + sites
relied += [os.path.join(entry, name) for entry in path for name in ('odoo', 'odoo/addons', 'odoo.pkg', 'odoo.addons.pkg')]
relied += [os.path.join(entry, name) for entry in package.__path__ for name in ('', 'addons')]
relied += [file for entry in sites + path for kind in ('*.pth', '__editable__*.py') for file in glob.glob(os.path.join(glob.escape(entry), kind))]
relied += [os.path.join(entry, 'pyvenv.cfg') for entry in (sys.prefix, os.path.dirname(sys.executable))]
relied += [sys.modules[name].__file__ for name in ('sitecustomize', 'usercustomize') if name in sys.modules]
json.dump({
    'folders': [entry for entry in folders if os.path.isdir(entry)][:${MOST_FOLDERS}],
    'relied': sorted(set(os.path.abspath(entry) for entry in relied)),
    'program': os.path.realpath(sys.executable),
}, sys.stdout)
`;
