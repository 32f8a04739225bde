import { describe, expect, it, onTestFinished } from 'vitest';
import { openTrail } from '../../src/audit/trail.ts';
import { type RefusalCode, refuse } from '../../src/base/refusal.ts';
import { openRecord } from '../../src/server/call-record.ts';
import { readLines } from '../audit/entries.ts';
import { createWorld } from '../support/world.ts';

const AUTHORITY = { rule: '/default', policy: 'abcdef012345', taken: [], approval: null };

function create(tool: Parameters<typeof openRecord>[0] = 'oca_link') {
  const world = createWorld();
  const trail = openTrail(world.folder('state'), { log: () => {} });
  onTestFinished(() => trail.close());
  const parts = {
    trail,
    principal: 'uid:1',
    client: null,
    policy: () => 'abcdef012345',
    log: () => {},
  };
  return {
    lines: () => readLines(world.at('state')),
    record: openRecord(tool, { args: {}, sent: {} }, parts),
  };
}

describe('the record of a call', () => {
  it.each<[string, RefusalCode, Record<string, unknown>]>([
    ['refused', 'io_error', {}],
    ['refused', 'cancelled', { left: [] }],
    ['failed', 'io_error', { left: ['a'] }],
    ['failed', 'internal_error', { id: 'x' }],
  ])('says %s of a call that was let through and ended with %s and %o', async (outcome, code, details) => {
    const { record, lines } = create();
    await record.allow(AUTHORITY, null);
    await record.conclude(refuse(code, 'No.', { details }));
    expect(lines()).toMatchObject([{ kind: 'decision' }, { kind: 'outcome', outcome, code, links: [] }]);
  });

  it('is written once, however often the call asks', async () => {
    const { record, lines } = create();
    await record.allow(AUTHORITY, null);
    await record.allow(AUTHORITY, null);
    await record.conclude({ ok: true, report: { status: 'already_linked' }, limit: null });
    expect(lines().map(({ kind }) => kind)).toEqual(['decision', 'outcome']);
  });

  it('of a tool that only reads is written when an approval was used', async () => {
    for (const [approval, kinds] of [
      [null, []],
      ['3f9a1c07be', ['decision', 'outcome']],
    ] as const) {
      const { record, lines } = create('addon_search');
      await record.allow({ ...AUTHORITY, approval }, null);
      await record.conclude({ ok: true, report: { status: 'ok' }, limit: null });
      expect(lines().map(({ kind }) => kind)).toEqual(kinds);
    }
  });
});
