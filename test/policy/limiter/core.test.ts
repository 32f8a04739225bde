import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judge, type Limit } from '../../../src/policy/limiter/core.ts';

const minute: Limit = { counter: 'c', max: 10, windowMs: 60_000 };

describe('judge', () => {
  it('admits as many as max and then says when the next one fits', () => {
    const log = [0, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000];
    expect(judge(log, minute, 9000)).toEqual({
      admitted: true,
      remaining: 1,
      retryAfterMs: 0,
      resetMs: 59_000,
    });
    expect(judge([...log, 9000], minute, 10_000)).toEqual({
      admitted: false,
      remaining: 0,
      retryAfterMs: 50_000,
      resetMs: 59_000,
    });
  });

  it('lets an admission leave the window exactly when the window has passed, not a moment earlier', () => {
    const log = Array.from({ length: 10 }, () => 5);
    expect(judge(log, minute, 60_004.999).admitted).toBe(false);
    expect(judge(log, minute, 60_005).admitted).toBe(true);
  });

  it('waits for as many admissions to leave as a lowered max asks for', () => {
    const log = [0, 10, 20, 30];
    expect(judge(log, { ...minute, max: 2 }, 40)).toMatchObject({ admitted: false, retryAfterMs: 59_980 });
  });

  it('never admits with a max of 0', () => {
    expect(judge([], { ...minute, max: 0 }, 0)).toMatchObject({
      admitted: false,
      retryAfterMs: Number.POSITIVE_INFINITY,
    });
  });

  const history = fc.record({
    max: fc.integer({ min: 1, max: 6 }),
    windowMs: fc.integer({ min: 1, max: 50 }),
    waits: fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 80 }),
  });

  it('never lets any half-open window hold more than max, and never refuses one that would fit', () => {
    fc.assert(
      fc.property(history, ({ max, windowMs, waits }) => {
        const limit = { counter: 'c', max, windowMs };
        const admitted: number[] = [];
        let now = 0;
        for (const wait of waits) {
          now += wait;
          const inWindow = admitted.filter((time) => time > now - windowMs).length;
          const verdict = judge(admitted, limit, now);
          expect(verdict.admitted).toBe(inWindow < max);
          if (verdict.admitted) admitted.push(now);
        }
        // Counted anew, from every admission on: [t, t + window).
        for (const start of admitted) {
          const held = admitted.filter((time) => time >= start && time < start + windowMs).length;
          expect(held).toBeLessThanOrEqual(max);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('admits a caller who waits exactly retryAfterMs, and none who waits less', () => {
    fc.assert(
      fc.property(history, ({ max, windowMs, waits }) => {
        const limit = { counter: 'c', max, windowMs };
        const admitted: number[] = [];
        let now = 0;
        for (const wait of waits) {
          now += wait;
          const { admitted: passes, retryAfterMs } = judge(admitted, limit, now);
          if (passes) admitted.push(now);
          else {
            expect(judge(admitted, limit, now + retryAfterMs).admitted).toBe(true);
            expect(judge(admitted, limit, now + retryAfterMs - 0.5).admitted).toBe(false);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});
