import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { inQuotes, jsonForLogs, oneLine } from '../base/text.ts';
import { toldOf } from '../base/validate.ts';
import { describeAction, describeRule, toPlainPolicy } from '../policy/describe.ts';
import { loadPolicy } from '../policy/load.ts';
import type { Policy } from '../policy/policy.ts';
import { type ExitCode, pathArgument, type Run, UsageError } from './command.ts';
import { loadSettings } from './setup.ts';
import { complain, paint, remark, say } from './terminal.ts';

/** `policy check FILE`: checks and explains a policy file. `policy show`: explains the policy in force. */
export const policy: Run = async ({ positionals: [verb, file, ...rest], values }) => {
  const show = values.json === true ? printJson : print;
  if (verb === 'check' && file !== undefined && rest.length === 0) return check(file, show);
  if (verb !== 'show' || file !== undefined) throw new UsageError('policy needs check FILE, or show.');
  const loaded = loadSettings(values);
  if (!loaded.ok) return complain(loaded.refusal);
  const effective = loadPolicy(loaded.value.policy);
  if (!effective.ok) return complain(effective.refusal);
  show(effective.value.policy);
  return 0;
};

function check(given: string, show: (policy: Policy) => void): ExitCode {
  const file = pathArgument(given);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile())
    throw new UsageError(`${inQuotes(file, file.length)} is not a file.`);
  const loaded = loadPolicy(resolve(file));
  if (loaded.ok) {
    show(loaded.value.policy);
    return 0;
  }
  for (const problem of toldOf(loaded.refusal))
    remark(`${paint('red', 'error', process.stderr)} ${oneLine(problem)}`);
  return 1;
}

function printJson(policy: Policy): void {
  say(jsonForLogs(toPlainPolicy(policy), 2));
}

function print({ origin, hash, rules, approvals, limiter }: Policy): void {
  const lines = [...rules].flatMap(([tool, rule]) => {
    // For a tool that is never called, only the reason matters.
    const isCalled = !rule.hidden && rule.action !== 'deny';
    const details = describeRule(rule).filter(([word]) => isCalled || word === 'reason');
    return [
      `${paint('bold', tool)} ${describeAction(rule)}`,
      ...details.map(([word, text]) => `  ${paint('dim', word)} ${text}`),
    ];
  });
  const by = { operator: 'by the operator', elicit: 'by the person at the client' }[approvals.channel];
  say(
    [
      `${paint('green', 'ok')} ${origin} (policy ${hash})`,
      ...lines,
      `approvals are given ${by}, within ${approvals.ttlMs / 1000} s`,
      `counts are kept ${limiter === null ? 'on this host' : 'in PostgreSQL'}`,
    ].join('\n'),
  );
}
