import { expect, it } from 'vitest';
import { isModuleName } from '../../src/addons/module-name.ts';
import { SERIES } from '../../src/manifest/series.ts';
import { readOcaIndex } from '../../src/sources/oca-index.ts';

it.each([
  ['14.0', '2024-10', 'web_responsive', ['web']],
  ['16.0', '2024-10', 'hr_holidays_public', ['hr-holidays']],
  ['17.0', '2024-10', 'edi_voxel_oca', ['edi', 'edi-voxel']],
  ['18.0', '2025', 'date_range', ['server-ux']],
  ['19.0', '2026', 'base_tier_validation', ['tier-validation']],
  ['17.0', '2024-10', 'no_such_module', []],
  ['17.0', '2024-10', 'constructor', []],
  ['17.0', '2024-10', '__proto__', []],
] as const)('the index of %s, as of %s, knows of %s: %j', async (series, asOf, name, repos) => {
  const index = await readOcaIndex(series);
  expect(index.asOf).toBe(asOf);
  expect(index.named(name).map((module) => [module.name, module.repo, module.asOf])).toEqual(
    repos.map((repo) => [name, repo, asOf]),
  );
});

it('is made once for a series', async () => {
  expect(await readOcaIndex('17.0')).toBe(await readOcaIndex('17.0'));
});

it.each(SERIES)('names only modules and repositories, and what a module of %s depends on', async (series) => {
  const { default: file } = await import(`../../src/data/oca-index-${series}.json`, {
    with: { type: 'json' },
  });
  for (const [repo, modules] of Object.entries<Record<string, string[] | null>>(file.repositories)) {
    expect(repo).toMatch(/^[\w.-]+$/);
    for (const [name, depends] of Object.entries(modules))
      expect([name, ...(depends ?? [])].filter((one) => !isModuleName(one))).toEqual([]);
  }
});

it('tells what a module depends on, where that is known', async () => {
  const [report] = (await readOcaIndex('16.0')).named('account_financial_report');
  expect(report?.depends).toEqual(['account', 'date_range', 'report_xlsx']);
  const later = (await readOcaIndex('19.0')).named('account_reconcile_oca');
  expect(later.map(({ depends }) => depends)).toEqual([null]);
});
