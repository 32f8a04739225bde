import * as z from 'zod';
import { linkModules } from '../../services/link-modules.ts';
import { linkOutput, linkShape, MOST_MODULES, moduleName, selectionShape } from '../schemas.ts';
import type { Tool } from './tool.ts';

const input = z.strictObject({
  module: z
    .union([moduleName, z.array(moduleName).min(1).max(MOST_MODULES)])
    .describe('The module to link, or several to link together: all or none.'),
  repo: z
    .string()
    .max(4096)
    .optional()
    .describe('Take the modules from this repository: needed only when several offer the same name.'),
  ...selectionShape,
  ...linkShape,
});

export const ocaLink: Tool<z.infer<typeof input>> = {
  name: 'oca_link',
  title: 'Link OCA modules',
  description:
    'Makes OCA (Odoo Community Association) modules available to an Odoo instance by linking their folders into one ' +
    'of its addons directories. Finds each module by its technical name, checks its manifest as Odoo would, and ' +
    'links all of the modules or none. A module that is linked already is fine. Does not install anything in Odoo: ' +
    '`next_steps` says how. Use ee_link for Odoo Enterprise modules. A refusal has a code and a hint on what to do.',
  input,
  output: linkOutput,
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  run({ module, ...rest }, context) {
    const modules = typeof module === 'string' ? [module] : module;
    return linkModules({ ...rest, family: 'oca', modules, argument: 'module' }, context);
  },
};
