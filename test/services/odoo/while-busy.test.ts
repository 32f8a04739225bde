import { describe, expect, it, onTestFinished } from 'vitest';
import { ok, type Result, refused } from '../../../src/base/refusal.ts';
import type { Instance } from '../../../src/config/instance.ts';
import { type OdooFault, type OdooFaultKind, odooFault } from '../../../src/odoo/odoo-fault.ts';
import { sharingOdoo, waitWhileBusy } from '../../../src/services/odoo/while-busy.ts';
import { connectionTo } from '../../support/odoo.ts';
import { fakeClock } from './fake-clock.ts';

const at = (database: string) => ({ odoo: connectionTo({ url: 'http://127.0.0.1/' }, { database }) });
const INSTANCE = at('prod');

/** Fails in these ways, one after another, then succeeds. */
function failing(...kinds: OdooFaultKind[]) {
  const left = [...kinds];
  const attempt = async (): Promise<Result<string, OdooFault>> => {
    const kind = left.shift();
    return kind === undefined ? ok('done') : refused(odooFault(kind));
  };
  return { attempt, left };
}

describe('while Odoo is busy', () => {
  it('it is tried again, after longer and longer pauses, and told how long', async () => {
    const clock = fakeClock();
    const told: unknown[] = [];
    const onProgress = (...progress: unknown[]) => told.push(progress);
    const { attempt } = failing('concurrent', 'busy', 'busy');
    expect(await waitWhileBusy(INSTANCE, { limit: 60_000, onProgress, clock }, attempt)).toEqual(ok('done'));
    expect(clock.pauses).toEqual([1000, 2000, 4000]);
    expect(told).toEqual([
      [0, 60, 'Odoo is busy: trying again in 1 s'],
      [1, 60, 'Odoo is busy: trying again in 2 s'],
      [3, 60, 'Odoo is busy: trying again in 4 s'],
    ]);
  });

  it('no try begins after the time is over', async () => {
    const clock = fakeClock();
    const { attempt, left } = failing(...Array<OdooFaultKind>(20).fill('busy'));
    const done = await waitWhileBusy(INSTANCE, { limit: 60_000, clock }, attempt);
    expect(done).toEqual(refused({ kind: 'busy', said: '' }));
    expect(clock.pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 16_000]);
    expect(left).toHaveLength(13);
  });

  it.each<OdooFaultKind>(['user_error', 'server_error', 'timed_out', 'cancelled'])(
    '%s is told at once',
    async (kind) => {
      const clock = fakeClock();
      const done = await waitWhileBusy(INSTANCE, { limit: 60_000, clock }, failing(kind).attempt);
      expect(done).toEqual(refused({ kind, said: '' }));
      expect(clock.pauses).toEqual([]);
    },
  );

  it('a call that is cancelled in a pause tries no more', async () => {
    const cancel = new AbortController();
    const clock = fakeClock(() => cancel.abort());
    const { attempt, left } = failing('busy', 'busy');
    const done = await waitWhileBusy(INSTANCE, { limit: 60_000, signal: cancel.signal, clock }, attempt);
    expect(done).toEqual(refused({ kind: 'cancelled', said: '' }));
    expect(left).toEqual(['busy']);
  });

  it('a pause ends at once when the call is cancelled', async () => {
    const cancel = new AbortController();
    const onProgress = () => cancel.abort();
    const waiting = { limit: 1e9, signal: cancel.signal, onProgress };
    expect(await waitWhileBusy(INSTANCE, waiting, failing('busy').attempt)).toEqual(
      refused({ kind: 'cancelled', said: '' }),
    );
  });
});

describe('calls on one database take turns', () => {
  /** A call that is at work until it is let go. */
  async function atWork() {
    let end = () => {};
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    // Also after a test that failed: others would wait for it.
    onTestFinished(() => end());
    let call: Promise<unknown> = over;
    await new Promise<void>((begin) => {
      call = waitWhileBusy(INSTANCE, { limit: 60_000 }, async () => {
        begin();
        await over;
        return ok('first');
      });
    });
    return { end, call };
  }

  it('and none is lost', async () => {
    const first = await atWork();
    const order: string[] = [];
    const second = waitWhileBusy(INSTANCE, { limit: 60_000 }, async () => {
      order.push('second');
      return ok('second');
    });
    // Another database has turns of its own.
    const other = waitWhileBusy(at('test'), { limit: 60_000 }, async () => ok('other'));
    expect(await other).toEqual(ok('other'));
    expect(order).toEqual([]);
    first.end();
    expect([await first.call, await second]).toEqual([ok('first'), ok('second')]);
  });

  it('and a restart waits for those of every database that it would disturb', async () => {
    const first = await atWork();
    const order: string[] = [];
    const restart = waitWhileBusy(at('test'), { limit: 60_000, also: [INSTANCE, at('test')] }, async () => {
      order.push('restart');
      return ok('restart');
    });
    // One that would have to wait for the restart if that had its turn before what it waits for.
    const other = waitWhileBusy(at('another'), { limit: 60_000 }, async () => ok('other'));
    expect(await other).toEqual(ok('other'));
    expect(order).toEqual([]);
    first.end();
    expect([await first.call, await restart]).toEqual([ok('first'), ok('restart')]);
  });

  it('and are told that it is busy when their turn does not come in time', async () => {
    const first = await atWork();
    const { attempt, left } = failing('server_error');
    expect(await waitWhileBusy(INSTANCE, { limit: 1 }, attempt)).toEqual(refused({ kind: 'busy', said: '' }));
    expect(left).toEqual(['server_error']);
    first.end();
    await first.call;
  });

  it('unless nobody waits for them any more', async () => {
    const first = await atWork();
    const { attempt, left } = failing('server_error');
    const waiting = { limit: 60_000, signal: AbortSignal.abort() };
    expect(await waitWhileBusy(INSTANCE, waiting, attempt)).toEqual(refused({ kind: 'cancelled', said: '' }));
    expect(left).toEqual(['server_error']);
    first.end();
    await first.call;
  });
});

it('a restart disturbs those at the same place, and those with the same command', () => {
  const instance = (name: string, url: string, restart: readonly string[] | null): Instance =>
    ({ name, odoo: connectionTo({ url }, { restart, database: name }) }) as unknown as Instance;
  const odoo = instance('odoo', 'http://127.0.0.1:8069/', ['systemctl', 'restart', 'odoo']);
  const all = [
    odoo,
    instance('beside', 'http://127.0.0.1:8069/x/', null),
    instance('alike', 'http://127.0.0.1:8070/', ['systemctl', 'restart', 'odoo']),
    instance('elsewhere', 'http://127.0.0.1:8071/', ['systemctl', 'restart', 'odoo-2']),
    instance('by hand', 'http://127.0.0.1:8072/', null),
    { name: 'none', odoo: null } as unknown as Instance,
  ];
  expect(sharingOdoo(odoo, all).map(({ name }) => name)).toEqual(['odoo', 'beside', 'alike']);
});
