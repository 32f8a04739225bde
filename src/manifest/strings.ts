import { Code, isDigit, type Scanner } from './scanner.ts';
import { lookupUnicodeName } from './unicode-names.ts';
import { PyBytes, PySurrogateText } from './values.ts';

export const NOT_A_STRING = -1;

/** Copied to constants: looking up an import for every character costs more than everything else here. */
const { DoubleQuote, Newline, SingleQuote } = Code;

const LOWER_CASE = 0x20;
const LOWER = { b: 0x62, f: 0x66, r: 0x72, u: 0x75 } as const;

/** Flags for the prefix letters of a string. */
const BYTES = 1;
const RAW = 2;

/** The number of prefix letters before the quote of a string at `pos`, 0 to 2; {@link NOT_A_STRING} if no string starts there. */
export function stringPrefixLength(src: string, pos: number): number {
  const c = src.charCodeAt(pos);
  if (c === SingleQuote || c === DoubleQuote) return 0;
  const first = c | LOWER_CASE;
  if (first !== LOWER.b && first !== LOWER.r && first !== LOWER.u && first !== LOWER.f) return NOT_A_STRING;
  if (isQuote(src.charCodeAt(pos + 1))) return 1;
  if (!isQuote(src.charCodeAt(pos + 2)) || first === LOWER.u) return NOT_A_STRING;
  const second = src.charCodeAt(pos + 1) | LOWER_CASE;
  const other = first === LOWER.r ? second : second === LOWER.r ? first : 0;
  return other === LOWER.b || other === LOWER.f ? 2 : NOT_A_STRING;
}

function isQuote(code: number): boolean {
  return code === SingleQuote || code === DoubleQuote;
}

/** Reads strings and bytes as CPython's tokenizer delimits them and its string_parser.c evaluates them. */
export class StringReader {
  readonly #s: Scanner;
  /** The offset of the next backslash, searched once for all strings before it, so that many strings take linear time. */
  #backslash = -1;
  /** Indexes, in the value being read, of low surrogates that JavaScript would pair with the high surrogate before. */
  #lows: number[] = [];
  /** Whether the string whose end was last found contains a backslash. */
  #escaped = false;
  /** The offset after the last escape read. */
  #afterEscape = 0;

  constructor(scanner: Scanner) {
    this.#s = scanner;
  }

  /**
   * Reads the string at the scanner and the strings right after it, which Python joins, and moves to the token after
   * them. Throws LiteralError.
   * @param prefix from {@link stringPrefixLength}
   */
  read(prefix: number): string | PySurrogateText | PyBytes {
    const s = this.#s;
    const flags = this.#flags(prefix);
    let text = this.#piece(prefix, flags, 0);
    s.next();
    let more = stringPrefixLength(s.src, s.pos);
    if (more !== NOT_A_STRING) {
      const parts = [text];
      let length = text.length;
      do {
        if ((this.#flags(more) ^ flags) & BYTES)
          s.fail('a string and bytes stand side by side; Python cannot join them');
        const piece = this.#piece(more, this.#flags(more), length);
        if (pairs(text, piece)) this.#lows.push(length);
        if (piece !== '') text = piece;
        parts.push(piece);
        length += piece.length;
        s.next();
        more = stringPrefixLength(s.src, s.pos);
      } while (more !== NOT_A_STRING);
      text = parts.join('');
    }
    if (flags & BYTES) return new PyBytes(Uint8Array.from(Buffer.from(text, 'latin1')));
    if (this.#lows.length === 0) return text;
    const lows = this.#lows.sort((a, b) => a - b);
    this.#lows = [];
    return new PySurrogateText(text, lows);
  }

  #flags(prefix: number): number {
    let flags = 0;
    for (let i = 0; i < prefix; i++) {
      const letter = this.#s.src.charCodeAt(this.#s.pos + i) | LOWER_CASE;
      if (letter === LOWER.b) flags |= BYTES;
      else if (letter === LOWER.r) flags |= RAW;
      else if (letter === LOWER.f) {
        this.#s.fail('an f-string is code; a manifest may hold plain strings only');
      }
    }
    return flags;
  }

  /**
   * Decodes one string token; bytes become one character per byte.
   * @param before the length of the value so far
   */
  #piece(prefix: number, flags: number, before: number): string {
    const s = this.#s;
    const src = s.src;
    const start = s.pos;
    const open = start + prefix;
    const quote = src.charCodeAt(open);
    const triple = src.charCodeAt(open + 1) === quote && src.charCodeAt(open + 2) === quote;
    const bodyStart = open + (triple ? 3 : 1);
    const bodyEnd = triple
      ? this.#endOfTriple(quote, bodyStart, start)
      : this.#endOfSingle(quote, bodyStart, start);
    s.pos = bodyEnd + (triple ? 3 : 1);
    if (flags & BYTES) this.#refuseNonAscii(bodyStart, bodyEnd);
    if (flags & RAW || !this.#escaped) return src.slice(bodyStart, bodyEnd);
    return this.#decode(bodyStart, bodyEnd, (flags & BYTES) !== 0, before);
  }

  #hasBackslash(from: number, to: number): boolean {
    if (this.#backslash < from) {
      const found = this.#s.src.indexOf('\\', from);
      this.#backslash = found < 0 ? this.#s.src.length : found;
    }
    return this.#backslash < to;
  }

  #endOfSingle(quote: number, from: number, start: number): number {
    const src = this.#s.src;
    const special = quote === SingleQuote ? /['\\\n]/g : /["\\\n]/g;
    special.lastIndex = from;
    this.#escaped = false;
    while (special.test(src)) {
      const pos = special.lastIndex - 1;
      const c = src.charCodeAt(pos);
      if (c === quote) return pos;
      if (c === Newline) break;
      this.#escaped = true;
      special.lastIndex = pos + 2;
    }
    this.#s.fail('this string is not closed before the end of its line', start);
  }

  #endOfTriple(quote: number, from: number, start: number): number {
    const src = this.#s.src;
    const closing = quote === SingleQuote ? "'''" : '"""';
    let pos = from;
    this.#escaped = false;
    for (;;) {
      const end = src.indexOf(closing, pos);
      if (end < 0) this.#s.fail(`this string is never closed by ${closing}`, start);
      // An escaped quote before that place may belong to it; then the string goes on.
      for (; this.#hasBackslash(pos, end); pos = this.#backslash + 2) this.#escaped = true;
      if (pos <= end) return end;
    }
  }

  #refuseNonAscii(from: number, to: number): void {
    const src = this.#s.src;
    for (let i = from; i < to; i++) {
      if (src.charCodeAt(i) >= 128)
        this.#s.fail('bytes may contain only ASCII characters; write other bytes as \\x…', i);
    }
  }

  #decode(from: number, to: number, bytes: boolean, before: number): string {
    const src = this.#s.src;
    const parts: string[] = [];
    let length = before;
    let last = '';
    let pos = from;
    for (;;) {
      const slash = src.indexOf('\\', pos);
      const end = slash < 0 || slash >= to ? to : slash;
      if (end > pos) {
        last = src.slice(pos, end);
        parts.push(last);
        length += last.length;
      }
      if (end === to) return parts.join('');
      this.#s.count(ESCAPE);
      const char = this.#escape(slash, to, bytes);
      pos = this.#afterEscape;
      if (pairs(last, char)) this.#lows.push(length);
      if (char !== '') last = char;
      parts.push(char);
      length += char.length;
    }
  }

  /** Decodes the escape at `slash` and sets `#afterEscape`. An unknown escape stands for itself. */
  #escape(slash: number, to: number, bytes: boolean): string {
    const src = this.#s.src;
    const letter = src.charAt(slash + 1);
    this.#afterEscape = slash + 2;
    const simple = SIMPLE_ESCAPES.get(letter);
    if (simple !== undefined) return simple;
    if (letter >= '0' && letter <= '7') return this.#octal(slash, to, bytes);
    if (letter === 'x') return String.fromCharCode(this.#hex(slash, to, 2));
    if (bytes) return `\\${letter}`;
    if (letter === 'u') return String.fromCharCode(this.#hex(slash, to, 4));
    if (letter === 'U') return this.#codePoint(slash, to);
    if (letter === 'N') return this.#named(slash, to);
    return `\\${letter}`;
  }

  #octal(slash: number, to: number, bytes: boolean): string {
    let pos = slash + 1;
    let value = 0;
    for (; pos < to && pos < slash + 4; pos++) {
      const digit = this.#s.src.charCodeAt(pos) - Code.Zero;
      if (digit < 0 || digit > 7) break;
      value = value * 8 + digit;
    }
    this.#afterEscape = pos;
    return String.fromCharCode(bytes ? value & 0xff : value);
  }

  #hex(slash: number, to: number, digits: number): number {
    const src = this.#s.src;
    const from = slash + 2;
    let value = 0;
    for (let pos = from; pos < from + digits; pos++) {
      const digit = pos < to ? hexValue(src.charCodeAt(pos)) : -1;
      if (digit < 0) {
        this.#s.fail(`\\${src.charAt(slash + 1)} must be followed by ${digits} hexadecimal digits`, slash);
      }
      value = value * 16 + digit;
    }
    this.#afterEscape = from + digits;
    return value;
  }

  #codePoint(slash: number, to: number): string {
    const value = this.#hex(slash, to, 8);
    if (value > 0x10ffff)
      this.#s.fail('this \\U escape is above the last Unicode character, \\U0010ffff', slash);
    return String.fromCodePoint(value);
  }

  #named(slash: number, to: number): string {
    const src = this.#s.src;
    const close = src.charCodeAt(slash + 2) === Code.OpenBrace ? src.indexOf('}', slash + 3) : -1;
    if (close < 0 || close >= to)
      this.#s.fail('\\N must be followed by a character name in braces: \\N{DEGREE SIGN}', slash);
    const name = src.slice(slash + 3, close);
    const value = lookupUnicodeName(name);
    if (value === undefined) this.#s.fail('\\N{…} names no character of Unicode 14', slash);
    this.#afterEscape = close + 1;
    return String.fromCodePoint(value);
  }
}

/** How much of a token an escape counts as. */
const ESCAPE = 1 / 4;

const SIMPLE_ESCAPES = new Map([
  ['\n', ''],
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['v', '\v'],
]);

function hexValue(code: number): number {
  if (isDigit(code)) return code - Code.Zero;
  const lower = code | LOWER_CASE;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** Whether JavaScript would read the end of one text and the start of the next as one character. */
function pairs(before: string, after: string): boolean {
  const low = after.charCodeAt(0);
  if (!(low >= 0xdc00 && low <= 0xdfff)) return false;
  const high = before.charCodeAt(before.length - 1);
  return high >= 0xd800 && high <= 0xdbff;
}
