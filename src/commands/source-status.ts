import { checkoutStatus } from '../services/checkouts/checkout-status.ts';
import { describeCheckouts } from '../services/checkouts/status-report.ts';
import { type Run, textOption, UsageError } from './command.ts';
import { answer } from './service-commands.ts';

/** `source status [REPO]`: the report of `oca_status`. */
export const sourceStatus: Run = async ({ positionals: [repo, ...rest], values }) => {
  if (rest.length > 0) throw new UsageError('source status takes at most one REPO.');
  const request = {
    ...(repo !== undefined && { repo }),
    instance: textOption(values, 'instance'),
    branch: textOption(values, 'branch'),
  };
  return answer(values, (context) => checkoutStatus(request, context), describeCheckouts);
};
