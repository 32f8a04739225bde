import { describe, expect, it } from 'vitest';
import type { ProblemCode } from '../../src/manifest/problems.ts';
import { PROBLEM_CODES } from '../../src/manifest/problems.ts';
import { SERIES } from '../../src/manifest/series.ts';
import { judgeManifest } from '../../src/manifest/verdict.ts';
import { manifest } from './verdict-rows.ts';

/** What is found in a form on all six series; with `@`, on those named. What becomes of it is in verdict-keys.test.ts. */
type Row = [form: string, ...codes: string[]];

function checkRow([form, ...codes]: Row): void {
  for (const series of SERIES) {
    const { problems } = judgeManifest(manifest(form, series), series);
    const expected = codes.filter((code) => !code.includes('@') || code.includes(series));
    expect(problems.map(({ code }) => code)).toEqual(expected.map((code) => code.split('@')[0]));
  }
}

const v = (version: string) => `'version': ${version}`;

describe('version', () => {
  it('is 1.0 where there is none', () => {
    for (const series of SERIES) {
      const { verdict, fields } = judgeManifest("{'name': 'x', 'license': 'LGPL-3'}", series);
      expect(verdict).toBe('installable');
      expect(fields).toMatchObject({ version: `${series}.1.0`, rawVersion: null });
    }
  });

  it('and installable are one finding where they are one fact, which is no reason to change the number', () => {
    for (const series of SERIES) {
      const text = manifest(`'installable': False, ${v("'13.0.1.0.0'")}`, series);
      const [problem, ...others] = judgeManifest(text, series).problems;
      expect(others).toEqual([]);
      expect(problem).toMatchObject({ code: 'not_installable', level: 'error' });
      expect(problem?.message).toMatch(`not migrated to ${series} yet`);
      expect(problem?.message).not.toContain(`${series}.1`);
    }
  });

  it('of another series is a reason to take another branch, not another number', () => {
    for (const series of SERIES) {
      const { problems } = judgeManifest(manifest(v("'13.0.1.0.0'"), series), series);
      expect(problems).toMatchObject([{ code: 'wrong_series', level: 'error' }]);
      expect(problems[0]?.message).toMatch(/written for Odoo 13\.0.*check out the branch/);
      expect(problems[0]?.message).not.toContain('write ');
    }
  });
});

describe('what is found', () => {
  const upTo18 = '@14.0@15.0@16.0@17.0@18.0';
  const from17 = '@17.0@18.0@19.0';
  const rows: Row[] = [
    [v("'S'"), 'version_invalid@19.0'],
    [v("'v1.0'"), `version_invalid${from17}`],
    [v('None'), 'version_invalid'],
    [v('1.0'), `version_invalid${upTo18}`],
    [`'installable': False, ${v("'1'")}`, 'not_installable', `version_ignored${from17}`],
    [`'installable': False, ${v("'S'")}`, 'not_installable'],
    [
      `'installable': False, ${v('None')}`,
      'not_installable',
      `version_invalid${upTo18}`,
      'version_ignored@19.0',
    ],
    ["'installable': True"],
    ["'installable': 'False'", 'installable_not_bool'],
    ["'installable': 0", 'installable_not_bool', 'not_installable'],
    ["'license': 'MIT'", 'license_invalid'],
    ["'license': None", 'license_missing@15.0@16.0@17.0@18.0@19.0'],
    ["'name': ''", 'name_missing'],
    ["'category': None", 'category_invalid'],
    ["'sequence': 'first'", 'sequence_invalid'],
    ["'icon': 1", 'icon_invalid@19.0'],
    ["'description': None", 'description_invalid@17.0@18.0'],
    ["'contributors': None", 'contributors_invalid'],
    ["'summary': 'half \\ud83d'", 'text_unstorable'],
    ["'depends': 'base'", 'depends_invalid'],
    ["'depends': 5", 'depends_invalid'],
    ["'depends': 5, 'auto_install': True", 'depends_invalid'],
    ["'depends': None, 'auto_install': True", `depends_invalid${upTo18}`],
    ["'auto_install': 1", 'auto_install_not_bool'],
    ["'auto_install': ['x']", 'auto_install_invalid'],
    ["'external_dependencies': ['requests']", 'external_dependencies_invalid'],
    ["'excludes': 'a'", 'excludes_invalid'],
    ["'countries': 'be'", `countries_invalid${from17}`],
    ["'unknown': 1, 'data': ['x.xml'], 'development_status': 'Beta'"],
    ["'licence': 'AGPL-3'"],
    ["'sumamry': 'x'", 'key_misspelt'],
  ];
  it.each(rows)('%s: %s', (...row) => checkRow(row));

  it('says of countries on 17.0 that it depends on the build', () => {
    const judged = judgeManifest(manifest("'countries': None", '17.0'), '17.0');
    expect(judged).toMatchObject({ verdict: 'installable', problems: [{ level: 'error' }] });
    expect(judged.problems[0]?.message).toMatch(/depends on the build/);
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
    ['{}', 0],
    ['[]', 1],
    ["''", 1],
    ["[('name', 'x'), ['version', '1.0']]", 1],
    ["({'name': 'x'},)", 1],
    ['5', 1],
  ] as const)('%s is handed on, and is no dict %i times', (text, count) => {
    for (const series of SERIES) {
      const { literal, problems, fields } = judgeManifest(text, series);
      expect(literal).toBeDefined();
      expect(problems.filter(({ code }) => code === 'not_a_dict')).toHaveLength(count);
      expect(fields === null).toBe(problems.some(({ level }) => level === 'error'));
    }
  });

  it.each(["{'name': 'x'", "{'name': _('x')}", '\ufeff{}', ''])('%j is a syntax error', (text) => {
    for (const series of SERIES) {
      const judged = judgeManifest(text, series);
      expect(judged).toMatchObject({ verdict: 'invisible', literal: undefined, fields: null });
      expect(judged.problems).toMatchObject([{ code: 'syntax_error', level: 'error', line: 1 }]);
    }
  });
});

describe('an outage', () => {
  const surroundings = { hasStatic: () => true };
  it.each([
    ['{', ['14.0', '15.0', '16.0', '17.0', '18.0']],
    ['5', ['14.0', '15.0', '16.0', '17.0', '18.0']],
    ["{'version': 1}", ['16.0', '17.0', '18.0']],
    ["{'version': 'v1'}", ['17.0', '18.0']],
    ["{'license': 'MIT'}", []],
  ])('of %s comes on %j, and the first that raises says so', (text, outages) => {
    for (const series of SERIES) {
      const { outage, problems } = judgeManifest(text, series, surroundings);
      expect([series, outage !== null]).toEqual([series, outages.includes(series)]);
      const said = problems.filter(({ message }) => outage !== null && message.endsWith(outage));
      expect(said).toHaveLength(outage === null ? 0 : 1);
    }
  });
});

const PROVOKED: Record<ProblemCode, string> = {
  syntax_error: '{',
  not_a_dict: '5',
  folder_name_invalid: '{}',
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
  readme_invalid: '{}',
  icon_invalid: "{'icon': 1}",
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
    const readReadme = () => ({ file: 'README.md', state: 'nul' }) as const;
    const { problems } = judgeManifest(text, '19.0', { folder: 'a-b', readReadme });
    const problem = problems.find((found) => found.code === code);
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
    expect(judgeManifest(`{'name': 'x', 'license': 'LGPL-3', ${keys}}`, '14.0').verdict).toBe('installable');
  });

  it('show no more of a value than a person reads', () => {
    const { problems } = judgeManifest(`{'name': 'x', 'license': '${'x'.repeat(10_000)}'}`, '17.0');
    expect(problems[0]?.message.length).toBeLessThan(500);
  });
});
