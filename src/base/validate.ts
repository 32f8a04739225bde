import type * as z from 'zod';
import { didYouMean } from './nearest.ts';
import { ok, type Result, refused } from './refusal.ts';
import { counted, quoted } from './text.ts';

/** What is wrong with a value. */
export interface Issue {
  /** Keys and indices from the root to the value or the unknown key. */
  readonly path: readonly PropertyKey[];
  /** Follows the name of the place: `must be a string.` */
  readonly message: string;
}

/**
 * Checks a value against a schema of strict objects.
 * @returns The value with its defaults, or its problems; for an unknown key or word, with the nearest valid one. If there
 *   are too many problems, the last says how many more.
 */
export function validate<T>(schema: z.ZodType<T>, value: unknown): Result<T, readonly Issue[]> {
  const parsed = schema.safeParse(value, { reportInput: true });
  const issues = (parsed.error?.issues ?? []).filter(
    (issue, index, all) => !isOfLength(issue, all[index - 1]),
  );
  // JSON can contain a key of this name; whether zod sees it depends on zod's configuration.
  const isSeen = issues.some(
    (issue) => issue.code === 'unrecognized_keys' && issue.keys.includes('__proto__'),
  );
  const isThere = typeof value === 'object' && value !== null && Object.hasOwn(value, '__proto__');
  const proto = isThere && !isSeen ? ['__proto__'] : [];
  if (parsed.success && proto.length === 0) return ok(parsed.data);
  const found: Unworded[] = issues.flatMap((issue): Unworded[] => {
    if (issue.code !== 'unrecognized_keys')
      return [{ path: issue.path, describe: () => describeIssue(issue) }];
    return unknownKeys(issue.keys, issue.path, () => keysAt(schema, issue.path));
  });
  found.push(...unknownKeys(proto, [], () => []));
  const problems = found.slice(0, MOST_PROBLEMS).map(({ describe }) => describe());
  const next = found[MOST_PROBLEMS];
  if (next === undefined) return refused(problems);
  const more = found.length - MOST_PROBLEMS;
  const message = more === 1 ? 'has a problem too.' : `is the first of ${more} more with problems.`;
  return refused([...problems, { path: next.path, message }]);
}

/** Whether an issue says only how long a value of the wrong type is: zod compares the length of a text with a list's bound. */
function isOfLength(issue: z.core.$ZodIssue, before: z.core.$ZodIssue | undefined): boolean {
  if (before?.code !== 'invalid_type' || !issue.code.startsWith('too_')) return false;
  return pointer(before.path) === pointer(issue.path);
}

/** How many problems are listed: a hostile value could have any number of them. */
export const MOST_PROBLEMS = 20;

/** The first lines about problems, and one that says how many more there are. */
export function toldOf(lines: readonly string[]): readonly string[] {
  // The last line may already say how many more there are.
  if (lines.length <= MOST_PROBLEMS + 1) return lines;
  return [...lines.slice(0, MOST_PROBLEMS), `and ${lines.length - MOST_PROBLEMS} more`];
}

/** A problem that is worded only if it is listed: finding the nearest word takes time. */
interface Unworded {
  readonly path: readonly PropertyKey[];
  describe(): Issue;
}

function unknownKeys(
  keys: readonly string[],
  path: readonly PropertyKey[],
  valid: () => readonly string[],
): Unworded[] {
  return keys.map((key) => {
    const at = [...path, quoted(key)];
    const describe = () => {
      return { path: at, message: `is not known here.${didYouMean(key, valid()) || listed(valid())}` };
    };
    return { path: at, describe };
  });
}

/** A JSON pointer (RFC 6901) for a path of keys and indices. */
export function pointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('') || '/';
}

function listed(valid: readonly string[]): string {
  return valid.length === 0 ? '' : ` Valid: ${valid.join(', ')}.`;
}

/** A zod issue in words for the author of the value, who does not know the schema. */
function describeIssue(issue: z.core.$ZodIssue): Issue {
  const { path } = issue;
  const inside = issue.code === 'invalid_key' ? issue.issues[0] : closestBranch(issue);
  if (inside !== undefined) {
    const deeper = describeIssue(inside);
    return { path: [...path, ...deeper.path], message: deeper.message };
  }
  const missing = issue.input === undefined ? 'is missing; it ' : '';
  return { path, message: `${missing}${expectation(issue)}` };
}

/** The issue of the union's branch that came closest to matching; undefined if none did. */
function closestBranch(issue: z.core.$ZodIssue): z.core.$ZodIssue | undefined {
  if (issue.code !== 'invalid_union') return undefined;
  const branches = issue.errors.flatMap((issues) => issues[0] ?? []);
  return branches.find(({ path, code }) => path.length > 0 || !/^invalid_(type|value|union)$/.test(code));
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') {
    const words = issue.values.map(String);
    return `must be ${words.map((word) => JSON.stringify(word)).join(' or ')}.${nearWord(issue.input, words)}`;
  }
  if (issue.code === 'invalid_type') return `must be ${article(issue.expected)}.`;
  if (issue.code === 'invalid_union') {
    const kinds = issue.errors.flatMap((issues) => {
      const [first] = issues;
      if (first?.code === 'invalid_type') return [article(first.expected)];
      return first?.code === 'invalid_value' ? first.values.map((value) => JSON.stringify(value)) : [];
    });
    const words = issue.errors.flatMap(([first]) =>
      first?.code === 'invalid_value' ? first.values.map(String) : [],
    );
    return `must be ${[...new Set(kinds)].join(' or ')}.${nearWord(issue.input, words)}`;
  }
  if (issue.code === 'too_small' && issue.origin === 'array') {
    return issue.minimum === 1 ? 'must not be empty.' : `must have at least ${issue.minimum} elements.`;
  }
  if (issue.code === 'too_big' && issue.origin === 'array')
    return `must have at most ${counted(Number(issue.maximum), 'element')}.`;
  if (issue.code === 'too_small' && issue.origin === 'string' && issue.minimum === 1)
    return 'must not be empty.';
  if (issue.code === 'too_big' && issue.origin === 'string')
    return `is longer than ${issue.maximum} characters.`;
  if (issue.code === 'too_big' && ['number', 'int'].includes(issue.origin))
    return `must be at most ${issue.maximum}.`;
  if (issue.code === 'too_small' && ['number', 'int'].includes(issue.origin))
    return `must be at least ${issue.minimum}.`;
  return `is not valid: ${issue.message.charAt(0).toLowerCase()}${issue.message.slice(1)}.`;
}

/** A word that somebody wrote without quotes, such as the series 17.0, is a number. */
function nearWord(input: unknown, words: readonly string[]): string {
  const isWord = typeof input === 'string' || (typeof input === 'number' && words.length > 1);
  return isWord ? didYouMean(String(input), words) : '';
}

function article(kind: string): string {
  const noun = { record: 'object', int: 'integer' }[kind] ?? kind;
  return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
}

/** The keys a schema allows at a path: those of a strict object, or of a record with a closed list of keys. */
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

/** The parts of a zod definition that contain other schemas. */
interface Definition {
  readonly innerType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly shape?: Record<PropertyKey, z.ZodType>;
  readonly keyType?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly element?: z.ZodType;
  readonly entries?: Record<string, string>;
}

/** The definition behind defaults and the like; of a union, that of its object: the only branch with keys. */
function unwrap(schema: z.ZodType): Definition {
  const definition = schema._zod.def as unknown as Definition;
  if (definition.innerType !== undefined) return unwrap(definition.innerType);
  const branches = definition.options?.map(unwrap) ?? [];
  return branches.find(({ shape }) => shape !== undefined) ?? definition;
}
