import { describe, expect, it } from 'vitest';
import {
  inspectAutoInstall,
  inspectCountries,
  inspectDepends,
  inspectExcludes,
  inspectExternalDependencies,
} from '../../src/manifest/module-names.ts';
import { SERIES } from '../../src/manifest/series.ts';
import { checkEffects, type EffectRow, inspectionOf } from './inspection.ts';

/** What reading raises, Odoo swallows up to 18.0. */
const RAISES = 'hides hides hides hides hides breaks';

describe('depends', () => {
  const codes = { hides: 'depends_invalid', breaks: 'depends_invalid', refused: 'depends_invalid' } as const;
  const rows: EffectRow[] = [
    ["'depends': ['base', 'sale']", 'ok'],
    ["'depends': ('base',)", 'ok'],
    ["'depends': {'base'}", 'ok'],
    ["'depends': []", 'ok'],
    ["'depends': None", 'ok'],
    ["'depends': 0", 'ok'],
    ["'depends': 'base'", 'refused'],
    ["'depends': {'base': 1}", 'refused'],
    // psycopg2 stores what is a number, or None, in a text column.
    ["'depends': ['base', 1]", 'refused'],
    ["'depends': [1.5, True, None, 0x10000000000000000]", 'refused'],
    ["'depends': ['\\ud83d\\ude00']", 'breaks'],
    ["'depends': 5", 'breaks'],
    ["'depends': True", 'breaks'],
    ["'depends': ...", 'breaks'],
    ["'depends': [['base']]", 'breaks'],
    ["'depends': [b'base']", 'refused'],
    ["'depends': [('base',)]", 'refused'],
    ["'depends': [()]", 'breaks'],
    // With `auto_install`, reading makes a set of them.
    ["'depends': 5, 'auto_install': True", RAISES],
    ["'depends': [['a']], 'auto_install': []", RAISES],
    ["'depends': None, 'auto_install': ['base']", 'hides hides hides hides hides ok'],
    ["'depends': [1j]", 'breaks'],
  ];
  it.each(rows)('%s: %s', (...row) => checkEffects(inspectDepends, codes, row));

  it.each([
    ["'depends': ['a', 'b', 'a']", ['a', 'b'], ['a', 'b']],
    ["'depends': 'base'", ['b', 'a', 's', 'e'], ['b', 'a', 's', 'e']],
    ["'depends': {'a': 1}", ['a'], ['a']],
    ["'depends': 5", [], []],
    // From 19.0 on, `_load_manifest` puts base where there is nothing.
    ["'depends': []", [], ['base']],
    ["'depends': None", [], ['base']],
    ['', [], ['base']],
  ])('%s come to %j, and to %j from 19.0 on', (entries, first, later) => {
    for (const series of SERIES) {
      expect(inspectDepends(inspectionOf(entries, series))).toEqual(series === '19.0' ? later : first);
    }
  });
});

describe('auto_install', () => {
  const on = "'depends': ['base', 'sale'], 'auto_install'";
  const codes = {
    hides: 'auto_install_invalid',
    breaks: 'auto_install_invalid',
    surprises: 'auto_install_not_bool',
  } as const;
  const rows: EffectRow[] = [
    [`${on}: True`, 'ok'],
    [`${on}: False`, 'ok'],
    [`${on}: []`, 'ok'],
    [`${on}: ['sale']`, 'ok'],
    [`${on}: ('sale', 'base')`, 'ok'],
    [`${on}: {'sale'}`, 'ok'],
    [`${on}: None`, 'surprises'],
    [`${on}: 1`, 'surprises'],
    [`${on}: 0`, 'surprises'],
    [`${on}: ''`, 'surprises'],
    [`${on}: {}`, 'surprises'],
    [`${on}: {'sale': 1}`, 'surprises'],
    [`${on}: ['stock']`, RAISES],
    [`${on}: ['sale', 'stock']`, RAISES],
    [`${on}: 'True'`, RAISES],
    [`${on}: 'sale'`, RAISES],
    [`${on}: [['sale']]`, RAISES],
    [`${on}: {'stock': 1}`, RAISES],
    // Said of `depends`.
    ["'depends': 5, 'auto_install': True", 'ok'],
    ["'depends': [b'a'], 'auto_install': True", 'breaks'],
    ["'auto_install': ['base']", 'hides hides hides hides hides ok'],
    ["'auto_install': True", 'ok'],
    // The old key is hidden by the default of the new one, even from 14.0.
    ["'active': True", 'ok'],
  ];
  it.each(rows)('%s: %s', (...row) => checkEffects(inspectAutoInstall, codes, row));

  it.each([
    [`${on}: True`, true, true],
    [`${on}: False`, false, false],
    [`${on}: []`, [], []],
    [`${on}: ['sale', 'sale']`, ['sale'], ['sale']],
    // 14.0 tests the truth value, later series `is not False`.
    [`${on}: None`, false, true],
    [`${on}: 0`, false, true],
    [`${on}: 1`, true, true],
    [`${on}: ['stock']`, false, false],
    ["'depends': 5, 'auto_install': True", false, false],
    ["'active': True", false, false],
    ['', false, false],
  ])('%s comes to %j on 14.0, and to %j from 15.0 on', (entries, first, later) => {
    for (const series of SERIES) {
      expect(inspectAutoInstall(inspectionOf(entries, series))).toEqual(series === '14.0' ? first : later);
    }
  });
});

describe('excludes', () => {
  const codes = { breaks: 'excludes_invalid', surprises: 'excludes_invalid' } as const;
  it.each<[...EffectRow, string[]]>([
    ["'excludes': ['a', 'a']", 'ok', ['a']],
    ["'excludes': None", 'ok', []],
    ["'excludes': 'a'", 'surprises', ['a']],
    ["'excludes': ['a', 1]", 'surprises', ['a', '1']],
    ["'excludes': 5", 'breaks', []],
    ["'excludes': [['a']]", 'breaks', []],
    ['', 'ok', []],
  ])('%s: %s', (form, effect, names) => {
    checkEffects(inspectExcludes, codes, [form, effect]);
    expect(inspectExcludes(inspectionOf(form, '17.0'))).toEqual(names);
  });
});

describe('external_dependencies', () => {
  const codes = { surprises: 'external_dependencies_invalid' } as const;
  it.each<[...EffectRow, python: string[], bin: string[]]>([
    ["'external_dependencies': {'python': ['a', 'a'], 'bin': ('b',), 'deb': 5}", 'ok', ['a'], ['b']],
    ["'external_dependencies': {}", 'ok', [], []],
    ["'external_dependencies': None", 'ok', [], []],
    ["'external_dependencies': {'python': 'requests', 'bin': ['b']}", 'surprises', [], ['b']],
    ["'external_dependencies': {'bin': [1]}", 'surprises', [], []],
    ["'external_dependencies': ['requests']", 'surprises', [], []],
    ['', 'ok', [], []],
  ])('%s: %s', (form, effect, python, bin) => {
    checkEffects(inspectExternalDependencies, codes, [form, effect]);
    expect(inspectExternalDependencies(inspectionOf(form, '17.0'))).toEqual({ python, bin });
  });
});

describe('countries, which `_update_countries` reads from 17.0 on', () => {
  const codes = {
    breaks: 'countries_invalid',
    refused: 'countries_invalid',
    surprises: 'countries_invalid',
  } as const;
  const breaks = 'ok ok ok refused breaks breaks';
  it.each<[...EffectRow, string[]]>([
    ["'countries': ['be', 'be']", 'ok', ['be']],
    ["'countries': ('be',)", 'ok', ['be']],
    ["'countries': []", 'ok', []],
    ["'countries': ''", 'ok', []],
    ["'countries': 'be'", 'ok ok ok surprises surprises surprises', []],
    ["'countries': None", breaks, []],
    ["'countries': 5", breaks, []],
    ["'countries': ['be', 1]", breaks, []],
    ["'countries': [b'be']", 'ok ok ok surprises surprises surprises', []],
    ["'countries': ['\\0']", breaks, []],
    ['', 'ok', []],
  ])('%s: %s', (form, effects, names) => {
    checkEffects(inspectCountries, codes, [form, effects]);
    expect(inspectCountries(inspectionOf(form, '17.0'))).toEqual(names);
    expect(inspectCountries(inspectionOf(form, '16.0'))).toEqual([]);
  });
});
