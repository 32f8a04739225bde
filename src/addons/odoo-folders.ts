import { opendirSync } from 'node:fs';
import { join } from 'node:path';
import { stopAtShortage } from '../base/interruption.ts';
import { hasManifest, isFolder } from './module-folders.ts';

/** The folders with Odoo's own modules. */
export interface OdooFolders {
  /** `odoo/addons` of the Python package: the first folders of the search path. */
  readonly inPackage: readonly string[];
  /** The others: `addons` beside the package of a source checkout, or folders that only contain modules. */
  readonly others: readonly string[];
}

/** Whether a folder contains the Python package `odoo`: a source checkout, or `site-packages`. */
export function isOdooCheckout(path: string): boolean {
  return hasManifest(join(path, 'odoo', 'addons', 'base'));
}

/**
 * Where Odoo's own modules lie in a root. It may be a source checkout or `site-packages` (both contain `odoo/addons`), the
 * package `odoo` itself, its folder `addons`, a folder of checkouts, or a folder that only contains modules.
 *
 * Source: `setup.py` and `odoo/addons/__init__.py`: a package has all modules in `odoo/addons`, a checkout most in `addons`.
 */
export function odooFolders(root: string): OdooFolders {
  if (isOdooCheckout(root)) return inCheckout(root);
  if (hasManifest(join(root, 'addons', 'base'))) return { inPackage: [join(root, 'addons')], others: [] };
  if (hasManifest(join(root, 'base'))) return { inPackage: [root], others: [] };
  const checkouts = namesIn(root)
    .map((name) => join(root, name))
    .filter(isOdooCheckout)
    .map(inCheckout);
  return {
    inPackage: checkouts.flatMap(({ inPackage }) => inPackage),
    others: [...checkouts.flatMap(({ others }) => others), root],
  };
}

function inCheckout(path: string): OdooFolders {
  const beside = join(path, 'addons');
  return { inPackage: [join(path, 'odoo', 'addons')], others: isFolder(beside) ? [beside] : [] };
}

/** In a folder of checkouts there are at most a few hundred. */
const MOST_NAMES = 1000;

/** The names in a folder, sorted; the first so many if it has more, none if it cannot be listed. */
function namesIn(folder: string): string[] {
  const names: string[] = [];
  try {
    const listed = opendirSync(folder);
    try {
      for (
        let entry = listed.readSync();
        entry !== null && names.length < MOST_NAMES;
        entry = listed.readSync()
      ) {
        names.push(entry.name);
      }
    } finally {
      listed.closeSync();
    }
  } catch (error) {
    stopAtShortage(error);
  }
  return names.sort();
}
