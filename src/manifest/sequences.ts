import {
  hashKey,
  MAX_INT_DIGITS,
  PyBytes,
  PyDict,
  PySet,
  PySurrogateText,
  PyTuple,
  type PyValue,
} from './values.ts';

/**
 * Python's `list(value)`; `undefined` when the value is not iterable. A str yields its characters, bytes yield ints, a
 * dict its keys, a set its elements in the order they were written.
 */
export function iterate(value: PyValue): readonly PyValue[] | undefined {
  if (Array.isArray(value)) return value;
  if (typeof value === 'string') return [...value];
  if (value instanceof PyTuple) return value.items;
  if (value instanceof PyDict) return [...value.keys()];
  if (value instanceof PySet) return [...value.items()];
  if (value instanceof PyBytes) return [...value.bytes];
  if (value instanceof PySurrogateText) return charactersOf(value);
  return undefined;
}

function charactersOf({ text, separateLows }: PySurrogateText): string[] {
  const separate = new Set(separateLows);
  const characters: string[] = [];
  let at = 0;
  for (const char of text) {
    if (separate.has(at + 1)) characters.push(char.charAt(0), char.charAt(1));
    else characters.push(char);
    at += char.length;
  }
  return characters;
}

/**
 * Python's `set(value)`: the distinct elements; `undefined` when Python raises because the value is not iterable or
 * contains an unhashable element.
 */
export function toSet(value: PyValue): PyValue[] | undefined {
  const distinct = new Map<string, PyValue>();
  const items = iterate(value);
  if (items === undefined) return undefined;
  for (const item of items) {
    const key = hashKey(item);
    if (key === undefined) return undefined;
    if (!distinct.has(key)) distinct.set(key, item);
  }
  return [...distinct.values()];
}

/** The dict that `{}.update(value)` makes from a dict or from pairs; `undefined` when Python raises. */
export function updateDict(value: PyValue): PyDict | undefined {
  if (value instanceof PyDict) return value;
  const pairs = iterate(value);
  if (pairs === undefined) return undefined;
  const dict = new PyDict();
  for (const pair of pairs) {
    const items = iterate(pair);
    if (items?.length !== 2) return undefined;
    const [key, item] = items;
    if (key === undefined || item === undefined || !dict.set(key, item)) return undefined;
  }
  return dict;
}

/** The white space that Python's `int()` strips. */
const SPACE = /[\t-\r\x85\p{Z}]/u;

/** The most UTF-16 units of a number that `int()` takes: a sign, two for each digit, an underscore between any two. */
const MOST_UNITS = 3 * MAX_INT_DIGITS;

/** Python's `int(text)` in base ten, with the decimal digits of all scripts; `undefined` when it raises ValueError. */
export function parsePyInt(text: string): bigint | undefined {
  let start = 0;
  let end = text.length;
  while (start < end && SPACE.test(text.charAt(start))) start++;
  while (start < end && SPACE.test(text.charAt(end - 1))) end--;
  // Checked before the work on each digit: a manifest may contain a megabyte of them.
  if (end - start > MOST_UNITS) return undefined;
  const stripped = text.slice(start, end).replace(/[^\P{Nd}0-9]/gu, asciiDigit);
  const parts = /^([+-]?)([0-9]+(?:_[0-9]+)*)$/.exec(stripped);
  if (!parts) return undefined;
  const digits = (parts[2] ?? '').replaceAll('_', '');
  if (digits.length > MAX_INT_DIGITS) return undefined;
  return parts[1] === '-' ? -BigInt(digits) : BigInt(digits);
}

/** Cache of {@link asciiDigit}; Unicode has some hundreds of decimal digits. */
const asciiDigits = new Map<string, string>();

/** Unicode's decimal digits come in runs of ten that begin with a zero, so the place in the run is the value. */
function asciiDigit(digit: string): string {
  const known = asciiDigits.get(digit);
  if (known !== undefined) return known;
  let before = (digit.codePointAt(0) ?? 0) - 1;
  let place = 0;
  for (; /^\p{Nd}$/u.test(String.fromCodePoint(before)); before--) place++;
  const found = String(place % 10);
  asciiDigits.set(digit, found);
  return found;
}
