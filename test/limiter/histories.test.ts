import { describe, expect, it } from 'vitest';
import fc, { SEED } from '../support/property.ts';
import { runHistory } from './history.ts';

/** `LIMITER_HISTORIES` sets how many histories are run. */
const RUNS = Number(process.env.LIMITER_HISTORIES ?? 105_000);

describe('arbitrary calls, limits, clock steps and restarts', () => {
  it.each([
    ['memory', Math.round((RUNS * 5) / 7)],
    ['journal', Math.round((RUNS * 2) / 7)],
  ] as const)(
    'never make the %s store admit too many or refuse early',
    { timeout: 600_000 },
    async (kind, numRuns) => {
      const seen = { admitted: 0, refused: 0 };
      const program = fc.uint8Array({ minLength: 9, maxLength: 49, size: 'max' });
      await fc.assert(
        fc.asyncProperty(program, async (bytes) => {
          const { problem, admitted, refused } = await runHistory(bytes, kind);
          seen.admitted += admitted;
          seen.refused += refused;
          expect(problem).toBeNull();
        }),
        { numRuns },
      );
      // Enough of both, or the histories would prove nothing.
      expect(Math.min(seen.admitted, seen.refused)).toBeGreaterThan(numRuns / 2);
      console.info(`${numRuns} histories of the ${kind} store, seed ${SEED}: ${JSON.stringify(seen)}`);
    },
  );
});
