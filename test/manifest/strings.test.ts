import { describe, expect, it } from 'vitest';
import { LiteralError, Scanner } from '../../src/manifest/scanner.ts';
import { NOT_A_STRING, StringReader, stringPrefixLength } from '../../src/manifest/strings.ts';
import { PyBytes, PySurrogateText } from '../../src/manifest/values.ts';

/** Reads the strings at the beginning of a text. */
function read(text: string) {
  const scanner = new Scanner(text, 0);
  const value = new StringReader(scanner).read(stringPrefixLength(text, 0));
  return { value, rest: text.slice(scanner.pos) };
}

function offsetOfError(text: string): number {
  try {
    read(text);
  } catch (error) {
    if (error instanceof LiteralError) return error.offset;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

const bytes = (text: string) => new PyBytes(Uint8Array.from(Buffer.from(text, 'latin1')));

it.each([
  [0, `' "`.split(' ')],
  [1, `b' B" r' R' u' U" f' F'`.split(' ')],
  [2, `br' Br' bR" rb' RB" fr' FR' rf' rF"`.split(' ')],
  [NOT_A_STRING, `ub' bu' ur' ru' bb' rr' uu' bf' fb' a' ab' rbr' b br bx x 1 [ ( b1'`.split(' ')],
  [NOT_A_STRING, ['', 'r', 'b ', "b ''"]],
])('prefixes of length %i', (length, texts) => {
  expect(texts.map((text) => stringPrefixLength(text, 0))).toEqual(texts.map(() => length));
});

describe('what a string holds', () => {
  it.each([
    ["'a'", 'a'],
    ['"it\'s"', "it's"],
    ["''", ''],
    ["''''''", ''],
    ["'''a\n'b'\n''c'''", "a\n'b'\n''c"],
    ['"""a"b"""', 'a"b'],
    ["u'é'", 'é'],
    ["'a' \"b\"   r'c'", 'abc'],
    ["'a\\'b'", "a'b"],
    ["'''a\\''''", "a'"],
    ["'''a\\\\'''", 'a\\'],
    ["'\\''  '\\''", "''"],
    ["'a\\\nb'", 'ab'],
    ["'\\n\\t\\r\\a\\b\\f\\v\\\\\\\"'", '\n\t\r\x07\b\f\v\\"'],
    ["'\\7\\101\\1011\\8'", '\x07AA1\\8'],
    ["'\\777'", '\u01ff'],
    ["'\\x41\\xe9'", 'Aé'],
    ["'\\u00e9\\u4E2D'", 'é中'],
    ["'\\U0001F600'", '😀'],
    ["'\\N{DEGREE SIGN}C'", '°C'],
    ["'\\N{degree sign}'", '°'],
    ["'\\q\\ü'", '\\q\\ü'],
    ["r'\\n'", '\\n'],
    ["r'\\''", "\\'"],
    ["R'''\\''''", "\\'"],
    ["'\\n' r'\\n'", '\n\\n'],
    ["'\\ud83d'", '\ud83d'],
    ["'\\ude00\\ud83d'", '\ude00\ud83d'],
    ["'😀\\ude00'", '😀\ude00'],
  ])('%s', (text, value) => {
    expect(read(text)).toEqual({ value, rest: '' });
  });

  it.each([
    ["b'a'", bytes('a')],
    ["b'\\x80\\377\\777'", bytes('\x80\xff\xff')],
    ["b'\\u0041\\N{DEGREE SIGN}\\U0'", bytes('\\u0041\\N{DEGREE SIGN}\\U0')],
    ["rb'\\x41'", bytes('\\x41')],
    ["b'a' B'''b''' bR'\\n'", bytes('ab\\n')],
  ])('%s', (text, value) => {
    expect(read(text)).toEqual({ value, rest: '' });
  });

  it.each([
    ["'\\ud83d\\ude00'", [1]],
    ["'x\\ud83d' '' '\\ude00'", [2]],
    ["'x\\ud83d' '\\ude00y' '\\ud83d\\ude00'", [2, 5]],
    ["'\\ud83d\\\n\\ude00'", [1]],
  ])('%s holds two code points where JavaScript sees one', (text, lows) => {
    const { value } = read(text);
    expect(value).toBeInstanceOf(PySurrogateText);
    expect((value as PySurrogateText).separateLows).toEqual(lows);
  });

  it('ends with it: the next string is a plain one', () => {
    const text = "'\\ud83d\\ude00\\n', 'a\\n', 'b'";
    const scanner = new Scanner(text, 0);
    const reader = new StringReader(scanner);
    const values = [reader.read(0)];
    while (scanner.pos < text.length) {
      scanner.pos++;
      scanner.next();
      values.push(reader.read(0));
    }
    expect(values).toEqual([new PySurrogateText('\ud83d\ude00\n', [1]), 'a\n', 'b']);
  });

  it('leaves the scanner at the token after it', () => {
    expect(read("'a' , 'b'").rest).toBe(", 'b'");
    expect(read("'a'x").rest).toBe('x');
  });
});

it.each([
  ['an f-string', "f'a'", 0],
  ['an f-string beside another', "'a' f'b'", 4],
  ['a raw f-string', "rf'a'", 0],
  ['an open string', "'a", 0],
  ['an open string at the end of its line', "'a\n'", 0],
  ['an open string after an escaped quote', "'a\\'", 0],
  ['an open long string', "'''a''", 0],
  ['an open long string after an escaped quote', "'''a\\'''", 0],
  ['the wrong kind of quotes', '\'\'\'a"""', 0],
  ['letters in bytes', "b'aé'", 3],
  ['bytes beside a string', "'a' b'b'", 4],
  ['a string beside bytes', "b'a' 'b'", 5],
  ['\\x with one digit', "'a\\x4'", 2],
  ['\\x with one digit in bytes', "b'\\x4'", 2],
  ['\\u with three digits', "'\\u123'", 1],
  ['\\U with seven digits', "'\\U0001F60'", 1],
  ['\\U above the last character', "'\\U00110000'", 1],
  ['\\N without a brace', "'\\N'", 1],
  ['\\N whose brace is not closed', "'\\N{DEGREE SIGN'", 1],
  ['\\N whose brace is closed behind the string', "'\\N{DEGREE' '}'", 1],
  ['\\N of an unknown name', "'\\N{NO SUCH}'", 1],
])('refuses %s: %s', (_, text, offset) => {
  expect(offsetOfError(text)).toBe(offset);
});

it('counts escapes as work', () => {
  const text = `'${'\\n'.repeat(40)}'`;
  const most = (tokens: number) => () => new StringReader(new Scanner(text, 0, tokens)).read(0);
  expect(most(9)).toThrow();
  expect(most(11)).not.toThrow();
});
