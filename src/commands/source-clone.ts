import { describeClones } from '../services/checkouts/clone-report.ts';
import { cloneRepositories } from '../services/checkouts/clone-repositories.ts';
import { type Run, textOption, UsageError } from './command.ts';
import { answer } from './service-commands.ts';
import { withProgress } from './with-progress.ts';

/** `source clone oca|ee REPO...`: does what `oca_clone` and `ee_clone` do; exit code 1 if one could not be cloned. */
export const sourceClone: Run = async ({ positionals: [family, ...repos], values }) => {
  if (family !== 'oca' && family !== 'ee')
    throw new UsageError('source clone needs a family: source clone oca REPO..., or source clone ee.');
  const modules = values.module as string[] | undefined;
  const request = {
    family,
    ...(repos.length > 0 && { repos }),
    ...(modules !== undefined && { modules }),
    instance: textOption(values, 'instance'),
    branch: textOption(values, 'branch'),
    full: values.full === true,
    dry_run: values['dry-run'] === true,
  } as const;
  return answer(
    values,
    (context) => withProgress(context, (showing) => cloneRepositories(request, showing)),
    describeClones,
    ({ failed = [] }) => failed.length > 0,
  );
};
