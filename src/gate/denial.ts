/** The refusals of the policy, and what a caller is told about its budgets. */
import type { Refusal } from '../base/refusal.ts';
import type { Standing } from '../limiter/store.ts';
import { describeWindow } from '../policy/describe.ts';
import type { Denied } from '../policy/evaluate.ts';
import type { PolicyLimit } from '../policy/policy.ts';
import type { ToolName } from '../tool-table.ts';

/** The limit that leaves a caller the least. */
export interface LimitStatus {
  readonly counter: string;
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds until the whole budget is available again. */
  readonly reset_ms: number;
}

/** A refusal by the policy; it names the rule. */
export interface Denial extends Refusal {
  readonly code: 'policy_denied' | 'rate_limited' | 'approval_required' | 'invalid_request_state';
  /** JSON pointer to the rule of the policy that decided. */
  readonly rule: string;
  readonly reason: string;
  /** Short hash of the policy. */
  readonly policy: string;
  readonly limit?: number;
  readonly remaining?: number;
}

/** A denial by a rule of the policy, or because something the policy needs is unavailable. */
export function denied(
  tool: ToolName,
  { rule, reason, hint }: Pick<Denied, 'rule' | 'reason' | 'hint'>,
  policy: string,
): Denial {
  // A reason is the operator's own text, which may end with a full stop.
  const message = `The policy denies ${tool}: ${reason.replace(/\.$/, '')}.`;
  return { code: 'policy_denied', message, rule, reason, policy, ...(hint !== null && { hint }) };
}

/** A denial by limits; it reports the one with the longest wait. @param refused At least one. */
export function rateLimited(
  tool: ToolName,
  refused: readonly (Standing & { readonly limit: PolicyLimit })[],
  policy: string,
): Denial {
  const longest = refused.reduce((a, b) => (b.retryAfterMs > a.retryAfterMs ? b : a));
  const { limit, charge, remaining, retryAfterMs } = longest;
  const reason = describeBudget(limit, tool);
  const shared = {
    code: 'rate_limited',
    rule: limit.pointer,
    reason,
    policy,
    limit: limit.max,
    remaining,
  } as const;
  if (!Number.isFinite(retryAfterMs)) {
    const never = limit.cost === 'calls' ? 'a call' : `${charge.amount} at once`;
    return { ...shared, message: `Rate limit: ${reason}; it never admits ${never}.` };
  }
  const seconds = Math.ceil(retryAfterMs / 1000);
  return {
    ...shared,
    message: `Rate limit: ${reason}. Try again in ${seconds} s.`,
    retry_after_ms: Math.ceil(retryAfterMs),
  };
}

/** `10 oca_link calls a minute`, `20 links an hour by all tools`. */
export function describeBudget({ max, cost, windowMs, isShared }: PolicyLimit, tool: ToolName): string {
  const window = describeWindow(windowMs);
  if (isShared) return `${max} ${cost} ${window} by all tools`;
  return cost === 'calls' ? `${max} ${tool} calls ${window}` : `${max} links ${window} by ${tool}`;
}
