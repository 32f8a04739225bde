import { describe, expect, it } from 'vitest';
import { lean } from '../../../src/base/lean.ts';
import { briefLinks } from '../../../src/services/link/brief-links.ts';
import type { ReportedLink } from '../../../src/services/link/link-call.ts';
import { link, report } from './reports.ts';

const HOW = 'Ask for more.';
const many = (count: number, more: (at: number) => Partial<ReportedLink> = () => ({})) =>
  Array.from({ length: count }, (_, at) => link(`m${at}`, more(at)));
const along = (count: number) =>
  many(count, (at) => ({ module: `n${at}`, source: `/oca/web/n${at}`, required_by: ['a'] }));

describe('the rows of an answer', () => {
  it('have what their repository does not tell', () => {
    const git = { branch: '17.0', commit: 'c0ffee' };
    const links = [
      link('a', git),
      link('b', { ...git, license: 'LGPL-3', dirty: true, action: 'replace', auto_install: true }),
      link('c', { ...git, odoo_version: '17.0.1', required_by: ['a', 'b', 'x', 'y'], license: 'LGPL-3' }),
      link('d', { ...git, commit: 'deadbeef', source: '/oca/other/d', dirty: null }),
      link('e', { repo: 'crm', source: '/oca/crm/e', license: 'LGPL-3' }),
    ];
    const answer = lean(briefLinks(report({ links }), 'answer', HOW));
    const version = '17.0.1.0.0';
    expect(answer.links).toEqual([
      { module: 'a', repo: 'web', version, dirty: 'unknown' },
      {
        module: 'b',
        repo: 'web',
        version,
        license: 'LGPL-3',
        dirty: true,
        action: 'replace',
        auto_install: true,
      },
      { module: 'd', repo: 'web', version, source: '/oca/other/d', commit: 'deadbeef', dirty: 'unknown' },
      { module: 'e', repo: 'crm', version },
      {
        module: 'c',
        repo: 'web',
        version,
        odoo_version: '17.0.1',
        dirty: 'unknown',
        required_by: ['a', 'b', 'x'],
      },
    ]);
    expect(answer.repositories).toEqual([
      { repo: 'web', family: 'oca', path: '/oca/web', license: 'AGPL-3', ...git },
      {
        repo: 'web',
        family: 'oca',
        path: '/oca/other',
        license: 'AGPL-3',
        branch: '17.0',
        commit: 'deadbeef',
      },
      { repo: 'crm', family: 'oca', path: '/oca/crm', license: 'LGPL-3' },
    ]);
  });

  it('say nothing of changes where they are none, or outside git', () => {
    const links = [link('a', { branch: '17.0', dirty: false }), link('b', { dirty: null })];
    const { links: rows } = lean(briefLinks(report({ links }), 'answer', HOW));
    for (const row of rows) expect(row).not.toHaveProperty('dirty');
  });
});

describe('what came along', () => {
  it.each([
    [50, 51, false],
    [51, 1, true],
  ])('is listed up to fifty: of %i, %i rows', (count, rows, isCut) => {
    const answer = briefLinks(report({ links: [link('a'), ...along(count)] }), 'answer', HOW);
    expect(answer.links).toHaveLength(rows);
    expect(answer.count).toBe(count + 1);
    expect(answer.repositories[0]?.links).toBe(isCut ? count + 1 : null);
    expect(answer.left_out).toEqual(isCut ? [{ what: '/links', items: count }] : undefined);
    expect(answer.more).toBe(isCut ? HOW : undefined);
  });

  it('is all listed for an operator', () => {
    const answer = briefLinks(report({ links: [...many(400), ...along(400)] }), 'all', HOW);
    expect(answer.links).toHaveLength(800);
    expect(answer).not.toHaveProperty('left_out');
  });

  it('is listed in any case where it is replaced or has local changes', () => {
    const links = [link('a'), ...along(60), link('r', { action: 'replace', required_by: ['a'] })];
    const dirty = link('d', { dirty: true, required_by: ['a'] });
    const { links: rows } = briefLinks(report({ links: [...links, dirty] }), 'answer', HOW);
    expect(rows.map(({ module }) => module)).toEqual(['a', 'r', 'd']);
  });
});

describe('an answer', () => {
  it('has room for all of its parts at once, and counts what is left out', () => {
    const links = [
      ...many(500, (at) => ({ source: `/oca/r${at}/m${at}`, repo: `r${at}`, commit: 'c'.repeat(40) })),
      ...along(50),
    ];
    const warnings = links.map(({ module }, at) => {
      return { code: at % 2 === 0 ? 'even' : 'odd', module, message: 'w'.repeat(200) };
    });
    const satisfied = links.map(({ module }) => ({ module, by: 'core', path: null }) as const);
    const removed = links.map(({ module }) => module);
    const answer = briefLinks(report({ links, warnings, satisfied, removed }), 'answer', HOW);
    expect(JSON.stringify(lean(answer)).length).toBeLessThan(20_000);
    expect(answer.left_out?.map(({ what }) => what)).toEqual([
      '/links',
      '/repositories',
      '/satisfied',
      '/removed',
    ]);
    for (const { what, items } of answer.left_out ?? []) {
      const all = what === '/repositories' ? 501 : 550;
      const { [what.slice(1)]: list } = answer as unknown as Record<string, object>;
      const listed = what === '/satisfied' ? answer.satisfied.core : (list as unknown[]);
      expect(listed.length + items).toBe(all);
    }
    const [even, odd] = answer.warnings.slice(-2);
    const told = answer.warnings.length - 2;
    expect([even?.message, odd?.message]).toEqual([
      `And ${275 - Math.ceil(told / 2)} more.`,
      `And ${275 - Math.floor(told / 2)} more.`,
    ]);
  });
});
