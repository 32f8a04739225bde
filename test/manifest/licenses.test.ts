import { describe, expect, it } from 'vitest';
import { DEFAULT_LICENSE, LICENSES, meantLicense } from '../../src/manifest/licenses.ts';

it("is Odoo's list, with the one it assumes", () => {
  expect(LICENSES).toHaveLength(10);
  expect(LICENSES).toContain(DEFAULT_LICENSE);
  expect(DEFAULT_LICENSE).toBe('LGPL-3');
});

describe('meantLicense', () => {
  it.each([
    ['LGPLv3', 'LGPL-3'],
    ['LGPL 3.0', 'LGPL-3'],
    ['agpl 3', 'AGPL-3'],
    ['AGPL-3 ', 'AGPL-3'],
    ['AGPL', 'AGPL-3'],
    ['GPLv2', 'GPL-2'],
    ['gpl_3.0', 'GPL-3'],
    ['OEEL', 'OEEL-1'],
    ['opl-1.0', 'OPL-1'],
    ['Proprietary', 'Other proprietary'],
    ['Other OSI approved license', 'Other OSI approved licence'],
    // Which GPL it means is not clear; neither is what these mean.
    ['GPL', undefined],
    ['MIT', undefined],
    ['AGPL-4', undefined],
    ['', undefined],
    ['constructor', undefined],
  ])('%j: %s', (written, meant) => {
    expect(meantLicense(written)).toBe(meant);
    if (meant !== undefined) expect(LICENSES).toContain(meant);
  });

  it('leaves alone what is written as Odoo has it, or says the same', () => {
    for (const license of LICENSES) expect([license, undefined]).toContain(meantLicense(license));
  });
});
