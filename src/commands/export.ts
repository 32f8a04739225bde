import { jsonForLogs } from '../base/text.ts';
import { exportLinks } from '../services/declared/export-links.ts';
import { requirementsOfExport } from '../services/requirements.ts';
import { answer, selectionOf } from './answer.ts';
import { type Run, UsageError } from './command.ts';
import { answerRequirements, asksForRequirements } from './requirements.ts';
import { log } from './terminal.ts';

/** `export`: the links of an addons directory, as JSON for `apply`. */
export const exportState: Run = async ({ positionals, values }) => {
  if (positionals.length > 0) throw new UsageError('export takes no arguments; it writes to stdout.');
  const selection = selectionOf(values);
  if (asksForRequirements(values))
    return answerRequirements(values, (onlyMissing, context) =>
      requirementsOfExport(selection, onlyMissing, context),
    );
  return answer(
    values,
    (context) => exportLinks(selection, context),
    ({ state, leftOut }) => {
      if (leftOut.length > 0) {
        log(`Left out, because they are broken links, foreign links or not links: ${leftOut.join(', ')}.`);
      }
      return jsonForLogs(state, 2);
    },
  );
};
