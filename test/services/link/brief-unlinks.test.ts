import { describe, expect, it } from 'vitest';
import { lean } from '../../../src/base/lean.ts';
import { briefUnlinks, describeUnlink } from '../../../src/services/link/brief-unlinks.ts';
import type { UnlinkReport } from '../../../src/services/link/unlink-modules.ts';

const HOW = 'Ask for more.';
const link = (
  module: string,
  because_of: string[],
  more: Partial<UnlinkReport['links'][number]> = {},
): UnlinkReport['links'][number] => {
  const place = { link: `/linked/${module}`, source: `/oca/my web/${module}`, family: 'oca' } as const;
  return { module, action: 'remove', ...place, repo: 'my web', because_of, ...more };
};
const report = (links: UnlinkReport['links']): UnlinkReport => ({
  status: 'unlinked',
  instance: 'prod',
  series: '17.0',
  target_dir: '/linked',
  links,
  warnings: [{ code: 'server_wide', module: 'a', message: 'Beware\nof it.' }],
  next_steps: ['First\nof all.', 'Second.'],
});
const BROKEN = link('d', [], { repo: null, source: null });

describe('the answer of an unlink call', () => {
  it('has a row for each link, with what its repository does not tell', () => {
    const links = [
      link('a', []),
      link('b', ['a', 'c', 'x', 'y']),
      BROKEN,
      link('e', [], { source: '/oca/e' }),
    ];
    const answer = lean(briefUnlinks(report(links), 'answer', HOW));
    expect(answer.links).toEqual([
      { module: 'a', repo: 'my web' },
      { module: 'd' },
      { module: 'e', repo: 'my web', source: '/oca/e' },
      { module: 'b', repo: 'my web', because_of: ['a', 'c', 'x'] },
    ]);
    expect(answer.repositories[0]).toEqual({ repo: 'my web', family: 'oca', path: '/oca/my web' });
    expect(answer).not.toHaveProperty('left_out');
  });

  it('counts by repository what goes along, if that is much', () => {
    const links = [link('a', []), ...Array.from({ length: 60 }, (_, at) => link(`m${at}`, ['a']))];
    const answer = briefUnlinks(report(links), 'answer', HOW);
    expect(answer.links.map(({ module }) => module)).toEqual(['a']);
    expect(answer).toMatchObject({ count: 61, repositories: [{ links: 61 }], more: HOW });
    expect(answer.left_out).toEqual([{ what: '/links', items: 60 }]);
    expect(describeUnlink(answer)).toContain('Not listed: 60 of links. Ask for more.');
    expect(briefUnlinks(report(links), 'all', HOW).links).toHaveLength(61);
  });

  it('has a line for each link, repository and step', () => {
    const answer = briefUnlinks(report([link('a', []), BROKEN, link('b', ['a', 'c'])]), 'answer', HOW);
    const lines = describeUnlink(answer).split('\n');
    expect(lines).toEqual([
      expect.stringContaining('/linked'),
      expect.stringMatching(/^- a .*"my web"$/),
      '- d',
      expect.stringMatching(/^- b .*a, c$/),
      'From "my web" (oca) in /oca/my web.',
      expect.stringMatching(/server_wide.*of it\.$/),
      expect.stringMatching(/First.*of all\.$/),
      expect.stringMatching(/Second\.$/),
    ]);
    expect(describeUnlink({ ...answer, status: 'planned' }).split('\n')[0]).not.toBe(lines[0]);
  });
});
