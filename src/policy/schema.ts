import * as z from 'zod';
import { TOOL_NAMES } from './tools.ts';

const WINDOW_SECONDS = { second: 1, minute: 60, hour: 3600, day: 86_400 } as const;

/** Up to a year: beyond that a limit is a prohibition, and says so better as `deny`. */
const windowSeconds = z.number().positive().max(31_536_000);
const most = z.int().min(0).max(1_000_000);

const LimitSchema = z.strictObject({
  counter: z.string().min(1).describe('Name of the count. Tools that name the same counter share it.'),
  window: z
    .union([z.enum(['second', 'minute', 'hour', 'day']), windowSeconds])
    .describe('Length of the sliding window: a word, or seconds.'),
  max: most.describe('Most calls in any window of that length; 0 means never.'),
  scope: z
    .enum(['grant', 'session', 'global'])
    .default('grant')
    .describe(
      'Whose calls are counted together. One stdio server serves one caller, so all three are one budget.',
    ),
});

const RateLimitSchema = z
  .union([
    z.strictObject({ max: most, window: windowSeconds }),
    z.string().regex(/^\d{1,6}\/(second|minute|hour|day)$/, 'must look like "10/minute"'),
  ])
  .describe(
    'Short for one limit with a counter of its own: {"max": 10, "window": 60} in seconds, or "10/minute".',
  );

const ToolPolicySchema = z.strictObject({
  action: z.enum(['allow', 'deny']).default('allow').describe('"allow" is implied by being listed.'),
  reason: z.string().optional().describe('Shown to the caller on a denial.'),
  limits: z.array(LimitSchema).default([]).describe('All of them have to admit a call.'),
  rate_limit: RateLimitSchema.optional(),
});

const toolName = z.enum(TOOL_NAMES as [string, ...string[]]);

export const PolicySchema = z.strictObject({
  $schema: z.string().optional().describe('For editors; ignored.'),
  version: z.literal('1'),
  default: z.enum(['allow', 'deny']).describe('What holds for tools that are not listed.'),
  hide: z
    .array(z.union([toolName, z.literal('*')]))
    .default([])
    .describe('Tools that are never listed and cannot be called; "*" for all.'),
  tools: z.partialRecord(toolName, ToolPolicySchema).default({}).describe('Rules by tool.'),
});

export type PolicyDocument = z.infer<typeof PolicySchema>;
export type ToolPolicy = z.infer<typeof ToolPolicySchema>;

/** The length of a window in milliseconds. */
export function windowMs(window: keyof typeof WINDOW_SECONDS | number): number {
  return 1000 * (typeof window === 'number' ? window : WINDOW_SECONDS[window]);
}
