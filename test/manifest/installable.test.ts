import { expect, it } from 'vitest';
import { inspectVersion } from '../../src/manifest/installable.ts';
import { inspectionOf } from './inspection.ts';

it.each([
  ["'version': '1.0'", true, '18.0.1.0', []],
  ['', true, '18.0.1.0', []],
  [
    "'version': '17.0.1.0.0'",
    true,
    '17.0.1.0.0',
    [/of Odoo|for Odoo 17\.0, not 18\.0, so the module does not appear/],
  ],
  [
    "'version': '17.0.1.0.0', 'installable': False",
    false,
    '17.0.1.0.0',
    [/^the module is not migrated to 18\.0 yet/],
  ],
  [
    "'version': 'v1'",
    true,
    'v1',
    [/refuses version 'v1', so the module does not appear in Apps; write '18\.0\.1\.0\.0'/],
  ],
  [
    "'version': 'v1', 'installable': 0",
    false,
    'v1',
    [/reads as False/, /is false/, /if the module were installable$/],
  ],
  ["'version': 1, 'installable': False", false, '18.0.1', [/is false/, /refuses version 1,/]],
])('%s: %s, %s', (entries, installable, version, said) => {
  const manifest = inspectionOf(entries, '18.0');
  expect(inspectVersion(manifest)).toEqual({ installable, version });
  expect(manifest.problems.map(({ message }) => message)).toEqual(
    said.map((text) => expect.stringMatching(text)),
  );
});

it('makes what is of another series uninstallable on 19.0', () => {
  for (const [entries, code] of [
    ["'version': '18.0.1.0.0'", 'wrong_series'],
    ["'version': '1.0.0.0'", 'version_invalid'],
  ] as const) {
    const manifest = inspectionOf(entries, '19.0');
    expect(inspectVersion(manifest).installable).toBe(false);
    expect(manifest.problems).toMatchObject([
      { code, message: expect.stringContaining('makes the module uninstallable') },
    ]);
  }
});
