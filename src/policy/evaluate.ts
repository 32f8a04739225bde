/** Evaluates a policy for a call. Pure: it neither counts nor looks for approvals. */

import { repositoryName } from '../base/repository-name.ts';
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

/** Where a call works, as resolved by the server: leaving arguments out must not get around a rule. */
export interface Facts {
  readonly instance: string;
  readonly series: string;
  /** The real paths of the addons directories: the one the call changes, or all that it reads. */
  readonly targetDirs: readonly string[];
  /** What the call reaches, once that is known. */
  readonly found?: Reached | undefined;
}

/** Values by argument: they replace the argument, whether or not the caller gave it. */
export type Reached = Readonly<Record<string, string | readonly string[]>>;

export interface Denied {
  readonly kind: 'deny';
  /** JSON pointer to the rule that decided. */
  readonly rule: string;
  /** Follows "The policy denies oca_link:". */
  readonly reason: string;
  /** What the caller can do about it; null if nothing is known to help. */
  readonly hint: string | null;
}

/** A call that may run if every limit admits it; with `approval`, only once it is approved. */
export interface Permitted {
  readonly kind: 'allow' | 'approval';
  readonly rule: string;
  readonly limits: readonly PolicyLimit[];
}

export type Decision = Denied | Permitted;

/**
 * Evaluates the policy for a call. Denials come first, in this order: a hidden or denied tool, `deny_if`, `require`; then
 * approvals.
 * @param args The arguments with the tool's defaults. They may be of any type; what cannot be evaluated never helps the
 *   call.
 * @param facts The instance, series and addons directories of the call. They replace `args.instance`, `args.branch` and
 *   `args.target_dir`, and what the call reaches replaces its arguments; but `exists` alone is evaluated for the arguments
 *   as given. `args.repo` and `args.repos` are evaluated as the folder names they end with, however it is written. Conditions on `family`,
 *   which a tool that links cannot be told, wait until the modules are found.
 * @returns The decision; never throws.
 */
export function evaluate(policy: Policy, tool: ToolName, args: unknown, facts: Facts): Decision {
  const denied = deniedOutright(policy, tool);
  if (denied !== null) return denied;
  const rule = policy.rules.get(tool) as ToolRule;
  const valueAt = valuesOf(args, facts);
  const isDue = ({ tests }: Condition) =>
    facts.found !== undefined || tests.every(({ path }) => path !== 'family');
  const meets = (condition: Condition) =>
    isDue(condition) && evaluateCondition(condition, valueAt, 'some') !== false;
  const met = rule.denyIf.find(meets);
  if (met !== undefined) return deniedBy(met, rule, valueAt, 'some');
  const missed = rule.require.find(
    (condition) => isDue(condition) && evaluateCondition(condition, valueAt, 'every') !== true,
  );
  if (missed !== undefined) return deniedBy(missed, rule, valueAt, 'every');
  const { limits } = rule;
  if (rule.action === 'require_approval') return { kind: 'approval', rule: `${rule.pointer}/action`, limits };
  const asking = rule.requireApproval.find(meets);
  if (asking !== undefined) return { kind: 'approval', rule: asking.pointer, limits };
  return { kind: 'allow', rule: rule.pointer, limits };
}

/** Whether a tool must look as if it did not exist. */
export function isHidden(policy: Policy, tool: ToolName): boolean {
  return (policy.rules.get(tool) as ToolRule).hidden;
}

/** Whether a tool belongs in `tools/list`: some call of it could be allowed. */
export function isListed(policy: Policy, tool: ToolName): boolean {
  const rule = policy.rules.get(tool) as ToolRule;
  // A limit on links never stops a call that changes none.
  const isNever = rule.limits.some(
    ({ max, cost, mode }) => max === 0 && cost === 'calls' && mode === 'enforce',
  );
  return !isNever && deniedOutright(policy, tool) === null;
}

/** The denial of every call of a tool; null if it depends on the arguments or on where the call goes. */
export function deniedOutright(policy: Policy, tool: ToolName): Denied | null {
  const { hidden, action, pointer, reason } = policy.rules.get(tool) as ToolRule;
  if (hidden) return { kind: 'deny', rule: pointer, reason: 'no tool has this name', hint: null };
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
    ['family', found.family],
  ]);
  const given = typeof args === 'object' && args !== null ? (args as Record<string, unknown>) : {};
  return (path, isPresence) => {
    if (settled.has(path)) return settled.get(path);
    const name = path.slice('args.'.length);
    const from = !isPresence && Object.hasOwn(found, name) ? found : given;
    const value = Object.hasOwn(from, name) ? from[name] : undefined;
    return path === 'args.repo' || path === 'args.repos' ? folderNames(value) : value;
  };
}

/** The folder name of a repository, `web` for `OCA/web`, an address and a path, alone or in a list. */
function folderNames(repo: unknown): unknown {
  if (Array.isArray(repo)) return repo.map(folderNames);
  return typeof repo === 'string' ? repositoryName(repo) : repo;
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
    hint: isLeftOut ? `Call again with ${named(leftOut)}: the policy must evaluate it.` : null,
  };
}
