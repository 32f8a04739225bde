import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Taking } from '../../src/limiter/store.ts';
import type { Charge } from '../../src/limiter/window.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import fc from '../support/property.ts';
import {
  admit,
  charge,
  type Ground,
  journalGround,
  memoryGround,
  postgresGround,
  refuse,
  remaining,
} from './stores.ts';
import { mostInWindow } from './windows.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.remove());

const shared: [string, () => Ground | Promise<Ground>][] = [
  ['journal', journalGround],
  ['PostgreSQL', () => postgresGround(server)],
];

describe.each([['memory', memoryGround] as const, ...shared])('the %s store', (_, makeGround) => {
  it('never admits more than max in any window, wherever the window begins', async () => {
    const ground = await makeGround();
    const store = ground.open();
    const admitted: number[] = [];
    for (let ms = 0; ms < 400; ms += 10) {
      if ('reservation' in (await store.reserve([charge(3, 100)]))) admitted.push(ms);
      await ground.advance(10);
    }
    expect(admitted).toEqual([0, 10, 20, 100, 110, 120, 200, 210, 220, 300, 310, 320]);
  });

  it('admits a caller who waited exactly as long as it was told, and no sooner', async () => {
    const ground = await makeGround();
    const store = ground.open();
    await admit(store, charge(2, 100));
    await ground.advance(30.5);
    await admit(store, charge(2, 100));
    await ground.advance(10);
    const [standing] = await refuse(store, charge(2, 100));
    expect(standing).toMatchObject({ admitted: false, remaining: 0, retryAfterMs: 59.5, resetMs: 90 });
    await ground.advance(59.499);
    expect(await refuse(store, charge(2, 100))).toMatchObject([{ retryAfterMs: 0.001 }]);
    await ground.advance(0.001);
    await admit(store, charge(2, 100));
  });

  it('takes nothing for a call that is refused', async () => {
    const ground = await makeGround();
    const store = ground.open();
    await admit(store, charge(1, 100));
    for (let attempt = 0; attempt < 19; attempt++) {
      await ground.advance(5);
      await refuse(store, charge(1, 100));
    }
    await ground.advance(5);
    await admit(store, charge(1, 100));
  });

  it('takes several limits together or not at all', async () => {
    const ground = await makeGround();
    const store = ground.open();
    const [small, large] = [charge(1, 100, { key: 'small' }), charge(9, 100, { key: 'large' })];
    await admit(store, small, large);
    expect(await refuse(store, large, small)).toMatchObject([{ charge: small }]);
    expect(await remaining(store, small, large)).toEqual([0, 8]);
  });

  it('names every limit that refuses', async () => {
    const ground = await makeGround();
    const store = ground.open();
    const both = [charge(1, 100, { key: 'a' }), charge(1, 70, { key: 'b' })];
    await admit(store, ...both);
    await ground.advance(20);
    const refused = await refuse(store, ...both, charge(1, 70, { key: 'c' }));
    expect(refused.map(({ charge: { key }, retryAfterMs }) => [key, retryAfterMs])).toEqual([
      ['a', 80],
      ['b', 50],
    ]);
  });

  it('takes an amount as a whole, and says when there is room for it', async () => {
    const ground = await makeGround();
    const store = ground.open();
    await admit(store, charge(5, 100, { amount: 3 }));
    await ground.advance(10);
    await admit(store, charge(5, 100, { amount: 1 }));
    await ground.advance(10);
    expect(await refuse(store, charge(5, 100, { amount: 2 }))).toMatchObject([
      { remaining: 1, retryAfterMs: 80 },
    ]);
    expect(await refuse(store, charge(5, 100, { amount: 5 }))).toMatchObject([{ retryAfterMs: 90 }]);
    expect(await refuse(store, charge(5, 100, { amount: 6 }))).toMatchObject([{ retryAfterMs: Infinity }]);
    await admit(store, charge(5, 100, { amount: 0 }));
    expect(await remaining(store, charge(5, 100))).toEqual([1]);
  });

  it('counts what it only observes, and says that it was over', async () => {
    const ground = await makeGround();
    const store = ground.open();
    const observed = charge(1, 100, { mode: 'observe' });
    expect((await admit(store, observed)).standings).toMatchObject([{ admitted: true, remaining: 0 }]);
    expect((await admit(store, observed)).standings).toMatchObject([{ admitted: false, remaining: 0 }]);
    expect(await refuse(store, charge(3, 100, { amount: 2 }))).toMatchObject([{ remaining: 1 }]);
  });

  it('tells an admitted caller how it stands with its call counted', async () => {
    const ground = await makeGround();
    const store = ground.open();
    await admit(store, charge(5, 100));
    await ground.advance(40);
    const { standings } = await admit(store, charge(5, 100, { amount: 2 }));
    expect(standings).toMatchObject([{ admitted: true, remaining: 2, retryAfterMs: 0, resetMs: 100 }]);
  });

  it('says what was taken from each budget, and at which moment', async () => {
    const ground = await makeGround();
    const store = ground.open();
    const calls = charge(5, 100, { key: 'calls' });
    const links = charge(9, 1000, { key: 'links', amount: 3 });
    const first = (await admit(store, calls, links)).takings;
    const { at, reservation } = first[0] as Taking;
    expect(first).toEqual([
      { counter: 'calls', amount: 1, at, reservation },
      { counter: 'links', amount: 3, at, reservation },
    ]);
    await ground.advance(40.001);
    const second = (await admit(ground.open(), { ...links, amount: 0 }, calls)).takings;
    expect(second).toMatchObject([{ counter: 'calls', amount: 1, at: at + 40_001 }]);
    expect(second[0]?.reservation).not.toBe(reservation);
    expect((await admit(store, { ...links, amount: 0 })).takings).toEqual([]);
  });

  it('lets anybody who has all that was taken count it again, and find no window over its max', async () => {
    const ground = await makeGround();
    const processes = [ground.open(), ground.open(), ground.open()];
    const call = fc.record({
      wait: fc.nat(60),
      amount: fc.nat(3),
      process: fc.nat(2),
      isReleased: fc.boolean(),
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 8, maxLength: 16 }), async (calls) => {
        run++;
        const budgets = [charge(2, 70, { key: `calls ${run}` }), charge(4, 90, { key: `links ${run}` })];
        const [one, several] = budgets as [Charge, Charge];
        const lasting: Taking[] = [];
        for (const { wait, amount, process, isReleased } of calls) {
          await ground.advance(wait);
          const reserved = await processes[process]?.reserve([one, { ...several, amount }]);
          if (reserved === undefined || !('reservation' in reserved)) continue;
          if (isReleased) await reserved.reservation.release();
          else lasting.push(...reserved.reservation.takings);
        }
        for (const { key, limit } of budgets) {
          const taken = lasting.filter(({ counter }) => counter === key);
          expect(mostInWindow(taken, limit.windowMs * 1000)).toBeLessThanOrEqual(limit.max);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('gives back that very reservation, and twice is the same as once', async () => {
    const ground = await makeGround();
    const store = ground.open();
    const pair = [charge(2, 100, { key: 'a' }), charge(2, 100, { key: 'b' })];
    const first = await admit(store, ...pair);
    await ground.advance(10);
    await admit(store, ...pair);
    await first.release();
    await first.release();
    expect(await remaining(store, ...pair)).toEqual([1, 1]);
    await ground.advance(95);
    // The one that stayed is the later one.
    expect(await remaining(store, ...pair)).toEqual([1, 1]);
    await ground.advance(5);
    expect(await remaining(store, ...pair)).toEqual([2, 2]);
  });

  it('keeps what was committed, whatever is said afterwards', async () => {
    const ground = await makeGround();
    const store = ground.open();
    const reservation = await admit(store, charge(1, 100));
    await reservation.commit();
    await reservation.release();
    await refuse(store, charge(1, 100));
  });

  it('does not let one caller use up the budget of another', async () => {
    const ground = await makeGround();
    const store = ground.open();
    const [greedy, modest] = [charge(2, 100, { key: 'greedy' }), charge(2, 100, { key: 'modest' })];
    for (let call = 0; call < 2; call++) await admit(store, greedy);
    for (let call = 0; call < 50; call++) await refuse(store, greedy);
    expect(await remaining(store, modest)).toEqual([2]);
    await admit(store, modest);
  });

  it('keeps the counts when a limit is changed, and waits for as many to leave as the new one asks', async () => {
    const ground = await makeGround();
    const store = ground.open();
    for (let call = 0; call < 4; call++) {
      await admit(store, charge(4, 100));
      await ground.advance(10);
    }
    expect(await refuse(store, charge(2, 100))).toMatchObject([{ retryAfterMs: 80 }]);
    expect(await remaining(store, charge(9, 100))).toEqual([5]);
    expect(await remaining(store, charge(9, 25))).toEqual([7]);
  });

  it('refuses when it cannot be read or written', async () => {
    const ground = await makeGround();
    const store = ground.open();
    await admit(store, charge(9, 100));
    await ground.destroy();
    expect(await store.reserve([charge(9, 100)])).toHaveProperty('unavailable');
    expect(await store.standings([charge(9, 100)])).toHaveProperty('unavailable');
  });

  it('refuses when it was closed, and what was taken stays taken', async () => {
    const ground = await makeGround();
    const store = ground.open();
    const reservation = await admit(store, charge(9, 100));
    await store.close();
    await reservation.release();
    expect(await store.reserve([charge(9, 100)])).toHaveProperty('unavailable');
  });

  it('calls it a bug to charge one budget twice, or for what cannot be counted', async () => {
    const ground = await makeGround();
    const store = ground.open();
    const bugs = [
      [charge(1, 100), charge(2, 100)],
      [charge(-1, 100)],
      [charge(1, 0)],
      [charge(1, 100, { amount: 0.5 })],
    ];
    for (const charges of bugs) await expect(store.reserve(charges)).rejects.toThrow(/charge/);
  });
});

describe.each(shared)('the %s store, shared by processes,', (_, makeGround) => {
  it('keeps the counts over a restart, and shares them between processes', async () => {
    const ground = await makeGround();
    const [one, other] = [ground.open(), ground.open()];
    await admit(one, charge(3, 100));
    await admit(other, charge(3, 100));
    await one.close();
    const restarted = ground.open();
    await admit(restarted, charge(3, 100));
    await refuse(other, charge(3, 100));
    await refuse(restarted, charge(3, 100));
  });

  it('counts what a process reserved that ended without a word', async () => {
    const ground = await makeGround();
    const killed = ground.open();
    await admit(killed, charge(1, 100));
    expect(await refuse(ground.open(), charge(1, 100))).toMatchObject([{ retryAfterMs: 100 }]);
  });

  it('keeps admissions for a long window while others ask about a short one', async () => {
    const ground = await makeGround();
    const [long, short] = [ground.open(), ground.open()];
    await admit(long, charge(9, 1000));
    for (let call = 0; call < 5; call++) {
      await ground.advance(100);
      await admit(short, charge(9, 50));
    }
    expect(await remaining(long, charge(9, 1000))).toEqual([3]);
  });

  it('lets another process see what one gives back', async () => {
    const ground = await makeGround();
    const [one, other] = [ground.open(), ground.open()];
    const reservation = await admit(one, charge(1, 100));
    await refuse(other, charge(1, 100));
    await reservation.release();
    await admit(other, charge(1, 100));
  });

  it('agrees with a count of every admission, whatever becomes of max', async () => {
    const ground = await makeGround();
    const call = fc.record({ wait: fc.nat(60), amount: fc.nat(3), max: fc.nat(4), process: fc.nat(2) });
    let key = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 12 }), async (calls) => {
        const processes = [ground.open(), ground.open(), ground.open()];
        const admitted: { at: number; amount: number }[] = [];
        let now = 0;
        key++;
        for (const { wait, amount, max, process } of calls) {
          await ground.advance(wait);
          now += wait;
          const recent = admitted.filter(({ at }) => at > now - 90);
          const used = recent.reduce((sum, one) => sum + one.amount, 0);
          const reserved = await processes[process]?.reserve([charge(max, 90, { key: `${key}`, amount })]);
          expect(Object.keys(reserved ?? {})).toEqual([
            amount === 0 || used + amount <= max ? 'reservation' : 'refused',
          ]);
          admitted.push({
            at: now,
            amount: reserved !== undefined && 'reservation' in reserved ? amount : 0,
          });
        }
        for (const store of processes) await store.close();
      }),
      { numRuns: 40 },
    );
  });
});
