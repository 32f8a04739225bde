import { Code, type Scanner } from './scanner.ts';
import type { PyDict, PyValue } from './values.ts';

/**
 * Reads the strings and entries that most manifests consist of with one regular expression each, instead of dozens of
 * calls. This matters in a process that reads a tree once: it ends before V8 has optimised the step-by-step parser.
 * Whatever these expressions do not match is read step by step, with the same values.
 *
 * All of them take linear time, because no character can be matched in two ways.
 */

/** Deeper brackets are read step by step, so that nothing matched here comes near Python's limits on nesting. */
const MAX_OPEN = 100;
/** The longest list matched as a whole: V8's regular expressions overflow their stack after a few million items. */
const MAX_ITEMS = 1000;

/** A string inside brackets without prefix, escape or line break, up to the token after it. */
const PLAIN_STRING = /(?:"([^"\\\n]*)"|'([^'\\\n]*)')[ \n]*(?=[,:\]})])/y;

/** An entry of a dict with its comma: a key, and a string, a bool or a list of strings, all in the same quotes. */
const DOUBLE_QUOTED = plainEntry('"');
const SINGLE_QUOTED = plainEntry("'");

function plainEntry(quote: string): { entry: RegExp; separator: RegExp } {
  const gap = '[ \\n]*';
  const separator = `${quote}${gap},${gap}${quote}`;
  const text = `[^${quote}\\\\\\n]*`;
  const items = `${quote}((?:${text}${separator}){0,${MAX_ITEMS}}${text})${quote}${gap}(?:,${gap})?`;
  const value = `(?:${quote}(${text})${quote}|(True|False)|\\[${gap}(?:${items})?\\])`;
  const entry = `${quote}(${text})${quote}${gap}:${gap}${value}${gap}(?:,${gap}|(?=\\}))`;
  return { entry: new RegExp(entry, 'y'), separator: new RegExp(separator) };
}

/** Reads the string at the scanner and moves to the token after it; `undefined`, without moving, if it is not plain. */
export function readPlainString(s: Scanner): string | undefined {
  if (s.open.length === 0 || s.open.length > MAX_OPEN) return undefined;
  PLAIN_STRING.lastIndex = s.pos;
  const found = PLAIN_STRING.exec(s.src);
  if (found === null) return undefined;
  s.pos = PLAIN_STRING.lastIndex;
  return found[1] ?? found[2];
}

/** Adds the entry at the scanner to `dict` and moves past it; returns its key, or `undefined` if it is not plain. */
export function readPlainEntry(s: Scanner, dict: PyDict): string | undefined {
  if (s.open.length > MAX_OPEN) return undefined;
  const { entry, separator } = s.src.charCodeAt(s.pos) === Code.SingleQuote ? SINGLE_QUOTED : DOUBLE_QUOTED;
  entry.lastIndex = s.pos;
  const found = entry.exec(s.src);
  if (found === null) return undefined;
  s.pos = entry.lastIndex;
  const key = found[1] as string;
  const items = found[4];
  let value: PyValue | undefined = found[2];
  if (value === undefined) {
    if (found[3] !== undefined) value = found[3] === 'True';
    else {
      value = items === undefined ? [] : items.split(separator);
      s.count(value.length);
    }
  }
  dict.set(key, value);
  return key;
}
