import { describe, expect, it } from 'vitest';
import { Interruption } from '../../src/base/interruption.ts';
import { listFolder } from '../../src/base/listing.ts';
import { SLICE, sortInTurns, takeTurns } from '../../src/base/turns.ts';
import fc from '../support/property.ts';
import { countTurns } from '../support/turns.ts';
import { createWorld } from '../support/world.ts';

/** A clock that stands still, so that only work ends a slice. */
const stopped = () => 0;

describe('turns', () => {
  it('are over after so much work, whatever the time', async () => {
    const turns = takeTurns(undefined, stopped);
    // The first slice begins with a turn.
    await turns.spend();
    for (let unit = 1; unit < SLICE.units; unit++) expect(turns.spend()).toBeUndefined();
    expect(turns.spend()).toBeInstanceOf(Promise);
  });

  it('are over after so much time, however little was done', async () => {
    let now = 0;
    const turns = takeTurns(undefined, () => now);
    await turns.spend();
    now = SLICE.ms - 1;
    expect(turns.spend()).toBeUndefined();
    now = SLICE.ms;
    expect(turns.spend()).toBeInstanceOf(Promise);
  });

  it('come one in each round of the loop, the oldest call first', async () => {
    const calls = [
      takeTurns(undefined, stopped),
      takeTurns(undefined, stopped),
      takeTurns(undefined, stopped),
    ];
    let round = 0;
    const ends = new Promise<void>((resolve) => {
      const next = () => (++round > 9 ? resolve() : setImmediate(next));
      setImmediate(next);
    });
    const order: [call: number, round: number][] = [];
    const waits = [2, 0, 1].map(async (call) => {
      await calls[call]?.spend(SLICE.units);
      order.push([call, round]);
    });
    await Promise.all([...waits, ends]);
    expect(order.map(([call]) => call)).toEqual([0, 1, 2]);
    expect(new Set(order.map(([, at]) => at)).size).toBe(3);
  });

  it('stop a call that was cancelled', async () => {
    const controller = new AbortController();
    const turns = takeTurns(controller.signal, stopped);
    controller.abort('as the client says');
    const stop = await Promise.resolve(turns.spend(SLICE.units)).catch((error: unknown) => error);
    expect(stop).toBeInstanceOf(Interruption);
    expect(stop).toMatchObject({ refusal: { code: 'cancelled' } });
  });
});

describe('sorting in turns', () => {
  it('sorts like sort(), and keeps what is equal in its order', async () => {
    const items = fc.array(fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer()), {
      maxLength: 5000,
      size: 'max',
    });
    await fc.assert(
      fc.asyncProperty(items, async (list) => {
        const compare = ([a]: [number, number], [b]: [number, number]) => a - b;
        const sorted = await sortInTurns(list, compare, countTurns().turns);
        expect(sorted).toEqual(list.toSorted(compare));
      }),
      { numRuns: 30 },
    );
  });

  it('lets others in', async () => {
    const { turns, count } = countTurns();
    await sortInTurns(
      Array.from({ length: 100_000 }, (_, at) => (at * 7919) % 100_003),
      (a, b) => a - b,
      turns,
    );
    expect(count()).toBeGreaterThan(100);
  });
});

describe('listing a folder', () => {
  it('lets others in after every few hundred entries', async () => {
    const world = createWorld();
    for (let entry = 0; entry < 2000; entry++) world.file(`many/${entry}`);
    const { turns, work, longest, count } = countTurns();
    const names = await listFolder(world.at('many'), turns, ({ name }) => {
      work();
      return name;
    });
    expect(names).toHaveLength(2000);
    expect(longest()).toBeLessThanOrEqual(SLICE.units);
    expect(count()).toBeGreaterThanOrEqual(7);
  });
});
