import * as z from 'zod';
import { linkModules } from '../../services/link-modules.ts';
import { linkOutput, linkShape, MOST_MODULES, moduleName, selectionShape } from '../schemas.ts';
import type { Tool } from './tool.ts';

const input = z.strictObject({
  modules: z
    .array(moduleName)
    .min(1)
    .max(MOST_MODULES)
    .describe('The modules to link, and no others of Odoo Enterprise: all or none.'),
  ...selectionShape,
  ...linkShape,
});

export const eeLink: Tool<z.infer<typeof input>> = {
  name: 'ee_link',
  title: 'Link Odoo Enterprise modules',
  description:
    'Makes chosen Odoo Enterprise modules available to an Odoo instance by linking their folders into one of its ' +
    'addons directories. Finds each module by its technical name in the Enterprise sources, checks its manifest as ' +
    'Odoo would, and links all of the modules or none. A module that is linked already is fine. Does not install ' +
    'anything in Odoo: `next_steps` says how. Use oca_link for OCA modules. A refusal has a code and a hint on what ' +
    'to do.',
  input,
  output: linkOutput,
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  run(args, context) {
    return linkModules({ ...args, family: 'ee', argument: 'modules' }, context);
  },
};
