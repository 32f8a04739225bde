import { describeUnlink, unlinkModules } from '../services/link/unlink-modules.ts';
import { answer, selectionOf } from './answer.ts';
import { type Run, UsageError } from './command.ts';

/** `unlink oca|ee MODULE...`: does what `oca_unlink` and `ee_unlink` do. */
export const unlink: Run = async ({ positionals: [family, ...modules], values }) => {
  if (family !== 'oca' && family !== 'ee')
    throw new UsageError('unlink needs a family: unlink oca MODULE... or unlink ee MODULE...');
  if (modules.length === 0) throw new UsageError('unlink needs at least one module.');
  const request = {
    ...selectionOf(values),
    family,
    modules,
    cascade: values.cascade === true,
    dry_run: values['dry-run'] === true,
  } as const;
  return answer(values, (context) => unlinkModules(request, context), describeUnlink);
};
