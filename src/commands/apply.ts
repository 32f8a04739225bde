import { MiB, readStream, readText } from '../base/bounded-file.ts';
import { type Result, refused } from '../base/refusal.ts';
import { parseJsonc, validateJsonc } from '../config/jsonc.ts';
import { applyState, describeApply } from '../services/declared/apply-state.ts';
import { type DeclaredState, DeclaredStateSchema } from '../services/declared/export-links.ts';
import { answer, selectionOf } from './answer.ts';
import { type Run, UsageError } from './command.ts';
import { pathArgument } from './path-argument.ts';
import { complain } from './terminal.ts';

/** `apply FILE`: makes an addons directory match a file written by `export`. */
export const apply: Run = async ({ positionals: [file, ...rest], values }) => {
  if (file === undefined || rest.length > 0) throw new UsageError('apply needs one FILE, or - for stdin.');
  const read = await readState(file === '-' ? file : pathArgument(file));
  if (!read.ok) return complain(read.refusal);
  const request = {
    ...selectionOf(values),
    state: read.value,
    prune: values.prune === true,
    dry_run: values['dry-run'] === true,
  };
  return answer(values, (context) => applyState(request, context), describeApply);
};

/** Twice the size of a file with the largest allowed number of links. */
const MOST_BYTES = 8 * MiB;

async function readState(file: string): Promise<Result<DeclaredState, string[]>> {
  const read = await (file === '-' ? readStream(process.stdin, MOST_BYTES) : readText(file, MOST_BYTES));
  if (!read.ok) return refused([`${file}: ${read.refusal.problem}.`]);
  const parsed = parseJsonc(read.value);
  const checked = parsed.ok ? validateJsonc(parsed.value, DeclaredStateSchema) : parsed;
  return checked.ok ? checked : refused(checked.refusal.map((problem) => `${file}:${problem}`));
}
