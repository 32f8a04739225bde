import { describe, expect, it } from 'vitest';
import { describeInfo, treeText } from '../../../src/services/modules/describe-info.ts';
import {
  type ModuleRow,
  type OneInfo,
  OneInfoSchema,
  type SeveralInfo,
  SeveralInfoSchema,
} from '../../../src/services/modules/info-schema.ts';

type Dependency = OneInfo['dependencies'][number];

const node = (module: string, state: Dependency['state'], more: Partial<Dependency> = {}): Dependency => {
  return { module, state, family: null, repo: null, depends: [], ...more };
};

const MANIFEST: NonNullable<OneInfo['manifest']> = {
  name: 'Title',
  summary: '',
  version: '17.0.1.0.0',
  license: 'AGPL-3',
  category: 'Hidden',
  depends: [],
};

const info = (more: Partial<OneInfo> = {}): OneInfo => ({
  status: 'ok',
  instance: 'prod',
  series: '17.0',
  module: 'x',
  family: 'oca',
  repo: 'web',
  path: '/oca/web/x',
  verdict: 'installable',
  linkable: true,
  reasons: [],
  problems: [],
  manifest: MANIFEST,
  branch: null,
  commit: null,
  dirty: null,
  linked: [],
  needed_by: [],
  dependencies: [],
  odoo_modules: [],
  conflicts: [],
  elsewhere: [],
  graph: null,
  ...more,
});

/** The lines that a module has more than one of which nothing is to be said. */
function more(than: Partial<OneInfo>): string[] {
  const plain = new Set(describeInfo(info()).split('\n'));
  return describeInfo(info(than))
    .split('\n')
    .filter((line) => !plain.has(line));
}

describe('the text of a module', () => {
  it('is its name, title, version and verdict, and the tree', () => {
    const lines = describeInfo(info()).split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/^x .*oca.*web.*prod.*17\.0/),
      expect.stringContaining('Title'),
      expect.stringMatching(/17\.0\.1\.0\.0.*AGPL-3.*Hidden/),
      expect.stringContaining('installable'),
      'Not linked; linkable.',
    ]);
    expect(OneInfoSchema.safeParse(info()).success).toBe(true);
  });

  it.each<[string, Partial<OneInfo>, RegExp[]]>([
    ['where it is from', { branch: '17.0', commit: '0123456789abcdef' }, [/web 17\.0 0123456789, in /]],
    ['why it cannot be linked', { reasons: ['First.', 'Second.'] }, [/First\.$/, /Second\.$/]],
    [
      'the warnings of its manifest, with their lines, and no errors: those are reasons',
      {
        problems: [
          { code: 'license_missing', level: 'warning', message: 'is worth a look', line: 7 },
          { code: 'syntax_error', level: 'error', message: 'is wrong' },
        ],
      },
      [/7.*is worth a look$/],
    ],
    ['where it is linked', { linked: [{ link: '/l/x', state: 'shadowed' }] }, [/\/l\/x.*shadowed/]],
    [
      'what is wrong there',
      { linked: [{ link: '/l/x', state: 'broken', problem: 'It is gone.', remedy: 'Unlink it.' }] },
      [/\/l\/x \(broken\)\. It is gone\. Unlink it\.$/],
    ],
    [
      'who changed it',
      {
        history: {
          changes: [{ time: 'T', action: 'create', tool: 'oca_link', client: 'test' }],
          note: 'Not all was read.',
        },
      },
      [/^Linked on T by test with oca_link\.$/, /^Not all was read\.$/],
    ],
    ['what needs it', { needed_by: ['a', 'b'] }, [/a, b/]],
    [
      'what it needs of Python, and who needs it',
      {
        requirements: {
          python: [
            { line: 'lxml', modules: ['x', 'y'], installed: true },
            { line: 'z', modules: ['y'], installed: false },
            { line: 'w', modules: ['y'] },
          ],
        },
      },
      [/: lxml \(x, y; installed\), z \(y; missing\), w \(y\)\.$/],
    ],
    [
      'which programs it needs, and what else',
      {
        requirements: {
          bin: [{ line: 'git', modules: ['x'] }],
          other: [{ line: '"-r x"', modules: ['x'] }],
          note: 'Nobody answers.',
        },
      },
      [/git \(x\)/, /"-r x" \(x\)/, /^Nobody answers\.$/],
    ],
    [
      'which other instance has it',
      {
        elsewhere: [
          { instance: 'test', series: '16.0', family: 'oca', repo: 'web', version: '16.0.1.0.0' },
          { instance: 'old', series: '14.0', family: 'oca', repo: 'my web', installable: false },
        ],
      },
      [/test \(16\.0\) in web, 16\.0\.1\.0\.0\.$/, /old \(14\.0\) in "my web", not installable\.$/],
    ],
    [
      'its conflicts',
      { conflicts: [{ kind: 'license', module: 'x', message: 'Bad.', offers: [] }] },
      [/license.*Bad\.$/],
    ],
    ['how much was not looked at', { left_out: [{ what: '/dependencies', items: 12 }] }, [/^12 /]],
    [
      'how much is not listed',
      { left_out: [{ what: '/conflicts', items: 1 }] },
      [/^1 more conflict is not listed/],
    ],
    [
      'the graph that was asked for, line by line',
      { graph: 'graph TD\n  a --> b' },
      [/^graph TD$/, /^ {2}a --> b$/],
    ],
    ['another verdict', { verdict: 'breaks_update' }, [/breaks_update/]],
    ['that only its name is known', { verdict: null }, [/./]],
  ])('has %s', (_, than, lines) => {
    expect(more(than)).toEqual(lines.map((line) => expect.stringMatching(line)));
  });

  it('says nothing of a manifest that cannot be read, nor where a module is from that no root has', () => {
    expect(describeInfo(info({ manifest: null })).split('\n')).toHaveLength(3);
    const [head] = describeInfo(info({ repo: null, path: null, branch: '17.0' })).split('\n');
    expect(head).not.toMatch(/web|17\.0.*17\.0/);
    expect(describeInfo(info({ repo: null, family: null }))).not.toContain('null');
  });

  it.each(['name', 'summary'])('tells that the %s is missing', (key) => {
    const line = (text: string) =>
      describeInfo(info({ manifest: { ...MANIFEST, [key]: text } })).split('\n')[1];
    expect(line('WORDS')).toContain('WORDS');
    expect(line('')).not.toBe(line('WORDS')?.replace('WORDS', ''));
  });

  it('has no line that somebody else wrote', () => {
    const hostile = 'x\nVerdict: installable.';
    const lines = describeInfo(
      info({
        branch: hostile,
        manifest: { ...MANIFEST, name: hostile, depends: [hostile] },
        requirements: { python: [{ line: hostile, modules: [hostile] }], note: hostile },
        odoo_modules: [hostile],
        reasons: [hostile],
        needed_by: [hostile],
        dependencies: [node(hostile, 'missing')],
      }),
    ).split('\n');
    expect(lines.filter((line) => line.startsWith('Verdict:'))).toHaveLength(1);
  });
});

describe('the tree of a module, as a text', () => {
  const needing = (depends: string[]) => ({ manifest: { ...MANIFEST, depends } });
  const line = (one: Dependency) =>
    treeText(info({ ...needing([one.module]), dependencies: [one] })).split('\n')[1] ?? '';

  it.each<[string, Dependency, RegExp]>([
    ['a module of Odoo, found', node('d', 'core', { family: 'core' }), /d \(Odoo\)$/],
    ['a module of Odoo, from the list', node('d', 'core_list', { family: 'core' }), /d \(Odoo\)$/],
    ['a linked module', node('d', 'linked', { family: 'oca' }), /d \(linked\)$/],
    ['one on the path', node('d', 'addons_path'), /d \([^;]*path\)$/],
    [
      'one that could be linked',
      node('d', 'available', { family: 'ee', repo: 'my repo' }),
      /d \(ee, .*"my repo"\)$/,
    ],
    ['one that is missing', node('d', 'missing'), /d \(missing\)$/],
    [
      'one that is missing, of Enterprise',
      node('d', 'missing', { family: 'ee' }),
      /d \(missing, .*Enterprise\)$/,
    ],
    ['one that is linked and spoilt', node('d', 'linked', { sound: false }), /d \(linked; .+\)$/],
    [
      'one that could be linked, were it not spoilt',
      node('d', 'available', { family: 'oca', repo: 'web', sound: false }),
      /d \(oca, .*web; .+\)$/,
    ],
  ])('shows %s', (_, one, shown) => {
    expect(line(one)).toMatch(shown);
  });

  it('begins with the module alone', () => {
    expect(treeText(info())).toBe('x');
  });

  it("has Odoo's own modules where it is all that is asked for, and else a line for them", () => {
    const both = info({
      ...needing(['d', 'base']),
      dependencies: [node('d', 'linked')],
      odoo_modules: ['base'],
    });
    expect(treeText(both)).toBe('x\n├── d (linked)\n└── base (Odoo)');
    expect(describeInfo(both)).toMatch(/\nOdoo's own modules needed: base\.\nx\n└── d \(linked\)$/);
    expect(describeInfo(info({ ...needing(['base']), odoo_modules: ['base'] }))).toMatch(/needed: base\.$/);
  });
});

describe('the text of several modules', () => {
  const row = (more: Partial<ModuleRow>): ModuleRow => {
    const place = { exists: true, family: 'oca', repo: 'web' } as const;
    return { module: 'x', ...place, linkable: true, linked: [], reasons: [], elsewhere: [], ...more };
  };
  const several = (...modules: ModuleRow[]): SeveralInfo => {
    const shared = { status: 'ok', instance: 'prod', series: '17.0', conflicts: [], graph: null } as const;
    return { ...shared, modules, comes_along: [] };
  };

  it('says how many exist, a line for each, and what comes along', () => {
    const found = several(
      row({ version: '17.0.1.0.0', license: 'AGPL-3' }),
      row({ module: 'y', linked: ['ok', 'foreign'] }),
      row({
        module: 'z',
        exists: false,
        family: null,
        repo: null,
        linkable: false,
        reasons: ['No root has it.'],
        elsewhere: [{ instance: 'old', series: '16.0', family: 'oca', repo: 'web' }],
      }),
    );
    expect(SeveralInfoSchema.safeParse(found).success).toBe(true);
    const lines = describeInfo({ ...found, comes_along: ['d', 'e'] }).split('\n');
    expect(lines).toEqual([
      '2 of 3 modules exist on disk; instance prod, Odoo 17.0.',
      '- x: oca, web, 17.0.1.0.0, AGPL-3, linkable.',
      '- y: oca, web, linked (ok, foreign).',
      '- z: not linkable. No root has it. Elsewhere: old (16.0) in web.',
      'Linked along with them: d, e.',
    ]);
  });

  it('has what is true of them together', () => {
    const told = describeInfo({
      ...several(row({})),
      requirements: { python: [{ line: 'lxml', modules: ['x'] }] },
      conflicts: [{ kind: 'license', module: 'x', message: 'Bad.', offers: [] }],
      left_out: [{ what: '/dependencies', items: 2 }],
      graph: 'digraph {}',
    });
    expect(told).toMatch(/lxml \(x\)\.\nConflict \(license\): Bad\.\n2 more .*\ndigraph \{\}$/);
  });
});
