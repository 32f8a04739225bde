import { addonConflicts, describeConflicts } from '../services/conflicts/addon-conflicts.ts';
import { answer, selectionOf } from './answer.ts';
import { type Run, UsageError } from './command.ts';

/** `conflicts`: the report of `addon_conflicts`; exit code 1 if there is a conflict. */
export const conflicts: Run = async ({ positionals, values }) => {
  if (positionals.length > 0) throw new UsageError('conflicts takes no arguments.');
  const request = selectionOf(values);
  return answer(
    values,
    (context) => addonConflicts(request, context),
    describeConflicts,
    (report) => report.conflicts.length > 0,
  );
};
