import { expect, it } from 'vitest';
import { describeLater, earlierNames, laterNames } from '../../src/addons/name-changes.ts';

it.each([
  ['website_rating', '17.0', undefined, 'website_rating is called portal_rating from 14.0 on.'],
  [
    'account_facturx',
    '16.0',
    undefined,
    'account_facturx is called account_edi_facturx from 14.0 on. account_edi_facturx was merged into account_edi_ubl_cii with 16.0.',
  ],
  ['account_facturx', '15.0', undefined, 'account_facturx is called account_edi_facturx from 14.0 on.'],
  // What is said of 14.0 is not about the module that 15.0 still has under that name.
  ['sale_coupon', '16.0', '15.0', 'sale_coupon is called sale_loyalty from 16.0 on.'],
  ['sale_coupon', '15.0', '15.0', ''],
  ['web_responsive', '19.0', undefined, ''],
  ['constructor', '19.0', undefined, ''],
  ['__proto__', '19.0', undefined, ''],
] as const)('what became of %s until %s, known up to %s: %s', async (name, series, lastKnown, told) => {
  expect(describeLater(await laterNames(name, series, lastKnown))).toBe(told);
});

it.each([
  ['commission_oca', '17.0', ['commission before 18.0']],
  ['commission_oca', '18.0', []],
  ['sale_loyalty', '14.0', ['sale_coupon before 16.0']],
  ['constructor', '14.0', []],
] as const)('what %s was called in %s: %j', async (name, series, told) => {
  const changes = await earlierNames(name, series);
  expect(changes.map(({ from, since }) => `${from} before ${since}`)).toEqual(told);
});
