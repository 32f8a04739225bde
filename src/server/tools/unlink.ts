import type { ToolFamily } from '../../addons/roots.ts';
import { describeUnlink, unlinkModules } from '../../services/link/unlink-modules.ts';
import { unlinkOutput } from '../schemas.ts';
import { defineTool, type Tool } from './tool.ts';

export const ocaUnlink = unlinkTool('oca', 'OCA', 'ee');
export const eeUnlink = unlinkTool('ee', 'Odoo Enterprise', 'oca');

function unlinkTool(family: ToolFamily, title: string, other: ToolFamily): Tool {
  return defineTool(`${family}_unlink`, {
    description:
      `Unlinks ${title} modules: removes their links from an addons directory; the sources stay. Removes only links that ` +
      `lead into the configured ${title} roots: all of them, or none. Refused with still_required while a linked module ` +
      'needs one of them, unless cascade is true. Uninstalls nothing in Odoo: do that first, see `next_steps`. ' +
      `Use ${other}_unlink for the other family.`,
    output: unlinkOutput,
    run: (args, context) => unlinkModules({ ...args, family }, context),
    describe: describeUnlink,
    more: 'link_status lists what is still linked.',
  });
}
