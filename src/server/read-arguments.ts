import { ok, type Result, refuse } from '../base/refusal.ts';
import type { Argument } from '../tool-arguments.ts';
import { type ToolName, toolEntry } from '../tool-table.ts';

/**
 * Reads what clients are known to send instead of what a tool's schema asks for, where only one thing can be meant:
 *
 * | sent | read as |
 * | --- | --- |
 * | `null` for all arguments | no arguments |
 * | `null` or `""` for an optional argument | the argument left out |
 * | another spelling of an argument's name | that argument |
 * | a text that is a JSON list of texts, for an argument that takes a list | that list |
 * | any other text, for an argument that takes nothing but a list | a list of that text |
 * | `"true"`, `"25"` for a flag or a number, exactly as JSON writes it | the flag or the number |
 *
 * Everything else stays as it is, for the schema to judge: this makes no argument valid that would otherwise mean
 * something else. What was read is read as itself, so reading twice changes nothing.
 * @param sent What the client sent, unchecked.
 * @returns The arguments: `sent` itself if nothing was read differently; or `invalid_argument` for an argument that is given
 *   in both spellings.
 */
export function readArguments(tool: ToolName, sent: unknown): Result<unknown> {
  if (sent === null) return ok({});
  if (typeof sent !== 'object' || Array.isArray(sent)) return ok(sent);
  const given = sent as Readonly<Record<string, unknown>>;
  const known = Object.entries(toolEntry(tool).args).map(([name, argument]) => ({ name, argument }));
  const spellings = new Set(known.flatMap(({ name, argument }) => spellingsOf(name, argument)));
  // An unknown argument is for the schema to refuse, even if it is null.
  const read = Object.entries(given).filter(([key]) => !spellings.has(key));
  for (const { name, argument } of known) {
    const there = spellingsOf(name, argument).filter((key) => Object.hasOwn(given, key));
    const [key = argument.required && there[0], other] = there.filter((one) => !isBlank(given[one]));
    if (other !== undefined) return refuse('invalid_argument', twice(name, argument));
    if (key !== undefined) read.push([name, readValue(argument, given[key])]);
  }
  const isSame = read.every(([name, value]) => Object.hasOwn(given, name) && given[name] === value);
  return ok(isSame && read.length === Object.keys(given).length ? sent : Object.fromEntries(read));
}

function spellingsOf(name: string, { also }: Argument): string[] {
  return also === undefined ? [name] : [name, also];
}

function isBlank(value: unknown): boolean {
  return value === null || value === '';
}

function twice(name: string, { also }: Argument): string {
  return `${name} and ${also} are two spellings of one argument: give only ${name}, with all the names.`;
}

function readValue({ kind, list }: Argument, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (list !== undefined)
    return readList(value) ?? (list === 'always' && !isLikeList(value) ? [value] : value);
  if (kind === 'flag') return FLAGS.get(value) ?? value;
  return kind === 'number' && WHOLE_NUMBER.test(value) ? Number(value) : value;
}

const FLAGS = new Map([
  ['true', true],
  ['false', false],
]);

/** Up to as many digits as a number holds exactly. */
const WHOLE_NUMBER = /^(?:0|[1-9]\d{0,14})$/;

/** No name begins like a JSON list: a text that does is one, or a mistake. */
function isLikeList(text: string): boolean {
  return text.trimStart().startsWith('[');
}

/** The list of texts that a text is; null if it is none. Elements are not read in turn. */
function readList(text: string): string[] | null {
  if (!isLikeList(text)) return null;
  try {
    const list: unknown[] = JSON.parse(text);
    return list.every((one) => typeof one === 'string') ? list : null;
  } catch {
    return null;
  }
}
