import { createHash } from 'node:crypto';
import type { Limit } from './limiter/core.ts';
import { type PolicyDocument, type ToolPolicy, windowMs } from './schema.ts';
import { TOOL_NAMES, TOOLS, type ToolName } from './tools.ts';

/** What the policy says about one tool. */
export interface ToolRule {
  readonly allowed: boolean;
  /** Never listed, and as good as not there. */
  readonly hidden: boolean;
  /** Shown to the caller on a denial. */
  readonly reason: string | null;
  readonly limits: readonly Limit[];
  /** JSON pointer to the rule in the policy. */
  readonly pointer: string;
}

/** A policy that was understood completely. */
export interface Policy {
  readonly rules: ReadonlyMap<ToolName, ToolRule>;
  /** A short hash of the document, to tell which policy decided. */
  readonly hash: string;
  /** `built-in`, `odoo-link.json` or the policy file's path. */
  readonly origin: string;
}

/**
 * Turns a valid document into rules.
 * @returns The policy, or a sentence for each contradiction in it, with its JSON pointer.
 */
export function compilePolicy(
  document: PolicyDocument,
  origin: string,
): { policy: Policy } | { problems: string[] } {
  const problems: string[] = [];
  const counters = new Map<string, Limit>();
  const rules = new Map<ToolName, ToolRule>();
  const isHidden = (tool: string) => document.hide.includes(tool) || document.hide.includes('*');
  for (const tool of TOOL_NAMES) {
    const listed = document.tools[tool];
    const limits = listed === undefined ? [] : limitsOf(tool, listed);
    for (const { limit, pointer } of limits) {
      const other = counters.get(limit.counter);
      if (other !== undefined && (other.max !== limit.max || other.windowMs !== limit.windowMs)) {
        problems.push(
          `${pointer}: the counter ${JSON.stringify(limit.counter)} has other settings elsewhere.`,
        );
      }
      counters.set(limit.counter, limit);
    }
    rules.set(tool, {
      allowed: listed === undefined ? document.default === 'allow' : listed.action === 'allow',
      hidden: isHidden(tool),
      reason: listed?.reason ?? null,
      limits: limits.map(({ limit }) => limit),
      pointer: listed === undefined ? '/default' : `/tools/${tool}`,
    });
  }
  const hash = createHash('sha256').update(JSON.stringify(document)).digest('hex').slice(0, 12);
  return problems.length > 0 ? { problems } : { policy: { rules, hash, origin } };
}

function limitsOf(tool: ToolName, { limits, rate_limit }: ToolPolicy): { limit: Limit; pointer: string }[] {
  const all = limits.map(({ counter, max, window }, index) => ({
    limit: { counter, max, windowMs: windowMs(window) },
    pointer: `/tools/${tool}/limits/${index}`,
  }));
  if (rate_limit === undefined) return all;
  const counter = `${tool}_rate_limit`;
  const pointer = `/tools/${tool}/rate_limit`;
  if (typeof rate_limit !== 'string') {
    return [
      ...all,
      { limit: { counter, max: rate_limit.max, windowMs: windowMs(rate_limit.window) }, pointer },
    ];
  }
  const [max, window] = rate_limit.split('/') as [string, 'second' | 'minute' | 'hour' | 'day'];
  return [...all, { limit: { counter, max: Number(max), windowMs: windowMs(window) }, pointer }];
}

/** The policy of a server without one: every tool, and ten calls a minute for each tool that writes. */
export function builtInPolicy(): Policy {
  const rules = TOOL_NAMES.map((tool): [ToolName, ToolRule] => {
    const limits = TOOLS[tool].writes
      ? [{ counter: `${tool}_rate`, max: 10, windowMs: windowMs('minute') }]
      : [];
    return [tool, { allowed: true, hidden: false, reason: null, limits, pointer: `/tools/${tool}` }];
  });
  return { rules: new Map(rules), hash: 'built-in', origin: 'built-in' };
}
