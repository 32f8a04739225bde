import { expect, it } from 'vitest';
import { lean } from '../../src/base/lean.ts';

it.each<[what: string, given: unknown, expected: unknown]>([
  ['null and undefined', { a: null, b: undefined, c: 0, d: false, e: '' }, { c: 0, d: false, e: '' }],
  ['empty lists and objects', { a: [], b: {}, c: [1] }, { c: [1] }],
  ['what becomes empty', { a: { b: { c: null }, d: [] }, e: 1 }, { e: 1 }],
  ['within the elements of a list', { a: [{ b: null, c: 1 }, { b: [] }] }, { a: [{ c: 1 }, {}] }],
])('leaves out fields: %s', (_, given, expected) => {
  expect(lean(given)).toEqual(expected);
  expect(Object.keys(lean(given) as object)).toEqual(Object.keys(expected as object));
});

it('leaves out no element of a list, and nothing of a plain value', () => {
  expect(lean([null, [], {}, 1])).toEqual([null, [], {}, 1]);
  expect(lean('a')).toBe('a');
});
