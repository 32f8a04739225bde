import { orRefusal } from '../base/interruption.ts';
import type { Result } from '../base/refusal.ts';
import { inPlainSight, jsonForLogs } from '../base/text.ts';
import type { ServiceContext } from '../services/context.ts';
import type { Selection } from '../services/select-target.ts';
import { type ExitCode, type OptionValues, UsageError } from './command.ts';
import { createContext } from './context.ts';
import { setUp } from './setup.ts';
import { complain, complainAbout, say } from './terminal.ts';

/**
 * Runs a service from the shell. It does what the tool does, with the same checks, but without the policy, which applies
 * to agents only. SIGINT cancels the call and undoes its changes.
 * @param describe Writes the report as text; with `--json` the report itself is printed.
 * @param isProblem Whether a report counts as a problem.
 * @returns 0, or 1 if the service refused or found a problem.
 */
export async function answer<Report extends object>(
  values: OptionValues,
  service: (context: ServiceContext) => Promise<Result<Report>>,
  describe: (report: Report) => string,
  isProblem: (report: Report) => boolean = () => false,
): Promise<ExitCode> {
  const ready = await setUp(values);
  if (!ready.ok) return complain(ready.refusal);
  const interrupt = new AbortController();
  // `once`: a second SIGINT kills the process, and the next call undoes its changes.
  process.once('SIGINT', () => interrupt.abort());
  const context = { ...createContext(ready.value), signal: interrupt.signal };
  const result = await orRefusal(() => service(context));
  if (values.json === true) {
    const shown = result.ok ? { ...result.value, limit: null } : { status: 'refused', ...result.refusal };
    say(jsonForLogs(inPlainSight(shown), 2));
  } else if (result.ok) say(describe(result.value));
  else complainAbout(result.refusal);
  return result.ok && !isProblem(result.value) ? 0 : 1;
}

/** The options that select an instance and an addons directory. */
export function selectionOf(values: OptionValues): Selection {
  return {
    instance: textOption(values, 'instance'),
    branch: textOption(values, 'branch'),
    target_dir: textOption(values, 'target-dir'),
  };
}

/** An option that takes one value. */
export function textOption(values: OptionValues, name: string): string | undefined {
  return values[name] as string | undefined;
}

/**
 * The value of an option that takes one of several words.
 * @throws UsageError
 */
export function oneOf(
  value: string | undefined,
  option: string,
  words: readonly string[],
): string | undefined {
  if (value !== undefined && !words.includes(value))
    throw new UsageError(`${option} must be one of ${words.join(', ')}.`);
  return value;
}
