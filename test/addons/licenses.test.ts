import { describe, expect, it } from 'vitest';
import { effectiveLicense, mayBuildOn } from '../../src/addons/licenses.ts';
import { LICENSES } from '../../src/manifest/licenses.ts';

describe('mayBuildOn', () => {
  it.each([
    ['AGPL-3', 'AGPL-3 GPL-3 GPL-2 LGPL-3', 'OEEL-1 OPL-1'],
    ['GPL-3', 'GPL-3 GPL-2 LGPL-3', 'AGPL-3 OEEL-1 OPL-1'],
    ['LGPL-3', 'LGPL-3', 'AGPL-3 GPL-3 OEEL-1 OPL-1'],
    ['OEEL-1', 'LGPL-3 OEEL-1 OPL-1', 'AGPL-3 GPL-3 GPL-2'],
    ['OPL-1', 'LGPL-3 OEEL-1 OPL-1', 'AGPL-3 GPL-3 GPL-2'],
  ])('lets %s build on %s, and not on %s', (license, allowed, forbidden) => {
    expect(allowed.split(' ').filter((other) => !mayBuildOn(license, other))).toEqual([]);
    expect(forbidden.split(' ').filter((other) => mayBuildOn(license, other))).toEqual([]);
  });

  it('knows every licence Odoo knows, and lets each build on its own and on Odoo itself', () => {
    for (const license of LICENSES) {
      expect(mayBuildOn(license, license)).toBe(true);
      expect(mayBuildOn(license, 'LGPL-3')).toBe(true);
      expect(LICENSES.some((other) => !mayBuildOn(license, other) || !mayBuildOn(other, license))).toBe(true);
    }
  });
});

describe('effectiveLicense', () => {
  it('counts Community as LGPL-3 and Enterprise as OEEL-1, whatever their manifests say', () => {
    expect(effectiveLicense('core', 'AGPL-3')).toBe('LGPL-3');
    expect(effectiveLicense('ee', 'LGPL-3')).toBe('OEEL-1');
    expect(effectiveLicense('oca', 'GPL-3')).toBe('GPL-3');
    expect(effectiveLicense(null, 'OPL-1')).toBe('OPL-1');
  });
});
