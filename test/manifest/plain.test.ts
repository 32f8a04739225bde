import { describe, expect, it } from 'vitest';
import { readPlainEntry, readPlainString } from '../../src/manifest/plain.ts';
import { Scanner, TooManyTokens } from '../../src/manifest/scanner.ts';
import { PyDict, type PyValue } from '../../src/manifest/values.ts';

/** A scanner behind as many open brackets. */
function scannerAt(text: string, open = 1, mostTokens?: number): Scanner {
  const scanner = new Scanner('['.repeat(open) + text, 0, mostTokens);
  for (let i = 0; i < open; i++) scanner.openBracket();
  return scanner;
}

describe('a plain string', () => {
  it.each([
    ["'a',", 'a', ','],
    ['"it\'s"]', "it's", ']'],
    ["'' \n :", '', ':'],
    ["'a'}", 'a', '}'],
    ["'a')", 'a', ')'],
    ["'é😀',", 'é😀', ','],
  ])('%j', (text, value, rest) => {
    const scanner = scannerAt(text);
    expect(readPlainString(scanner)).toBe(value);
    expect(scanner.src.slice(scanner.pos)).toBe(rest);
  });

  it.each([
    ['an escape', "'a\\n',"],
    ['a line break', "'a\nb',"],
    ['three quotes', "'''a''',"],
    ['a string beside it', "'a' 'b',"],
    ['a comment behind it', "'a' # c\n,"],
    ['a tab behind it', "'a'\t,"],
    ['a sum', "'a' + 'b',"],
    ['no end', "'a"],
    ['no token behind it', "'a'"],
    ['a prefix', "b'a',"],
  ])('does not have %s', (_, text) => {
    const scanner = scannerAt(text);
    expect(readPlainString(scanner)).toBeUndefined();
    expect(scanner.pos).toBe(1);
  });

  it('stands in at least one bracket and at most 100', () => {
    const read = (open: number) => readPlainString(scannerAt("'a',", open));
    expect([0, 1, 100, 101].map(read)).toEqual([undefined, 'a', 'a', undefined]);
  });
});

describe('a plain entry', () => {
  it.each<[text: string, key: string, value: PyValue, rest: string]>([
    ["'a': 'b', 'c'", 'a', 'b', "'c'"],
    ['"a":"b"}', 'a', 'b', '}'],
    ["'a' \n: \n'b' \n, \n}", 'a', 'b', '}'],
    ["'a': True,", 'a', true, ''],
    ["'a': False}", 'a', false, '}'],
    ["'a': [],", 'a', [], ''],
    ["'a': [ 'b', 'c' ,\n'd',\n],", 'a', ['b', 'c', 'd'], ''],
    ['"a": ["it\'s", ", "],', 'a', ["it's", ', '], ''],
    ["'a': ['', ''],", 'a', ['', ''], ''],
    ["'': '',", '', '', ''],
  ])('%j', (text, key, value, rest) => {
    const scanner = scannerAt(text);
    const dict = new PyDict();
    expect(readPlainEntry(scanner, dict)).toBe(key);
    expect([...dict.entries()]).toEqual([[key, value]]);
    expect(scanner.src.slice(scanner.pos)).toBe(rest);
  });

  it.each([
    ['a number', "'a': 1,"],
    ['None', "'a': None,"],
    ['a name that begins like a bool', "'a': Trueish,"],
    ['an escape in the key', "'a\\n': 'b',"],
    ['an escape in a value', "'a': 'b\\n',"],
    ['an escape in a list', "'a': ['b\\n'],"],
    ['other quotes', '\'a\': "b",'],
    ['other quotes in a list', "'a': ['b', \"c\"],"],
    ['a list in a list', "'a': [['b']],"],
    ['two commas', "'a': ['b',, 'c'],"],
    ['a comma alone', "'a': [,],"],
    ['strings side by side', "'a': 'b' 'c',"],
    ['a comment', "'a': 'b' # c\n,"],
    ['no end', "'a': 'b'"],
    ['no value', "'a',"],
  ])('does not have %s', (_, text) => {
    const scanner = scannerAt(text);
    const dict = new PyDict();
    expect(readPlainEntry(scanner, dict)).toBeUndefined();
    expect(dict.size).toBe(0);
    expect(scanner.pos).toBe(1);
  });

  it('stands in at most 100 brackets', () => {
    const read = (open: number) => readPlainEntry(scannerAt("'a': 'b',", open), new PyDict());
    expect([1, 100, 101].map(read)).toEqual(['a', 'a', undefined]);
  });

  it('has at most 1001 elements in its list, each of which counts as a token', () => {
    const list = (count: number) => `'a': [${"'b', ".repeat(count)}],`;
    const read = (count: number, most?: number) =>
      readPlainEntry(scannerAt(list(count), 1, most), new PyDict());
    expect([1001, 1002].map((count) => read(count))).toEqual(['a', undefined]);
    expect(() => read(10, 9)).toThrow(TooManyTokens);
    expect(read(10, 10)).toBe('a');
  });
});
