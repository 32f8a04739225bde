import type { LinkPlan } from '../links/plan.ts';
import { ok, type Result } from '../refusal.ts';
import { type Denial, denied, type LimitStatus } from './denial.ts';
import { deniedOutright, evaluate, type Facts, isHidden, isListed, type Permitted } from './evaluate.ts';
import { namesOfPlan, withNames } from './planned-names.ts';
import type { Policy, ToolRule } from './policy.ts';
import { openQuota, type Quota, type QuotaParts } from './quota.ts';
import type { ToolName } from './tools.ts';
import type { PolicySource } from './watch.ts';

/** A call that was let through. It ends with one of `commit` and `release`, or with neither if nobody knows how it ended. */
export interface Admission {
  /**
   * Judges the plan of the call, before anything is locked: what a call drags along has to be allowed as well.
   * @returns Nothing, or a {@link Denial}.
   */
  review(plan: LinkPlan): Promise<Result<void>>;
  /**
   * Judges the plan that is about to be carried out, and takes what it costs.
   * @returns Nothing, or a {@link Denial}.
   */
  begin(plan: LinkPlan): Promise<Result<void>>;
  /**
   * The call took effect: it stays counted.
   * @returns How the caller stands with the call counted; null when no limit applies.
   */
  commit(): Promise<LimitStatus | null>;
  /**
   * Gives the call back to the budget: it was refused before it touched anything, was undone, or was a dry run.
   * @returns How the caller stands without it; null when no limit applies or the store cannot tell.
   */
  release(): Promise<LimitStatus | null>;
}

/** Decides which calls run, and keeps count of them. */
export interface Gate {
  /** Whether a tool is as good as not there. */
  isHidden(tool: ToolName): boolean;
  /** Whether a tool belongs in `tools/list`: not hidden, and some call of it could be allowed. */
  isListed(tool: ToolName): boolean;
  /** Whether every call of a tool is allowed, and none is counted. */
  isOpen(tool: ToolName): boolean;
  /** The denial of every call of a tool; null when it depends on the arguments and on where the call goes. */
  deniedOutright(tool: ToolName): Denial | null;
  /**
   * Judges a call and takes from the budgets what every call costs.
   * @param args The arguments with the tool's defaults.
   */
  enter(
    tool: ToolName,
    args: Readonly<Record<string, unknown>>,
    facts: Facts,
  ): Promise<{ admission: Admission } | { denial: Denial }>;
}

export interface GateParts extends QuotaParts {
  /** Asked anew with each call: the policy's file may change. */
  readonly source: PolicySource;
}

export function createGate(parts: GateParts): Gate {
  const { source } = parts;
  return {
    isHidden: (tool) => isHidden(source.current(), tool),
    isListed: (tool) => isListed(source.current(), tool),
    isOpen: (tool) => isUnconditional(source.current().rules.get(tool) as ToolRule),
    deniedOutright(tool) {
      const policy = source.current();
      const decision = deniedOutright(policy, tool);
      return decision === null ? null : denied(tool, decision, policy.hash);
    },
    async enter(tool, args, facts) {
      // The same policy from here to the end of the call.
      const policy = source.current();
      const call = { tool, args, facts, policy };
      const decision = judge(call);
      if ('denial' in decision) return decision;
      const quota = openQuota(tool, decision.permitted.limits, policy, parts);
      const denial = await quota.reserve({ calls: 1 });
      return denial === null ? { admission: admit(call, quota) } : { denial };
    },
  };
}

/** A call, with the policy that decides about it. */
interface Call {
  readonly tool: ToolName;
  readonly args: Readonly<Record<string, unknown>>;
  readonly facts: Facts;
  readonly policy: Policy;
}

function admit(call: Call, quota: Quota): Admission {
  return {
    async review(plan) {
      const judged = judgePlan(call, plan);
      return 'denial' in judged ? { ok: false, refusal: judged.denial } : ok(undefined);
    },
    async begin(plan) {
      const judged = judgePlan(call, plan);
      if ('denial' in judged) return { ok: false, refusal: judged.denial };
      const denial = await quota.reserve({ links: namesOfPlan(plan).length });
      return denial === null ? ok(undefined) : { ok: false, refusal: denial };
    },
    async commit() {
      await quota.commit();
      return quota.standing();
    },
    async release() {
      await quota.release();
      return quota.standing();
    },
  };
}

function judge({ policy, tool, args, facts }: Call): { permitted: Permitted } | { denial: Denial } {
  const decision = evaluate(policy, tool, args, facts);
  if (decision.kind === 'deny') return { denial: denied(tool, decision, policy.hash) };
  // Nobody can be asked yet.
  if (decision.kind === 'approval') {
    const { rule } = decision;
    return { denial: denied(tool, { rule, reason: 'it needs an approval', hint: null }, policy.hash) };
  }
  return { permitted: decision };
}

/** Judges a call once more as if it had named everything that it changes. */
function judgePlan(call: Call, plan: LinkPlan): { permitted: Permitted } | { denial: Denial } {
  const { args, unnamed } = withNames(call.tool, call.args, namesOfPlan(plan));
  const judged = judge({ ...call, args });
  if ('permitted' in judged || unnamed.length === 0) return judged;
  const hint = `The call would change more than it names: ${unnamed.slice(0, 10).join(', ')}.`;
  return { denial: { hint, ...judged.denial } };
}

function isUnconditional({ action, hidden, limits, require, denyIf, requireApproval }: ToolRule): boolean {
  const conditions = require.length + denyIf.length + requireApproval.length;
  return action === 'allow' && !hidden && limits.length + conditions === 0;
}
