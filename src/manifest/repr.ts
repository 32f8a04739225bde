import {
  isHugeInt,
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

/**
 * A value as a person would write it in Python: nearly Python's `repr(value)`, and like it in what is a version. An int of
 * more than 4300 digits, for which Python raises, is written in hexadecimal.
 * @param enough how many characters the caller needs; writing stops once there are that many
 */
export function pyRepr(value: PyValue, enough = Number.POSITIVE_INFINITY): string {
  if (value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return reprText(value, enough);
  if (typeof value === 'bigint') return reprInt(value);
  if (Array.isArray(value)) return `[${reprAll(value, enough)}]`;
  if (value instanceof PySurrogateText) return reprText(value.text, enough);
  if (value instanceof PyTuple) {
    return value.items.length === 1
      ? `(${reprAll(value.items, enough)},)`
      : `(${reprAll(value.items, enough)})`;
  }
  if (value instanceof PySet) return value.size === 0 ? 'set()' : `{${reprAll(value.items(), enough)}}`;
  if (value instanceof PyDict) {
    return `{${joined(value.entries(), ([key, item], left) => `${pyRepr(key, left)}: ${pyRepr(item, left)}`, enough)}}`;
  }
  if (value instanceof PyFloat) return reprFloat(value.value);
  if (value instanceof PyComplex) return `(${value.real}${value.imag < 0 ? '' : '+'}${value.imag}j)`;
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
  if (!isHugeInt(value)) return value.toString();
  return value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}

/** As CPython decides where a float has an exponent; 19.0 makes a version of what is written. */
function reprFloat(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const size = Math.abs(value);
  if (size >= 1e16 || (size > 0 && size < 1e-4)) return value.toExponential();
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

/** What a person cannot see, and what ends the text or is an escape in it. */
const UNPRINTABLE = /(?! )[\p{C}\p{Z}'\\]/gu;

function reprText(text: string, enough: number): string {
  return `'${text.slice(0, enough).replace(UNPRINTABLE, escaped)}'`;
}

function escaped(char: string): string {
  if (char === "'" || char === '\\') return `\\${char}`;
  if (char === '\n') return '\\n';
  const hex = (char.codePointAt(0) ?? 0).toString(16);
  if (hex.length <= 2) return `\\x${hex.padStart(2, '0')}`;
  return hex.length <= 4 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

function reprBytes(bytes: Uint8Array, enough: number): string {
  const text = Buffer.from(bytes.subarray(0, enough)).toString('latin1');
  return `b${reprText(text, enough).replace(/[^\0-\x7f]/g, (char) => `\\x${char.charCodeAt(0).toString(16)}`)}`;
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
