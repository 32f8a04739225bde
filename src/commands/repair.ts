import { describeRepair, repairLinks } from '../services/status/repair-links.ts';
import { answer, selectionOf } from './answer.ts';
import { type Run, UsageError } from './command.ts';

/** `repair`: replaces broken managed links; exit code 1 if some stay broken. */
export const repair: Run = async ({ positionals, values }) => {
  if (positionals.length > 0) throw new UsageError('repair takes no arguments.');
  const request = { ...selectionOf(values), dry_run: values['dry-run'] === true };
  return answer(
    values,
    (context) => repairLinks(request, context),
    describeRepair,
    ({ dirs }) => dirs.some(({ left }) => left.length > 0),
  );
};
