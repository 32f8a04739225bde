import type { Inspection } from './findings.ts';
import { BREAKS } from './findings.ts';

/**
 * What Odoo makes of a folder with a manifest, by its name alone.
 *
 * 19.0: `Manifest.__init__` raises on a name that is not `^\w{1,256}$`. Before: `update_list` stores `module_<name>` as an
 * identifier, in which a constraint of the database forbids spaces (`ir_model_data_name_nospaces`). `get_modules` cuts
 * `.zip` off, and `get_module_path` finds nothing with a backslash, so Odoo finds no manifest.
 */
export function inspectFolderName(manifest: Inspection, folder: string | undefined): void {
  if (folder === undefined) return;
  const report = (effect: 'hides' | 'breaks', why: string) =>
    manifest.report(
      'folder_name_invalid',
      effect,
      `the folder's name ${why}; rename the folder or move it away`,
    );
  if (manifest.since('19.0')) {
    // Python's `\w`: letters and numbers of all scripts, but no marks. Its `$` also matches before a final line break.
    if (/^[\p{L}\p{N}_]{1,256}\n?$/u.test(folder)) return;
    report('breaks', `has other characters than letters, digits and underscores, ${BREAKS}`);
  } else if (/\\|\.zip$/.test(folder)) {
    report('hides', 'has a backslash or ends in .zip, so Odoo does not find the module');
  } else if (folder.includes(' ')) report('breaks', `has a space, ${BREAKS}`);
}
