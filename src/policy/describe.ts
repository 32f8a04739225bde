/** Describes a policy to the people who write it. */
import { oneLine } from '../base/text.ts';
import type { Condition, Operators } from './conditions.ts';
import type { Policy, PolicyLimit, ToolRule } from './policy.ts';

/** What happens to calls of a tool, in a word or two. */
export function describeAction({ hidden, action }: Pick<ToolRule, 'hidden' | 'action'>): string {
  if (hidden) return 'hidden';
  return { allow: 'allowed', deny: 'denied', require_approval: 'needs approval' }[action];
}

/** `10 calls a minute for each grant (observed only, counter oca_link_rate)`. */
export function describeLimit({ counter, max, windowMs, scope, cost, mode, refund }: PolicyLimit): string {
  const one = { calls: 'call', links: 'link' }[cost];
  const whose = { grant: 'for each grant', session: 'in each session', global: 'for all callers together' }[
    scope
  ];
  const more = [
    ...(mode === 'observe' ? ['observed only'] : []),
    ...(refund ? [] : ['never given back']),
    `counter ${oneLine(counter)}`,
  ];
  return `${max} ${max === 1 ? one : cost} ${describeWindow(windowMs)} ${whose} (${more.join(', ')})`;
}

/** `a minute`, or `in 90 s`. */
export function describeWindow(windowMs: number): string {
  const words: Record<number, string> = {
    1000: 'a second',
    60000: 'a minute',
    3600000: 'an hour',
    86400000: 'a day',
  };
  return words[windowMs] ?? `in ${windowMs / 1000} s`;
}

const OPERATOR_WORDS = {
  eq: 'is',
  neq: 'is not',
  in: 'is one of',
  not_in: 'is none of',
  lt: 'is less than',
  lte: 'is at most',
  gt: 'is more than',
  gte: 'is at least',
  regex: 'matches',
  contains: 'contains',
} as const satisfies Record<Exclude<keyof Operators, 'exists'>, string>;

/** `args.module matches "^l10n_", and args.replace is true`. */
export function describeCondition({ tests }: Condition): string {
  const clauses = tests.flatMap(({ path, written: { exists, ...others } }) => [
    ...(exists === undefined ? [] : [`${path} is ${exists ? 'given' : 'left out'}`]),
    ...Object.entries(others).map(([name, operand]) => {
      const values = [operand].flat().map((value) => oneLine(JSON.stringify(value)));
      return `${path} ${OPERATOR_WORDS[name as keyof typeof OPERATOR_WORDS]} ${values.join(', ')}`;
    }),
  ]);
  return clauses.join(', and ');
}

/** Everything the policy says about a tool besides its action: a key of the policy and its meaning, a line each. */
export function describeRule(rule: ToolRule): [string, string][] {
  const all = (word: string, conditions: readonly Condition[]) =>
    conditions.map((condition): [string, string] => [word, describeCondition(condition)]);
  return [
    ...(rule.reason === null ? [] : [['reason', oneLine(rule.reason)] as [string, string]]),
    ...rule.limits.map((limit): [string, string] => ['limit', describeLimit(limit)]),
    ...all('require', rule.require),
    ...all('deny_if', rule.denyIf),
    ...all('require_approval', rule.requireApproval),
  ];
}

/** The policy as data for programs: what it means, not how it is written. The limiter's address is left out. */
export function toPlainPolicy({ hash, origin, rules, approvals, limiter }: Policy) {
  const documents = (conditions: readonly Condition[]) =>
    conditions.map(({ tests, pointer }) => ({
      rule: pointer,
      condition: Object.fromEntries(tests.map(({ path, written }) => [path, written])),
    }));
  const tools = [...rules].map(([tool, rule]) => [
    tool,
    {
      action: rule.action,
      hidden: rule.hidden,
      reason: rule.reason,
      rule: rule.pointer,
      limits: rule.limits.map(({ pointer, windowMs, isShared: _, ...limit }) => ({
        ...limit,
        window: windowMs / 1000,
        rule: pointer,
      })),
      require: documents(rule.require),
      deny_if: documents(rule.denyIf),
      require_approval: documents(rule.requireApproval),
    },
  ]);
  return {
    policy: hash,
    origin,
    approval_ttl: approvals.ttlMs / 1000,
    approval_channel: approvals.channel,
    limiter: limiter === null ? 'this host' : 'postgres',
    tools: Object.fromEntries(tools),
  };
}
