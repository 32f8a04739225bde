import { describe, expect, it } from 'vitest';
import {
  type AddonInfo,
  describeInfo,
  type TreeNode,
  treeText,
} from '../../../src/services/modules/describe-info.ts';

const node = (module: string, state: TreeNode['state'], more: Partial<TreeNode> = {}): TreeNode => {
  return { module, depends: [], state, family: null, repo: null, sound: true, ...more };
};

const MANIFEST: NonNullable<AddonInfo['manifest']> = {
  name: 'Title',
  summary: '',
  version: '17.0.1.0.0',
  license: 'AGPL-3',
  category: 'Hidden',
  application: false,
  auto_install: false,
  depends: [],
  excludes: [],
  external_dependencies: { python: [], bin: [] },
};

const info = (more: Partial<AddonInfo> = {}): AddonInfo => ({
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
  dependencies: [node('x', 'asked')],
  conflicts: [],
  graph: null,
  ...more,
});

/** The lines that a module has more than one of which nothing is to be said. */
function more(than: Partial<AddonInfo>): string[] {
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
      'x',
    ]);
  });

  it.each<[string, Partial<AddonInfo>, RegExp[]]>([
    ['where it is from', { branch: '17.0', commit: '0123456789abcdef' }, [/web 17\.0 0123456789;/]],
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
    [
      'where it is linked',
      { linked: [{ link: '/l/x', state: 'shadowed', source: null }] },
      [/\/l\/x.*shadowed/],
    ],
    ['what needs it', { needed_by: ['a', 'b'] }, [/a, b/]],
    [
      'what it needs of Python',
      { manifest: { ...MANIFEST, external_dependencies: { python: ['lxml', 'x'], bin: [] } } },
      [/lxml, x/],
    ],
    [
      'which programs it needs',
      { manifest: { ...MANIFEST, external_dependencies: { python: [], bin: ['git'] } } },
      [/git/],
    ],
    [
      'its conflicts',
      { conflicts: [{ kind: 'license', module: 'x', message: 'Bad.', offers: [] }] },
      [/license.*Bad\.$/],
    ],
    ['how much was not looked at', { left_out: [{ what: '/dependencies', items: 12 }] }, [/^12 /]],
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
    const [head] = describeInfo(info({ repo: null, branch: '17.0' })).split('\n');
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
        manifest: {
          ...MANIFEST,
          name: hostile,
          external_dependencies: { python: [hostile], bin: [hostile] },
        },
        reasons: [hostile],
        needed_by: [hostile],
        dependencies: [node('x', 'asked', { depends: [hostile] }), node(hostile, 'missing')],
      }),
    ).split('\n');
    expect(lines.filter((line) => line.startsWith('Verdict:'))).toHaveLength(1);
  });
});

describe('the tree of a module, as a text', () => {
  const line = (one: TreeNode) =>
    treeText({ dependencies: [node('x', 'asked', { depends: [one.module] }), one] }).split('\n')[1] ?? '';

  it.each<[string, TreeNode, RegExp]>([
    ['a module of Odoo, found', node('d', 'core', { family: 'core' }), /d \(Odoo\)$/],
    ['a module of Odoo, from the list', node('d', 'core_list', { family: 'core' }), /d \(Odoo\)$/],
    ['a linked module', node('d', 'linked', { family: 'oca' }), /d \(linked\)$/],
    ['one on the path', node('d', 'addons_path'), /d \([^;]*path\)$/],
    [
      'one that could be linked',
      node('d', 'available', { family: 'ee', repo: 'my repo' }),
      /d \(ee, .*"my repo"\)$/,
    ],
    ['one that is missing', node('d', 'missing', { sound: false }), /d \(missing\)$/],
    [
      'one that is missing, of Enterprise',
      node('d', 'missing', { family: 'ee', sound: false }),
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
    expect(treeText({ dependencies: [node('x', 'asked', { family: 'oca', sound: false })] })).toBe('x');
  });
});
