import { describe, expect, it } from 'vitest';
import { type Counted, demandOf, measureFit } from '../../src/limiter/window.ts';
import fc from '../support/property.ts';

const SECOND = 1_000_000;
const minute = { max: 10, windowUs: 60 * SECOND, amount: 1 };

/** A log of admissions, `[time, amount]` each. */
function logOf(...entries: readonly (readonly [number, number])[]): Counted[] {
  let through = 0;
  return entries.map(([at, amount]) => {
    through += amount;
    return { at, amount, through };
  });
}

const calls = (...times: readonly number[]) => logOf(...times.map((at) => [at, 1] as const));

describe('judge', () => {
  it('admits as many as max and then says when the next one fits', () => {
    const times = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((second) => second * SECOND);
    expect(measureFit(calls(...times), minute, 9 * SECOND)).toEqual({
      admitted: true,
      remaining: 1,
      retryAfterMs: 0,
      resetMs: 59_000,
    });
    expect(measureFit(calls(...times, 9 * SECOND), minute, 10 * SECOND)).toEqual({
      admitted: false,
      remaining: 0,
      retryAfterMs: 50_000,
      resetMs: 59_000,
    });
  });

  it('lets an admission leave the window exactly when the window has passed, not a microsecond earlier', () => {
    const log = calls(...Array.from({ length: 10 }, () => 5));
    expect(measureFit(log, minute, 60 * SECOND + 4)).toMatchObject({ admitted: false, retryAfterMs: 0.001 });
    expect(measureFit(log, minute, 60 * SECOND + 5)).toMatchObject({ admitted: true, remaining: 10 });
  });

  it('takes an amount as a whole or not at all', () => {
    const log = logOf([0, 4], [1000, 3], [2000, 2]);
    expect(measureFit(log, { ...minute, amount: 1 }, 3000).admitted).toBe(true);
    expect(measureFit(log, { ...minute, amount: 2 }, 3000)).toMatchObject({ admitted: false, remaining: 1 });
  });

  it('says when enough has left for a larger amount', () => {
    const log = logOf([0, 4], [1000, 3], [2000, 2]);
    const wait = (amount: number) =>
      measureFit(log, { max: 10, windowUs: 10_000, amount }, 3000).retryAfterMs;
    expect([5, 6, 8, 9, 10].map(wait)).toEqual([7, 8, 8, 9, 9]);
  });

  it('never admits more than max at once, however long one waits', () => {
    for (const log of [calls(), calls(0)]) {
      expect(measureFit(log, { ...minute, amount: 11 }, 1)).toMatchObject({
        admitted: false,
        retryAfterMs: Number.POSITIVE_INFINITY,
      });
    }
    expect(measureFit([], { ...minute, max: 0 }, 0)).toEqual({
      admitted: false,
      remaining: 0,
      retryAfterMs: Number.POSITIVE_INFINITY,
      resetMs: 0,
    });
  });

  it('always admits nothing', () => {
    expect(measureFit(calls(0, 0), { max: 1, windowUs: 1000, amount: 0 }, 1).admitted).toBe(true);
    expect(measureFit([], { max: 0, windowUs: 1000, amount: 0 }, 1).admitted).toBe(true);
  });

  it('waits for more than the oldest admission when max was lowered', () => {
    const log = calls(0, 1000, 2000, 3000);
    expect(measureFit(log, { max: 2, windowUs: 10_000, amount: 1 }, 4000)).toEqual({
      admitted: false,
      remaining: 0,
      retryAfterMs: 8,
      resetMs: 9,
    });
  });

  it('agrees with a count of every entry, and is exact about the wait', () => {
    const entry = fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 4 }));
    const demand = fc.record({
      max: fc.nat(12),
      windowUs: fc.integer({ min: 1, max: 30 }),
      amount: fc.nat(5),
    });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 20 }), demand, fc.nat(10), (entries, asked, later) => {
        const sorted = entries.toSorted(([a], [b]) => a - b);
        const { max, windowUs, amount } = asked;
        const used = (at: number) =>
          sorted
            .filter(([time]) => time > at - windowUs && time <= at)
            .reduce((sum, [, size]) => sum + size, 0);
        const fits = (at: number) => amount === 0 || used(at) + amount <= max;
        const now = (sorted.at(-1)?.[0] ?? 0) + later;
        const fit = measureFit(logOf(...sorted), asked, now);
        expect(fit.admitted).toBe(fits(now));
        expect(fit.remaining).toBe(Math.max(0, max - used(now)));
        let wait = 0;
        while (!fits(now + wait) && wait <= 100) wait++;
        expect(fit.retryAfterMs).toBe(wait > 100 ? Number.POSITIVE_INFINITY : wait / 1000);
        let reset = 0;
        while (used(now + reset) > 0) reset++;
        expect(fit.resetMs).toBe(reset / 1000);
      }),
      { numRuns: 20_000 },
    );
  });
});

describe('demandOf', () => {
  it('makes a window that is no whole number of microseconds a little longer', () => {
    const limit = { counter: 'c', max: 1, windowMs: 1 / 3 };
    expect(demandOf({ limit, key: 'k', amount: 1, mode: 'observe' })).toEqual({
      key: 'k',
      max: 1,
      windowUs: 334,
      amount: 1,
      observe: true,
    });
  });
});
