import { describeReport } from '../../services/link/describe-report.ts';
import { linkModules } from '../../services/link/link-modules.ts';
import { linkOutput } from '../schemas.ts';
import { defineTool, WORDS_OF_MODULES } from './tool.ts';

export const eeLink = defineTool('ee_link', {
  description:
    'Makes Odoo Enterprise modules available to an Odoo instance by linking their folders into one of its ' +
    'addons directories, along with the Enterprise modules they need. Finds each module by its technical name in the ' +
    'Enterprise sources, checks its manifest as Odoo would, and links everything or nothing. A module that is already ' +
    'linked is not an error. Installs nothing in Odoo: `next_steps` says how. Use oca_link for OCA modules. A ' +
    `refusal has a code and a hint on what to do. ${WORDS_OF_MODULES}`,
  output: linkOutput,
  run(args, context) {
    return linkModules({ ...args, family: 'ee', argument: 'modules' }, context);
  },
  describe: describeReport,
  more: 'link_status lists everything that is linked.',
});
