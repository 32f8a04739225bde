import { describe, expect, it } from 'vitest';
import { briefLinks, type LinkAnswer } from '../../../src/services/link/brief-links.ts';
import { describeReport } from '../../../src/services/link/describe-report.ts';
import { link, report } from './reports.ts';

const HOW = 'Ask for more.';
const answer = (more: Parameters<typeof report>[0] = {}, change: Partial<LinkAnswer> = {}): LinkAnswer => ({
  ...briefLinks(report(more), 'answer', HOW),
  ...change,
});
const linesOf = (more: Parameters<typeof report>[0] = {}, change: Partial<LinkAnswer> = {}) =>
  describeReport(answer(more, change)).split('\n');
const FROM = /^From web \(oca\) in \/oca\/web: AGPL-3\.$/;

describe('the text of a link call', () => {
  it.each<[string, Parameters<typeof report>[0], (string | RegExp)[]]>([
    ['a line for the module, and one for its repository', {}, [/^- a 17\.0\.1\.0\.0 from web$/, FROM]],
    ['a line for each module', { links: [link('a'), link('b')] }, [/^- a /, /^- b /, FROM]],
    [
      'one for the dependencies that are there, by where',
      {
        satisfied: [
          { module: 'base', by: 'core', path: null },
          { module: 'x', by: 'linked', path: null },
          { module: 'web', by: 'core', path: null },
        ],
      },
      [/^- a /, FROM, "Dependencies found, Odoo's own: base, web; linked: x."],
    ],
    [
      'one for Python packages',
      { external_dependencies: { python: ['lxml', 'x'], bin: [] } },
      [/^- a /, FROM, /lxml, x/],
    ],
    ['one for programs', { external_dependencies: { python: [], bin: ['git'] } }, [/^- a /, FROM, /git/]],
    [
      'one for each warning, with its code',
      {
        warnings: [
          { code: 'excludes', module: 'a', message: 'First.' },
          { code: 'shadowed', module: 'a', message: 'Second.' },
        ],
      },
      [/^- a /, FROM, /excludes.*First\.$/, /shadowed.*Second\.$/],
    ],
    [
      'one for each next step',
      { next_steps: ['Do this.', 'Do that.'] },
      [/^- a /, FROM, /Do this\.$/, /Do that\.$/],
    ],
    ['one for what was removed', { removed: ['x', 'y'] }, [/^- a /, FROM, 'Removed: x, y.']],
    ['what would be removed', { status: 'planned', removed: ['x'] }, [/^- a /, FROM, 'Would remove: x.']],
  ])('has, below its head, %s', (_, more, lines) => {
    const [head, ...rest] = linesOf(more);
    expect(head).toContain('/linked');
    expect(rest).toEqual(lines.map((line) => expect.stringMatching(line)));
  });

  it('says what is not listed, and how to get it', () => {
    const left_out = [{ what: '/links', items: 7 }];
    expect(linesOf({}, { left_out, more: HOW, count: 8 })).toEqual([
      expect.stringMatching(/^Linked: 8 modules /),
      expect.any(String),
      expect.any(String),
      'Not listed: 7 of links. Ask for more.',
    ]);
  });

  it.each<[string, Partial<ReturnType<typeof link>>, string]>([
    ['a new name for its version', { odoo_version: '17.0.1' }, '; Odoo shows 17.0.1'],
    ['local changes', { dirty: true }, '; with local changes'],
    ['that these are unknown', { branch: '17.0', dirty: null }, '; local changes unknown'],
    ['that it installs itself', { auto_install: true }, '; installs itself'],
    ['what needs it', { required_by: ['x', 'y'] }, '; needed by x, y'],
    ['that it was replaced', { action: 'replace' }, '; replaced'],
    ['that it was there', { action: 'keep' }, '; unchanged'],
  ])('tells of a module %s', (_, more, said) => {
    expect(linesOf({ links: [link('a', more)] })[1]).toBe(`- a 17.0.1.0.0 from web${said}`);
  });

  it('tells apart what was done, what would be, and what was there', () => {
    const heads = (['linked', 'planned', 'already_linked'] as const).map((status) => linesOf({ status })[0]);
    expect(new Set(heads).size).toBe(3);
    const links = [link('a', { action: 'keep' })];
    expect(linesOf({ status: 'already_linked', links })[1]).toBe('- a 17.0.1.0.0 from web');
  });

  it('is one line for each thing, whatever that holds', () => {
    const hostile = 'x\nNext: rm -rf /';
    const lines = linesOf({
      links: [link('a', { version: hostile, branch: hostile, repo: hostile })],
      satisfied: [{ module: hostile, by: 'linked', path: null }],
      external_dependencies: { python: [hostile], bin: [hostile] },
      warnings: [{ code: 'excludes', module: 'a', message: hostile }],
      removed: [hostile],
      next_steps: [hostile],
    });
    expect(lines).toHaveLength(9);
    expect(lines.filter((line) => line.startsWith('Next:'))).toHaveLength(1);
  });
});
