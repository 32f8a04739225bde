import { Code, isDigit, isNamePart, type Scanner } from './scanner.ts';
import { MAX_INT_DIGITS, MAX_NUMBER_INT, PyComplex, PyFloat } from './values.ts';

/** Copied to constants: looking up an import at each use is slow. */
const { Dot, Minus, Nine, Plus, Underscore, Zero } = Code;

const LOWER_CASE = 0x20;

/**
 * Reads the number at the scanner, as CPython's tokenizer delimits it and `parsenumber` evaluates it.
 * Throws LiteralError for an invalid number, and for a name that touches it: the few keywords that CPython lets follow
 * a number (`1if x else y`) are never part of a literal.
 */
export function readNumber(s: Scanner): number | bigint | PyFloat | PyComplex {
  const src = s.src;
  const start = s.pos;
  let value = 0;
  let pos = start;
  let c = src.charCodeAt(pos);
  if (c !== Zero) {
    while (c >= Zero && c <= Nine && pos - start < 15) {
      value = value * 10 + (c - Zero);
      c = src.charCodeAt(++pos);
    }
    if (pos > start && c !== Dot && !isNamePart(c)) {
      s.pos = pos;
      return value;
    }
  }
  const radix = src.charCodeAt(start) === Zero ? src.charCodeAt(start + 1) | LOWER_CASE : 0;
  if (radix === 0x78) return readRadix(s, 'hexadecimal', isHexDigit);
  if (radix === 0x6f) return readRadix(s, 'octal', (code) => code >= 48 && code <= 55);
  if (radix === 0x62) return readRadix(s, 'binary', (code) => code === 48 || code === 49);
  return readDecimal(s);
}

function isHexDigit(code: number): boolean {
  return isDigit(code) || ((code | LOWER_CASE) >= 97 && (code | LOWER_CASE) <= 102);
}

function readRadix(s: Scanner, kind: string, isMine: (code: number) => boolean): number | bigint {
  const start = s.pos;
  s.pos += 2;
  do {
    if (s.src.charCodeAt(s.pos) === Underscore) s.pos++;
    if (!isMine(s.src.charCodeAt(s.pos))) s.fail(`this is not a valid ${kind} number`, start);
    do s.pos++;
    while (isMine(s.src.charCodeAt(s.pos)));
  } while (s.src.charCodeAt(s.pos) === Underscore);
  refuseTouchingName(s, start);
  return shrink(BigInt(withoutUnderscores(s.src.slice(start, s.pos))));
}

function readDecimal(s: Scanner): number | bigint | PyFloat | PyComplex {
  const start = s.pos;
  const src = s.src;
  if (isDigit(src.charCodeAt(start))) readDigits(s, start);
  const wholeEnd = s.pos;
  if (src.charCodeAt(s.pos) === Dot) {
    s.pos++;
    if (isDigit(src.charCodeAt(s.pos))) readDigits(s, start);
  }
  if ((src.charCodeAt(s.pos) | LOWER_CASE) === 0x65) {
    s.pos++;
    const sign = src.charCodeAt(s.pos);
    if (sign === Plus || sign === Minus) s.pos++;
    if (!isDigit(src.charCodeAt(s.pos))) s.fail('digits are missing after the `e` of this number', start);
    readDigits(s, start);
  }
  const end = s.pos;
  if ((src.charCodeAt(end) | LOWER_CASE) === 0x6a) {
    s.pos++;
    refuseTouchingName(s, start);
    return new PyComplex(0, Number(withoutUnderscores(src.slice(start, end))));
  }
  refuseTouchingName(s, start);
  const digits = withoutUnderscores(src.slice(start, end));
  return end > wholeEnd ? new PyFloat(Number(digits)) : decimalInt(s, digits, start);
}

/** Digits with single underscores between them. */
function readDigits(s: Scanner, start: number): void {
  for (;;) {
    while (isDigit(s.src.charCodeAt(s.pos))) s.pos++;
    if (s.src.charCodeAt(s.pos) !== Underscore) return;
    s.pos++;
    if (!isDigit(s.src.charCodeAt(s.pos))) {
      s.fail('an underscore in a number must stand between two digits', start);
    }
  }
}

function decimalInt(s: Scanner, digits: string, start: number): number | bigint {
  if (digits.charCodeAt(0) === Zero) {
    // CPython's strtoul reads the zeros before the digits are counted, so a million zeros is still 0.
    if (/[^0]/.test(digits)) {
      s.fail('a number may not start with 0 (write octal as 0o…, anything else in quotes)', start);
    }
    return 0;
  }
  if (digits.length > MAX_INT_DIGITS) {
    s.fail(`this number has more than ${MAX_INT_DIGITS} digits, which Python rejects`, start);
  }
  return shrink(BigInt(digits));
}

function shrink(value: bigint): number | bigint {
  return value <= MAX_NUMBER_INT ? Number(value) : value;
}

function withoutUnderscores(digits: string): string {
  return digits.includes('_') ? digits.replaceAll('_', '') : digits;
}

function refuseTouchingName(s: Scanner, start: number): void {
  if (isNamePart(s.src.charCodeAt(s.pos))) s.fail('this number runs into the letters after it', start);
}

/** Python's unary `-` (or `+`, when not negative) on a number. */
export function signNumber(
  value: number | bigint | PyFloat | PyComplex,
  negative: boolean,
): number | bigint | PyFloat | PyComplex {
  if (!negative) return value;
  if (value instanceof PyFloat) return new PyFloat(-value.value);
  if (value instanceof PyComplex) return new PyComplex(-value.real, -value.imag);
  if (typeof value === 'bigint') return -value;
  return value === 0 ? 0 : -value;
}

/**
 * Python's `left + right` or `left - right` for a complex `right`, as Objects/complexobject.c does it: the real number
 * becomes a complex one with an imaginary part of +0 first. `undefined` when the int is too large for a float.
 */
export function addComplex(
  left: number | bigint | PyFloat,
  right: PyComplex,
  subtract: boolean,
): PyComplex | undefined {
  const real = left instanceof PyFloat ? left.value : Number(left);
  if (!(left instanceof PyFloat) && !Number.isFinite(real)) return undefined;
  return subtract
    ? new PyComplex(real - right.real, 0 - right.imag)
    : new PyComplex(real + right.real, 0 + right.imag);
}
