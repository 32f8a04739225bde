import { readFileSync } from 'node:fs';
import { parseJsonc, validateJsonc } from '../config/jsonc.ts';
import { describeReadError } from '../paths.ts';
import { applyState, describeApply } from '../services/state/apply-state.ts';
import { type DeclaredState, DeclaredStateSchema } from '../services/state/export-links.ts';
import { answer, selectionOf } from './answer.ts';
import { type Run, UsageError } from './command.ts';
import { complain } from './terminal.ts';

/** `apply FILE`: makes an addons directory match what `export` wrote. */
export const apply: Run = async ({ positionals: [file, ...rest], values }) => {
  if (file === undefined || rest.length > 0) throw new UsageError('apply needs one FILE, or - for stdin.');
  const read = readState(file);
  if ('problems' in read) return complain(read.problems);
  const request = {
    ...selectionOf(values),
    state: read.state,
    prune: values.prune === true,
    dry_run: values['dry-run'] === true,
  };
  return answer(values, (context) => applyState(request, context), describeApply);
};

function readState(file: string): { state: DeclaredState } | { problems: string[] } {
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    return { problems: [`${file}: ${describeReadError(error)}.`] };
  }
  const parsed = parseJsonc(text);
  const checked = 'problems' in parsed ? parsed : validateJsonc(parsed.document, DeclaredStateSchema);
  if ('value' in checked) return { state: checked.value };
  return { problems: checked.problems.map((problem) => `${file}:${problem}`) };
}
