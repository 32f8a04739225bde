import { describe, expect, it } from 'vitest';
import {
  describeLicenses,
  effectiveLicense,
  judgeLicenses,
  type LicenseRules,
} from '../../src/addons/licenses.ts';
import { LICENSES } from '../../src/manifest/licenses.ts';

const AS_USUAL: LicenseRules = { conflicts: 'refuse', lgpl_on_proprietary: 'allow' };
const STRICT: LicenseRules = { conflicts: 'refuse', lgpl_on_proprietary: 'warn' };

describe('the licences of a module and of one it depends on', () => {
  /** One column for each licence a dependency may have. `o`: fits, `-`: does not, `l`: the operator decides. */
  const DEPENDENCIES = [
    'GPL-2',
    'GPL-3',
    'AGPL-3',
    'LGPL-3',
    'Other OSI approved licence',
    'OEEL-1',
    'OPL-1',
  ];
  const LAST = 'Other proprietary';
  it.each([
    //                              GPL-2 GPL-3 AGPL LGPL OSI OEEL OPL other
    ['GPL-2', 'o o - o o - - -'],
    ['GPL-2 or any later version', 'o o - o o - - -'],
    ['GPL-3', 'o o - o o - - -'],
    ['GPL-3 or any later version', 'o o - o o - - -'],
    ['AGPL-3', 'o o o o o - - -'],
    ['LGPL-3', '- - - o o l l -'],
    ['Other OSI approved licence', '- - - o o l l -'],
    ['OEEL-1', '- - - o o o o o'],
    ['OPL-1', '- - - o o o o o'],
    ['Other proprietary', '- - - o o o o o'],
  ])('%s on GPL-2, GPL-3, AGPL, LGPL, OSI, OEEL, OPL, other proprietary: %s', (license, row) => {
    const judged = (dependency: string) => {
      if (judgeLicenses(license, dependency, STRICT)?.rule === 'lgpl_on_proprietary') return 'l';
      return judgeLicenses(license, dependency, AS_USUAL) === null ? 'o' : '-';
    };
    expect([...DEPENDENCIES, LAST].map(judged).join(' ')).toBe(row);
    for (const version of ['GPL-2', 'GPL-3'])
      expect(judged(`${version} or any later version`)).toBe(judged(version));
  });

  it('are judged for every licence Odoo knows: each goes with itself and with Odoo', () => {
    for (const license of LICENSES) {
      expect(judgeLicenses(license, license, STRICT)).toBeNull();
      expect(judgeLicenses(license, 'LGPL-3', STRICT)).toBeNull();
      const judged = (other: string) =>
        judgeLicenses(license, other, AS_USUAL) ?? judgeLicenses(other, license, AS_USUAL);
      expect(LICENSES.some((other) => judged(other) !== null)).toBe(true);
    }
  });

  it.each<[string, string, string, Partial<LicenseRules>, ReturnType<typeof judgeLicenses>]>([
    ['nothing', 'LGPL-3', 'OEEL-1', {}, null],
    ['nothing, in a strict instance', 'LGPL-3', 'OEEL-1', { conflicts: 'refuse' }, null],
    [
      'a warning by the setting of its own',
      'LGPL-3',
      'OPL-1',
      { lgpl_on_proprietary: 'warn' },
      { rule: 'lgpl_on_proprietary', effect: 'warn' },
    ],
    [
      'a refusal by that setting',
      'Other OSI approved licence',
      'OEEL-1',
      { lgpl_on_proprietary: 'refuse' },
      { rule: 'lgpl_on_proprietary', effect: 'refuse' },
    ],
    [
      'a warning, though that setting refuses: AGPL is another matter',
      'AGPL-3',
      'OEEL-1',
      { lgpl_on_proprietary: 'refuse' },
      { rule: 'conflicts', effect: 'warn' },
    ],
    ['a refusal', 'OEEL-1', 'AGPL-3', { conflicts: 'refuse' }, { rule: 'conflicts', effect: 'refuse' }],
    ['nothing, for a licence nobody knows', 'MIT', 'AGPL-3', { conflicts: 'refuse' }, null],
    ['nothing, for one nobody knows below', 'LGPL-3', 'MIT', { conflicts: 'refuse' }, null],
  ])('lead to %s: %s on %s', (_, dependent, dependency, rules, finding) => {
    const all: LicenseRules = { conflicts: 'warn', lgpl_on_proprietary: 'allow', ...rules };
    expect(judgeLicenses(dependent, dependency, all)).toEqual(finding);
  });

  it.each([
    ['conflicts', /a \(LGPL-3\) depends on b \(AGPL-3\), whose licence does not allow it/],
    ['lgpl_on_proprietary', /licence allows it.*licenses\.lgpl_on_proprietary does not/],
  ] as const)('are told with both modules and both licences, and what forbids it: %s', (rule, words) => {
    const finding = { rule, effect: 'warn' } as const;
    const told = describeLicenses(
      { module: 'a', license: 'LGPL-3' },
      { module: 'b', license: 'AGPL-3' },
      finding,
    );
    expect(told).toMatch(words);
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
