import * as z from 'zod';
import { describeUnlink, type UnlinkReport, unlinkModules } from '../../services/link/unlink-modules.ts';
import { unlinkOutput, unlinkShape } from '../schemas.ts';
import { CHANGES_LINKS, type Tool } from './tool.ts';

const input = z.strictObject(unlinkShape);

export const ocaUnlink = unlinkTool('oca', 'OCA', 'ee');
export const eeUnlink = unlinkTool('ee', 'Odoo Enterprise', 'oca');

/** The two differ in the family alone. */
function unlinkTool(
  family: 'oca' | 'ee',
  title: string,
  other: 'oca' | 'ee',
): Tool<z.infer<typeof input>, UnlinkReport> {
  return {
    name: `${family}_unlink`,
    title: `Unlink ${title} modules`,
    description:
      `Takes ${title} modules out of an addons directory by removing their links; the sources stay. Only links that lead ` +
      `into the configured ${title} roots are removed, all or none. Refused with still_required while a linked module ` +
      'needs one of them, unless cascade is true. Does not uninstall anything in Odoo: that comes first, see ' +
      `\`next_steps\`. Use ${other}_unlink for the other family.`,
    input,
    output: unlinkOutput,
    annotations: CHANGES_LINKS,
    run: (args, context) => unlinkModules({ ...args, family }, context),
    describe: describeUnlink,
    more: 'link_status tells what is linked still.',
  };
}
