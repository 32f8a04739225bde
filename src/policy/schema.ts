import * as z from 'zod';
import { TOOL_NAMES, type ToolName } from '../tool-table.ts';
import { conditionSchemas } from './condition-schema.ts';

const SECONDS = { second: 1, minute: 60, hour: 3600, day: 86_400 } as const;
type Unit = keyof typeof SECONDS;
const UNITS = Object.keys(SECONDS) as [Unit, ...Unit[]];

const YEAR = 365 * SECONDS.day;

/** The defaults of a limit. */
export const USUAL_LIMIT = { scope: 'grant', cost: 'calls', mode: 'enforce', refund: true } as const;

function makeLimitSchemas() {
  // At most a year: a longer limit is a prohibition, better written as `deny`.
  const seconds = z.number().positive().max(YEAR);
  const most = z.int().min(0).max(1_000_000);
  const window = z
    .union([z.enum(UNITS), seconds])
    .describe('Length of the sliding window: a word, or seconds.');

  const limit = z
    .strictObject({
      counter: z
        .string()
        .min(1)
        .max(256)
        .describe('Name of the count. Tools that name the same counter share it.'),
      window,
      max: most.describe('The most calls, or links, in any window of that length; 0 means never.'),
      scope: z
        .enum(['grant', 'session', 'global'])
        .default(USUAL_LIMIT.scope)
        .describe(
          'Whose calls are counted together: those of one credential, of one connection, or of all callers.',
        ),
      cost: z
        .enum(['calls', 'links'])
        .default(USUAL_LIMIT.cost)
        .describe('What is counted: calls, or links that calls make or remove.'),
      mode: z
        .enum(['enforce', 'observe'])
        .default(USUAL_LIMIT.mode)
        .describe('"observe" counts and logs, but never refuses.'),
      refund: z
        .boolean()
        .default(USUAL_LIMIT.refund)
        .describe('Whether a call that was refused, undone or a dry run gives back what it took.'),
    })
    .meta({ id: 'limit' });

  const rateLimit = z
    .union([
      z.strictObject({ max: most, window }),
      z.string().regex(/^\d{1,6}\/(second|minute|hour|day)$/, 'must look like "10/minute"'),
    ])
    .meta({
      id: 'rate_limit',
      description:
        'Short for one limit with its own counter: {"max": 10, "window": 60} in seconds, or "10/minute".',
    });

  return { limits: z.array(limit).default([]), rateLimit };
}

function makeToolSchemas({ limits, rateLimit }: ReturnType<typeof makeLimitSchemas>) {
  const conditionsSchema = conditionSchemas();
  // Made once and shared, because making a schema takes longer than using it.
  const everyRule = {
    action: z
      .enum(['allow', 'deny', 'require_approval'])
      .default('allow')
      .describe('Default for a listed tool: "allow".'),
    reason: z.string().min(1).max(1000).optional().describe('Shown to the caller on a denial.'),
    limits: limits.describe('All of them must admit a call.'),
    rate_limit: rateLimit.optional(),
  };
  const ruleSchema = (tool: ToolName) => {
    const conditions = conditionsSchema(tool).optional();
    return z.strictObject({
      ...everyRule,
      require: conditions.describe(
        'All of them must hold, for every element of a list. An argument left out fails.',
      ),
      deny_if: conditions.describe(
        'None may be met, by any element of a list. An argument left out meets all but "exists".',
      ),
      require_approval: conditions.describe('Calls that meet one of them, as in deny_if, need approval.'),
    });
  };
  return Object.fromEntries(TOOL_NAMES.map((tool) => [tool, ruleSchema(tool).optional()])) as Record<
    ToolName,
    z.ZodOptional<ReturnType<typeof ruleSchema>>
  >;
}

function makePolicySchema() {
  const limitSchemas = makeLimitSchemas();
  const { limits } = limitSchemas;
  const duration = z
    .union([
      z.number().min(1).max(YEAR),
      z
        .string()
        .regex(/^[1-9]\d{0,3} (second|minute|hour|day)s?$/, 'must be seconds, or look like "15 minutes"'),
    ])
    .describe('Seconds, or words such as "15 minutes".');

  return z.strictObject({
    $schema: z.string().optional().describe('For editors; ignored.'),
    version: z.literal('1'),
    default: z.enum(['allow', 'deny']).describe('The action for tools that are not listed.'),
    hide: z
      .array(z.enum([...TOOL_NAMES, '*']))
      .default([])
      .describe('Tools that are never shown and cannot be called; "*" for all.'),
    all_tools: z.strictObject({ limits }).optional().describe('Limits on the calls of all tools together.'),
    tools: z.strictObject(makeToolSchemas(limitSchemas)).default({}).describe('Rules by tool.'),
    approval_ttl: duration
      .default(900)
      .describe('How long a request for approval, and its approval, are valid.'),
    approval_channel: z
      .enum(['operator', 'elicit'])
      .default('operator')
      .describe('Who approves: the operator at the command line, or the person at the client.'),
    limiter: z
      .strictObject({
        postgres: z
          .string()
          .regex(
            /^(postgres(ql)?:\/\/|\$\{\w+\})/,
            `must be a URL that begins with "postgres://", or "\${NAME}"`,
          )
          .describe(`A connection URL, or "\${NAME}" for one in the environment.`),
      })
      .optional()
      .describe('Counts are kept in PostgreSQL, for several hosts. Without it: on this host.'),
  });
}

type PolicySchema = ReturnType<typeof makePolicySchema>;
let made: PolicySchema | undefined;

/** The schema of a policy. Made on first use, because that takes a while and the built-in policy needs none. */
export function policySchema(): PolicySchema {
  made ??= makePolicySchema();
  return made;
}

export type PolicyDocument = z.infer<PolicySchema>;
export type ToolPolicy = NonNullable<PolicyDocument['tools'][ToolName]>;

/** The length of a window in milliseconds. */
export function windowMs(window: Unit | number): number {
  return 1000 * (typeof window === 'number' ? window : SECONDS[window]);
}

/** A duration in milliseconds: seconds, or `15 minutes`. */
export function durationMs(duration: number | string): number {
  if (typeof duration === 'number') return 1000 * duration;
  const [count, unit] = duration.split(' ') as [string, string];
  return Number(count) * windowMs(unit.replace(/s$/, '') as Unit);
}
