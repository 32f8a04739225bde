import type { Result } from '../base/refusal.ts';
import type { ServiceContext } from '../services/context.ts';
import { isOff } from '../services/odoo/in-odoo.ts';
import { describeOdoo } from '../services/odoo/odoo-report.ts';
import { operateOdoo } from '../services/odoo/operate-odoo.ts';
import { describeOperation } from '../services/odoo/operation-report.ts';
import { odooStatus, refreshOdoo } from '../services/odoo/refresh-odoo.ts';
import {
  type ExitCode,
  needsAction,
  type OptionValues,
  type Run,
  textOption,
  UsageError,
} from './command.ts';
import { answer } from './service-commands.ts';
import { withProgress } from './with-progress.ts';

const ACTIONS = ['refresh', 'status', 'install', 'upgrade'];

/** `odoo refresh|status|install|upgrade MODULE...`: asks the running Odoo of an instance, or has it change modules. */
export const odoo: Run = async ({ positionals: [action, ...modules], values }) => {
  switch (action) {
    case 'refresh':
    case 'status':
      return ask(action, modules, values);
    case 'install':
    case 'upgrade':
      return operate(action, modules, values);
    default:
      throw needsAction('odoo', action, ACTIONS, 'odoo refresh, status, install or upgrade');
  }
};

/** What the running Odoo knows of modules; exit code 1 if something is to be said of one. */
function ask(action: 'refresh' | 'status', modules: string[], values: OptionValues): Promise<ExitCode> {
  for (const option of ['restarted', 'recover', 'dry-run'])
    if (values[option] === true)
      throw new UsageError(`--${option} belongs to odoo install and odoo upgrade.`);
  const request = { modules, ...placeIn(values) };
  const service = action === 'refresh' ? refreshOdoo : odooStatus;
  return answer(
    values,
    showing((context) => service(request, context)),
    describeOdoo,
    isOff,
  );
}

function operate(
  operation: 'install' | 'upgrade',
  modules: string[],
  values: OptionValues,
): Promise<ExitCode> {
  if (modules.length === 0) throw new UsageError(`odoo ${operation} needs at least one module.`);
  const request = {
    modules,
    ...placeIn(values),
    restarted: values.restarted === true,
    recover: values.recover === true,
    dry_run: values['dry-run'] === true,
  };
  return answer(
    values,
    showing((context) => operateOdoo(operation, request, context)),
    describeOperation,
  );
}

function placeIn(values: OptionValues) {
  return { instance: textOption(values, 'instance'), branch: textOption(values, 'branch') };
}

/** The same with a line on the terminal that shows what Odoo is at. */
function showing<Report>(service: (context: ServiceContext) => Promise<Result<Report>>): typeof service {
  return (context) => withProgress(context, service);
}
