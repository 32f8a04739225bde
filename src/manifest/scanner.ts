import { visible } from './names.ts';

/** Thrown by the parser: what is wrong, and at which offset of the text. */
export class LiteralError extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

export const Code = {
  Tab: 9,
  Newline: 10,
  FormFeed: 12,
  Space: 32,
  DoubleQuote: 34,
  Hash: 35,
  SingleQuote: 39,
  OpenParen: 40,
  CloseParen: 41,
  Plus: 43,
  Comma: 44,
  Minus: 45,
  Dot: 46,
  Zero: 48,
  Nine: 57,
  Colon: 58,
  OpenBracket: 91,
  Backslash: 92,
  CloseBracket: 93,
  Underscore: 95,
  OpenBrace: 123,
  CloseBrace: 125,
} as const;

/** The tokenizer gives up at this many open brackets (MAXLEVEL in CPython's Parser/tokenizer.c). */
const MAX_BRACKETS = 200;

/** The text has more tokens than the caller allows, whether or not Python would accept it. */
export class TooManyTokens extends Error {}
/** Empty lines and comment lines without indentation, at most 100 at a time. */
const BLANK_LINES = /(?:(?:#[^\n]*)?\n){0,100}/y;

export function isDigit(code: number): boolean {
  return code >= Code.Zero && code <= Code.Nine;
}

/** Whether CPython's tokenizer reads this character as part of a name (a first check; NFKC comes later). */
export function isNamePart(code: number): boolean {
  return (
    (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || isDigit(code) || code === 95 || code >= 128
  );
}

/**
 * A position in a Python source text, and the rules of CPython's tokenizer for what lies between two tokens: spaces,
 * comments, line breaks, backslash continuations, indentation. `src` has only `\n` line breaks and contains no NUL.
 * At the end of the text the next character is NaN, as from `charCodeAt`.
 */
export class Scanner {
  readonly src: string;
  pos: number;
  /** Offsets of the brackets open at `pos`, outermost first. */
  readonly open: number[] = [];
  /** The most brackets that were open at once. */
  deepest = 0;

  #tokens = 0;

  readonly #mostTokens: number;

  constructor(src: string, pos: number, mostTokens = Number.POSITIVE_INFINITY) {
    this.src = src;
    this.pos = pos;
    this.#mostTokens = mostTokens;
  }

  fail(message: string, offset = this.pos): never {
    throw new LiteralError(message, offset);
  }

  /** Fails because the next token, which begins with the character `c`, cannot stand here. */
  unexpected(c: number, where: string): never {
    const opened = this.open.at(-1);
    if (Number.isNaN(c)) {
      if (opened === undefined) this.fail(`the text ends ${where}`);
      this.fail(`this \`${this.src.charAt(opened)}\` is never closed`, opened);
    }
    const char =
      c === Code.Newline
        ? 'end of line'
        : `\`${visible(String.fromCodePoint(this.src.codePointAt(this.pos) ?? 0))}\``;
    this.fail(`unexpected ${char} ${where}`);
  }

  openBracket(): void {
    if (this.open.length >= MAX_BRACKETS) {
      this.fail(`brackets are nested more than ${MAX_BRACKETS} deep, which Python rejects`);
    }
    this.deepest = Math.max(this.deepest, this.open.push(this.pos));
    this.pos++;
  }

  closeBracket(): void {
    this.open.pop();
    this.pos++;
  }

  /** Moves to the next token and returns its first character; line breaks are tokens only outside brackets. */
  next(): number {
    this.count(1);
    return this.open.length > 0 ? this.#nextInBrackets() : this.#nextOnLine();
  }

  /** Counts tokens read, which measure the work a text causes; throws `TooManyTokens`. */
  count(tokens: number): void {
    this.#tokens += tokens;
    if (this.#tokens > this.#mostTokens) throw new TooManyTokens();
  }

  #nextInBrackets(): number {
    const src = this.src;
    for (;;) {
      const c = src.charCodeAt(this.pos);
      if (c === Code.Space || c === Code.Newline || c === Code.Tab || c === Code.FormFeed) this.pos++;
      else if (c === Code.Hash) this.#skipComment();
      else if (c === Code.Backslash) this.#continueLine();
      else return c;
    }
  }

  #nextOnLine(): number {
    const src = this.src;
    for (;;) {
      const c = src.charCodeAt(this.pos);
      if (c === Code.Space || c === Code.Tab || c === Code.FormFeed) this.pos++;
      else if (c === Code.Hash) this.#skipComment();
      else if (c === Code.Backslash) this.#continueLine();
      else return c;
    }
  }

  /**
   * At the start of a line outside brackets: skips blank lines and comment lines, and fails at an indented token.
   * In CPython 3.11 even spaces before the end of the text are an indent, unless a line break follows them.
   */
  startOfLine(): number {
    for (;;) {
      BLANK_LINES.lastIndex = this.pos;
      BLANK_LINES.test(this.src);
      this.pos = BLANK_LINES.lastIndex;
      const isIndented = this.#skipIndentation();
      const c = this.src.charCodeAt(this.pos);
      if (c === Code.Hash) this.#skipComment();
      if (this.src.charCodeAt(this.pos) === Code.Newline) {
        this.pos++;
        continue;
      }
      if (c === Code.Hash) return Number.NaN;
      if (isIndented) this.#failIndent(c);
      return c;
    }
  }

  #failIndent(c: number): never {
    if (Number.isNaN(c)) {
      this.fail(
        'the last line contains only spaces and no line break; remove the spaces or add a line break',
      );
    }
    this.fail('this line is indented, but it is not inside a block; remove the spaces before it');
  }

  /** Whether a line is indented: a form feed takes that back, but not across a continued line. */
  #skipIndentation(): boolean {
    let isIndented = false;
    let wasIndented = false;
    for (;;) {
      const c = this.src.charCodeAt(this.pos);
      if (c === Code.Space || c === Code.Tab) isIndented = true;
      else if (c === Code.FormFeed) isIndented = false;
      else if (c === Code.Backslash) {
        wasIndented ||= isIndented;
        this.#continueLine();
        continue;
      } else return wasIndented || isIndented;
      this.pos++;
    }
  }

  #skipComment(): void {
    const end = this.src.indexOf('\n', this.pos);
    this.pos = end < 0 ? this.src.length : end;
  }

  #continueLine(): void {
    if (this.src.charCodeAt(this.pos + 1) !== Code.Newline) {
      this.fail('a backslash outside a string must be the last character of its line');
    }
    if (this.pos + 2 >= this.src.length) this.fail('the text ends after a line-continuation backslash');
    this.pos += 2;
  }
}
