import { describeReport } from '../../services/link/describe-report.ts';
import { linkModules } from '../../services/link/link-modules.ts';
import { linkOutput } from '../schemas.ts';
import { defineTool, WORDS_OF_MODULES } from './tool.ts';

export const ocaLink = defineTool('oca_link', {
  description:
    'Makes OCA (Odoo Community Association) modules available to an Odoo instance by linking their folders into one ' +
    'of its addons directories, along with every OCA module they need. Finds each module by its technical name, ' +
    'checks its manifest as Odoo would, and links everything or nothing. A module that is already linked is not an ' +
    'error. Never links Odoo Enterprise: a module that needs it is refused, and the hint has the ee_link call to make ' +
    'first. Installs nothing in Odoo: `next_steps` says how. A refusal has a code and a hint on what to do. ' +
    WORDS_OF_MODULES,
  output: linkOutput,
  run({ module, ...rest }, context) {
    const modules = typeof module === 'string' ? [module] : module;
    return linkModules({ ...rest, family: 'oca', modules, argument: 'module' }, context);
  },
  describe: describeReport,
  more: 'link_status lists everything that is linked.',
});
