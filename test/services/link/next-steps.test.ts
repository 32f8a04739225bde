import { describe, expect, it } from 'vitest';
import { SERIES, type Series } from '../../../src/manifest/series.ts';
import { type NextStepFacts, nextSteps } from '../../../src/services/link/next-steps.ts';

const link = (module: string, action: 'create' | 'replace' | 'keep', ...required_by: string[]) => {
  return { module, action, required_by };
};
const CREATED = [link('a', 'create')];

interface Case extends Partial<Omit<NextStepFacts, 'wasEmpty'>> {
  readonly isEmpty?: boolean;
}

/** The steps, and how often the addons directory was looked at. */
function steps({ isEmpty = false, ...facts }: Case) {
  let looks = 0;
  const wasEmpty = () => {
    looks++;
    return isEmpty;
  };
  const dir = { path: '/srv/linked' };
  const said = nextSteps({
    series: '17.0',
    dir,
    paths: null,
    onPath: 'yes',
    links: CREATED,
    ...facts,
    wasEmpty,
  });
  return { said, looks };
}

/** What a step is about, told by what it names. */
function kindOf(step: string): string {
  if (step.includes('/srv/linked')) return 'add to path';
  if (step.includes('the missing packages and programs')) return 'externals';
  if (step.includes('server_wide_modules')) return `load ${/Add ([\w,]+) to/.exec(step)?.[1]}`;
  const command = / (-[iu] [\w,]+)/.exec(step)?.[1];
  return command ?? 'restart';
}

describe('the next steps', () => {
  it.each<[string, Case, string[]]>([
    ['a new link', {}, ['restart', '-i a']],
    ['a new link of what needs more', { lacksExternals: true }, ['restart', 'externals', '-i a']],
    ['a link of what is only loaded', { serverWide: ['a'] }, ['restart', 'load a']],
    [
      'links of what is only loaded beside others',
      { links: [link('a', 'replace'), link('b', 'replace')], serverWide: ['a'] },
      ['restart', '-u b', 'load a', '-i b'],
    ],
    ['no link at all, as after an empty state', { links: [] }, []],
    [
      'a new link beside one that was there',
      { links: [link('a', 'keep'), link('b', 'create')] },
      ['restart', '-i a,b'],
    ],
    [
      'a new link with what it needs',
      { links: [link('a', 'create'), link('b', 'create', 'a')] },
      ['restart', '-i a'],
    ],
    ['a link that was there', { links: [link('a', 'keep')] }, ['-i a']],
    [
      'a link that was there, with a new one it needs',
      { links: [link('a', 'keep'), link('b', 'create', 'a')] },
      ['restart', '-i a'],
    ],
    ['a re-pointed link', { links: [link('a', 'replace')] }, ['restart', '-u a', '-i a']],
    [
      'several re-pointed links, and a new one',
      { links: [link('a', 'replace'), link('b', 'create'), link('c', 'replace', 'a')] },
      ['restart', '-u a,c', '-i a,b'],
    ],
    ['a directory that is not on the path', { onPath: 'no' }, ['add to path', 'restart', '-i a']],
    [
      'a link that was there, in a directory that is not on the path',
      { onPath: 'no', links: [link('a', 'keep')] },
      ['add to path', '-i a'],
    ],
    [
      'a directory of which nobody can tell',
      { onPath: { doubt: 'it is far away' } },
      ['add to path', 'restart', '-i a'],
    ],
    [
      'a re-pointed link in a directory that is not on the path',
      { onPath: 'no', links: [link('a', 'replace')] },
      ['add to path', 'restart', '-u a', '-i a'],
    ],
  ])('after %s', (_, facts, kinds) => {
    expect(steps(facts).said.map(kindOf)).toEqual(kinds);
  });

  it.each([
    [10, 10, /install [\w,]+; or run odoo -d DATABASE -i [\w,]+ --stop-after-init\.$/],
    [
      13,
      10,
      /install [\w,]+ and 3 more; or run odoo .* --stop-after-init, and again with the other 3 that were asked for\.$/,
    ],
  ])('of %i modules names %i, and says how many more', (count, named, told) => {
    const links = Array.from({ length: count }, (_, at) => link(`m${at}`, 'create'));
    const step = steps({ links }).said.at(-1) ?? '';
    expect(step.match(/-i ([\w,]+) /)?.[1]?.split(',')).toHaveLength(named);
    expect(step).toMatch(told);
    const replaced = links.map(({ module }) => link(module, 'replace'));
    const update = steps({ links: replaced }).said.find((one) => one.includes(' -u ')) ?? '';
    expect(update.match(/-u ([\w,]+) /)?.[1]?.split(',')).toHaveLength(named);
    expect(update.includes('that were replaced')).toBe(count > named);
  });

  it('does not say that a directory is not on the path where nobody can tell', () => {
    const [step] = steps({ onPath: { doubt: 'it is far away' } }).said;
    expect(step).toMatch(/cannot be told from here, because it is far away\.$/);
  });

  /** The cache of paths came with 16.0, the dropping of empty addons directories with 19.0. */
  it.each<[Series, 'nothing' | 'a miss' | 'a dropped directory' | 'a re-pointed link', Case]>([
    ['14.0', 'nothing', {}],
    ['15.0', 'nothing', { isEmpty: true }],
    ['16.0', 'a miss', {}],
    ['17.0', 'a miss', { isEmpty: true }],
    ['18.0', 'a miss', { isEmpty: true }],
    ['19.0', 'a miss', {}],
    ['19.0', 'a dropped directory', { isEmpty: true }],
    ['19.0', 'nothing', { isEmpty: true, links: [link('a', 'keep')] }],
    ['19.0', 'a re-pointed link', { isEmpty: true, links: [link('a', 'replace')] }],
    ['14.0', 'a re-pointed link', { links: [link('a', 'replace')] }],
  ])('on %s, a restart is for %s: %j', (series, reason, facts) => {
    const [miss] = steps({ series: '16.0' }).said;
    const [dropped] = steps({ series: '19.0', isEmpty: true }).said;
    const [replaced] = steps({ links: [link('a', 'replace')] }).said;
    const reasons = { 'a miss': miss, 'a dropped directory': dropped, 're-pointed': replaced };
    expect(new Set(Object.values(reasons)).size).toBe(3);
    const { said } = steps({ series, ...facts });
    const expected = { nothing: undefined, 'a re-pointed link': replaced, ...reasons }[reason];
    expect(said.find((step) => kindOf(step) === 'restart')).toBe(expected);
  });

  it.each(SERIES.map((series) => [series, series === '19.0' ? 1 : 0] as const))(
    'on %s the directory is looked at %i times',
    (series, count) => {
      expect(steps({ series }).looks).toBe(count);
      expect(steps({ series, links: [link('a', 'replace'), link('b', 'create')] }).looks).toBe(0);
    },
  );
});
