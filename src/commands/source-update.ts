import { updateCheckouts } from '../services/checkouts/update-checkouts.ts';
import { describeUpdates } from '../services/checkouts/update-report.ts';
import { type Run, textOption, UsageError } from './command.ts';
import { answer } from './service-commands.ts';
import { withProgress } from './with-progress.ts';

/** `source update oca|ee [REPO...]`: does what `oca_update` and `ee_update` do; exit code 1 if not all could be updated. */
export const sourceUpdate: Run = async ({ positionals: [family, ...repos], values }) => {
  if (family !== 'oca' && family !== 'ee')
    throw new UsageError('source update needs a family: source update oca [REPO...], or source update ee.');
  const request = {
    family,
    ...(repos.length > 0 && { repos }),
    instance: textOption(values, 'instance'),
    branch: textOption(values, 'branch'),
    dry_run: values['dry-run'] === true,
  } as const;
  return answer(
    values,
    (context) => withProgress(context, (showing) => updateCheckouts(request, showing)),
    describeUpdates,
    ({ status, failed = [] }) => status === 'incomplete' || failed.length > 0,
  );
};
