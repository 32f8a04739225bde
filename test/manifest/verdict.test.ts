import { describe, expect, it } from 'vitest';
import { PROBLEM_CODES, type ProblemCode } from '../../src/manifest/problems.ts';
import { SERIES, type Series } from '../../src/manifest/series.ts';
import { decodeManifest } from '../../src/manifest/text.ts';
import { judgeManifest, type Verdict } from '../../src/manifest/verdict.ts';

/**
 * The tables of the semantics page, row by row: for each form of a key, what becomes of the module on each series.
 *
 *   ok  installable                     inv  invisible
 *   no  uninstallable                   brk  breaks the update of the whole instance
 */
const VERDICTS: Record<string, Verdict> = {
  ok: 'installable',
  no: 'uninstallable',
  inv: 'invisible',
  brk: 'breaks_update',
};

/** What a row says of all six series, or of `14.0 15.0 16.0 17.0 18.0 19.0` in turn. */
type Row = [form: string, verdicts: string, ...codes: string[]];

/** A manifest without a fault, but for the keys given; `S` in a text stands for the series. */
function manifest(extra: string, series: Series): string {
  const base = "'name': 'Name', 'license': 'LGPL-3', 'version': 'S.1.0.0', 'depends': ['base', 'sale']";
  return `{${base}, ${extra}}`.replaceAll('S.', `${series}.`).replaceAll("'S'", `'${series}'`);
}

function checkRow([form, verdicts, ...codes]: Row): void {
  const words = verdicts.split(' ');
  const judged = SERIES.map((series) => judgeManifest(manifest(form, series), series));
  expect(judged.map(({ verdict }) => verdict)).toEqual(
    SERIES.map((_, i) => VERDICTS[words[i] ?? words[0] ?? '']),
  );
  judged.forEach(({ verdict, problems, fields }, i) => {
    for (const problem of problems) expect(Object.keys(PROBLEM_CODES)).toContain(problem.code);
    const expected = codes
      .filter((code) => !code.includes('@') || code.includes(SERIES[i] ?? ''))
      .map((code) => code.split('@')[0]);
    expect(problems.map(({ code }) => code)).toEqual(expected);
    if (verdict !== 'installable') expect(problems.some(({ level }) => level === 'error')).toBe(true);
    if (verdict === 'installable' || verdict === 'uninstallable')
      expect(fields?.installable).toBe(verdict === 'installable');
  });
}

const v = (version: string) => `'version': ${version}`;

describe('version', () => {
  const rows: Row[] = [
    [v("'S.1.2.3'"), 'ok'],
    [v("'S.1.2'"), 'ok'],
    [v("'1.2'"), 'ok'],
    [v("'1.2.3'"), 'ok'],
    [v("'S'"), 'ok ok ok ok ok no', 'version_invalid@19.0'],
    [v("'S.1'"), 'ok ok ok inv inv ok', 'version_invalid@17.0@18.0'],
    [v("'13.0.1.0.0'"), 'ok ok ok inv inv no', 'wrong_series', 'version_invalid@17.0@18.0@19.0'],
    [v("'13.0'"), 'ok'],
    [v("'13.0.0'"), 'ok'],
    [v("'1'"), 'ok ok ok inv inv inv', 'version_invalid@17.0@18.0@19.0'],
    [v("'v1.0'"), 'ok ok ok inv inv inv', 'version_invalid@17.0@18.0@19.0'],
    [v("'S.1.0.0-beta'"), 'ok ok ok inv inv inv', 'version_invalid@17.0@18.0@19.0'],
    [v("'S.1.0.0.0'"), 'ok ok ok inv inv inv', 'version_invalid@17.0@18.0@19.0'],
    [v("''"), 'ok ok ok inv inv inv', 'version_invalid@17.0@18.0@19.0'],
    [v("'S.1.0.0 '"), 'ok ok ok inv inv inv', 'version_invalid@17.0@18.0@19.0'],
    [v("'1.0.0.0'"), 'ok ok ok inv inv no', 'version_invalid@17.0@18.0@19.0'],
    [v("'1.2.3.4.5'"), 'ok ok ok inv inv no', 'version_invalid@17.0@18.0@19.0'],
    [v("'S.1.0.0\\n'"), 'ok ok ok ok ok inv', 'version_invalid@19.0'],
    [v('None'), 'inv', 'version_invalid'],
    [v('1'), 'inv', 'version_invalid'],
    [v("b'1.0'"), 'inv', 'version_invalid'],
    [v("['1.0']"), 'inv', 'version_invalid'],
    [v('1.0'), 'inv inv inv inv inv ok', 'version_invalid@14.0@15.0@16.0@17.0@18.0'],
  ];
  it.each(rows)('%s: %s', (...row) => checkRow(row));

  it('is 1.0 where there is none', () => {
    for (const series of SERIES) {
      const { verdict, fields } = judgeManifest("{'name': 'x', 'license': 'LGPL-3'}", series);
      expect(verdict).toBe('installable');
      expect(fields).toMatchObject({ version: `${series}.1.0`, rawVersion: null });
    }
  });

  const uninstallable: Row[] = [
    [
      `'installable': False, ${v("'13.0.1.0.0'")}`,
      'no',
      'not_installable',
      'wrong_series',
      'version_ignored@17.0@18.0',
    ],
    [`'installable': False, ${v("'1'")}`, 'no', 'not_installable', 'version_ignored@17.0@18.0@19.0'],
    [`'installable': False, ${v("'S'")}`, 'no', 'not_installable'],
    [
      `'installable': False, ${v('None')}`,
      'inv inv inv inv inv no',
      'not_installable',
      'version_invalid@14.0@15.0@16.0@17.0@18.0',
      'version_ignored@19.0',
    ],
  ];
  it.each(uninstallable)('of a module that is not installable: %s', (...row) => checkRow(row));

  it.each([
    ["'S.1.2.3'", 'S.1.2.3'],
    ["'1.2'", 'S.1.2'],
    ["'13.0'", 'S.13.0'],
    ["'S.1.2'", 'S.1.2'],
  ])('%s ends up as %s', (written, version) => {
    for (const series of SERIES) {
      const { fields } = judgeManifest(manifest(v(written), series), series);
      expect(fields?.version).toBe(version.replace('S.', `${series}.`));
    }
  });

  it.each([
    ["'16.0.1.0.0'", '17.0', '16.0'],
    ["'16.0.1.0.0'", '14.0', '16.0'],
    ["'8.0.1.0.0'", '18.0', '8.0'],
    ["'6.1.1.0.0'", '18.0', '6.1'],
    ["'20.0.1.0.0'", '19.0', '20.0'],
    ["'17.0.1.0.0'", '17.0', null],
    ["'16.0.1.0'", '17.0', null],
    ["'1.2.3.4.5'", '17.0', null],
    ['16.0', '17.0', null],
  ] as const)('%s on %s was written for %s', (written, series, expected) => {
    const { fields, problems } = judgeManifest(manifest(v(written), series), series);
    expect(fields?.versionSeries).toBe(expected);
    expect(problems.some(({ code }) => code === 'wrong_series')).toBe(expected !== null);
  });
});

describe('installable', () => {
  const key = (value: string) => `'installable': ${value}`;
  const rows: Row[] = [
    [key('True'), 'ok'],
    [key('False'), 'no', 'not_installable'],
    [key("'False'"), 'ok', 'installable_not_bool'],
    [key('1'), 'ok', 'installable_not_bool'],
    [key('0'), 'no', 'installable_not_bool', 'not_installable'],
    [key('None'), 'no', 'installable_not_bool', 'not_installable'],
    [key("''"), 'no', 'installable_not_bool', 'not_installable'],
    [key('0.0'), 'no', 'installable_not_bool', 'not_installable'],
    [key('[0]'), 'ok', 'installable_not_bool'],
  ];
  it.each(rows)('%s: %s', (...row) => checkRow(row));
});

describe('license', () => {
  const key = (value: string) => `'license': ${value}`;
  const valid = [
    'GPL-2',
    'GPL-2 or any later version',
    'GPL-3',
    'GPL-3 or any later version',
    'AGPL-3',
    'LGPL-3',
  ];
  const others = ['Other OSI approved licence', 'OEEL-1', 'OPL-1', 'Other proprietary'];
  const rows: Row[] = [
    ...[...valid, ...others].map((license): Row => [key(`'${license}'`), 'ok']),
    ...['None', "''", 'False', '[]', '0'].map(
      (empty): Row => [key(empty), 'ok', 'license_missing@15.0@16.0@17.0@18.0@19.0'],
    ),
    ...["'MIT'", "'AGPL-3 '", "'agpl-3'", "['AGPL-3']", "b'AGPL-3'", '3', 'True', "'LGPL-3\\n'"].map(
      (wrong): Row => [key(wrong), 'brk', 'license_invalid'],
    ),
  ];
  it.each(rows)('%s: %s', (...row) => checkRow(row));

  it('is LGPL-3 where there is none', () => {
    const { verdict, problems, fields } = judgeManifest("{'name': 'x'}", '17.0');
    expect([verdict, fields?.license, problems.map(({ code }) => code)]).toEqual([
      'installable',
      'LGPL-3',
      ['license_missing'],
    ]);
    expect(judgeManifest("{'name': 'x'}", '14.0').problems).toEqual([]);
  });

  it.each([
    ["'LGPLv3'", "'LGPL-3'"],
    ["'agpl 3'", "'AGPL-3'"],
    ["'AGPL-3 '", "'AGPL-3'"],
    ["'Other OSI approved license'", "'Other OSI approved licence'"],
  ])('written %s is told to be %s', (written, meant) => {
    expect(judgeManifest(manifest(key(written), '17.0'), '17.0').problems[0]?.message).toContain(
      `write ${meant}`,
    );
  });
});

describe('the other values that the list update stores', () => {
  const later = '@17.0@18.0@19.0';
  const rows: Row[] = [
    ["'category': 'A/B'", 'ok'],
    ["'category': ''", 'ok'],
    ["'category': None", 'brk', 'category_invalid'],
    ["'category': ['A']", 'brk', 'category_invalid'],
    ["'category': b'A'", 'brk', 'category_invalid'],
    ["'category': False", 'brk', 'category_invalid'],
    ["'sequence': 5", 'ok'],
    ["'sequence': '5'", 'ok'],
    ["'sequence': ' +1_0 '", 'ok'],
    ["'sequence': '٣'", 'ok'],
    ["'sequence': b'7'", 'ok'],
    ["'sequence': -3.7", 'ok'],
    ["'sequence': True", 'ok'],
    ["'sequence': None", 'ok'],
    ["'sequence': ''", 'ok'],
    ["'sequence': []", 'ok'],
    ["'sequence': 2147483647", 'ok'],
    ["'sequence': 2147483648", 'brk', 'sequence_invalid'],
    ["'sequence': 1e300", 'brk', 'sequence_invalid'],
    ["'sequence': 1e999", 'brk', 'sequence_invalid'],
    ["'sequence': 'first'", 'brk', 'sequence_invalid'],
    ["'sequence': '1.5'", 'brk', 'sequence_invalid'],
    ["'sequence': '1__0'", 'brk', 'sequence_invalid'],
    ["'sequence': '0x10'", 'brk', 'sequence_invalid'],
    ["'sequence': '- 1'", 'brk', 'sequence_invalid'],
    ["'sequence': 1j", 'brk', 'sequence_invalid'],
    ["'sequence': [1]", 'brk', 'sequence_invalid'],
    ["'description': 'text'", 'ok'],
    ["'description': ''", 'ok'],
    ["'description': None", 'ok ok ok brk brk ok', 'description_invalid@17.0@18.0'],
    ["'description': 5", 'ok ok ok brk brk brk', `description_invalid${later}`],
    ["'description': b'text'", 'ok ok ok brk brk brk', `description_invalid${later}`],
    ["'contributors': ['A', 'B']", 'ok'],
    ["'contributors': 'A'", 'ok'],
    ["'contributors': None", 'brk', 'contributors_invalid'],
    ["'contributors': [1]", 'brk', 'contributors_invalid'],
    ["'author': ['A', 'B']", 'ok'],
    ["'author': None", 'ok'],
    ["'summary': 5", 'ok'],
    ["'website': ('a',)", 'ok'],
    ["'maintainer': {'a': 1}", 'ok'],
    ["'author': 'a\\0b'", 'brk', 'text_unstorable'],
    ["'summary': 'half \\ud83d'", 'brk', 'text_unstorable'],
    ["'description': '\\ud83d\\ude00'", 'brk', 'text_unstorable'],
    ["'summary': '😀'", 'ok'],
  ];
  it.each(rows)('%s: %s', (...row) => checkRow(row));

  it('takes the README for an empty description', () => {
    const text = manifest("'description': None", '17.0');
    expect(judgeManifest(text, '17.0', { hasReadme: true }).verdict).toBe('installable');
    expect(judgeManifest(manifest("'description': 5", '17.0'), '17.0', { hasReadme: true }).verdict).toBe(
      'breaks_update',
    );
  });

  it.each(SERIES)('warns of a missing name on %s', (series) => {
    for (const text of [
      "{'license': 'LGPL-3'}",
      "{'license': 'LGPL-3', 'name': ''}",
      "{'license': 'LGPL-3', 'name': None}",
    ]) {
      const { verdict, problems, fields } = judgeManifest(text, series);
      expect([verdict, fields?.name]).toEqual(['installable', '']);
      expect(problems).toMatchObject([{ code: 'name_missing', level: 'warning' }]);
    }
  });
});

describe('depends', () => {
  const key = (value: string) => `'depends': ${value}`;
  const upTo18 = '@14.0@15.0@16.0@17.0@18.0';
  const rows: Row[] = [
    [key("['base', 'sale']"), 'ok'],
    [key("('base',)"), 'ok'],
    [key("{'base'}"), 'ok'],
    [key('[]'), 'ok'],
    [key('None'), 'ok'],
    [key("'base'"), 'ok', 'depends_invalid'],
    [key("{'base': 1}"), 'ok', 'depends_invalid'],
    [key("['base', 1]"), 'ok', 'depends_invalid'],
    [key('5'), 'brk brk brk brk brk inv', 'depends_invalid'],
    [key('True'), 'brk brk brk brk brk inv', 'depends_invalid'],
    [key('...'), 'brk brk brk brk brk inv', 'depends_invalid'],
    [key("[['base']]"), 'brk', 'depends_invalid'],
    [key("[b'base']"), 'brk', 'depends_invalid'],
    [`${key('5')}, 'auto_install': True`, 'inv', 'depends_invalid', 'auto_install_invalid'],
    [`${key('None')}, 'auto_install': True`, 'inv inv inv inv inv ok', `auto_install_invalid${upTo18}`],
  ];
  it.each(rows)('%s: %s', (...row) => checkRow(row));

  it('are what Odoo reads: a text letter by letter, and base on 19.0 where there are none', () => {
    const dependsOf = (value: string, series: Series) =>
      judgeManifest(manifest(key(value), series), series).fields?.depends;
    expect(dependsOf("'base'", '17.0')).toEqual(['b', 'a', 's', 'e']);
    expect(dependsOf("['a', 'b', 'a']", '17.0')).toEqual(['a', 'b']);
    expect(dependsOf('[]', '18.0')).toEqual([]);
    expect(dependsOf('[]', '19.0')).toEqual(['base']);
  });
});

describe('auto_install', () => {
  const key = (value: string) => `'auto_install': ${value}`;
  const rows: Row[] = [
    [key('True'), 'ok'],
    [key('False'), 'ok'],
    [key('[]'), 'ok'],
    [key("['sale']"), 'ok'],
    [key("('sale', 'base')"), 'ok'],
    [key("{'sale'}"), 'ok'],
    [key('None'), 'ok', 'auto_install_not_bool'],
    [key('1'), 'ok', 'auto_install_not_bool'],
    [key('0'), 'ok', 'auto_install_not_bool'],
    [key("''"), 'ok', 'auto_install_not_bool'],
    [key('{}'), 'ok', 'auto_install_not_bool'],
    [key("['stock']"), 'inv', 'auto_install_invalid'],
    [key("'True'"), 'inv', 'auto_install_invalid'],
    [key("'sale'"), 'inv', 'auto_install_invalid'],
    [key("[['sale']]"), 'inv', 'auto_install_invalid'],
    [key("{'stock': 1}"), 'inv', 'auto_install_invalid'],
    ["'active': 'True'", 'ok'],
  ];
  it.each(rows)('%s: %s', (...row) => checkRow(row));

  it.each([
    ['True', true, true],
    ['False', false, false],
    ['[]', [], []],
    ["['sale', 'sale']", ['sale'], ['sale']],
    ['None', false, true],
    ['0', false, true],
    ['1', true, true],
  ])('%s comes to %j on 14.0 and to %j from 15.0 on', (value, first, later) => {
    for (const series of SERIES) {
      const { fields } = judgeManifest(manifest(key(value), series), series);
      expect(fields?.autoInstall).toEqual(series === '14.0' ? first : later);
    }
  });

  it('is not turned on by the old key `active`, which its own default hides even from 14.0', () => {
    expect(judgeManifest(manifest("'active': True", '14.0'), '14.0').fields?.autoInstall).toBe(false);
  });
});

describe('keys that are looked at when the module is installed', () => {
  const rows: Row[] = [
    ["'external_dependencies': {'python': ['a'], 'bin': ['b'], 'deb': ['c']}", 'ok'],
    ["'external_dependencies': {}", 'ok'],
    ["'external_dependencies': {'python': 'requests'}", 'ok', 'external_dependencies_invalid'],
    ["'external_dependencies': ['requests']", 'ok', 'external_dependencies_invalid'],
    ["'excludes': ['a']", 'ok'],
    ["'excludes': None", 'ok'],
    ["'excludes': 'a'", 'ok', 'excludes_invalid'],
    ["'excludes': 5", 'brk', 'excludes_invalid'],
    ["'excludes': [['a']]", 'brk', 'excludes_invalid'],
    ["'countries': ['be']", 'ok'],
    ["'countries': 'be'", 'ok', 'countries_invalid@17.0@18.0@19.0'],
    ["'countries': []", 'ok'],
    ["'countries': None", 'ok ok ok brk brk brk', 'countries_invalid@17.0@18.0@19.0'],
    ["'countries': 5", 'ok ok ok brk brk brk', 'countries_invalid@17.0@18.0@19.0'],
    ["'countries': ['be', 1]", 'ok ok ok brk brk brk', 'countries_invalid@17.0@18.0@19.0'],
    ["'countries': [b'be']", 'ok ok ok brk brk brk', 'countries_invalid@17.0@18.0@19.0'],
    ["'unknown': 1, 'data': ['x.xml'], 'development_status': 'Beta'", 'ok'],
    ["'licence': 'AGPL-3'", 'ok'],
    ["'sumamry': 'x'", 'ok', 'key_misspelt'],
    ["'maintainter': 'x'", 'ok', 'key_misspelt'],
    ["'autoinstall': True", 'ok', 'key_misspelt'],
    ["'installabe': False", 'ok', 'key_misspelt'],
    ["'Summary': 'x'", 'ok', 'key_misspelt'],
  ];
  it.each(rows)('%s: %s', (...row) => checkRow(row));

  it('warns of licence where there is no license', () => {
    const { problems } = judgeManifest("{'name': 'x',\n'licence': 'AGPL-3'}", '17.0');
    expect(problems).toMatchObject([{ code: 'license_missing' }, { code: 'key_misspelt', line: 2 }]);
  });

  it('hands on what the rest of the program needs', () => {
    const text = `{'name': 'N', 'version': '1.0', 'license': 'AGPL-3', 'category': 'C', 'summary': 'S', 'application': 1,
      'depends': ['a', 'b'], 'auto_install': ['a'], 'excludes': ('x',), 'countries': ['be'],
      'external_dependencies': {'python': ['p', 'p'], 'bin': ('q',), 'deb': ['d']}}`;
    expect(judgeManifest(text, '17.0').fields).toEqual({
      ...{
        name: 'N',
        version: '17.0.1.0',
        rawVersion: '1.0',
        versionSeries: null,
        license: 'AGPL-3',
        category: 'C',
      },
      ...{
        summary: 'S',
        application: true,
        installable: true,
        autoInstall: ['a'],
        depends: ['a', 'b'],
        excludes: ['x'],
      },
      ...{ countries: ['be'], externalDependencies: { python: ['p'], bin: ['q'] } },
    });
    expect(judgeManifest(text, '16.0').fields?.countries).toEqual([]);
  });
});

describe('the value', () => {
  it.each([
    ['{}', 'installable', 0],
    ['[]', 'installable', 1],
    ["''", 'installable', 1],
    ['()', 'installable', 1],
    ['set()', 'installable', 1],
    ["[('name', 'x'), ['version', '1.0']]", 'installable', 1],
    ["['ab']", 'installable', 1],
    ["({'name': 'x'})", 'installable', 0],
    ["({'name': 'x'},)", 'invisible', 1],
    ["'ab'", 'invisible', 1],
    ['None', 'invisible', 1],
    ['5', 'invisible', 1],
    ['[([], 1)]', 'invisible', 1],
    ["b'ab'", 'invisible', 1],
  ] as const)('%s: %s', (text, verdict, count) => {
    for (const series of SERIES) {
      const judged = judgeManifest(text, series);
      expect(judged.verdict).toBe(verdict);
      expect(judged.literal).toBeDefined();
      expect(judged.problems.filter(({ code }) => code === 'not_a_dict')).toHaveLength(count);
      expect(judged.fields === null).toBe(verdict === 'invisible');
    }
  });

  it.each(["{'name': 'x'", "name = {'name': 'x'}", "{'name': _('x')}", '\ufeff{}', ''])(
    '%j is a syntax error',
    (text) => {
      for (const series of SERIES) {
        const judged = judgeManifest(text, series);
        expect(judged).toMatchObject({ verdict: 'invisible', literal: undefined, fields: null });
        expect(judged.problems).toMatchObject([{ code: 'syntax_error', level: 'error', line: 1 }]);
      }
    },
  );
});

const PROVOKED: Record<ProblemCode, string> = {
  syntax_error: '{',
  not_a_dict: '5',
  wrong_series: "{'version': '16.0.1.0.0'}",
  version_invalid: "{'version': 'v1'}",
  version_ignored: "{'version': 'v1', 'installable': False}",
  installable_not_bool: "{'installable': 'no'}",
  not_installable: "{'installable': False}",
  name_missing: '{}',
  license_missing: '{}',
  license_invalid: "{'license': 'MIT'}",
  category_invalid: "{'category': 1}",
  sequence_invalid: "{'sequence': 'a'}",
  description_invalid: "{'description': 1}",
  contributors_invalid: "{'contributors': 1}",
  text_unstorable: "{'name': '\\0'}",
  depends_invalid: "{'depends': 'base'}",
  auto_install_invalid: "{'auto_install': ['x']}",
  auto_install_not_bool: "{'auto_install': 1}",
  excludes_invalid: "{'excludes': 1}",
  external_dependencies_invalid: "{'external_dependencies': [1]}",
  countries_invalid: "{'countries': 'be'}",
  key_misspelt: "{'sumary': 1}",
};

describe('every problem code', () => {
  it.each(Object.entries(PROVOKED))('%s is reported for %s', (code, text) => {
    const problem = judgeManifest(text, '17.0').problems.find((found) => found.code === code);
    expect(problem?.message).toBeTruthy();
    expect(PROBLEM_CODES).toHaveProperty(code);
  });
});

describe('several problems', () => {
  it('are all reported, with their lines, and the first to raise decides', () => {
    const text = "{'name': 'x',\n'version': 'v1',\n'license': 'MIT',\n'category': 3,\n'installable': 'yes'}";
    const { verdict, problems } = judgeManifest(text, '17.0');
    expect(verdict).toBe('invisible');
    expect(problems.map(({ code, line, level }) => [code, line, level])).toEqual([
      ['installable_not_bool', 5, 'warning'],
      ['version_invalid', 2, 'error'],
      ['license_invalid', 3, 'error'],
      ['category_invalid', 4, 'error'],
    ]);
    expect(judgeManifest(text, '16.0').verdict).toBe('breaks_update');
  });

  it('break the update even where the module is not installable', () => {
    const text = "{'name': 'x', 'installable': False, 'version': 'v1', 'license': 'MIT'}";
    for (const series of SERIES) expect(judgeManifest(text, series).verdict).toBe('breaks_update');
  });

  it('are found in linear time', () => {
    const spaces = `1${' '.repeat(500_000)}1`;
    const names = Array.from({ length: 30_000 }, (_, i) => `'m${i}'`).join();
    const text = `{'name': '${spaces}', 'sequence': '${spaces}', 'version': '${'1.'.repeat(300_000)}', 'depends': [${names}],
      'auto_install': [${names}], 'license': '${'-'.repeat(500_000)}', 'category': 0x${'f'.repeat(500_000)}}`;
    for (const series of SERIES) expect(judgeManifest(text, series).verdict).not.toBe('installable');
    const keys = Array.from({ length: 30_000 }, (_, i) => `'licens${i}': 1`).join();
    expect(judgeManifest(`{'name': 'x', 'license': 'LGPL-3', ${keys}}`, '17.0').verdict).toBe('installable');
  });

  it('show no more of a value than a person reads', () => {
    const { problems } = judgeManifest(`{'name': 'x', 'license': '${'x'.repeat(10_000)}'}`, '17.0');
    expect(problems[0]?.message.length).toBeLessThan(500);
  });
});

describe('the file', () => {
  const bytes = (...parts: (string | number[])[]) =>
    Uint8Array.from(parts.flatMap((part) => [...Buffer.from(part as string)]));

  it('is strict UTF-8, with line ends as Python reads them', () => {
    expect(decodeManifest(bytes('{\r\n}\r\n\r'))).toEqual({ ok: true, text: '{\n}\n\n' });
    expect(decodeManifest(bytes('é€😀'))).toEqual({ ok: true, text: 'é€😀' });
    for (const wrong of [[0xe9], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]]) {
      expect(decodeManifest(bytes("{'name': '", wrong, "'}"))).toEqual({
        ok: false,
        error: 'is not UTF-8 text',
      });
    }
  });

  it('keeps a byte-order mark, which is a syntax error', () => {
    const decoded = decodeManifest(bytes([0xef, 0xbb, 0xbf], '{}'));
    if (!decoded.ok) throw new Error(decoded.error);
    const { problems } = judgeManifest(decoded.text, '17.0');
    expect(problems).toMatchObject([
      { code: 'syntax_error', message: expect.stringContaining('byte-order mark') },
    ]);
  });

  it('may name any encoding in a cookie: it changes nothing', () => {
    expect(judgeManifest("# -*- coding: latin-1 -*-\n{'name': 'é'}", '17.0').fields?.name).toBe('é');
  });
});
