import * as z from 'zod';
import { describeReport } from '../../services/link/describe-report.ts';
import type { LinkReport } from '../../services/link/link-call.ts';
import { linkModules } from '../../services/link/link-modules.ts';
import { linkOutput, linkShape, MOST_MODULES, moduleName, selectionShape } from '../schemas.ts';
import { CHANGES_LINKS, type Tool, WORDS_OF_MODULES } from './tool.ts';

const input = z.strictObject({
  module: z
    .union([moduleName, z.array(moduleName).min(1).max(MOST_MODULES)])
    .describe('The module to link, or several to link together: with what they need all, or none.'),
  repo: z
    .string()
    .max(4096)
    .optional()
    .describe('Take the modules from this repository: needed only when several offer the same name.'),
  ...selectionShape,
  ...linkShape,
});

export const ocaLink: Tool<z.infer<typeof input>, LinkReport> = {
  name: 'oca_link',
  title: 'Link OCA modules',
  description:
    'Makes OCA (Odoo Community Association) modules available to an Odoo instance by linking their folders into one ' +
    'of its addons directories, along with every OCA module they need. Finds each module by its technical name, ' +
    'checks its manifest as Odoo would, and links everything or nothing. A module that is linked already is fine. ' +
    'Never links Odoo Enterprise: a module that needs it is refused with the ee_link call to make first. Does not ' +
    'install anything in Odoo: `next_steps` says how. A refusal has a code and a hint on what to do. ' +
    WORDS_OF_MODULES,
  input,
  output: linkOutput,
  annotations: CHANGES_LINKS,
  run({ module, ...rest }, context) {
    const modules = typeof module === 'string' ? [module] : module;
    return linkModules({ ...rest, family: 'oca', modules, argument: 'module' }, context);
  },
  describe: describeReport,
  more: 'link_status tells all that is linked.',
};
