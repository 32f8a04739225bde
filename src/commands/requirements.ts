import type { Result } from '../base/refusal.ts';
import type { ServiceContext } from '../services/context.ts';
import { describeRequirements, lacksAnything, type RequirementsReport } from '../services/requirements.ts';
import { answer } from './answer.ts';
import { type ExitCode, type OptionValues, UsageError } from './command.ts';

/**
 * Whether `--requirements` was given.
 * @throws UsageError `--check` alone.
 */
export function asksForRequirements(values: OptionValues): boolean {
  if (values.check === true && values.requirements !== true)
    throw new UsageError('--check belongs to --requirements.');
  return values.requirements === true;
}

/** Prints a requirements file; with `--check` what is missing, and then the exit code is 1. */
export function answerRequirements(
  values: OptionValues,
  service: (onlyMissing: boolean, context: ServiceContext) => Promise<Result<RequirementsReport>>,
): Promise<ExitCode> {
  const run = (context: ServiceContext) => service(values.check === true, context);
  return answer(values, run, describeRequirements, lacksAnything);
}
