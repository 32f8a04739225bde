import { expect, it } from 'vitest';
import { type CoreLists, coreLists, describeOtherSeries } from '../../src/addons/core-lists.ts';
import { SERIES } from '../../src/manifest/series.ts';

it.each(SERIES)(
  '%s: Community and Enterprise have base and web_enterprise, and no name is in both',
  async (series) => {
    const { community, enterprise } = await coreLists(series);
    expect([community.has('base'), enterprise.has('base')]).toEqual([true, false]);
    expect([community.has('web_enterprise'), enterprise.has('web_enterprise')]).toEqual([false, true]);
    expect([...community].filter((name) => enterprise.has(name))).toEqual([]);
    expect(community.size).toBeGreaterThan(200);
  },
);

// A module that changed sides, one that came and went, one that was renamed in between.
it.each([
  ['spreadsheet_dashboard_purchase_stock', '16.0 17.0', '18.0 19.0'],
  ['hr_holidays_contract', '18.0', ''],
  ['account_accountant_check_printing', '', '14.0 15.0 17.0 18.0 19.0'],
])('%s is in Community on [%s] and in Enterprise on [%s]', async (name, community, enterprise) => {
  const having = async (edition: keyof CoreLists) => {
    const lists = await Promise.all(SERIES.map(coreLists));
    return SERIES.filter((_, at) => lists[at]?.[edition].has(name)).join(' ');
  };
  expect([await having('community'), await having('enterprise')]).toEqual([community, enterprise]);
});

it('are read once for a series', async () => {
  expect(await coreLists('17.0')).toBe(await coreLists('17.0'));
  expect(await coreLists('17.0')).not.toBe(await coreLists('18.0'));
});

it.each([
  ['sale_coupon', '17.0', 'was a module of Odoo Community up to 15.0'],
  ['website_sale_delivery', '19.0', 'was a module of Odoo Community up to 16.0'],
  ['website_sale_delivery', '16.0', null],
  ['hr_holidays_contract', '17.0', 'is a module of Odoo Community in 18.0'],
  ['whatsapp_sign', '17.0', 'is a module of Odoo Enterprise from 19.0 on'],
  ['account_accountant_check_printing', '16.0', 'was a module of Odoo Enterprise up to 15.0'],
  ['spreadsheet_dashboard_purchase_stock', '18.0', null],
  ['queue_job', '17.0', null],
  ['constructor', '17.0', null],
] as const)('%s on %s: %s', async (name, series, told) => {
  expect((await describeOtherSeries(name, series))?.said ?? null).toBe(told);
});
