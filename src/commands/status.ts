import { requirementsOfLinked } from '../services/requirements.ts';
import { describeStatus, linkStatus, type StatusReport } from '../services/status/link-status.ts';
import { answer, selectionOf } from './answer.ts';
import { type Run, UsageError } from './command.ts';
import { answerRequirements, asksForRequirements } from './requirements.ts';

/** `status`: the report of `link_status`; exit code 1 if Odoo could not use one of the managed links. */
export const status: Run = async ({ positionals, values }) => {
  if (positionals.length > 0) throw new UsageError('status takes no arguments.');
  const selection = selectionOf(values);
  if (asksForRequirements(values))
    return answerRequirements(values, (onlyMissing, context) =>
      requirementsOfLinked(selection, onlyMissing, context),
    );
  return answer(values, (context) => linkStatus(selection, context), describeStatus, isProblem);
};

/** Foreign links and real folders do not count as problems. */
function isProblem({ counts, interrupted }: StatusReport): boolean {
  const { ok, foreign, real_directory, ...wrong } = counts;
  return interrupted.length > 0 || Object.values(wrong).some((count) => count > 0);
}
