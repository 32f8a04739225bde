import { describe, expect, it } from 'vitest';
import { LICENSES } from '../../src/manifest/licenses.ts';
import { SERIES } from '../../src/manifest/series.ts';
import {
  inspectCategory,
  inspectContributors,
  inspectIcon,
  inspectLicense,
  inspectName,
  inspectSequence,
  inspectTexts,
  isText,
  shown,
  textField,
} from '../../src/manifest/stored-values.ts';
import { PyFloat, PySurrogateText } from '../../src/manifest/values.ts';
import { checkEffects, type EffectRow, inspectionOf } from './inspection.ts';

const HALVES = new PySurrogateText('\ud83d\ude00', [1]);

it('textField is what Odoo stores: str(), and nothing for None and False', () => {
  const stored = [undefined, null, false, true, 0, new PyFloat(1), ['a'], '', 'a', HALVES].map(textField);
  expect(stored).toEqual(['', '', '', 'True', '0', '1.0', "['a']", '', 'a', HALVES.text]);
});

it('isText takes both kinds of str', () => {
  expect(['', HALVES, undefined, null, 1, ['a']].map(isText)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});

it('shown cuts what Python would write after 60 characters', () => {
  expect(shown(['a', 1])).toBe("['a', 1]");
  expect(shown('x'.repeat(58))).toBe(`'${'x'.repeat(58)}'`);
  expect(shown('x'.repeat(59))).toBe(`'${'x'.repeat(59)}…`);
});

describe('name', () => {
  it.each<[...EffectRow, string]>([
    ["'name': 'x'", 'ok', 'x'],
    ["'name': 5", 'ok', '5'],
    ["'name': ''", 'surprises', ''],
    ["'name': ' '", 'surprises', ' '],
    ["'name': None", 'surprises', ''],
    ["'name': False", 'surprises', ''],
  ])('%s: %s', (form, effect, name) => {
    checkEffects(inspectName, { surprises: 'name_missing' }, [form, effect]);
    expect(inspectName(inspectionOf(form, '17.0'))).toBe(name);
  });

  it('is missing where there is no key, too', () => {
    const manifest = inspectionOf('', '17.0');
    expect(inspectName(manifest)).toBe('');
    expect(manifest.problems).toMatchObject([{ code: 'name_missing', level: 'warning' }]);
  });
});

describe('license', () => {
  const missing = 'ok surprises surprises surprises surprises surprises';
  const codes = { surprises: 'license_missing', breaks: 'license_invalid' } as const;
  it.each<[...EffectRow, string]>([
    ...LICENSES.map((license): [...EffectRow, string] => [`'license': '${license}'`, 'ok', license]),
    ...['None', "''", 'False', '[]', '0'].map((empty): [...EffectRow, string] => {
      return [`'license': ${empty}`, missing, 'LGPL-3'];
    }),
    ["'license': 'MIT'", 'breaks', 'MIT'],
    ["'license': 'AGPL-3 '", 'breaks', 'AGPL-3 '],
    ["'license': 'agpl-3'", 'breaks', 'agpl-3'],
    ["'license': 'LGPL-3\\n'", 'breaks', 'LGPL-3\n'],
    ["'license': ['AGPL-3']", 'breaks', "['AGPL-3']"],
    ["'license': b'AGPL-3'", 'breaks', 'AGPL-3'],
    ["'license': 3", 'breaks', '3'],
    ["'license': True", 'breaks', 'True'],
  ])('%s: %s', (form, effects, license) => {
    checkEffects(inspectLicense, codes, [form, effects]);
    expect(inspectLicense(inspectionOf(form, '17.0'))).toBe(license);
  });

  it('is LGPL-3 where there is none, of which Odoo warns from 15.0 on', () => {
    for (const series of SERIES) {
      const manifest = inspectionOf('', series);
      expect(inspectLicense(manifest)).toBe('LGPL-3');
      expect(manifest.problems.map(({ code }) => code)).toEqual(series === '14.0' ? [] : ['license_missing']);
    }
  });

  it('names the licence that was meant, or else all there are', () => {
    const [meant, all] = ["'license': 'LGPLv3'", "'license': 'MIT'"].map((form) => {
      const manifest = inspectionOf(form, '17.0');
      inspectLicense(manifest);
      return manifest.problems[0]?.message ?? '';
    });
    expect(LICENSES.filter((license) => meant?.includes(`'${license}'`))).toEqual(['LGPL-3']);
    expect(LICENSES.filter((license) => all?.includes(license))).toEqual([...LICENSES]);
  });
});

describe('category', () => {
  it.each<[...EffectRow, string]>([
    ["'category': 'A/B'", 'ok', 'A/B'],
    ["'category': ''", 'ok', ''],
    ["'category': None", 'breaks', ''],
    ["'category': False", 'breaks', ''],
    ["'category': ['A']", 'breaks', "['A']"],
    ["'category': b'A'", 'breaks', 'A'],
    ['', 'ok', 'Uncategorized'],
  ])('%s: %s', (form, effect, category) => {
    checkEffects(inspectCategory, { breaks: 'category_invalid' }, [form, effect]);
    expect(inspectCategory(inspectionOf(form, '17.0'))).toBe(category);
  });
});

describe("sequence goes through int() into PostgreSQL's int4", () => {
  const rows: EffectRow[] = [
    ...['5', "'5'", "' +1_0 '", "'٣'", "b'7'", '-3.7', 'True', 'None', "''", '[]', '0.0'].map(
      (value): EffectRow => [`'sequence': ${value}`, 'ok'],
    ),
    ["'sequence': 2147483647", 'ok'],
    ["'sequence': 2147483648", 'breaks'],
    ["'sequence': -2147483648", 'ok'],
    ["'sequence': -2147483649", 'breaks'],
    ["'sequence': 2147483647.9", 'ok'],
    ["'sequence': '2147483648'", 'breaks'],
    ...[
      '1e300',
      '1e999',
      "'first'",
      "'1.5'",
      "'1__0'",
      "'0x10'",
      "'- 1'",
      '1j',
      '[1]',
      "b'\\xb2'",
      '...',
    ].map((value): EffectRow => [`'sequence': ${value}`, 'breaks']),
    ['', 'ok'],
  ];
  it.each(rows)('%s: %s', (...row) => checkEffects(inspectSequence, { breaks: 'sequence_invalid' }, row));
});

describe('icon', () => {
  it.each<EffectRow>([
    ["'icon': '/x.png'", 'ok'],
    ["'icon': []", 'ok'],
    ["'icon': 1", 'ok ok ok ok ok breaks'],
    ['', 'ok'],
  ])('%s: %s', (...row) => checkEffects(inspectIcon, { breaks: 'icon_invalid' }, row));

  it('that is no text of the database is one on 19.0, which stores only what is a file', () => {
    const row: EffectRow = ["'icon': '\\0'", 'breaks breaks breaks breaks breaks ok'];
    checkEffects(inspectIcon, { breaks: 'text_unstorable' }, row);
  });
});

describe('contributors', () => {
  it.each<EffectRow>([
    ["'contributors': ['A', 'B']", 'ok'],
    ["'contributors': 'A'", 'ok'],
    ["'contributors': {'A': 1}", 'ok'],
    ["'contributors': []", 'ok'],
    ["'contributors': None", 'breaks'],
    ["'contributors': [1]", 'breaks'],
    ["'contributors': b'A'", 'breaks'],
    ['', 'ok'],
  ])('%s: %s', (...row) => checkEffects(inspectContributors, { breaks: 'contributors_invalid' }, row));
});

describe('texts that PostgreSQL cannot store', () => {
  it.each<EffectRow>([
    ...'name summary author maintainer website url live_test_url'
      .split(' ')
      .map((key): EffectRow => [`'${key}': 'a\\0b'`, 'breaks']),
    ["'summary': 'half \\ud83d'", 'breaks'],
    ["'summary': '\\ud83d\\ude00'", 'breaks breaks ok ok ok ok'],
    ["'author': '\\ud83d\\ude00'", 'breaks'],
    ["'url': 'x', 'live_test_url': '\\0'", 'ok'],
    ["'summary': 5", 'ok'],
    ["'author': ['\\0']", 'ok'],
    ["'author': b'\\x00'", 'breaks'],
    ['', 'ok'],
  ])('%s: %s', (...row) => checkEffects(inspectTexts, { breaks: 'text_unstorable' }, row));

  it('are reported for each key', () => {
    const manifest = inspectionOf("'name': '\\0', 'author': '\\0'", '17.0');
    inspectTexts(manifest);
    expect(manifest.problems).toHaveLength(2);
  });
});
