import { describe, expect, it } from 'vitest';
import { readOrigins } from '../../../src/services/history/origins.ts';
import { type Past, pastOf } from '../../support/past.ts';

/** The origin of `m`, by what happened, oldest first. */
async function originOf(...calls: Past[]) {
  const origin = (await readOrigins(['m'], 'prod', pastOf(...calls))).get('m');
  return typeof origin === 'object' ? `along with ${origin.named} at ${origin.time}` : origin;
}

const ALONG: Past = { time: '1', modules: ['x'], links: ['create x', 'create m'] };

describe('the origin of a link', () => {
  it.each<[string, string | undefined, Past[]]>([
    ['is not known to an empty trail', undefined, []],
    ['is that somebody asked', 'asked', [{ modules: ['m'], links: ['create m'] }]],
    ['is that it came along', 'along with x at 1', [ALONG]],
    ['is that somebody asked later', 'asked', [ALONG, { modules: ['m'] }]],
    [
      'is not what was asked before it was unlinked',
      undefined,
      [
        { modules: ['m'], links: ['create m'] },
        { tool: 'oca_unlink', modules: ['m'], links: ['remove m'] },
      ],
    ],
    [
      'is what happened since it was unlinked',
      'along with x at 1',
      [
        { modules: ['m'], links: ['create m'] },
        { tool: 'oca_unlink', modules: ['m'], links: ['remove m'] },
        ALONG,
      ],
    ],
    [
      'is not asked for by a call that unlinks',
      'along with x at 1',
      [ALONG, { tool: 'oca_unlink', modules: ['m'] }],
    ],
    [
      'is as old as its last replacement',
      'along with x at 2',
      [ALONG, { time: '2', modules: ['y'], links: ['replace m'] }],
    ],
    [
      'is asked for, though it was replaced with another',
      'asked',
      [
        { modules: ['m'], links: ['create m'] },
        { modules: ['y'], links: ['replace m'] },
      ],
    ],
    ['is not known, where only a replacement is', undefined, [{ modules: ['y'], links: ['replace m'] }]],
    ['is not told by another instance', undefined, [{ ...ALONG, instance: 'test' }]],
    ['is not told by a call that did nothing', undefined, [{ ...ALONG, outcome: 'refused' }]],
    [
      'is not told by a call of which it is not known what it did',
      undefined,
      [{ ...ALONG, outcome: 'failed' }],
    ],
    ['is that it came along with Enterprise', 'along with x at 1', [{ ...ALONG, tool: 'ee_link' }]],
  ])('%s: %s', async (_, origin, calls) => {
    expect(await originOf(...calls)).toBe(origin);
  });

  it('is looked for no further than it is found, and not at all for no names', async () => {
    let read = 0;
    const past = pastOf(ALONG, { modules: ['m'] });
    const outcomes = (async function* () {
      for await (const call of past.outcomes) {
        read++;
        yield call;
      }
    })();
    expect((await readOrigins(['m'], 'prod', { outcomes })).get('m')).toBe('asked');
    expect(read).toBe(1);
    expect(await readOrigins([], 'prod', pastOf(ALONG))).toEqual(new Map());
  });
});
