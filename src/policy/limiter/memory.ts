import { firstInWindow, judge, type Limit, type Verdict } from './core.ts';

/** What one limit says of a call. */
export interface Standing extends Verdict {
  readonly limit: Limit;
}

/** Admissions taken for a call; given back as a whole, or left to count. */
export interface Reservation {
  /** How things stand with each limit, these admissions counted. */
  readonly standings: readonly Standing[];
  /** Gives the admissions back. Doing it twice is the same as once. */
  release(): void;
}

/** Where admissions are remembered. */
export interface LimiterStore {
  /** How things stand with each limit now. */
  standings(limits: readonly Limit[]): Standing[];
  /**
   * Takes one admission from every limit, or from none.
   * @returns The reservation, or the limits that refuse.
   */
  reserve(limits: readonly Limit[]): { reservation: Reservation } | { refused: readonly Standing[] };
}

/**
 * Remembers admissions in this process.
 * @param clock Monotonic milliseconds; a wall clock could be set back and forth.
 */
export function createMemoryStore(clock: () => number = () => performance.now()): LimiterStore {
  const logs = new Map<string, number[]>();
  const logOf = (counter: string) => {
    const log = logs.get(counter) ?? [];
    logs.set(counter, log);
    return log;
  };
  const standingsAt = (limits: readonly Limit[], now: number) =>
    limits.map((limit) => {
      const log = logOf(limit.counter);
      // What left the window never counts again, so a log holds at most `max` entries.
      log.splice(0, firstInWindow(log, now - limit.windowMs));
      return { limit, ...judge(log, limit, now) };
    });
  return {
    standings: (limits) => standingsAt(limits, clock()),
    reserve(limits) {
      const now = clock();
      const refused = standingsAt(limits, now).filter((standing) => !standing.admitted);
      if (refused.length > 0) return { refused };
      for (const { counter } of limits) logOf(counter).push(now);
      let released = false;
      const release = () => {
        if (released) return;
        released = true;
        for (const { counter } of limits) {
          const log = logOf(counter);
          const index = log.lastIndexOf(now);
          if (index >= 0) log.splice(index, 1);
        }
      };
      return { reservation: { standings: standingsAt(limits, now), release } };
    },
  };
}
