import { describe, expect, it } from 'vitest';
import { parseLiteral } from '../../src/manifest/literal.ts';

/** Where CPython 3.11.7 raises MemoryError, tried with `ast.literal_eval` for every form below. */
const DEEPEST = 6000;

/** Lists and tuples around a value that put its atom `depth` steps deeper: 29 for a list, 31 for a third element. */
function wrap(value: string, depth: number): string {
  for (let lists = 0; lists < 31; lists++) {
    const tuples = (depth - 29 * lists) / 31;
    if (Number.isInteger(tuples) && tuples >= 0)
      return '['.repeat(lists) + '(1,1,'.repeat(tuples) + value + ')'.repeat(tuples) + ']'.repeat(lists);
  }
  throw new Error(`no nest of depth ${depth}`);
}

/** Forms by how deep the parser goes for them, beside the 25 steps to the first atom of the text. */
const FORMS: [form: string, steps: number, inside: (value: string) => string, leaf: string][] = [
  ['a number', 0, (value) => value, '1'],
  ['a number with a sign', 1, (value) => value, '-1'],
  ['a string', 2, (value) => value, '"\\n"'],
  ['set()', 24, (value) => value, 'set()'],
  ['a later value of a tuple without brackets', 2, (value) => `1,${value}`, '1'],
  ['an empty list', 29, (value) => value, '[]'],
  ['an empty dict', 29, (value) => value, '{}'],
  ['an empty tuple', 28, (value) => value, '()'],
  ['the first element of a list', 29, (value) => value, '[1]'],
  ['a later element of a list', 30, (value) => value, '[1,1]'],
  ['the place after the last comma of a list', 30, (value) => value, '[1,]'],
  ['a later element of a set', 30, (value) => value, '{1,1}'],
  ['the place after the last comma of a set', 30, (value) => value, '{1,}'],
  ['the first value of a dict', 29, (value) => value, '{1:1}'],
  ['a later key of a dict', 30, (value) => value, '{1:1,1:1}'],
  ['a value in parentheses', 28, (value) => value, '(1)'],
  ['the place after the only comma of a tuple', 30, (value) => value, '(1,)'],
  ['the second element of a tuple', 30, (value) => value, '(1,1)'],
  ['the third element of a tuple', 31, (value) => value, '(1,1,1)'],
];

describe('CPython gives up where an atom lies deeper than 6000 steps', () => {
  it.each(FORMS)('%s: %i', (_, steps, inside, leaf) => {
    const at = (depth: number) => parseLiteral(inside(wrap(leaf, depth - 25 - steps)));
    expect(at(DEEPEST)).toHaveProperty('ok', true);
    expect(at(DEEPEST + 1)).toHaveProperty('ok', false);
  });
});
