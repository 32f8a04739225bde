import type { LinkedFamily } from '../../addons/roots.ts';
import { describeUnlink, unlinkModules } from '../../services/link/unlink-modules.ts';
import { unlinkOutput } from '../schemas.ts';
import { defineTool, type Tool } from './tool.ts';

export const ocaUnlink = unlinkTool('oca', 'OCA', 'ee');
export const eeUnlink = unlinkTool('ee', 'Odoo Enterprise', 'oca');

/** The two differ in the family alone. */
function unlinkTool(family: LinkedFamily, title: string, other: LinkedFamily): Tool {
  return defineTool(`${family}_unlink`, {
    description:
      `Takes ${title} modules out of an addons directory by removing their links; the sources stay. Only links that lead ` +
      `into the configured ${title} roots are removed, all or none. Refused with still_required while a linked module ` +
      'needs one of them, unless cascade is true. Does not uninstall anything in Odoo: that comes first, see ' +
      `\`next_steps\`. Use ${other}_unlink for the other family.`,
    output: unlinkOutput,
    run: (args, context) => unlinkModules({ ...args, family }, context),
    describe: describeUnlink,
    more: 'link_status tells what is linked still.',
  });
}
