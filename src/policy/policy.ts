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
  const counters = new Map<string, string>();
  const rules = new Map<ToolName, ToolRule>();
  const isHidden = (tool: string) => document.hide.includes(tool) || document.hide.includes('*');
  for (const tool of TOOL_NAMES) {
    const listed = document.tools[tool];
    const limits = listed === undefined ? [] : limitsOf(tool, listed);
    const own = new Set<string>();
    for (const { limit, scope, pointer } of limits) {
      const settings = JSON.stringify([limit.max, limit.windowMs, scope]);
      const named = `the counter ${JSON.stringify(limit.counter)}`;
      if (own.has(limit.counter)) problems.push(`${pointer}: ${named} is there twice for one tool.`);
      else if ((counters.get(limit.counter) ?? settings) !== settings) {
        problems.push(`${pointer}: ${named} has other settings elsewhere.`);
      }
      own.add(limit.counter);
      counters.set(limit.counter, settings);
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

interface PointedLimit {
  readonly limit: Limit;
  readonly scope: string;
  readonly pointer: string;
}

function limitsOf(tool: ToolName, { limits, rate_limit }: ToolPolicy): PointedLimit[] {
  const all = limits.map(({ counter, max, window, scope }, index) => ({
    limit: { counter, max, windowMs: windowMs(window) },
    scope,
    pointer: `/tools/${tool}/limits/${index}`,
  }));
  if (rate_limit === undefined) return all;
  const [max, window] =
    typeof rate_limit === 'string' ? rate_limit.split('/') : [rate_limit.max, rate_limit.window];
  const limit = {
    counter: `${tool}_rate_limit`,
    max: Number(max),
    windowMs: windowMs(window as Parameters<typeof windowMs>[0]),
  };
  return [...all, { limit, scope: 'grant', pointer: `/tools/${tool}/rate_limit` }];
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
