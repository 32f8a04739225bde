import { expect, it } from 'vitest';
import { type CoreLists, coreLists } from '../../src/addons/core-lists.ts';
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
