import { expect, it } from 'vitest';
import { oneLine } from '../../src/base/text.ts';
import { adaptedVersion, shownLicense, shownName, shownVersion } from '../../src/services/own-words.ts';
import { HOSTILE_TEXT } from '../support/hostile.ts';

it.each([
  ['sale_management', 'sale_management'],
  ['_x1', '_x1'],
  ['', '""'],
  ['sale management', '"sale management"'],
  ['café', '"café"'],
  ['x'.repeat(256), 'x'.repeat(256)],
])('the name %j is shown as %s', (name, shown) => {
  expect(shownName(name)).toBe(shown);
});

it.each([
  ['AGPL-3', 'AGPL-3'],
  ['Other OSI approved licence', 'Other OSI approved licence'],
  ['MIT', 'MIT'],
  ['agpl 3, that is', '"agpl 3, that is"'],
])('the licence %j is shown as %s', (license, shown) => {
  expect(shownLicense(license)).toBe(shown);
});

it.each<[string | null, string, string, string | undefined]>([
  ['17.0.1.0.0', '17.0.1.0.0', '17.0.1.0.0', undefined],
  ['1.0', '17.0.1.0', '1.0', '17.0.1.0'],
  [null, '17.0.1.0', '17.0.1.0', undefined],
  ['1.0 or so', '17.0.1.0 or so', '"1.0 or so"', '"17.0.1.0 or so"'],
])('the version %j, which Odoo makes %s, is shown as %s and %s', (rawVersion, version, own, odoo) => {
  expect([
    shownVersion({ rawVersion, version }),
    adaptedVersion({ rawVersion, version }).odoo_version,
  ]).toEqual([own, odoo]);
});

it.each([
  ['name', shownName],
  ['version', (rawVersion: string) => shownVersion({ rawVersion, version: '' })],
  ['version of Odoo', (version: string) => adaptedVersion({ rawVersion: '', version }).odoo_version ?? ''],
  ['licence', shownLicense],
])('a %s that could be taken for the words of the server is shown on one line, cut and quoted', (_, show) => {
  const shown = show(HOSTILE_TEXT.repeat(100));
  expect(oneLine(shown)).toBe(shown);
  expect(shown).toMatch(/^".*"$/);
  expect(shown.length).toBeLessThan(500);
});
