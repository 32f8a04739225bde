import { describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod';
import { MOST_PROBLEMS, pointer, toldOf, validate } from '../../src/base/validate.ts';

const schema = z.strictObject({
  name: z.string().max(5).optional(),
  mode: z.enum(['warn', 'refuse']).default('warn'),
  count: z.int().min(1).optional(),
  list: z.array(z.string()).min(1).max(2).optional(),
  pair: z.array(z.int()).min(2).optional(),
  either: z.union([z.string(), z.array(z.string()).min(1)]).optional(),
  choice: z.union([z.literal('always'), z.int()]).optional(),
  setting: z.union([z.enum(['on', 'off']), z.strictObject({ level: z.int().default(1) })]).default('on'),
  inner: z.strictObject({ deep: z.boolean(), other: z.string().optional() }).optional(),
  named: z.record(z.string().regex(/^[a-z]+$/, 'bad name'), z.strictObject({ size: z.int() })).optional(),
  closed: z.partialRecord(z.enum(['one', 'two']), z.int()).optional(),
  rows: z.array(z.strictObject({ cell: z.string() })).optional(),
  short: z.string().min(2).optional(),
  filled: z.string().min(1).optional(),
  series: z.enum(['16.0', '17.0']).optional(),
});

/** The places of the problems, and their messages. */
function problemsOf(value: unknown): Record<string, string> {
  const checked = validate(schema, value);
  if (checked.ok) throw new Error('accepted');
  return Object.fromEntries(checked.refusal.map(({ path, message }) => [pointer(path), message]));
}

it('has the value with its defaults', () => {
  expect(validate(schema, { name: 'a' })).toEqual({
    ok: true,
    value: { name: 'a', mode: 'warn', setting: 'on' },
  });
});

describe('a problem', () => {
  /** What the message holds is what its author has to know: words of the schema, bounds, types. */
  it.each<[what: string, value: object, at: string, holds: RegExp]>([
    ['a wrong type', { name: 5 }, '/name', /\bstring\b/],
    ['a type with a vowel', { list: 'a' }, '/list', /\ban array\b/],
    ['a type with a consonant', { inner: { deep: 1 } }, '/inner/deep', /\ba boolean\b/],
    ['a fraction for an int', { count: 1.5 }, '/count', /\ban integer\b/],
    ['a record, in JSON an object', { named: 5 }, '/named', /\ban object\b/],
    ['a missing key', { inner: {} }, '/inner/deep', /\bmissing\b.*\bboolean\b/],
    ['a word that is not one of a list', { mode: 'refse' }, '/mode', /"warn".*"refuse".*"refuse"\?/],
    ['an empty list', { list: [] }, '/list', /\bempty\b/],
    ['a list too short', { pair: [1] }, '/pair', /\b2\b/],
    ['a list too long', { list: ['a', 'b', 'c'] }, '/list', /\b2 elements\b/],
    ['a text too long', { name: 'abcdef' }, '/name', /\b5\b/],
    ['a number too small', { count: 0 }, '/count', /1/],
    ['a text too short', { short: 'a' }, '/short', /2/],
    ['an empty text', { filled: '' }, '/filled', /^must not be empty\.$/],
    ['a word that lacks its quotes', { series: 17.0 }, '/series', /Did you mean "17\.0"\?$/],
    ['an element of a list', { list: [1] }, '/list/0', /\bstring\b/],
    ['neither of two types', { either: 5 }, '/either', /\ba string\b.*\ban array\b/],
    ['the branch that came closest', { either: [1] }, '/either/0', /\bstring\b/],
    ['the bound of the branch that came closest', { either: [] }, '/either', /\bempty\b/],
    ['neither a word nor a type', { choice: 'alway' }, '/choice', /"always".*\bnumber\b.*"always"\?/],
    ['a key that is not a name', { named: { 'A b': { size: 1 } } }, '/named/A b', /bad name/],
    ['an unknown key like a known one', { nam: 1 }, '/nam', /"name"\?/],
    ['an unknown key like none', { qqqqqqqq: 1 }, '/qqqqqqqq', /\bname, mode, count\b/],
    ['an unknown key in an object', { inner: { deep: true, othr: 1 } }, '/inner/othr', /"other"\?/],
    ['an unknown key in the object of a union', { setting: { lvel: 1 } }, '/setting/lvel', /"level"\?/],
    [
      'an unknown key in a record of objects',
      { named: { a: { size: 1, siz: 2 } } },
      '/named/a/siz',
      /"size"\?/,
    ],
    ['an unknown key in a list of objects', { rows: [{ cell: '', cel: 1 }] }, '/rows/0/cel', /"cell"\?/],
    ['an unknown key of a closed record', { closed: { tow: 1 } }, '/closed/tow', /"two"\?|one, two/],
    ['an unknown key with a line break', { 'a\nb': 1 }, '/"a\\u{a}b"', /name, mode/],
  ])('%s', (_, value, at, holds) => {
    const found = problemsOf(value);
    expect(Object.keys(found)).toEqual([at]);
    expect(found[at]).toMatch(holds);
  });

  it('of a text where a list belongs is its type alone, however long the text is', () => {
    const checked = validate(schema, { list: 'abc', either: [1, 2, 3] });
    expect(checked.ok ? [] : checked.refusal.map(({ message }) => message)).toEqual([
      'must be an array.',
      'must be a string.',
    ]);
  });

  it('is not told to be missing where something is there', () => {
    expect(problemsOf({ name: null })['/name']).not.toMatch(/missing/);
  });

  it.each([true, false])(
    'is a key named __proto__, whether zod compiles its schemas or not (%s)',
    (jitless) => {
      z.config({ jitless });
      onTestFinished(() => void z.config({ jitless: false }));
      const own = z.strictObject({ name: z.string().optional() });
      const pointers = (text: string) => {
        const checked = validate(own, JSON.parse(text));
        return checked.ok ? [] : checked.refusal.map(({ path }) => pointer(path)).sort();
      };
      expect(pointers('{"__proto__": 1}')).toEqual(['/__proto__']);
      expect(pointers('{"__proto__": 1, "name": 5}')).toEqual(['/__proto__', '/name']);
      expect(pointers('{}')).toEqual([]);
      const record = validate(z.record(z.string(), z.int()), JSON.parse('{"__proto__": 1}'));
      expect(record).toMatchObject({ ok: false, refusal: [{ path: ['__proto__'] }] });
    },
  );
});

describe('of very many problems', () => {
  const wrong = (count: number) => {
    const checked = validate(z.array(z.string()), Array(count).fill(1));
    return checked.ok ? [] : checked.refusal;
  };

  it('twenty are told, and how many more there are', () => {
    expect(wrong(MOST_PROBLEMS)).toHaveLength(20);
    expect(wrong(20).at(-1)?.message).toMatch(/string/);
    expect(wrong(21)).toHaveLength(21);
    expect(wrong(21).at(-1)?.message).not.toMatch(/\d/);
    expect(wrong(25)).toHaveLength(21);
    expect(wrong(25).at(-1)).toMatchObject({ path: [20], message: expect.stringMatching(/\b5\b/) });
  });

  it('lines are cut the same way, unless the last one says so already', () => {
    const lines = (count: number) => Array.from({ length: count }, (_, at) => `line ${at}`);
    expect(toldOf(lines(21))).toEqual(lines(21));
    expect(toldOf(lines(25))).toEqual([...lines(20), expect.stringMatching(/\b5\b/)]);
  });
});

it.each<[PropertyKey[], string]>([
  [[], '/'],
  [['a', 0, 'b'], '/a/0/b'],
  [['a/b', '~c', '~1'], '/a~1b/~0c/~01'],
])('pointer(%j) is %s', (path, text) => {
  expect(pointer(path)).toBe(text);
});
