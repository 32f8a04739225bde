import type { Charge } from './limiter/core.ts';
import type { LimiterStore, Standing } from './limiter/store.ts';
import type { Policy, ToolRule } from './policy.ts';
import type { ToolName } from './tools.ts';

/** How a caller stands with the limit that leaves it the fewest calls. */
export interface LimitStatus {
  readonly counter: string;
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds until the whole budget is there again. */
  readonly reset_ms: number;
}

/** Why the policy does not let a call through. */
export interface Denial {
  readonly code: 'policy_denied' | 'rate_limited';
  readonly message: string;
  readonly rule: string;
  readonly reason: string;
  readonly policy: string;
  readonly limit?: number;
  readonly remaining?: number;
  readonly retry_after_ms?: number;
}

/** A call that was let through. */
export interface Admission {
  /** How the caller stands with this call counted; null when no limit applies. */
  readonly limit: LimitStatus | null;
  /** The call took effect: it stays counted. */
  commit(): Promise<void>;
  /**
   * Gives the call back to the budget: it was refused before it touched anything, or was a dry run.
   * @returns How the caller stands without it; null when no limit applies or the store cannot tell.
   */
  release(): Promise<LimitStatus | null>;
}

/** Decides which calls run, and keeps count of them. */
export interface Gate {
  /** Whether a tool is there at all for this caller. */
  isHidden(tool: ToolName): boolean;
  /** Whether a tool belongs in `tools/list`: not hidden, and some call of it could be allowed. */
  isListed(tool: ToolName): boolean;
  enter(tool: ToolName): Promise<{ admission: Admission } | { denial: Denial }>;
}

/** @param log Where it is written, for the operator, that the store cannot be used. */
export function createGate(policy: Policy, store: LimiterStore, log: (line: string) => void): Gate {
  const ruleOf = (tool: ToolName) => policy.rules.get(tool) as ToolRule;
  return {
    isHidden: (tool) => ruleOf(tool).hidden,
    isListed(tool) {
      const rule = ruleOf(tool);
      return isAllowed(rule) && !rule.hidden && rule.limits.every(({ max }) => max > 0);
    },
    async enter(tool) {
      const rule = ruleOf(tool);
      if (!isAllowed(rule) || rule.hidden) {
        return { denial: denied(tool, rule, rule.reason ?? 'the tool is not allowed', policy.hash) };
      }
      const charges = chargesOf(rule);
      const reserved = await store.reserve(charges);
      if ('unavailable' in reserved) {
        log(`limiter unavailable: ${reserved.unavailable}`);
        return { denial: denied(tool, rule, 'limiter unavailable', policy.hash) };
      }
      if ('refused' in reserved) return { denial: rateLimited(tool, rule, reserved.refused, policy.hash) };
      const { reservation } = reserved;
      const release = async () => {
        await reservation.release();
        const now = await store.standings(charges);
        return 'standings' in now ? tightest(now.standings) : null;
      };
      return {
        admission: {
          limit: tightest(reservation.standings),
          commit: () => reservation.commit(),
          release,
        },
      };
    },
  };
}

/** A tool with conditions or approvals is not let through: nothing here judges them. */
function isAllowed({ action, require, denyIf, requireApproval }: ToolRule): boolean {
  return action === 'allow' && require.length + denyIf.length + requireApproval.length === 0;
}

function chargesOf({ limits }: ToolRule): Charge[] {
  return limits.map((limit) => ({ limit, key: limit.counter, amount: 1, mode: 'enforce' }));
}

function denied(tool: ToolName, { pointer }: ToolRule, reason: string, policy: string): Denial {
  const message = `The policy denies ${tool}: ${reason}.`;
  return { code: 'policy_denied', message, rule: pointer, reason, policy };
}

function rateLimited(tool: ToolName, rule: ToolRule, refused: readonly Standing[], policy: string): Denial {
  const longest = refused.reduce((a, b) => (b.retryAfterMs > a.retryAfterMs ? b : a));
  const { charge, retryAfterMs } = longest;
  const { max, windowMs } = charge.limit;
  const reason = `${max} ${tool} calls ${describeWindow(windowMs)}`;
  const shared = {
    code: 'rate_limited',
    rule: rule.pointer,
    reason,
    policy,
    limit: max,
    remaining: 0,
  } as const;
  if (!Number.isFinite(retryAfterMs))
    return { ...shared, message: `Rate limit: ${reason}; it never admits a call.` };
  const seconds = Math.ceil(retryAfterMs / 1000);
  return {
    ...shared,
    message: `Rate limit: ${reason}. Try again in ${seconds} s.`,
    retry_after_ms: Math.ceil(retryAfterMs),
  };
}

function describeWindow(windowMs: number): string {
  const words: Record<number, string> = {
    1000: 'a second',
    60000: 'a minute',
    3600000: 'an hour',
    86400000: 'a day',
  };
  return words[windowMs] ?? `in ${windowMs / 1000} s`;
}

function tightest(standings: readonly Standing[]): LimitStatus | null {
  const [first, ...others] = standings;
  if (first === undefined) return null;
  const { charge, remaining, resetMs } = others.reduce((a, b) => (b.remaining < a.remaining ? b : a), first);
  const { counter, max } = charge.limit;
  return { counter, limit: max, remaining, reset_ms: Math.ceil(resetMs) };
}
