import { join } from 'node:path';
import { foldersIn, hasManifest } from '../../addons/module-folders.ts';
import { isOdooCheckout } from '../../addons/odoo-folders.ts';
import { type Root, settingOf, type ToolFamily } from '../../addons/roots.ts';
import { lstatOrNull } from '../../base/paths.ts';
import { ok, type Result, refuse } from '../../base/refusal.ts';
import type { Turns } from '../../base/turns.ts';
import type { Instance } from '../../config/instance.ts';

/**
 * The root into which the repositories of a family are cloned: the first that is a folder of checkouts, also one that is still
 * empty.
 * @returns The root, or `no_place`.
 */
export async function placeForClones(
  { name, roots }: Instance,
  family: ToolFamily,
  turns: Turns,
): Promise<Result<Root>> {
  for (const root of roots) {
    if (root.family === family && (await isFolderOfCheckouts(root, turns))) return ok(root);
  }
  const setting = settingOf(family, roots);
  return refuse('no_place', `No root of the instance ${name} is a folder of checkouts to clone into.`, {
    hint: `Ask the operator to add such a folder to ${setting === 'roots.auto' ? `roots.${family}` : setting}; it may be empty.`,
  });
}

async function isFolderOfCheckouts({ path, because }: Root, turns: Turns): Promise<boolean> {
  // Sorted roots are checkouts themselves.
  if (because !== undefined || isOdooCheckout(path) || lstatOrNull(join(path, '.git')) !== null) return false;
  const folders = await foldersIn(path, turns);
  return !folders.some(({ name, isLink }) => !isLink && hasManifest(join(path, name)));
}
