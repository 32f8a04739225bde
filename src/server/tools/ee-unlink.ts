import * as z from 'zod';
import { describeUnlink, type UnlinkReport, unlinkModules } from '../../services/unlink-modules.ts';
import { unlinkOutput, unlinkShape } from '../schemas.ts';
import { CHANGES_LINKS, type Tool } from './tool.ts';

const input = z.strictObject(unlinkShape);

export const eeUnlink: Tool<z.infer<typeof input>, UnlinkReport> = {
  name: 'ee_unlink',
  title: 'Unlink Odoo Enterprise modules',
  description:
    'Takes Odoo Enterprise modules out of an addons directory by removing their links; the sources stay. Only links that lead ' +
    'into the configured Odoo Enterprise roots are removed, all or none. Refused with still_required while a linked module ' +
    'needs one of them, unless cascade is true. Does not uninstall anything in Odoo: that comes first, see ' +
    '`next_steps`. Use oca_unlink for the other family.',
  input,
  output: unlinkOutput,
  annotations: CHANGES_LINKS,
  run: (args, context) => unlinkModules({ ...args, family: 'ee' }, context),
  describe: describeUnlink,
};
