import { describe, expect, it } from 'vitest';
import {
  compileCondition,
  evaluateCondition,
  MOST_CHARACTERS,
  type Operators,
} from '../../src/policy/conditions.ts';

type Over = 'every' | 'some';

function judge(operators: Operators, value: unknown, over: Over = 'every') {
  const condition = compileCondition({ 'args.x': operators }, '/x');
  return evaluateCondition(condition, () => value, over);
}

const VALUES = { text: 'b', number: 5, flag: true, nothing: undefined, null: null, object: {}, empty: [] };

/** What each operator says of a value of each kind, in the order of `VALUES`; null: it cannot be told. */
const TABLE: [Operators, ...(boolean | null)[]][] = [
  [{ eq: 'b' }, true, null, null, null, null, null, null],
  [{ eq: 'c' }, false, null, null, null, null, null, null],
  [{ eq: 5 }, null, true, null, null, null, null, null],
  [{ eq: 6 }, null, false, null, null, null, null, null],
  [{ eq: true }, null, null, true, null, null, null, null],
  [{ eq: false }, null, null, false, null, null, null, null],
  [{ neq: 'b' }, false, null, null, null, null, null, null],
  [{ neq: 'c' }, true, null, null, null, null, null, null],
  [{ neq: 5 }, null, false, null, null, null, null, null],
  [{ neq: 6 }, null, true, null, null, null, null, null],
  [{ neq: true }, null, null, false, null, null, null, null],
  [{ neq: false }, null, null, true, null, null, null, null],
  [{ in: ['a', 'b'] }, true, null, null, null, null, null, null],
  [{ in: ['a', 'c'] }, false, null, null, null, null, null, null],
  [{ in: [4, 5] }, null, true, null, null, null, null, null],
  [{ in: [true] }, null, null, true, null, null, null, null],
  [{ not_in: ['a', 'b'] }, false, null, null, null, null, null, null],
  [{ not_in: ['a', 'c'] }, true, null, null, null, null, null, null],
  [{ not_in: [4, 5] }, null, false, null, null, null, null, null],
  [{ not_in: [false] }, null, null, true, null, null, null, null],
  [{ lt: 5 }, null, false, null, null, null, null, null],
  [{ lt: 5.5 }, null, true, null, null, null, null, null],
  [{ lte: 5 }, null, true, null, null, null, null, null],
  [{ lte: 4 }, null, false, null, null, null, null, null],
  [{ gt: 5 }, null, false, null, null, null, null, null],
  [{ gt: 4 }, null, true, null, null, null, null, null],
  [{ gte: 5 }, null, true, null, null, null, null, null],
  [{ gte: 6 }, null, false, null, null, null, null, null],
  [{ regex: '^[ab]$' }, true, null, null, null, null, null, null],
  [{ regex: 'c' }, false, null, null, null, null, null, null],
  [{ contains: 'b' }, true, null, null, null, null, null, null],
  [{ contains: 'bb' }, false, null, null, null, null, null, null],
  [{ exists: true }, true, true, true, false, null, true, true],
  [{ exists: false }, false, false, false, true, null, false, false],
];

describe('an operator', () => {
  const cases = TABLE.flatMap(([operators, ...expected]) =>
    Object.entries(VALUES).map(([kind, value], index) => ({
      operators,
      kind,
      value,
      expected: expected[index] as boolean | null,
    })),
  );
  it.each(cases)('$operators says of $kind: $expected', ({ operators, value, expected }) => {
    expect(judge(operators, value, 'every')).toBe(expected);
    expect(judge(operators, value, 'some')).toBe(expected);
  });
});

describe('a list', () => {
  it.each([
    [['a', 'aa'], true, true],
    [['a', 'b'], false, true],
    [['b', 'c'], false, false],
    [['a', 1], null, true],
    [['b', 1], false, null],
    [[1, {}], null, null],
    [[['a']], null, null],
  ])('%j holds with every element: %j, with some: %j', (list, every, some) => {
    expect(judge({ regex: '^a' }, list, 'every')).toBe(every);
    expect(judge({ regex: '^a' }, list, 'some')).toBe(some);
  });

  it('has to meet all operators with one element', () => {
    const operators = { regex: '^l10n_', neq: 'l10n_be' };
    expect(judge(operators, ['l10n_be', 'sale'], 'some')).toBe(false);
    expect(judge(operators, ['l10n_be', 'l10n_fr'], 'some')).toBe(true);
    expect(judge(operators, ['l10n_fr', 'l10n_de'], 'every')).toBe(true);
  });
});

describe('a condition', () => {
  const both = compileCondition({ 'args.a': { eq: 1 }, 'args.b': { eq: 1 } }, '/tools/oca_link/require/0');
  const judged = (a: unknown, b: unknown) =>
    evaluateCondition(both, (path) => (path === 'args.a' ? a : b), 'every');

  it.each([
    [1, 1, true],
    [1, 2, false],
    [2, undefined, false],
    [1, undefined, null],
    [undefined, 'x', null],
  ])('holds when all it says holds: %j and %j are %j', (a, b, expected) => {
    expect(judged(a, b)).toBe(expected);
  });

  it('knows where it stands', () => {
    expect(both.pointer).toBe('/tools/oca_link/require/0');
  });
});

describe('a long value', () => {
  it('cannot be told, whether it is one text or many', () => {
    const long = 'a'.repeat(MOST_CHARACTERS);
    expect(judge({ regex: 'a' }, long)).toBe(true);
    expect(judge({ regex: 'a' }, `${long}a`)).toBe(null);
    expect(judge({ contains: 'a' }, [long, 'a'])).toBe(null);
    expect(judge({ eq: 1 }, new Array(MOST_CHARACTERS + 1).fill(1))).toBe(null);
    expect(judge({ exists: true }, `${long}a`)).toBe(true);
  });
});
