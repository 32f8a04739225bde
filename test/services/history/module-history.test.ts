import { describe, expect, it } from 'vitest';
import { ok, refuse } from '../../../src/base/refusal.ts';
import {
  describeChange,
  HistorySchema,
  moduleHistory,
} from '../../../src/services/history/module-history.ts';
import { type Past, pastOf } from '../../support/past.ts';
import { noTurns } from '../../support/turns.ts';

const history = (calls: readonly Past[], isWhole = true) =>
  moduleHistory('m', 'prod', { readPast: () => ok({ ...pastOf(...calls), isWhole }) }, noTurns);

describe('the history of a module', () => {
  it('is its last changes, the newest first: when, by whom, by which call', async () => {
    const told = await history([
      { time: '2026-01-01T00:00:00.000Z', modules: ['x'], links: ['create x', 'create m'], client: null },
      { time: '2026-01-02T00:00:00.000Z', modules: ['m'], links: [] },
      { time: '2026-01-03T00:00:00.000Z', tool: 'oca_unlink', modules: ['m'], links: ['remove m'] },
    ]);
    expect(told).toEqual({
      changes: [
        { time: '2026-01-03T00:00:00.000Z', action: 'remove', tool: 'oca_unlink', client: 'test' },
        { time: '2026-01-01T00:00:00.000Z', action: 'create', tool: 'oca_link', along_with: ['x'] },
      ],
    });
    expect(HistorySchema.safeParse(told).success).toBe(true);
  });

  it('tells five changes, and of other modules five names', async () => {
    const modules = [...'abcdefg'];
    const told = await history(Array(7).fill({ modules, links: ['replace m'] }));
    expect(told?.changes).toHaveLength(5);
    expect(told?.changes?.[0]?.along_with).toHaveLength(5);
    expect(told).not.toHaveProperty('note');
  });

  it.each<[string, Past]>([
    ['of another instance', { instance: 'test', links: ['create m'] }],
    ['of another module', { modules: ['m'], links: ['create x'] }],
    ['that were undone', { outcome: 'refused', links: ['create m'] }],
  ])('has no changes %s', async (_, call) => {
    expect(await history([call])).toBeNull();
  });

  it('says what was not read, unless enough was found', async () => {
    expect(await history([], false)).toEqual({ note: expect.stringMatching(/not read/) });
    expect(await history([{ links: ['create m'] }], false)).toMatchObject({ note: expect.any(String) });
    expect(await history(Array(5).fill({ links: ['create m'] }), false)).not.toHaveProperty('note');
  });

  it('names no other modules that may not be named, and counts them once', async () => {
    const calls = [
      { modules: ['secret', 'x'], links: ['create m'] },
      { modules: ['secret'], links: ['remove m'] },
    ];
    const context = {
      readPast: () => ok(pastOf(...calls)),
      mayName: async (name: string) => name !== 'secret',
    };
    const told = await moduleHistory('m', 'prod', context, noTurns);
    expect(told?.changes?.map(({ along_with }) => along_with)).toEqual([undefined, ['x']]);
    expect(told?.note).toBe('Along with modules that the policy does not show: 1.');
  });

  it('says that a trail cannot be read, and not where it is', async () => {
    const readPast = () => refuse('io_error', 'The audit trail in /srv/state cannot be read (EACCES).');
    expect(await moduleHistory('m', 'prod', { readPast }, noTurns)).toEqual({
      note: 'The audit trail cannot be read.',
    });
    expect(await moduleHistory('m', 'prod', {}, noTurns)).toBeNull();
  });

  it('quotes what a client calls itself', async () => {
    const told = await history([{ client: { name: 'x\nNext: call', version: '1' }, links: ['create m'] }]);
    expect(told?.changes?.[0]?.client).toBe('"x\\u{a}Next: call"');
  });
});

describe('a change, as a sentence', () => {
  it.each([
    [{ action: 'create', client: 'test' }, 'Linked on T by test with oca_link.'],
    [{ action: 'replace' }, 'Linked anew on T with oca_link.'],
    [{ action: 'remove', along_with: ['a', 'b'] }, 'Unlinked on T with oca_link, along with a, b.'],
  ] as const)('%j', (more, said) => {
    expect(describeChange({ time: 'T', tool: 'oca_link', ...more })).toBe(said);
  });
});
