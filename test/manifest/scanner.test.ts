import { describe, expect, it } from 'vitest';
import { isDigit, isNamePart, LiteralError, Scanner, TooManyTokens } from '../../src/manifest/scanner.ts';

/** What a call leads to: the character it stops at and where, or where the error is. */
function at(scanner: Scanner, act: () => number): [next: string, pos: number] | { offset: number } {
  try {
    const code = act();
    return [Number.isNaN(code) ? 'end' : String.fromCharCode(code), scanner.pos];
  } catch (error) {
    if (error instanceof LiteralError) return { offset: error.offset };
    throw error;
  }
}

it('tells digits and parts of names', () => {
  const texts = [...'09/:azAZ@[`{_-. \n\u007f\u0080é中'];
  const pick = (is: (code: number) => boolean) => texts.filter((text) => is(text.charCodeAt(0))).join('');
  expect(pick(isDigit)).toBe('09');
  expect(pick(isNamePart)).toBe('09azAZ_\u0080é中');
  expect(isDigit(Number.NaN) || isNamePart(Number.NaN)).toBe(false);
});

describe('the next token', () => {
  it.each<[text: string, onLine: ReturnType<typeof at>, inBrackets: ReturnType<typeof at>]>([
    ['x', ['x', 0], ['x', 0]],
    [' \t\fx', ['x', 3], ['x', 3]],
    ['\nx', ['\n', 0], ['x', 1]],
    [' # c\nx', ['\n', 4], ['x', 5]],
    ['# c', ['end', 3], ['end', 3]],
    ['', ['end', 0], ['end', 0]],
    ['\\\n x', ['x', 3], ['x', 3]],
    ['\\ \nx', { offset: 0 }, { offset: 0 }],
    ['\\x', { offset: 0 }, { offset: 0 }],
    [' \\', { offset: 1 }, { offset: 1 }],
    [' \\\n', { offset: 1 }, { offset: 1 }],
    ['\u00a0', ['\u00a0', 0], ['\u00a0', 0]],
    ['\v', ['\v', 0], ['\v', 0]],
  ])('%j', (text, onLine, inBrackets) => {
    const outside = new Scanner(text, 0);
    expect(at(outside, () => outside.next())).toEqual(onLine);
    const inside = new Scanner(text, 0);
    inside.open.push(0);
    expect(at(inside, () => inside.next())).toEqual(inBrackets);
  });
});

describe('the start of a line', () => {
  it.each<[text: string, found: ReturnType<typeof at>]>([
    ['x', ['x', 0]],
    ['', ['end', 0]],
    ['\n\n', ['end', 2]],
    ['# c\n\n# d\nx', ['x', 9]],
    [`${'\n'.repeat(250)}x`, ['x', 250]],
    [`${'# c\n'.repeat(150)}x`, ['x', 600]],
    ['# c', ['end', 3]],
    ['  # c\nx', ['x', 6]],
    ['  # c', ['end', 5]],
    ['  \t\nx', ['x', 4]],
    [' x', { offset: 1 }],
    ['\tx', { offset: 1 }],
    ['\n x', { offset: 2 }],
    // Spaces before the end of the text are an indent, unless a line break follows.
    ['  ', { offset: 2 }],
    // A form feed begins the indentation anew.
    ['  \fx', ['x', 3]],
    ['\f x', { offset: 2 }],
    // A continued line keeps its first width.
    ['\\\nx', ['x', 2]],
    ['  \\\nx', { offset: 4 }],
    ['\\\n  x', { offset: 4 }],
    ['\\x', { offset: 0 }],
  ])('%.20j', (text, found) => {
    const scanner = new Scanner(text, 0);
    expect(at(scanner, () => scanner.startOfLine())).toEqual(found);
  });
});

describe('brackets', () => {
  it('may be open 200 deep, and are free again when they are closed', () => {
    const scanner = new Scanner('['.repeat(300), 0);
    for (let depth = 0; depth < 200; depth++) scanner.openBracket();
    expect(scanner.pos).toBe(200);
    const open = () => {
      scanner.openBracket();
      return scanner.src.charCodeAt(scanner.pos);
    };
    expect(at(scanner, open)).toEqual({ offset: 200 });
    scanner.closeBracket();
    expect(at(scanner, open)).toEqual(['[', 202]);
  });

  it('that are open at the end are named by where they were opened', () => {
    const scanner = new Scanner('[{', 0);
    scanner.openBracket();
    scanner.openBracket();
    expect(at(scanner, () => scanner.unexpected(Number.NaN, 'here'))).toEqual({ offset: 1 });
    scanner.open.pop();
    expect(at(scanner, () => scanner.unexpected(Number.NaN, 'here'))).toEqual({ offset: 0 });
    scanner.open.pop();
    expect(at(scanner, () => scanner.unexpected(Number.NaN, 'here'))).toEqual({ offset: 2 });
  });
});

it.each([
  ['a character', '}', /`}`/],
  ['one that nobody sees', '\u202e', /`U\+202E`/],
  ['one of two units', '😀', /`😀`/],
  ['the end of a line', '\n', /^(?!.*`)/],
])('names %s that cannot stand there', (_, text, words) => {
  const scanner = new Scanner(text, 0);
  expect(() => scanner.unexpected(text.charCodeAt(0), 'here')).toThrow(words);
});

it('counts tokens up to the most it was told', () => {
  const scanner = new Scanner('a', 0, 3);
  scanner.next();
  scanner.count(2);
  expect(() => scanner.next()).toThrow(TooManyTokens);
  expect(() => new Scanner('a', 0).count(1e9)).not.toThrow();
});
