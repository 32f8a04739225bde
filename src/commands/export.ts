import { jsonForLogs } from '../base/text.ts';
import { exportLinks } from '../services/declared/export-links.ts';
import { answer, selectionOf } from './answer.ts';
import { type Run, UsageError } from './command.ts';
import { log } from './terminal.ts';

/** `export`: what is linked in an addons directory, as JSON for `apply`. */
export const exportState: Run = async ({ positionals, values }) => {
  if (positionals.length > 0) throw new UsageError('export takes no arguments; it writes to stdout.');
  const selection = selectionOf(values);
  return answer(
    values,
    (context) => exportLinks(selection, context),
    ({ state, leftOut }) => {
      if (leftOut.length > 0) {
        log(`left out, being broken, foreign or no links: ${leftOut.join(', ')}.`);
      }
      return jsonForLogs(state, 2);
    },
  );
};
