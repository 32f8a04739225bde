import { describeStatus, linkStatus, type StatusReport } from '../services/status/link-status.ts';
import { answer, selectionOf } from './answer.ts';
import { type Run, UsageError } from './command.ts';

/** `status`: the report of `link_status`; exit code 1 if Odoo could not use one of the managed links. */
export const status: Run = async ({ positionals, values }) => {
  if (positionals.length > 0) throw new UsageError('status takes no arguments.');
  return answer(values, (context) => linkStatus(selectionOf(values), context), describeStatus, isProblem);
};

/** Foreign links and real folders do not count as problems. */
function isProblem({ counts, interrupted }: StatusReport): boolean {
  const { ok, foreign, real_directory, ...wrong } = counts;
  return interrupted.length > 0 || Object.values(wrong).some((count) => count > 0);
}
