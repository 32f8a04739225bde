import { expect, it } from 'vitest';
import { isSeries, isSince, SERIES } from '../../src/manifest/series.ts';

it('knows the series by exactly the names Odoo gives them, oldest first', () => {
  expect(SERIES).toEqual(['14.0', '15.0', '16.0', '17.0', '18.0', '19.0']);
  expect(SERIES.every(isSeries)).toBe(true);
  expect(['13.0', '20.0', '17', '17.00', ' 17.0', 'v17.0', ''].filter(isSeries)).toEqual([]);
});

it.each(SERIES.map((series, at) => [series, at] as const))(
  '%s is since itself and all before it',
  (series, at) => {
    expect(SERIES.filter((first) => isSince(series, first))).toEqual(SERIES.slice(0, at + 1));
  },
);
