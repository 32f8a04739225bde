import * as z from 'zod';
import { describeReport } from '../../services/link/describe-report.ts';
import type { LinkReport } from '../../services/link/link-call.ts';
import { linkModules } from '../../services/link/link-modules.ts';
import { linkOutput, linkShape, MOST_MODULES, moduleName, selectionShape } from '../schemas.ts';
import { CHANGES_LINKS, type Tool, WORDS_OF_MODULES } from './tool.ts';

const input = z.strictObject({
  modules: z
    .array(moduleName)
    .min(1)
    .max(MOST_MODULES)
    .describe('The modules to link: with what they need all, or none.'),
  ...selectionShape,
  ...linkShape,
});

export const eeLink: Tool<z.infer<typeof input>, LinkReport> = {
  name: 'ee_link',
  title: 'Link Odoo Enterprise modules',
  description:
    'Makes chosen Odoo Enterprise modules available to an Odoo instance by linking their folders into one of its ' +
    'addons directories, along with the Enterprise modules they need. Finds each module by its technical name in the ' +
    'Enterprise sources, checks its manifest as Odoo would, and links everything or nothing. A module that is linked ' +
    'already is fine. Does not install anything in Odoo: `next_steps` says how. Use oca_link for OCA modules. A ' +
    `refusal has a code and a hint on what to do. ${WORDS_OF_MODULES}`,
  input,
  output: linkOutput,
  annotations: CHANGES_LINKS,
  run(args, context) {
    return linkModules({ ...args, family: 'ee', argument: 'modules' }, context);
  },
  describe: describeReport,
  more: 'link_status tells all that is linked.',
};
