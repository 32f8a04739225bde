import { describe, expect, it } from 'vitest';
import { PROBLEM_CODES, type ProblemCode } from '../../src/manifest/problems.ts';
import { SERIES, type Series } from '../../src/manifest/series.ts';
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
    [v("'S'"), 'ok ok ok ok ok no', 'version_invalid@19.0'],
    [v("'S.1'"), 'ok ok ok inv inv ok', 'version_invalid@17.0@18.0'],
    [v("'13.0.1.0.0'"), 'ok ok ok inv inv no', 'wrong_series', 'version_invalid@17.0@18.0@19.0'],
    [v("'v1.0'"), 'ok ok ok inv inv inv', 'version_invalid@17.0@18.0@19.0'],
    [v("'1.0.0.0'"), 'ok ok ok inv inv no', 'version_invalid@17.0@18.0@19.0'],
    [v('None'), 'inv', 'version_invalid'],
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

describe('what a rule finds', () => {
  const upTo18 = '@14.0@15.0@16.0@17.0@18.0';
  const rows: Row[] = [
    ["'license': 'MIT'", 'brk', 'license_invalid'],
    ["'license': None", 'ok', 'license_missing@15.0@16.0@17.0@18.0@19.0'],
    ["'name': ''", 'ok', 'name_missing'],
    ["'category': None", 'brk', 'category_invalid'],
    ["'sequence': 'first'", 'brk', 'sequence_invalid'],
    ["'description': None", 'ok ok ok brk brk ok', 'description_invalid@17.0@18.0'],
    ["'contributors': None", 'brk', 'contributors_invalid'],
    ["'summary': 'half \\ud83d'", 'brk', 'text_unstorable'],
    ["'depends': 'base'", 'ok', 'depends_invalid'],
    ["'depends': 5", 'brk brk brk brk brk inv', 'depends_invalid'],
    ["'depends': 5, 'auto_install': True", 'inv', 'depends_invalid', 'auto_install_invalid'],
    ["'depends': None, 'auto_install': True", 'inv inv inv inv inv ok', `auto_install_invalid${upTo18}`],
    ["'auto_install': 1", 'ok', 'auto_install_not_bool'],
    ["'external_dependencies': ['requests']", 'ok', 'external_dependencies_invalid'],
    ["'excludes': 'a'", 'ok', 'excludes_invalid'],
    ["'countries': 'be'", 'ok', 'countries_invalid@17.0@18.0@19.0'],
    ["'unknown': 1, 'data': ['x.xml'], 'development_status': 'Beta'", 'ok'],
    ["'licence': 'AGPL-3'", 'ok'],
    ["'sumamry': 'x'", 'ok', 'key_misspelt'],
  ];
  it.each(rows)('%s: %s', (...row) => checkRow(row));

  it('takes the README for an empty description', () => {
    const text = manifest("'description': None", '17.0');
    expect(judgeManifest(text, '17.0', { hasReadme: true }).verdict).toBe('installable');
    expect(judgeManifest(manifest("'description': 5", '17.0'), '17.0', { hasReadme: true }).verdict).toBe(
      'breaks_update',
    );
  });

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
