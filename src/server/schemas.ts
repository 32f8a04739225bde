import * as z from 'zod';
import { REFUSAL_CODES, type RefusalCode } from '../base/refusal.ts';
import { leftOut, message, more } from '../services/own-words.ts';
import type { Argument } from '../tool-arguments.ts';
import { type ArgumentsOf, type ToolName, toolEntry } from '../tool-table.ts';

/** The arguments of a tool, made from its table entry. The object is strict: an unknown argument is an error that names it. */
export function inputOf<Name extends ToolName>(tool: Name): z.ZodType<ArgumentsOf<Name>> {
  const shape = Object.entries(toolEntry(tool).args).map(([name, argument]) => [
    name,
    argumentSchema(argument),
  ]);
  return z.strictObject(Object.fromEntries(shape)) as unknown as z.ZodType<ArgumentsOf<Name>>;
}

function argumentSchema(argument: Argument): z.ZodType {
  const { list, required, description } = argument;
  const schema = list === undefined ? valueSchema(argument) : listSchema(argument, list);
  if (argument.default !== undefined) return schema.default(argument.default).describe(description);
  return (required ? schema : schema.optional()).describe(description);
}

function listSchema({ kind, most, element }: Argument, list: 'always' | 'or_one'): z.ZodType {
  const value = valueSchema({ kind });
  const one = element === undefined ? value : value.describe(element);
  const several = z.array(one).min(1);
  const bounded = most === undefined ? several : several.max(most);
  return list === 'always' ? bounded : z.union([one, bounded]);
}

function valueSchema({ kind, most }: Pick<Argument, 'kind' | 'most'>): z.ZodType {
  if (typeof kind !== 'string') return z.enum(kind);
  if (kind === 'flag') return z.boolean();
  if (kind === 'number') return most === undefined ? z.int().min(1) : z.int().min(1).max(most);
  return most === undefined ? z.string() : z.string().max(most);
}

const limitStatus = z
  .strictObject({
    counter: z.string(),
    limit: z.int(),
    remaining: z.int(),
    reset_ms: z.number().describe('Milliseconds until the whole budget is available again.'),
  })
  .optional()
  .describe('The rate limit that leaves the fewest calls; absent without one.');

const RefusedSchema = z.strictObject({
  status: z.literal('refused'),
  code: z.enum(Object.keys(REFUSAL_CODES) as [RefusalCode, ...RefusalCode[]]),
  message,
  module: z.string().optional(),
  details: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('`reasons` has every reason when there are several.'),
  hint: z.string().optional().describe('What to do next.'),
  retry_after_ms: z.int().optional().describe('The same call can succeed after this many milliseconds.'),
  rule: z.string().optional().describe('JSON pointer to the rule of the policy that decided.'),
  reason: z.string().optional(),
  policy: z.string().optional().describe('Short hash of the policy.'),
  limit: z.int().optional(),
  remaining: z.int().optional(),
  left_out: leftOut,
  more,
});

/** Both shapes of a tool's answer, as {@link lean} leaves them: clients validate refusals too. */
export function outputOf(report: z.ZodObject): z.ZodType {
  const { shape } = leanSchema(report) as z.ZodObject;
  return z.union([z.strictObject({ ...shape, limit: limitStatus, left_out: leftOut, more }), RefusedSchema]);
}

/**
 * The schema of what {@link lean} makes of a value: every field that can be null, an empty list or an empty object may be
 * missing instead, and none is null.
 */
export function leanSchema(schema: z.ZodType): z.ZodType {
  const leaned = leanedSchema(schema);
  return schema.description === undefined ? leaned : leaned.describe(schema.description);
}

function leanedSchema(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodNullable || isOptional(schema)) return leanSchema(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodArray) return z.array(leanSchema(schema.element as z.ZodType));
  if (!(schema instanceof z.ZodObject)) return schema;
  const fields = Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, field]) => {
    const leaned = leanSchema(field);
    const isEmpty = (empty: unknown) => field.safeParse(empty).success || leaned.safeParse(empty).success;
    const mayBeMissing = isOptional(field) || (!isScalar(field) && EMPTY.some(isEmpty));
    return [name, mayBeMissing ? leaned.optional() : leaned];
  });
  return z.strictObject(Object.fromEntries(fields));
}

function isOptional(schema: z.ZodType): schema is z.ZodOptional | z.ZodExactOptional {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodExactOptional;
}

/** Whether a schema takes nothing that is empty, which is most of them: trying it out takes time. */
function isScalar(schema: z.ZodType): boolean {
  return SCALARS.some((scalar) => schema instanceof scalar);
}

const SCALARS = [z.ZodString, z.ZodNumber, z.ZodBoolean, z.ZodEnum];

const EMPTY = [undefined, null, [], {}];

/** A zod schema as JSON Schema, whose root is an object even if it is a choice of two. */
export function toJsonSchema(
  schema: z.ZodType,
  io: 'input' | 'output',
): { type: 'object'; [key: string]: unknown } {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io });
  return { ...json, type: 'object' };
}
