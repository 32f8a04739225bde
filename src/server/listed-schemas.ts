/**
 * The schemas of a tool as `tools/list` shows them. Each list is read by a model before it does anything, so they are
 * shorter than those that arguments and answers are held to, and never stricter: whatever the server accepts or answers is
 * valid by them.
 */
import type { Instance } from '../config/instance.ts';
import { toJsonSchema } from './schemas.ts';
import type { Tool } from './tool.ts';

type Json = { readonly [key: string]: unknown };
export type ListedSchema = { type: 'object'; [key: string]: unknown };

/** The parts of an instance that decide which arguments are of use. */
type Place = Pick<Instance, 'addonsDirs'>;

/**
 * The arguments of a tool, without bounds, and without those that the configuration leaves no choice about. These are
 * accepted all the same, if they are right.
 */
export function listedInput(
  { input }: Pick<Tool, 'input'>,
  instances: readonly Place[],
  may: Possible = {},
): ListedSchema {
  const { properties, required } = toJsonSchema(input, 'input');
  const fixed = new Set(fixedArguments(instances));
  const all = Object.entries(properties as Json).filter(([name]) => isPossible(name, may));
  const kept = all.filter(([name]) => !fixed.has(name));
  const shown = Object.fromEntries(kept.map(([name, schema]) => [name, shorter(name, schema as Json)]));
  const isStrict = kept.length === all.length;
  return {
    type: 'object',
    properties: shown,
    ...(required !== undefined && { required }),
    ...(isStrict && { additionalProperties: false }),
  };
}

/** Whether repositories can be cloned, and a running Odoo be asked. */
interface Possible {
  readonly mayClone?: boolean;
  readonly mayRefresh?: boolean;
}

/** Arguments and fields that mean something only where repositories can be cloned, or a running Odoo be asked. */
const OF_CLONES: ReadonlySet<string> = new Set(['fetch', 'fetched']);
const OF_ODOO: ReadonlySet<string> = new Set(['refresh', 'force', 'odoo']);

function isPossible(name: string, { mayClone = true, mayRefresh = true }: Possible): boolean {
  return (mayClone || !OF_CLONES.has(name)) && (mayRefresh || !OF_ODOO.has(name));
}

function fixedArguments(instances: readonly Place[]): string[] {
  const [only, ...others] = instances;
  if (only === undefined || others.length > 0) return [];
  return ['instance', 'branch', 'instances', ...(only.addonsDirs.length === 1 ? ['target_dir'] : [])];
}

const BOUNDS = new Set([
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'additionalProperties',
]);

/** Arguments that are a series: the server's instructions tell which there are, so no tool need list all that there could be. */
const SERIES_ARGUMENTS: readonly string[] = ['branch', 'to'];

function shorter(name: string, schema: Json): Json {
  const { enum: words, ...rest } = withoutBounds(schema);
  return words === undefined || SERIES_ARGUMENTS.includes(name) ? rest : { ...rest, enum: words };
}

function withoutBounds(schema: Json): Json {
  const rest = Object.entries(schema).filter(([key]) => !BOUNDS.has(key));
  return Object.fromEntries(
    rest.map(([key, value]) => {
      if (key === 'items') return [key, withoutBounds(value as Json)];
      return key === 'anyOf' ? [key, choices(value as Json[])] : [key, value];
    }),
  );
}

/** One value, or a list of such values: what the value is need not be said twice. */
function choices([value, ...lists]: Json[]): Json[] {
  const shown = lists.map((list) => {
    const { description: _, ...items } = withoutBounds(list.items as Json);
    return { ...withoutBounds(list), items };
  });
  return [withoutBounds(value as Json), ...shown];
}

/** What every refusal has. */
const REFUSAL = {
  properties: {
    status: { const: 'refused' },
    code: { type: 'string' },
    message: { type: 'string' },
    hint: { type: 'string' },
    details: { type: 'object' },
    retry_after_ms: { type: 'integer' },
  },
  required: ['status', 'code', 'message'],
};

/** What a tool answers: the names and types of a report's fields, or a refusal. */
export function listedOutput({ report }: Pick<Tool, 'report'>, may: Possible = {}): ListedSchema {
  const { properties } = toJsonSchema(report, 'output');
  const possible = Object.entries(properties as Json).filter(([name]) => isPossible(name, may));
  const { status, ...fields } = Object.fromEntries(possible) as { [name: string]: Json };
  return { type: 'object', anyOf: [{ properties: { status, ...namesOf(fields) } }, REFUSAL] };
}

function namesOf(properties: { readonly [name: string]: Json }): Json {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, outline(schema)]));
}

/**
 * A schema with types and the names of fields: what they mean is told in descriptions, or by the answer itself. The fields
 * of rows have only their names, in the shortest form in which no schema is empty, which checkers of lists complain of.
 */
function outline({ type, anyOf, properties, items }: Json): Json {
  if (anyOf !== undefined) return { anyOf: (anyOf as Json[]).map(outline) };
  if (type === 'object' && properties !== undefined)
    return { propertyNames: { enum: Object.keys(properties as Json) } };
  const row = items as Json | undefined;
  return row?.type === 'object' ? { items: outline(row) } : { type };
}
