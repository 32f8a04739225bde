import { describe, expect, it } from 'vitest';
import { lineOf, statementsOf } from '../../src/addons/python-source.ts';

describe('the statements of a source', () => {
  it.each<[what: string, source: string, statements: string[]]>([
    ['nothing', '', []],
    ['blank lines', '\n \n\t\n', []],
    ['lines', 'a\nb', ['a', 'b']],
    ['lines of Windows', 'a\r\nb\r\n', ['a', 'b']],
    ['brackets', 'f(a,\n  b)\nc', ['f(a,\n  b)', 'c']],
    ['a bracket too many', 'a)\nb', ['a)', 'b']],
    ['a backslash at the end', 'a \\\n  b\nc', ['a \\\n  b', 'c']],
    ['a backslash before a line end of Windows', 'a \\\r\n  b\r\nc', ['a \\\r\n  b', 'c']],
    ['a comment', 'a # b (\nc', ['a', 'c']],
    ['strings', `a = 'x(' + "y["\nb`, ['a =      +', 'b']],
    ['a string that does not end', "a = 'x\nb", ['a =', 'b']],
    ['a string with a continued line', "a = 'x\\\ny'\nb", ['a =   \n', 'b']],
    ['a string of several lines', "a = '''x\n(y'''\nb", ['a =', 'b']],
    ['the other quotes in a string', `a = "'''"\nb`, ['a =', 'b']],
    ['a long string that does not end', 'a = """x\ny', ['a =']],
    ['an escaped quote at the end', String.raw`a = '\'' + b`, ['a =      + b']],
    ['an empty string', "a = '' + b", ['a =    + b']],
  ])('%s', (_, source, statements) => {
    const found = statementsOf(source).map(({ text }) => text.trim());
    expect(found.filter((text) => text !== '')).toEqual(statements.map((text) => text.trim()));
  });

  it('have their offset and their indentation', () => {
    const source = 'a\n  b\n\tc\n  \td';
    expect(statementsOf(source).map(({ offset, indent }) => [offset, indent])).toEqual([
      [0, 0],
      [2, 2],
      [6, 8],
      [9, 8],
    ]);
  });
});

it.each([
  [0, 1],
  [1, 1],
  [2, 2],
  [5, 4],
])('the line of offset %i is %i', (offset, line) => {
  expect(lineOf('a\nb\n\nc', offset)).toBe(line);
});
