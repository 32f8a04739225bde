import { createHash } from 'node:crypto';
import { ok, type Result, refused } from '../base/refusal.ts';
import { type Issue, pointer } from '../base/validate.ts';
import type { Limit } from '../limiter/window.ts';
import { TOOL_NAMES, type ToolName, toolEntry } from '../tool-table.ts';
import { type Condition, type ConditionDocument, compileCondition } from './conditions.ts';
import { durationMs, type PolicyDocument, type ToolPolicy, USUAL_LIMIT, windowMs } from './schema.ts';

/** A limit as the policy sets it. */
export interface PolicyLimit extends Limit {
  /** Whose calls share one budget. */
  readonly scope: 'grant' | 'session' | 'global';
  /** What is counted: calls, or links that calls make or remove. */
  readonly cost: 'calls' | 'links';
  /** `observe` counts and logs, but never refuses. */
  readonly mode: 'enforce' | 'observe';
  /** Whether a call that was refused, undone or a dry run gives back what it took. */
  readonly refund: boolean;
  /** Whether the calls of all tools share one budget: the limit is one of `all_tools`. */
  readonly isShared: boolean;
  /** JSON pointer to it in the policy. */
  readonly pointer: string;
}

/** What the policy says about one tool. */
export interface ToolRule {
  readonly action: 'allow' | 'deny' | 'require_approval';
  /** Never listed, and treated as if it did not exist. */
  readonly hidden: boolean;
  /** Shown to the caller on a denial. */
  readonly reason: string | null;
  /** Its own limits, then those of all tools; no counter appears twice. */
  readonly limits: readonly PolicyLimit[];
  readonly require: readonly Condition[];
  readonly denyIf: readonly Condition[];
  readonly requireApproval: readonly Condition[];
  /** JSON pointer to the rule in the policy. */
  readonly pointer: string;
}

/** A valid policy. */
export interface Policy {
  readonly rules: ReadonlyMap<ToolName, ToolRule>;
  readonly approvals: {
    /** How long a request for approval, and its approval, are valid. */
    readonly ttlMs: number;
    /** Who approves: the operator at the command line, or the person at the client. */
    readonly channel: 'operator' | 'elicit';
  };
  /** Where counts are kept if not on this host. `${NAME}` in the URL is not expanded yet. The URL is a secret. */
  readonly limiter: { readonly postgres: string } | null;
  /** A short hash of the document; it identifies the policy that decided. */
  readonly hash: string;
  /** `built-in`, `the configuration` or the policy file's path. */
  readonly origin: string;
}

/**
 * Turns a valid document into rules.
 * @returns The policy, or every contradiction in it.
 */
export function compilePolicy(document: PolicyDocument, origin: string): Result<Policy, readonly Issue[]> {
  const shared = limitsAt(['all_tools', 'limits'], document.all_tools?.limits ?? []);
  const listed = TOOL_NAMES.map((tool) => ({ tool, own: limitsOf(tool, document.tools[tool]) }));
  const problems = [
    ...findCounterProblems(shared, listed),
    ...TOOL_NAMES.flatMap((tool) => findContradictions(tool, document.tools[tool])),
  ];
  if (problems.length > 0) return refused(problems);
  const rules = listed.map(({ tool, own }): [ToolName, ToolRule] => {
    const limits = [
      ...own.map((limit) => toPolicyLimit(limit, false)),
      ...shared.map((limit) => toPolicyLimit(limit, true)),
    ];
    return [tool, ruleOf(tool, document, limits)];
  });
  const { approval_ttl, approval_channel, limiter } = document;
  return ok({
    rules: new Map(rules),
    approvals: { ttlMs: durationMs(approval_ttl), channel: approval_channel },
    limiter: limiter ?? null,
    hash: hashOf(document),
    origin,
  });
}

/**
 * The policy if none is configured: every tool is allowed, with ten calls a minute for each tool that writes; those that change a
 * database need approval, and have ten calls an hour.
 */
export function builtInPolicy(): Policy {
  const compiled = compilePolicy(builtInDocument(), 'built-in');
  if (!compiled.ok) throw new Error('the built-in policy contradicts itself');
  return compiled.value;
}

/** What the schema would produce, in the same order; without the schema, because making it takes a while. */
function builtInDocument(): PolicyDocument {
  const writing = TOOL_NAMES.filter((tool) => toolEntry(tool).writes);
  const tools = writing.map((tool): [ToolName, ToolPolicy] => {
    const { isGrave = false } = toolEntry(tool);
    const window = isGrave ? 'hour' : 'minute';
    const limit = { counter: `${tool}_rate`, window, max: 10, ...USUAL_LIMIT } as const;
    return [tool, { action: isGrave ? 'require_approval' : 'allow', limits: [limit] }];
  });
  return {
    version: '1',
    default: 'allow',
    hide: [],
    tools: Object.fromEntries(tools),
    approval_ttl: 900,
    approval_channel: 'operator',
  };
}

/** Leaves out the address of the limiter: callers see the hash, and could test passwords against it. */
function hashOf({ limiter: _, ...document }: PolicyDocument): string {
  return createHash('sha256').update(JSON.stringify(document)).digest('hex').slice(0, 12);
}

function ruleOf(tool: ToolName, document: PolicyDocument, limits: readonly PolicyLimit[]): ToolRule {
  const listed = document.tools[tool];
  const fallback = document.default;
  const hiding = document.hide.findIndex((name) => name === tool || name === '*');
  const at = listed === undefined ? '/default' : `/tools/${tool}`;
  const conditions = (key: 'require' | 'deny_if' | 'require_approval') =>
    (listed?.[key] ?? []).map((condition: ConditionDocument, index) =>
      compileCondition(condition, `${at}/${key}/${index}`),
    );
  return {
    action: listed?.action ?? fallback,
    hidden: hiding >= 0,
    reason: listed?.reason ?? null,
    limits,
    require: conditions('require'),
    denyIf: conditions('deny_if'),
    requireApproval: conditions('require_approval'),
    pointer: hiding >= 0 ? `/hide/${hiding}` : at,
  };
}

/** A limit and its path in the document. */
interface PlacedLimit {
  readonly limit: ToolPolicy['limits'][number];
  readonly path: readonly PropertyKey[];
}

function limitsAt(path: readonly PropertyKey[], limits: ToolPolicy['limits']): PlacedLimit[] {
  return limits.map((limit, index) => ({ limit, path: [...path, index] }));
}

function limitsOf(tool: ToolName, rule: ToolPolicy | undefined): PlacedLimit[] {
  if (rule === undefined) return [];
  const all = limitsAt(['tools', tool, 'limits'], rule.limits);
  if (rule.rate_limit === undefined) return all;
  const short = typeof rule.rate_limit === 'string' ? inWords(rule.rate_limit) : rule.rate_limit;
  const limit = { counter: `${tool}_rate_limit`, ...short, ...USUAL_LIMIT };
  return [...all, { limit, path: ['tools', tool, 'rate_limit'] }];
}

/** `10/minute` as a limit. */
function inWords(rate: string): Pick<PlacedLimit['limit'], 'max' | 'window'> {
  const [max, window] = rate.split('/') as [string, 'second' | 'minute' | 'hour' | 'day'];
  return { max: Number(max), window };
}

function toPolicyLimit({ limit: { window, ...limit }, path }: PlacedLimit, isShared: boolean): PolicyLimit {
  return { ...limit, windowMs: windowMs(window), isShared, pointer: pointer(path) };
}

/** A counter must have the same settings everywhere, and must not count one call twice. */
function findCounterProblems(
  shared: readonly PlacedLimit[],
  listed: readonly { readonly own: readonly PlacedLimit[] }[],
): Issue[] {
  const first = new Map<string, PlacedLimit>();
  const settings = ({ limit: { max, window, scope, cost, mode, refund } }: PlacedLimit) =>
    JSON.stringify([max, windowMs(window), scope, cost, mode, refund]);
  const check = (placed: PlacedLimit, counted: Set<string>): Issue[] => {
    const { counter } = placed.limit;
    const named = `names the counter ${JSON.stringify(counter)}, which`;
    const elsewhere = first.get(counter);
    const isTwice = counted.has(counter);
    counted.add(counter);
    if (isTwice) return [{ path: placed.path, message: `${named} would count one call twice.` }];
    if (elsewhere === undefined) first.set(counter, placed);
    else if (settings(elsewhere) !== settings(placed)) {
      return [{ path: placed.path, message: `${named} has other settings at ${pointer(elsewhere.path)}.` }];
    }
    return [];
  };
  const everywhere = new Set<string>();
  const problems = shared.flatMap((placed) => check(placed, everywhere));
  for (const { own } of listed) {
    const counted = new Set(everywhere);
    problems.push(...own.flatMap((placed) => check(placed, counted)));
  }
  return problems;
}

function findContradictions(tool: ToolName, rule: ToolPolicy | undefined): Issue[] {
  if (rule === undefined) return [];
  const path = ['tools', tool];
  const problems: Issue[] = [];
  if (rule.action === 'require_approval' && rule.require_approval !== undefined) {
    problems.push({
      path: [...path, 'require_approval'],
      message: 'names some calls, but the action requires approval for all: leave one of the two out.',
    });
  }
  if (toolEntry(tool).writes !== 'links') {
    for (const { limit, path } of limitsOf(tool, rule)) {
      if (limit.cost === 'calls') continue;
      problems.push({ path: [...path, 'cost'], message: `would never count: ${tool} changes no links.` });
    }
  }
  return problems;
}
