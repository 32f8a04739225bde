import { explainName, isNameOfSet } from './names.ts';
import { addComplex, readNumber, signNumber } from './numbers.ts';
import { readPlainEntry, readPlainString } from './plain.ts';
import { Code, isDigit, isNamePart, Scanner } from './scanner.ts';
import { NOT_A_STRING, StringReader, stringPrefixLength } from './strings.ts';
import { ELLIPSIS, PyComplex, PyDict, type PyFloat, PySet, PyTuple, type PyValue } from './values.ts';

/** Copied to constants: looking up an import at each use is slow. */
const {
  CloseBrace,
  CloseBracket,
  CloseParen,
  Colon,
  Comma,
  Dot,
  Minus,
  Newline,
  OpenBrace,
  OpenBracket,
  OpenParen,
  Plus,
  Space,
  Tab,
} = Code;

/** The kind of the expression just read; `literal_eval` allows only plain numbers with an operator. */
const Shape = { Other: 0, Number: 1, SignedNumber: 2, SetName: 3 } as const;
type Shape = (typeof Shape)[keyof typeof Shape];

/** About as many as the stack of CPython 3.8's parser holds. */
const MAX_BRACKETS_38 = 99;

/** The keys of the outermost dict, and the offset of each in the text. */
export interface KeyOffsets {
  dict: PyDict | undefined;
  names: string[];
  offsets: number[];
}

/**
 * A recursive descent parser for what `ast.literal_eval` accepts. Recursion is bounded by the 200 open brackets that
 * Python's tokenizer allows. For one text only: call `parse` once, then read `keys`.
 */
export class LiteralParser {
  readonly keys: KeyOffsets = { dict: undefined, names: [], offsets: [] };
  readonly #s: Scanner;
  readonly #strings: StringReader;
  #shape: Shape = Shape.Other;
  readonly #isIndented: boolean;
  #hasSetCall = false;

  /** @param mostTokens `parse` throws `TooManyTokens` at more tokens than this */
  constructor(src: string, mostTokens?: number) {
    let start = 0;
    while (src.charCodeAt(start) === Space || src.charCodeAt(start) === Tab) start++;
    // Only before a token: blank lines and comments have no indentation, and a form feed takes it back.
    this.#isIndented = start > 0 && !/[\n#\f]/.test(src.charAt(start));
    this.#s = new Scanner(src, start, mostTokens);
    this.#strings = new StringReader(this.#s);
  }

  parse(): PyValue {
    const s: Scanner = this.#s;
    this.#refuseForbiddenCharacters();
    if (Number.isNaN(s.startOfLine())) s.fail('there is no value in this text');
    let value = this.#value();
    if (s.next() === Comma) {
      const items = [value];
      while (s.next() === Comma) {
        s.pos++;
        if (this.#atEnd(s.next())) break;
        items.push(this.#value());
      }
      value = new PyTuple(items);
    }
    this.#end();
    return value;
  }

  /** What in the text CPython 3.8 cannot read although later ones do; for a text that was parsed. */
  newerThanPython38(): string | undefined {
    if (this.#isIndented) return 'white space before the value';
    if (this.#hasSetCall) return '`set()`';
    return this.#s.deepest > MAX_BRACKETS_38
      ? `brackets nested more than ${MAX_BRACKETS_38} deep`
      : undefined;
  }

  #refuseForbiddenCharacters(): void {
    const src = this.#s.src;
    const nul = src.indexOf('\0');
    if (nul >= 0) this.#s.fail('the text contains a NUL character, which Python rejects', nul);
    const surrogate = /\p{Surrogate}/u.exec(src);
    if (surrogate) this.#s.fail('the text contains half of a character (a lone surrogate)', surrogate.index);
  }

  #atEnd(c: number): boolean {
    return Number.isNaN(c) || c === Newline;
  }

  #end(): void {
    const s: Scanner = this.#s;
    const c = s.next();
    if (Number.isNaN(c)) return;
    if (c !== Newline) s.unexpected(c, 'after the value');
    s.pos++;
    if (!Number.isNaN(s.startOfLine())) s.fail('there is text after the value; a manifest is a single dict');
  }

  /** An expression that is a value: anything but the bare name `set`. */
  #value(): PyValue {
    const plain = readPlainString(this.#s);
    if (plain !== undefined) {
      this.#shape = Shape.Other;
      return plain;
    }
    const start = this.#s.pos;
    const value = this.#expression();
    if (this.#shape === Shape.SetName) this.#s.fail('only the empty call `set()` may be written here', start);
    return value;
  }

  /** Reads the expression at the scanner, sets `#shape` and moves to the token after it. */
  #expression(): PyValue {
    const s: Scanner = this.#s;
    const start = s.pos;
    const c = s.src.charCodeAt(start);
    let value: PyValue;
    if (c === Plus || c === Minus) {
      s.pos++;
      value = this.#atom(s.next());
      if (this.#shape !== Shape.Number) s.fail('a sign may only stand before a number', start);
      value = signNumber(value as number, c === Minus);
      this.#shape = Shape.SignedNumber;
    } else value = this.#atom(c);
    const next = s.next();
    return next === Plus || next === Minus ? this.#sum(value, next) : value;
  }

  #sum(left: PyValue, operator: number): PyValue {
    const s: Scanner = this.#s;
    const at = s.pos;
    const leftIsReal =
      (this.#shape === Shape.Number || this.#shape === Shape.SignedNumber) && !(left instanceof PyComplex);
    if (!leftIsReal)
      s.fail('values cannot be added or subtracted here; only a number and an imaginary number can');
    s.pos++;
    const right = this.#atom(s.next());
    if (this.#shape !== Shape.Number || !(right instanceof PyComplex)) {
      s.fail('a manifest computes nothing: only an imaginary number may be added to a number', at);
    }
    const sum = addComplex(left as number | bigint | PyFloat, right, operator === Minus);
    if (sum === undefined) s.fail('this number is too large for a complex number', at);
    this.#shape = Shape.Other;
    s.next();
    return sum;
  }

  #atom(c: number): PyValue {
    const s: Scanner = this.#s;
    const prefix = stringPrefixLength(s.src, s.pos);
    if (prefix !== NOT_A_STRING) {
      this.#shape = Shape.Other;
      return this.#strings.read(prefix);
    }
    if (isDigit(c)) return this.#number();
    if (c === OpenBracket) return this.#list();
    if (c === OpenBrace) return this.#dictOrSet();
    if (c === OpenParen) return this.#parenthesis();
    if (c === Dot) return this.#dot();
    if (isNamePart(c)) return this.#name();
    return s.unexpected(c, 'where a value should be');
  }

  #number(): PyValue {
    this.#shape = Shape.Number;
    return readNumber(this.#s);
  }

  #dot(): PyValue {
    const s: Scanner = this.#s;
    if (isDigit(s.src.charCodeAt(s.pos + 1))) return this.#number();
    if (!s.src.startsWith('...', s.pos)) s.fail('a value cannot start with a dot');
    s.pos += 3;
    this.#shape = Shape.Other;
    return ELLIPSIS;
  }

  #name(): PyValue {
    const s: Scanner = this.#s;
    const start = s.pos;
    do s.pos++;
    while (isNamePart(s.src.charCodeAt(s.pos)));
    const name = s.src.slice(start, s.pos);
    this.#shape = Shape.Other;
    if (name === 'True') return true;
    if (name === 'False') return false;
    if (name === 'None') return null;
    if (!isNameOfSet(name)) s.fail(explainName(name), start);
    this.#shape = Shape.SetName;
    return this.#setCall();
  }

  /** Reads the call after the name `set`, or after that name in parentheses, if there is one. */
  #setCall(): PyValue {
    const s: Scanner = this.#s;
    if (s.next() !== OpenParen) return null;
    const at = s.pos;
    s.openBracket();
    if (s.next() !== CloseParen) s.fail('set() may not take arguments here; write the set as {…}', at);
    s.closeBracket();
    this.#hasSetCall = true;
    this.#shape = Shape.Other;
    return new PySet();
  }

  #list(): PyValue {
    const s: Scanner = this.#s;
    const items: PyValue[] = [];
    s.openBracket();
    while (s.next() !== CloseBracket) {
      items.push(this.#value());
      this.#comma(CloseBracket);
    }
    s.closeBracket();
    this.#shape = Shape.Other;
    return items;
  }

  #parenthesis(): PyValue {
    const s: Scanner = this.#s;
    s.openBracket();
    if (s.next() === CloseParen) {
      s.closeBracket();
      this.#shape = Shape.Other;
      return new PyTuple([]);
    }
    const start = s.pos;
    const value = this.#expression();
    if (s.src.charCodeAt(s.pos) === CloseParen) {
      s.closeBracket();
      return this.#shape === Shape.SetName ? this.#setCall() : value;
    }
    if (this.#shape === Shape.SetName) s.fail('only the empty call `set()` may be written here', start);
    const items = [value];
    this.#comma(CloseParen);
    while (s.next() !== CloseParen) {
      items.push(this.#value());
      this.#comma(CloseParen);
    }
    s.closeBracket();
    this.#shape = Shape.Other;
    return new PyTuple(items);
  }

  #dictOrSet(): PyValue {
    const s: Scanner = this.#s;
    s.openBracket();
    if (s.next() === CloseBrace) {
      s.closeBracket();
      this.#shape = Shape.Other;
      return new PyDict();
    }
    const dict = new PyDict();
    this.keys.dict ??= dict;
    const start = s.pos;
    if (!this.#plainEntry(dict)) {
      const first = this.#value();
      const c = s.src.charCodeAt(s.pos);
      if (c === Comma || c === CloseBrace) return this.#set(first, start);
      this.#entry(dict, first, start);
    }
    while (s.next() !== CloseBrace) {
      if (this.#plainEntry(dict)) continue;
      const at = s.pos;
      this.#entry(dict, this.#value(), at);
    }
    s.closeBracket();
    this.#shape = Shape.Other;
    return dict;
  }

  #set(first: PyValue, firstAt: number): PyValue {
    const s: Scanner = this.#s;
    const set = new PySet();
    let item = first;
    let at = firstAt;
    for (;;) {
      if (!set.add(item)) s.fail('a list, a set or a dict cannot be an element of a set', at);
      this.#comma(CloseBrace);
      if (s.next() === CloseBrace) break;
      at = s.pos;
      item = this.#value();
    }
    s.closeBracket();
    this.#shape = Shape.Other;
    return set;
  }

  #plainEntry(dict: PyDict): boolean {
    const at = this.#s.pos;
    const key = readPlainEntry(this.#s, dict);
    if (key === undefined) return false;
    if (dict === this.keys.dict) this.#noteKey(key, at);
    return true;
  }

  /** Reads what follows a key, up to the next key. */
  #entry(dict: PyDict, key: PyValue, at: number): void {
    const s: Scanner = this.#s;
    if (s.src.charCodeAt(s.pos) !== Colon)
      s.unexpected(s.src.charCodeAt(s.pos), 'where the `:` after a key should be');
    s.pos++;
    s.next();
    if (!dict.set(key, this.#value())) s.fail('a list, a set or a dict cannot be a key', at);
    if (dict === this.keys.dict && typeof key === 'string') this.#noteKey(key, at);
    this.#comma(CloseBrace);
  }

  #noteKey(key: string, at: number): void {
    this.keys.names.push(key);
    this.keys.offsets.push(at);
  }

  /** Reads the comma after an element, unless the bracket closes there. */
  #comma(closing: number): void {
    const s: Scanner = this.#s;
    const c = s.src.charCodeAt(s.pos);
    if (c === closing) return;
    if (c !== Comma) s.unexpected(c, 'where a comma should be');
    s.pos++;
  }
}
