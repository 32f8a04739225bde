import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import type * as z from 'zod';
import { ok, type Result, refused } from '../base/refusal.ts';
import { inQuotes } from '../base/text.ts';
import { MOST_PROBLEMS, pointer, validate } from '../base/validate.ts';

/** Parsed JSON with comments, and the positions of its values. */
export interface JsoncDocument {
  readonly value: unknown;
  /** `line:column`, both from 1, of the key or array element at a path; if there is none, of the value around it. */
  position(path: readonly PropertyKey[]): string;
}

/**
 * Parses JSON with comments and trailing commas.
 * @returns The document, or one line for each problem, beginning with `line:column`; if there are too many, the last line
 *   says how many more.
 */
export function parseJsonc(text: string): Result<JsoncDocument, string[]> {
  if (text.trim() === '') return refused(['1:1: the file is empty']);
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return refused(['1:1: the file is nested too deeply']);
  }
}

function parse(text: string): Result<JsoncDocument, string[]> {
  const errors: ParseError[] = [];
  const positionAt = positionsIn(text);
  const root = parseTree(text, errors, { allowTrailingComma: true });
  if (root === undefined || errors.length > 0) {
    const problems = errors
      .slice(0, MOST_PROBLEMS)
      .map(({ offset, error }) => `${positionAt(offset)}: ${words(printParseErrorCode(error))}`);
    const next = errors[MOST_PROBLEMS];
    const more = errors.length - MOST_PROBLEMS;
    return refused(
      next === undefined ? problems : [...problems, `${positionAt(next.offset)}: and ${more} more`],
    );
  }
  const duplicate = findDuplicateKey(root);
  if (duplicate !== undefined) {
    const key = inQuotes(String(duplicate.value));
    return refused([`${positionAt(duplicate.offset)}: the key ${key} appears twice`]);
  }
  return ok({ value: toValue(root), position: (path) => positionAt(offsetOf(root, path)) });
}

/**
 * Checks a parsed document against a schema of strict objects.
 * @returns The value, or one line for each problem: `line:column: /pointer what is wrong`.
 */
export function validateJsonc<T>(document: JsoncDocument, schema: z.ZodType<T>): Result<T, string[]> {
  const checked = validate(schema, document.value);
  if (checked.ok) return checked;
  return refused(
    checked.refusal.map(({ path, message }) => `${document.position(path)}: ${pointer(path)} ${message}`),
  );
}

function words(code: string): string {
  return code.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}

function offsetOf(root: Node, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = findNodeAtLocation(root, path.slice(0, length) as (string | number)[]);
    if (node !== undefined) return node.parent?.type === 'property' ? node.parent.offset : node.offset;
  }
  return root.offset;
}

/** Builds the value as JSON.parse would, so that a key named `__proto__` becomes an ordinary property. */
function toValue(node: Node): unknown {
  if (node.type === 'array') return (node.children ?? []).map(toValue);
  if (node.type !== 'object') return node.value;
  return Object.fromEntries(
    (node.children ?? []).map((property) => {
      const [name, value] = property.children as [Node, Node];
      return [name.value as string, toValue(value)];
    }),
  );
}

function findDuplicateKey(node: Node): Node | undefined {
  if (node.type === 'object') {
    const seen = new Set<unknown>();
    for (const property of node.children ?? []) {
      const name = property.children?.[0] as Node;
      if (seen.has(name.value)) return name;
      seen.add(name.value);
    }
  }
  for (const child of node.children ?? []) {
    const found = findDuplicateKey(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Makes a function that converts an offset in a text to `line:column`, both from 1. The lines are searched only once,
 * because a file can have a problem at every character.
 */
export function positionsIn(text: string): (offset: number) => string {
  let starts: number[] | undefined;
  return (offset) => {
    starts ??= lineStarts(text);
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return `${low + 1}:${offset - (starts[low] as number) + 1}`;
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) starts.push(end + 1);
  return starts;
}
