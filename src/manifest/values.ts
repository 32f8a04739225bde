/**
 * The values of a Python literal in JavaScript.
 *
 * None, bool, str and list are their JavaScript counterparts. An int is a `number` within ±2^53 and a `bigint` beyond.
 * Every other Python type has its own class.
 */
export type PyValue =
  | null
  | boolean
  | string
  | number
  | bigint
  | PyValue[]
  | PySurrogateText
  | PyFloat
  | PyComplex
  | PyBytes
  | PyTuple
  | PySet
  | PyDict
  | PyEllipsis;

/** The largest int that is held as a `number`. */
export const MAX_NUMBER_INT = 2 ** 53;

/** Python converts no longer int from or to decimal text (sys.int_info.default_max_str_digits, CPython >= 3.10.7). */
export const MAX_INT_DIGITS = 4300;
const FIRST_HUGE_INT = 10n ** BigInt(MAX_INT_DIGITS);

/** Whether Python's `str(value)` raises ValueError. */
export function isHugeInt(value: bigint): boolean {
  return value >= FIRST_HUGE_INT || value <= -FIRST_HUGE_INT;
}

/** A Python float; a class, so that `1.0` is not mistaken for the int `1`. */
export class PyFloat {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** A Python complex number. */
export class PyComplex {
  readonly real: number;
  readonly imag: number;
  constructor(real: number, imag: number) {
    this.real = real;
    this.imag = imag;
  }
}

/** A Python bytes object. */
export class PyBytes {
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** A Python tuple; a list is a plain array. */
export class PyTuple {
  readonly items: readonly PyValue[];
  constructor(items: readonly PyValue[]) {
    this.items = items;
  }
}

/** The class of {@link ELLIPSIS}, Python's `...`. */
export class PyEllipsis {
  readonly kind = 'Ellipsis';
}

/** Python's `...`, a singleton. */
export const ELLIPSIS = new PyEllipsis();

/**
 * A str in which two escapes put a high surrogate right before a low one (`'\ud83d\ude00'`). Python holds two code
 * points there; a JavaScript string cannot tell them from the one character they would encode in UTF-16. Every other
 * str is a plain string, even one with lone surrogates.
 */
export class PySurrogateText {
  readonly text: string;
  /** The indexes in `text` of the low surrogates that are separate code points. */
  readonly separateLows: readonly number[];
  constructor(text: string, separateLows: readonly number[]) {
    this.text = text;
    this.separateLows = separateLows;
  }
}

/**
 * A name for a value: two values have the same name exactly when they are equal in Python. `undefined` when Python
 * calls the value unhashable (a list, a set, a dict, a tuple that contains one).
 *
 * A str is its own name, with two exceptions: strings that could be mistaken for another name, and strings that look
 * like an array index. V8 hashes the latter without its secret seed, so a hostile manifest could choose keys that all
 * fall into one bucket.
 */
export function hashKey(value: PyValue): string | undefined {
  if (typeof value === 'string') return value.charCodeAt(0) > 57 ? value : `\0s${value}`;
  if (typeof value === 'number') return `\0n${value}`;
  if (typeof value === 'boolean') return value ? '\0n1' : '\0n0';
  if (typeof value === 'bigint') return `\0N${value.toString(16)}`;
  if (value === null) return '\0z';
  if (value instanceof PyFloat) return hashKeyOfFloat(value.value);
  if (value instanceof PyTuple) return hashKeyOfTuple(value);
  if (value instanceof PyBytes) return `\0b${Buffer.from(value.bytes).toString('latin1')}`;
  if (value instanceof PySurrogateText) return `\0u${value.separateLows.join()}:${value.text}`;
  if (value instanceof PyEllipsis) return '\0e';
  if (value instanceof PyComplex) {
    return value.imag === 0 ? hashKeyOfFloat(value.real) : `\0c${value.real},${value.imag}`;
  }
  return undefined;
}

/** A float equals the int of the same value, however large. */
function hashKeyOfFloat(value: number): string {
  if (!Number.isInteger(value)) return `\0f${value}`;
  return Math.abs(value) <= MAX_NUMBER_INT ? `\0n${value}` : `\0N${BigInt(value).toString(16)}`;
}

function hashKeyOfTuple(tuple: PyTuple): string | undefined {
  const parts = ['\0t'];
  for (const item of tuple.items) {
    const key = hashKey(item);
    if (key === undefined) return undefined;
    parts.push(String(key.length), ':', key);
  }
  return parts.join('');
}

/** A Python dict: insertion-ordered, keys compared as Python compares them (`1`, `1.0` and `True` are one key). */
export class PyDict {
  readonly #values = new Map<string, PyValue>();
  /** The keys that differ from their name, by name. */
  #originals: Map<string, PyValue> | undefined;

  get size(): number {
    return this.#values.size;
  }

  /**
   * Sets a key. As in Python, an equal key keeps its place and its first spelling and gets the new value.
   * @returns false, with nothing set, when Python calls the key unhashable
   */
  set(key: PyValue, value: PyValue): boolean {
    const name = hashKey(key);
    if (name === undefined) return false;
    if (name !== key) {
      this.#originals ??= new Map();
      if (!this.#originals.has(name)) this.#originals.set(name, key);
    }
    this.#values.set(name, value);
    return true;
  }

  /** The value of a str key; `undefined` when the dict has no such key (a value is never `undefined`). */
  get(key: string): PyValue | undefined {
    return this.#values.get(key.charCodeAt(0) > 57 ? key : `\0s${key}`);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  /** Keys and values in insertion order. */
  *entries(): IterableIterator<[PyValue, PyValue]> {
    for (const [name, value] of this.#values) yield [this.#keyOf(name), value];
  }

  *keys(): IterableIterator<PyValue> {
    for (const name of this.#values.keys()) yield this.#keyOf(name);
  }

  #keyOf(name: string): PyValue {
    const original = this.#originals?.get(name);
    return original === undefined ? name : original;
  }
}

/** A Python set; elements keep the order in which they were written, whereas Python's order is arbitrary. */
export class PySet {
  readonly #items = new Map<string, PyValue>();

  get size(): number {
    return this.#items.size;
  }

  /** @returns false, with nothing added, when Python calls the element unhashable */
  add(item: PyValue): boolean {
    const name = hashKey(item);
    if (name === undefined) return false;
    if (!this.#items.has(name)) this.#items.set(name, item);
    return true;
  }

  has(item: PyValue): boolean {
    const name = hashKey(item);
    return name !== undefined && this.#items.has(name);
  }

  items(): IterableIterator<PyValue> {
    return this.#items.values();
  }
}

/** Python's `bool(value)`. */
export function truthy(value: PyValue): boolean {
  if (value === null) return false;
  if (typeof value !== 'object') return Boolean(value);
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof PyFloat) return value.value !== 0;
  if (value instanceof PyComplex) return value.real !== 0 || value.imag !== 0;
  if (value instanceof PyBytes) return value.bytes.length > 0;
  if (value instanceof PyTuple) return value.items.length > 0;
  if (value instanceof PySet || value instanceof PyDict) return value.size > 0;
  return true;
}

/** The name of a value's Python type: `type(value).__name__`. */
export function pyType(value: PyValue): string {
  if (value === null) return 'NoneType';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string' || value instanceof PySurrogateText) return 'str';
  if (typeof value === 'number' || typeof value === 'bigint') return 'int';
  if (Array.isArray(value)) return 'list';
  if (value instanceof PyDict) return 'dict';
  if (value instanceof PyTuple) return 'tuple';
  if (value instanceof PySet) return 'set';
  if (value instanceof PyFloat) return 'float';
  if (value instanceof PyBytes) return 'bytes';
  if (value instanceof PyComplex) return 'complex';
  return 'ellipsis';
}
