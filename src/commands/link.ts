import { describeReport } from '../services/link/describe-report.ts';
import { linkModules } from '../services/link/link-modules.ts';
import { requirementsOfLink } from '../services/requirements.ts';
import { answer, selectionOf, textOption } from './answer.ts';
import { type Run, UsageError } from './command.ts';
import { answerRequirements, asksForRequirements } from './requirements.ts';

/** `link oca|ee MODULE...`: does what `oca_link` and `ee_link` do. */
export const link: Run = async ({ positionals: [family, ...modules], values }) => {
  if (family !== 'oca' && family !== 'ee')
    throw new UsageError('link needs a family: link oca MODULE... or link ee MODULE...');
  if (modules.length === 0) throw new UsageError('link needs at least one module.');
  if (family === 'ee' && values.repo !== undefined)
    throw new UsageError('--repo can be used only with OCA modules.');
  const request = {
    ...selectionOf(values),
    family,
    modules,
    argument: 'MODULE',
    repo: textOption(values, 'repo'),
    with_dependencies: values['no-dependencies'] !== true,
    replace: values.replace === true,
    dry_run: values['dry-run'] === true,
  } as const;
  if (asksForRequirements(values))
    return answerRequirements(values, (onlyMissing, context) =>
      requirementsOfLink(request, onlyMissing, context),
    );
  return answer(values, (context) => linkModules(request, context), describeReport);
};
