import { describeOdoo, type OdooReport } from '../services/odoo/odoo-report.ts';
import { odooStatus, refreshOdoo } from '../services/odoo/refresh-odoo.ts';
import { type Run, textOption, UsageError } from './command.ts';
import { answer } from './service-commands.ts';
import { withProgress } from './with-progress.ts';

/** `odoo refresh|status [MODULE...]`: what the running Odoo knows of modules; exit code 1 if something is to be said of one. */
export const odoo: Run = async ({ positionals: [action, ...modules], values }) => {
  if (action !== 'refresh' && action !== 'status')
    throw new UsageError('odoo needs an action: odoo refresh or odoo status.');
  const request = {
    modules,
    instance: textOption(values, 'instance'),
    branch: textOption(values, 'branch'),
  };
  const service = action === 'refresh' ? refreshOdoo : odooStatus;
  const isOff = ({ modules }: OdooReport) => modules.some(({ note }) => note !== undefined);
  return answer(
    values,
    (context) => withProgress(context, (showing) => service(request, showing)),
    describeOdoo,
    isOff,
  );
};
