import { isAbsolute, normalize } from 'node:path';
import * as z from 'zod';
import { LINKED_FAMILIES } from '../addons/roots.ts';
import { SERIES } from '../manifest/series.ts';
import type { ArgumentKind } from '../tool-arguments.ts';
import { type ToolName, toolEntry } from '../tool-table.ts';
import type { ConditionDocument } from './conditions.ts';
import { compilePattern } from './patterns.ts';

/**
 * Makes the schemas of conditions.
 * @returns For a tool, the schema of a list of conditions on its arguments. An argument the tool does not have is an
 * unknown key.
 */
export function conditionSchemas(): (tool: ToolName) => z.ZodType<ConditionDocument[]> {
  const operatorsOf = operatorSchemas();
  const facts = {
    instance: operatorsOf('instance', 'text').optional().describe('Name of the instance the call goes to.'),
    series: operatorsOf('series', SERIES).optional().describe('Series of that instance.'),
  };
  const family = {
    family: operatorsOf('linked_family', LINKED_FAMILIES)
      .optional()
      .describe('Families of the modules that the call would change.'),
  };
  return (tool) => {
    const args = Object.entries(toolEntry(tool).args).map(([name, { kind }]) => {
      return [`args.${name}`, operatorsOf(name, kind).optional()];
    });
    const condition = z
      .strictObject({
        ...Object.fromEntries(args),
        ...facts,
        ...(toolEntry(tool).writes === 'links' && family),
      })
      .refine((given) => Object.keys(given).length > 0, {
        error: 'must name an argument',
        when: isSoFarSound,
      })
      .meta({ minProperties: 1 });
    return z
      .array(condition)
      .min(1)
      .meta({ id: `${tool}_conditions` }) as unknown as z.ZodType<ConditionDocument[]>;
  };
}

/**
 * Makes the schemas of operators.
 * @returns For an argument, the operators of its type. Arguments with the same list of words share a schema.
 */
function operatorSchemas(): (name: string, kind: ArgumentKind) => z.ZodType {
  const pattern = z
    .string()
    .min(1)
    .max(1000)
    .check((context) => {
      const compiled = compilePattern(context.value);
      if (!compiled.ok) {
        context.issues.push({ code: 'custom', input: context.value, message: compiled.refusal });
      }
    })
    .describe(
      'RE2 syntax (no lookaround, no backreferences). Found anywhere in the text: anchor it with ^ and $.',
    );
  // A path written differently than the server writes it would never match.
  const path = z
    .string()
    .refine(
      (text) => isAbsolute(text) && normalize(text) === text && (text === '/' || !text.endsWith('/')),
      'must be an absolute path without "..", doubled slashes or a slash at the end',
    );
  // Callers may write `OCA/web` or a path; conditions see only the folder name.
  const repo = z.string().regex(/^[^/]+$/, 'must be the folder name of a repository, without "/"');
  const text = { regex: pattern, contains: z.string().min(1).describe('A part of the text.') };
  const number = z.number();
  const order = { lt: number, lte: number, gt: number, gte: number };

  const ofText = operators('text', z.string(), text);
  const ofKind = {
    text: ofText,
    module: ofText,
    instance: ofText,
    cursor: ofText,
    path: operators('path', path, text),
    repo: operators('repo', repo, text),
    number: operators('number', number, order),
    flag: operators('flag', z.boolean()),
  };
  const ofWords = new Map<readonly string[], z.ZodType>();
  return (name, kind) => {
    if (typeof kind === 'string') return ofKind[kind];
    const schema = ofWords.get(kind) ?? operators(name, z.enum(kind as [string, ...string[]]), text);
    ofWords.set(kind, schema);
    return schema;
  };
}

/** An object whose only key is unknown has that problem already, and is not reported as empty. */
const isSoFarSound = ({ issues }: { issues: readonly unknown[] }) => issues.length === 0;

/** The operators for values of one type. */
function operators<T extends z.ZodType>(
  id: string,
  value: T,
  more: Readonly<Record<string, z.ZodType>> = {},
) {
  const shape: Record<string, z.ZodType> = {
    eq: value.describe('Equal.'),
    neq: value.describe('Not equal.'),
    in: z.array(value).min(1).describe('One of these.'),
    not_in: z.array(value).min(1).describe('None of these.'),
    ...more,
    exists: z
      .boolean()
      .describe(
        'Whether the caller or a default gives the argument; with other operators, whether there is a value to evaluate.',
      ),
  };
  const optional = Object.entries(shape).map(([name, schema]) => [name, schema.optional()]);
  return z
    .strictObject(Object.fromEntries(optional))
    .refine((given) => Object.keys(given).length > 0, { error: 'must have an operator', when: isSoFarSound })
    .refine(
      (given) => given.exists !== false || Object.keys(given).length === 1,
      'an argument that is left out cannot meet another operator',
    )
    .meta({ id, minProperties: 1 });
}
