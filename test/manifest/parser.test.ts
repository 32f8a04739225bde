import { describe, expect, it } from 'vitest';
import { LiteralParser } from '../../src/manifest/parser.ts';
import { pyRepr } from '../../src/manifest/repr.ts';
import { LiteralError, TooManyTokens } from '../../src/manifest/scanner.ts';

function offsetOfError(text: string): number {
  try {
    new LiteralParser(text).parse();
  } catch (error) {
    if (error instanceof LiteralError) return error.offset;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

/** Texts, and Python's repr of what they come to. */
const VALUES: [text: string, value: string][] = [
  ['  1', '1'],
  ['# c\n\n1 # d\n\n# e\n', '1'],
  ['1,', '(1,)'],
  ['1, 2', '(1, 2)'],
  ['1, 2,\n', '(1, 2)'],
  ['()', '()'],
  ['(1)', '1'],
  ['(1,)', '(1,)'],
  ['(1, 2, 3,)', '(1, 2, 3)'],
  ['((1))', '1'],
  ['[]', '[]'],
  ['[1, [2],]', '[1, [2]]'],
  ['{}', '{}'],
  ['{1}', '{1}'],
  ['{1, 1.0, 2,}', '{1, 2}'],
  ['{1: 2, 1.0: 3, (1,): 4}', '{1: 3, (1,): 4}'],
  ["{'a': {'b': 1}, }", "{'a': {'b': 1}}"],
  ['set()', 'set()'],
  ['set ( )', 'set()'],
  ['(set)()', 'set()'],
  ['((set))()', 'set()'],
  ['[set(), (set)()]', '[set(), set()]'],
  ['ｓｅｔ()', 'set()'],
  ['[True, False, None, ..., .5]', '[True, False, None, Ellipsis, 0.5]'],
  ['-1', '-1'],
  ['- 1', '-1'],
  ['+1.5', '1.5'],
  ['-1j', '(0-1j)'],
  ['1+2j', '(1+2j)'],
  ['-1.5 - 2j', '(-1.5-2j)'],
  ['(1)+2j', '(1+2j)'],
  ['(-1)+2j', '(-1+2j)'],
  ['-(1)', '-1'],
  ['[1 + 2j, 3]', '[(1+2j), 3]'],
  ["'a' 'b'", "'ab'"],
  ["b'a'", "b'a'"],
  ['\\\n1', '1'],
];

/** Texts that `literal_eval` rejects, and where. */
const ERRORS: [text: string, offset: number][] = [
  ['', 0],
  ['1 2', 2],
  ['1\n2', 2],
  ['1,,', 2],
  [',', 0],
  ['(,)', 1],
  ['[,]', 1],
  ['[1 2]', 3],
  ['[1, 2', 0],
  ['[(1]', 3],
  ['(1, 2 3)', 6],
  ['{1 2}', 3],
  ['{1: 2 3: 4}', 6],
  ['{1: 2, 3}', 8],
  ['{1, 2: 3}', 5],
  ['{1:}', 3],
  ['{[]: 1}', 1],
  ["{'a': 1, []: 1}", 9],
  ['{[]}', 1],
  ['{1, []}', 4],
  ['set', 0],
  ['[set]', 1],
  ['(set)', 0],
  ['(set, 1)', 1],
  ['[set, 1]', 1],
  ['{set: 1}', 1],
  ['set(1)', 3],
  ['{1: set}', 4],
  ['name', 0],
  ['[true]', 1],
  ["-'a'", 0],
  ['--1', 1],
  ['-(-1)', 0],
  ['-True', 0],
  ['-(1+2j)', 0],
  ['1 + 2', 2],
  ['1j + 2j', 3],
  ["'a' + 2j", 4],
  ['True + 2j', 5],
  ['1 + True', 2],
  ['1 + -2j', 4],
  ['1 + (1+2j)', 2],
  ['1 + 2j + 3j', 7],
  ['(1+2j) + 3j', 7],
  [`0x${'f'.repeat(300)} + 1j`, 303],
  ['..', 0],
  ['.', 0],
  ['$', 0],
  ['1\0', 1],
  ["'\ud800'", 1],
];

describe('a parser', () => {
  it.each(VALUES)('%j: %s', (text, value) => {
    expect(pyRepr(new LiteralParser(text).parse())).toBe(value);
  });

  it.each(ERRORS)('%.40j: error at %i', (text, offset) => {
    expect(offsetOfError(text)).toBe(offset);
  });

  it.each([
    ["{'a': 1, 'b': 'x', 3: 4, 'a': {'c': 1}}", ['a', 'b', 'a'], [1, 9, 25]],
    ["{'a' 'b': 1}", ['ab'], [1]],
    ["({'a': 1}, {'b': 1})", ['a'], [2]],
    ['{1, 2}', [], []],
    ['1', [], []],
  ])('notes the str keys of the outermost dict of %s', (text, names, offsets) => {
    const parser = new LiteralParser(text);
    parser.parse();
    expect(parser.keys).toMatchObject({ names, offsets });
  });

  it('gives up at more tokens than it may read', () => {
    expect(() => new LiteralParser('[1, 2, 3]', 4).parse()).toThrow(TooManyTokens);
    expect(() => new LiteralParser('[1, 2, 3]', 40).parse()).not.toThrow();
  });
});
