import {
  PyBytes,
  PyComplex,
  PyDict,
  PyEllipsis,
  PyFloat,
  PySet,
  PySurrogateText,
  PyTuple,
  type PyValue,
} from './values.ts';

/** From here on Python raises instead of writing an int in decimal; {@link pyRepr} writes it in hexadecimal. */
const MAX_DECIMAL = 10n ** 4300n;

/**
 * Python's `repr(value)`, with two deliberate differences: a set keeps the order it was written in, and an int of more
 * than 4300 digits, for which Python raises, is written in hexadecimal.
 * @param enough how many characters the caller needs; writing stops once there are that many
 */
export function pyRepr(value: PyValue, enough = Number.POSITIVE_INFINITY): string {
  if (value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return reprText(value, [], enough);
  if (typeof value === 'bigint') return reprInt(value);
  if (Array.isArray(value)) return `[${reprAll(value, enough)}]`;
  if (value instanceof PySurrogateText) return reprText(value.text, value.separateLows, enough);
  if (value instanceof PyTuple) {
    return value.items.length === 1
      ? `(${reprAll(value.items, enough)},)`
      : `(${reprAll(value.items, enough)})`;
  }
  if (value instanceof PySet) return value.size === 0 ? 'set()' : `{${reprAll(value.items(), enough)}}`;
  if (value instanceof PyDict) {
    return `{${joined(value.entries(), ([key, item], left) => `${pyRepr(key, left)}: ${pyRepr(item, left)}`, enough)}}`;
  }
  if (value instanceof PyFloat) return reprFloat(value.value, true);
  if (value instanceof PyComplex) return reprComplex(value);
  if (value instanceof PyBytes) return reprBytes(value.bytes, enough);
  return value instanceof PyEllipsis ? 'Ellipsis' : value;
}

function reprAll(values: Iterable<PyValue>, enough: number): string {
  return joined(values, pyRepr, enough);
}

function joined<T>(items: Iterable<T>, write: (item: T, left: number) => string, enough: number): string {
  const parts: string[] = [];
  let left = enough;
  for (const item of items) {
    if (left <= 0) break;
    const part = write(item, left);
    left -= part.length;
    parts.push(part);
  }
  return parts.join(', ');
}

function reprInt(value: bigint): string {
  const magnitude = value < 0n ? -value : value;
  if (magnitude < MAX_DECIMAL) return value.toString();
  return `${value < 0n ? '-' : ''}0x${magnitude.toString(16)}`;
}

/** The shortest digits that read back as the same float, in the form `float_repr_style = 'short'` gives them. */
function reprFloat(value: number, pointZero: boolean): string {
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : value < 0 ? '-inf' : 'nan';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const [mantissa = '', exponentText = '0'] = Math.abs(value).toExponential().split('e');
  const digits = mantissa.replace('.', '');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    const size = Math.abs(exponent);
    return `${sign}${mantissa}e${exponent < 0 ? '-' : '+'}${size < 10 ? '0' : ''}${size}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  const fraction = digits.slice(exponent + 1);
  return `${sign}${whole}${fraction === '' ? (pointZero ? '.0' : '') : `.${fraction}`}`;
}

function reprComplex(value: PyComplex): string {
  const imag = `${reprFloat(value.imag, false)}j`;
  if (Object.is(value.real, 0)) return imag;
  return `(${reprFloat(value.real, false)}${imag.startsWith('-') ? '' : '+'}${imag})`;
}

/** Single quotes, unless the text contains single quotes and no double quotes. */
function quoteFor(hasSingle: boolean, hasDouble: boolean): string {
  return hasSingle && !hasDouble ? '"' : "'";
}

const NAMED_ESCAPES = new Map([
  [9, '\\t'],
  [10, '\\n'],
  [13, '\\r'],
  [92, '\\\\'],
]);

function reprText(text: string, separateLows: readonly number[], enough: number): string {
  const quote = quoteFor(text.includes("'"), text.includes('"'));
  const lows = new Set(separateLows);
  let out = quote;
  for (let i = 0; i < text.length && out.length < enough; i++) {
    const code = lows.has(i + 1) ? text.charCodeAt(i) : (text.codePointAt(i) ?? 0);
    if (code > 0xffff) i++;
    out += reprCharacter(code, quote);
  }
  return out + quote;
}

/** The characters that CPython's `repr` escapes. Node's Unicode version may be newer and print a character that CPython escapes. */
const UNPRINTABLE = /^(?! )[\p{C}\p{Z}]$/u;

function reprCharacter(code: number, quote: string): string {
  const named = NAMED_ESCAPES.get(code);
  if (named !== undefined) return named;
  const char = String.fromCodePoint(code);
  if (char === quote) return `\\${char}`;
  if (!UNPRINTABLE.test(char)) return char;
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

function reprBytes(bytes: Uint8Array, enough: number): string {
  const quote = quoteFor(bytes.includes(39), bytes.includes(34));
  let out = `b${quote}`;
  for (const byte of bytes) {
    if (out.length >= enough) break;
    const char = String.fromCharCode(byte);
    if (char === quote) out += `\\${char}`;
    else if (NAMED_ESCAPES.has(byte)) out += NAMED_ESCAPES.get(byte);
    else out += byte >= 32 && byte < 127 ? char : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return out + quote;
}

/** A value as `JSON.stringify` takes it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/**
 * A Python value in JSON, as `check --format jsonl` prints it: tuples and lists are arrays, a set is `{"$set": […]}`,
 * bytes are `{"$bytes": "<base64>"}`, an int beyond 2^53 is `{"$int": "<digits>"}`, inf, complex numbers and Ellipsis
 * are `{"$repr": "<Python repr>"}`, a dict with a key that is not a str is `{"$dict": [[k, v], …]}`.
 */
export function toJson(value: PyValue): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return { $int: reprInt(value) };
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof PySurrogateText) return value.text;
  if (value instanceof PyTuple) return value.items.map(toJson);
  if (value instanceof PyDict) return dictToJson(value);
  if (value instanceof PySet) return { $set: Array.from(value.items(), toJson) };
  if (value instanceof PyBytes) return { $bytes: Buffer.from(value.bytes).toString('base64') };
  if (value instanceof PyFloat && Number.isFinite(value.value)) return value.value;
  return { $repr: pyRepr(value) };
}

function dictToJson(dict: PyDict): Json {
  // In an object without a prototype, `__proto__` is a key like any other.
  const object: { [key: string]: Json } = Object.create(null);
  for (const [key, item] of dict.entries()) {
    if (typeof key !== 'string') {
      return { $dict: Array.from(dict.entries(), ([k, v]) => [toJson(k), toJson(v)]) };
    }
    object[key] = toJson(item);
  }
  return object;
}
