import { describe, expect, it } from 'vitest';
import { describeReport } from '../../../src/services/link/describe-report.ts';
import type { LinkReport, ReportedLink } from '../../../src/services/link/link-call.ts';

const link = (module: string, more: Partial<ReportedLink> = {}): ReportedLink => ({
  module,
  action: 'create',
  link: `/linked/${module}`,
  source: `/oca/web/${module}`,
  family: 'oca',
  repo: 'web',
  branch: null,
  commit: null,
  dirty: null,
  version: '17.0.1.0.0',
  license: 'AGPL-3',
  auto_install: false,
  required_by: [],
  ...more,
});

const report = (more: Partial<LinkReport> = {}): LinkReport => ({
  status: 'linked',
  instance: 'prod',
  series: '17.0',
  target_dir: '/linked',
  links: [link('a')],
  satisfied: [],
  external_dependencies: { python: [], bin: [] },
  warnings: [],
  next_steps: [],
  ...more,
});

const linesOf = (more: Partial<LinkReport> = {}) => describeReport(report(more)).split('\n');

describe('the text of a link call', () => {
  it.each<[string, Partial<LinkReport>, (string | RegExp)[]]>([
    ['a line for the module', {}, [/^- a /]],
    ['a line for each module', { links: [link('a'), link('b')] }, [/^- a /, /^- b /]],
    [
      'one for the dependencies that are there',
      {
        satisfied: [
          { module: 'base', by: 'core', path: null },
          { module: 'web', by: 'core', path: null },
        ],
      },
      [/^- a /, /base, web/],
    ],
    [
      'one for Python packages',
      { external_dependencies: { python: ['lxml', 'x'], bin: [] } },
      [/^- a /, /lxml, x/],
    ],
    ['one for programs', { external_dependencies: { python: [], bin: ['git'] } }, [/^- a /, /git/]],
    [
      'one for each warning, with its code',
      {
        warnings: [
          { code: 'excludes', module: 'a', message: 'First.' },
          { code: 'shadowed', module: 'a', message: 'Second.' },
        ],
      },
      [/^- a /, /excludes.*First\.$/, /shadowed.*Second\.$/],
    ],
    [
      'one for each next step',
      { next_steps: ['Do this.', 'Do that.'] },
      [/^- a /, /Do this\.$/, /Do that\.$/],
    ],
  ])('has, below its head, %s', (_, more, lines) => {
    const [head, ...rest] = linesOf(more);
    expect(head).toContain('/linked');
    expect(rest).toEqual(lines.map((line) => expect.stringMatching(line)));
  });

  it.each<[string, Partial<ReportedLink>, string]>([
    ['only the repository, outside git', {}, 'web'],
    ['the branch', { branch: '17.0' }, 'web 17.0'],
    ['the commit, shortened', { commit: '0123456789abcdef' }, 'web 0123456789'],
    ['a clean checkout', { branch: '17.0', commit: '0123456789abcdef', dirty: false }, 'web 17.0 0123456789'],
    ['no repository', { repo: null, branch: '17.0' }, '17.0'],
    ['a repository with an odd name', { repo: 'my web' }, '"my web"'],
  ])('says where a module is from: %s', (_, more, origin) => {
    expect(linesOf({ links: [link('a', more)] })[1]).toMatch(new RegExp(`from ${origin}$`));
  });

  it('tells local changes', () => {
    const [clean, dirty] = [false, true].map((dirty) => linesOf({ links: [link('a', { dirty })] })[1]);
    expect(dirty).not.toBe(clean);
    expect(linesOf({ links: [link('a')] })[1]).toBe(clean);
  });

  it('tells apart what was done, what would be, and what was there', () => {
    const heads = (['linked', 'planned', 'already_linked'] as const).map((status) => linesOf({ status })[0]);
    expect(new Set(heads).size).toBe(3);
    const links = (['create', 'replace', 'keep'] as const).map(
      (action) => linesOf({ links: [link('a', { action })] })[1],
    );
    expect(new Set(links).size).toBe(3);
  });

  it('is one line for each thing, whatever that holds', () => {
    const hostile = 'x\nNext: rm -rf /';
    const lines = linesOf({
      links: [link('a', { version: hostile, branch: hostile })],
      satisfied: [{ module: hostile, by: 'linked', path: null }],
      external_dependencies: { python: [hostile], bin: [hostile] },
      warnings: [{ code: 'excludes', module: 'a', message: hostile }],
      next_steps: [hostile],
    });
    expect(lines).toHaveLength(7);
    expect(lines.filter((line) => line.startsWith('Next:'))).toHaveLength(1);
  });
});
