/** What a policy says of a call. Pure: no count is taken here, and no approval looked for. */

import type { ToolName } from '../tool-table.ts';
import {
  type Condition,
  evaluateCondition,
  evaluateTest,
  type Test,
  type ValueAt,
  valueTested,
} from './conditions.ts';
import type { Policy, PolicyLimit, ToolRule } from './policy.ts';

/** Where a call works, once that is settled: what the caller left out must not get around a rule. */
export interface Facts {
  readonly instance: string;
  readonly series: string;
  /** The real paths of the addons directories: the one the call works in, or all that it looks at. */
  readonly targetDirs: readonly string[];
  /** What the call was found to reach, once that is known. */
  readonly found?: Reached | undefined;
}

/** Values by the name of their argument: they stand for it, whether or not the caller gave it. */
export type Reached = Readonly<Record<string, string | readonly string[]>>;

export interface Denied {
  readonly kind: 'deny';
  /** JSON pointer to the rule that decided. */
  readonly rule: string;
  /** Follows "The policy denies oca_link:". */
  readonly reason: string;
  /** What to do about it; null when nothing the caller could do helps, or nothing is known. */
  readonly hint: string | null;
}

/** A call that may run, if every limit admits it; with `approval` only once somebody has said yes to it. */
export interface Permitted {
  readonly kind: 'allow' | 'approval';
  readonly rule: string;
  readonly limits: readonly PolicyLimit[];
}

export type Decision = Denied | Permitted;

/**
 * Judges a call. Denials come first, in this order: a tool that is hidden or denied, `deny_if`, `require`; then
 * approvals.
 * @param args The arguments after the tool's defaults were filled in; anything else is judged as far as it goes, and
 *   what cannot be judged never helps the call.
 * @param facts The instance, series and addons directories the call was found to go to. They stand for `args.instance`,
 *   `args.branch` and `args.target_dir` whatever those say, and so does what it was found to reach; but whether an
 *   argument is given at all is judged by the arguments. `args.repo` is judged by the folder name it ends with.
 * @returns The decision; never throws.
 */
export function evaluate(policy: Policy, tool: ToolName, args: unknown, facts: Facts): Decision {
  const denied = deniedOutright(policy, tool);
  if (denied !== null) return denied;
  const rule = policy.rules.get(tool) as ToolRule;
  const valueAt = valuesOf(args, facts);
  const meets = (condition: Condition) => evaluateCondition(condition, valueAt, 'some') !== false;
  const met = rule.denyIf.find(meets);
  if (met !== undefined) return deniedBy(met, rule, valueAt, 'some');
  const missed = rule.require.find((condition) => evaluateCondition(condition, valueAt, 'every') !== true);
  if (missed !== undefined) return deniedBy(missed, rule, valueAt, 'every');
  const { limits } = rule;
  if (rule.action === 'require_approval') return { kind: 'approval', rule: `${rule.pointer}/action`, limits };
  const asking = rule.requireApproval.find(meets);
  if (asking !== undefined) return { kind: 'approval', rule: asking.pointer, limits };
  return { kind: 'allow', rule: rule.pointer, limits };
}

/** Whether a tool is as good as not there. */
export function isHidden(policy: Policy, tool: ToolName): boolean {
  return (policy.rules.get(tool) as ToolRule).hidden;
}

/** Whether a tool belongs in `tools/list`: arguments could exist with which it is allowed. */
export function isListed(policy: Policy, tool: ToolName): boolean {
  const rule = policy.rules.get(tool) as ToolRule;
  // A call that changes no link costs no link, whatever the limit.
  const isNever = rule.limits.some(
    ({ max, cost, mode }) => max === 0 && cost === 'calls' && mode === 'enforce',
  );
  return !isNever && deniedOutright(policy, tool) === null;
}

/** The denial of every call of a tool, whatever its arguments and wherever it goes; null when it depends on these. */
export function deniedOutright(policy: Policy, tool: ToolName): Denied | null {
  const { hidden, action, pointer, reason } = policy.rules.get(tool) as ToolRule;
  if (hidden) return { kind: 'deny', rule: pointer, reason: 'there is no such tool', hint: null };
  if (action !== 'deny') return null;
  return { kind: 'deny', rule: pointer, reason: reason ?? 'the tool is not allowed', hint: null };
}

function valuesOf(args: unknown, { instance, series, targetDirs, found = {} }: Facts): ValueAt {
  const settled = new Map<string, unknown>([
    ['instance', instance],
    ['series', series],
    ['args.instance', instance],
    ['args.branch', series],
    ['args.target_dir', targetDirs],
  ]);
  const given = typeof args === 'object' && args !== null ? (args as Record<string, unknown>) : {};
  return (path, isPresence) => {
    if (settled.has(path)) return settled.get(path);
    const name = path.slice('args.'.length);
    const from = !isPresence && Object.hasOwn(found, name) ? found : given;
    const value = Object.hasOwn(from, name) ? from[name] : undefined;
    return path === 'args.repo' ? folderNames(value) : value;
  };
}

/** `web` of `OCA/web` and of a path, alone or in a list: a repository has one name here, however the caller writes it. */
function folderNames(repo: unknown): unknown {
  if (Array.isArray(repo)) return repo.map(folderNames);
  return typeof repo === 'string' ? repo.slice(repo.lastIndexOf('/') + 1) : repo;
}

function deniedBy(
  { tests, pointer }: Condition,
  { reason }: ToolRule,
  valueAt: ValueAt,
  over: 'some' | 'every',
): Denied {
  const wanted = over === 'every';
  const deciding = tests.filter((test) => {
    const truth = evaluateTest(test, valueTested(test, valueAt), over);
    return wanted ? truth !== true : truth !== false;
  });
  const named = (some: readonly Test[]) =>
    [...new Set(some.map(({ path }) => path.replace(/^args\./, '')))].join(' and ');
  const leftOut = deciding.filter((test) => valueTested(test, valueAt) === undefined);
  const isLeftOut = leftOut.length > 0;
  return {
    kind: 'deny',
    rule: pointer,
    reason: reason ?? (isLeftOut ? `not without ${named(leftOut)}` : `not with this ${named(deciding)}`),
    hint: isLeftOut ? `Call again with ${named(leftOut)}: the policy has to judge it.` : null,
  };
}
