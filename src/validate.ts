import type * as z from 'zod';
import { didYouMean } from './nearest.ts';

/** One thing that is wrong with a value, in the words of whoever wrote the value. */
export interface Problem {
  /** Keys and indices from the root to the value, or to the key that should not be there. */
  readonly path: readonly PropertyKey[];
  /** Continues the name of the place: `must be a string.` */
  readonly message: string;
}

/**
 * Checks a value against a schema of strict objects.
 * @returns The value with its defaults, or every problem; an unknown key or word comes with the nearest valid one.
 */
export function validate<T>(schema: z.ZodType<T>, value: unknown): { value: T } | { problems: Problem[] } {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return { value: parsed.data };
  const problems = parsed.error.issues.flatMap((issue): Problem[] => {
    if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: describeIssue(issue) }];
    const valid = keysAt(schema, issue.path);
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      message: `is not known here.${didYouMean(key, valid) || listed(valid)}`,
    }));
  });
  return { problems };
}

/** A JSON pointer (RFC 6901) for a path of keys and indices. */
export function pointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('') || '/';
}

function listed(valid: readonly string[]): string {
  return valid.length === 0 ? '' : ` Valid: ${valid.join(', ')}.`;
}

/** What a zod issue says, in the words of somebody who writes the value rather than the schema. */
function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') {
    const words = issue.values.map(String);
    const near = typeof issue.input === 'string' ? didYouMean(issue.input, words) : '';
    return `${missing(issue)}must be ${words.map((word) => JSON.stringify(word)).join(' or ')}.${near}`;
  }
  if (issue.code === 'invalid_type') return `${missing(issue)}must be ${article(issue.expected)}.`;
  const inKey = issue.code === 'invalid_key' ? issue.issues[0] : undefined;
  if (inKey !== undefined) return describeIssue(inKey);
  if (issue.code === 'invalid_union') return `${missing(issue)}${describeUnion(issue)}`;
  if (issue.code === 'too_small' && issue.origin === 'array') {
    return issue.minimum === 1 ? 'must not be empty.' : `must hold at least ${issue.minimum}.`;
  }
  if (issue.code === 'too_big' && issue.origin === 'array') return `must hold at most ${issue.maximum}.`;
  return `is not valid: ${issue.message.charAt(0).toLowerCase()}${issue.message.slice(1)}.`;
}

function missing(issue: z.core.$ZodIssue): string {
  return issue.input === undefined ? 'is missing; it ' : '';
}

/** The branch that came closest explains itself; where none did, all of them are named. */
function describeUnion({ errors }: z.core.$ZodIssueInvalidUnion): string {
  const branches = errors.map((issues) => issues[0]).filter((issue) => issue !== undefined);
  const closest = branches.find(
    (issue) => issue.path.length > 0 || !/^invalid_(type|value)$/.test(issue.code),
  );
  if (closest !== undefined) {
    const at = closest.path.length > 0 ? `${pointer(closest.path)} ` : '';
    return at + describeIssue(closest);
  }
  const kinds = branches.flatMap((issue) => {
    if (issue.code === 'invalid_type') return [article(issue.expected)];
    return issue.code === 'invalid_value' ? issue.values.map((value) => JSON.stringify(value)) : [];
  });
  return `must be ${[...new Set(kinds)].join(' or ')}.`;
}

function article(kind: string): string {
  const noun = { record: 'object', int: 'integer' }[kind] ?? kind;
  return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
}

/** The keys a schema knows at a path: those of a strict object, or of a record with a closed list of keys. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let definition = unwrap(schema);
  for (const key of path) {
    const next = definition.shape?.[key] ?? definition.valueType ?? definition.element;
    if (next === undefined) return [];
    definition = unwrap(next);
  }
  if (definition.shape !== undefined) return Object.keys(definition.shape);
  const words = definition.keyType === undefined ? undefined : unwrap(definition.keyType).entries;
  return words === undefined ? [] : Object.values(words);
}

/** The parts of a zod definition that lead from a schema to those inside it. */
interface Definition {
  readonly innerType?: z.ZodType;
  readonly shape?: Record<PropertyKey, z.ZodType>;
  readonly keyType?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly entries?: Record<string, string>;
}

function unwrap(schema: z.ZodType): Definition {
  let definition = schema._zod.def as unknown as Definition;
  while (definition.innerType !== undefined)
    definition = definition.innerType._zod.def as unknown as Definition;
  return definition;
}
