import { isUtf8 } from 'node:buffer';
import {
  isHugeInt,
  MAX_INT_DIGITS,
  PyBytes,
  PyDict,
  PyFloat,
  PySet,
  PySurrogateText,
  PyTuple,
  type PyValue,
} from './values.ts';

/**
 * What PostgreSQL and its driver, psycopg2, take. Whatever they refuse raises out of `update_list`
 * (odoo/addons/base/models/ir_module.py), and nothing catches it.
 */

/** A column of `ir_module_module`. */
export interface Column {
  /** Translated, so that from 16.0 on it is written as JSON, whose escapes join two halves to a character. */
  readonly isJson: boolean;
  /** The Text fields of 16.0 decode bytes that are not UTF-8 as Latin-1 (odoo/loglevels.py, `ustr`). */
  readonly takesLatin1: boolean;
}

export const NUL_OR_HALF = 'contains a NUL or half a character (\\ud800 to \\udfff)';
const HUGE_INT = `contains a number of more than ${MAX_INT_DIGITS} digits`;

/**
 * Why a value cannot be stored in a Char or Text field, completing "`key` …"; null when it can. Odoo decodes bytes and
 * takes the `str()` of everything else (odoo/tools/pycompat.py, `to_text`; from 18.0 on `convert_to_cache`).
 */
export function unstorable(value: PyValue, { isJson, takesLatin1 }: Column): string | null {
  if (typeof value === 'string') return isUnstorableText(value) ? NUL_OR_HALF : null;
  if (value instanceof PySurrogateText) return isJson && !isUnstorableText(value.text) ? null : NUL_OR_HALF;
  if (value instanceof PyBytes) {
    if (!isUtf8(value.bytes) && !takesLatin1) return 'is bytes that are not UTF-8';
    return value.bytes.includes(0) ? NUL_OR_HALF : null;
  }
  // The str() of a list or dict has the repr() of its elements, which escapes a NUL and half a character.
  return hasHugeInt(value) ? HUGE_INT : null;
}

/** PostgreSQL rejects a NUL in text, and its driver code points that UTF-8 cannot encode. */
export function isUnstorableText(text: string): boolean {
  return /[\0\p{Surrogate}]/u.test(text);
}

function hasHugeInt(value: PyValue): boolean {
  if (typeof value === 'bigint') return isHugeInt(value);
  if (Array.isArray(value)) return value.some(hasHugeInt);
  if (value instanceof PyTuple) return value.items.some(hasHugeInt);
  if (value instanceof PySet) return [...value.items()].some(hasHugeInt);
  return value instanceof PyDict && [...value.entries()].flat().some(hasHugeInt);
}

/**
 * Whether `INSERT INTO … (name) VALUES (%s)` takes a value: psycopg2 has SQL for it, and PostgreSQL converts whatever type
 * that is to text. A tuple is in parentheses, which is no SQL when it is empty.
 */
export function isInsertable(value: PyValue): boolean {
  if (typeof value === 'string') return !isUnstorableText(value);
  if (typeof value === 'bigint') return !isHugeInt(value);
  if (value instanceof PyTuple) return value.items.length > 0 && value.items.every(isInsertable);
  return (
    value === null ||
    typeof value === 'boolean' ||
    typeof value === 'number' ||
    value instanceof PyFloat ||
    value instanceof PyBytes
  );
}

/**
 * Whether `name = any(%s)` takes a list with this value in it, which {@link isInsertable}: the array must be one of
 * texts. A tuple of one is that one in parentheses.
 */
export function isComparable(value: PyValue): boolean {
  if (value instanceof PyTuple) return value.items.length === 1 && value.items.every(isComparable);
  return value === null || typeof value === 'string';
}
