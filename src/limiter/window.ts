/**
 * The rate limiter's rule, as a pure function: no clock, no store.
 *
 * It is an exact sliding log. If no admission ever makes the half-open window `(now - window, now]` that ends with it
 * contain more than `max`, then no half-open window of that length does: the last admission in it was checked against all
 * the others. A fixed window would admit nearly twice as many across its edge.
 *
 * Times are whole microseconds, so that adding and comparing them is exact.
 */

/** At most `max` in any window of `windowMs` milliseconds. */
export interface Limit {
  readonly counter: string;
  readonly max: number;
  readonly windowMs: number;
}

/** What a call takes from one budget. */
export interface Charge {
  readonly limit: Limit;
  /** Identifies the budget: counter, scope and caller. No two charges of a call have the same key. */
  readonly key: string;
  /** 1 for a call; for links, the number of links that the call makes or removes, which may be 0. */
  readonly amount: number;
  /** `observe` counts but never refuses. */
  readonly mode: 'enforce' | 'observe';
  /** Whether the budget ends with the connection, and is kept in memory. */
  readonly isOfSession?: boolean;
}

/** A charge in the limiter's own units. */
export interface Demand {
  readonly key: string;
  readonly max: number;
  readonly windowUs: number;
  readonly amount: number;
  readonly observe: boolean;
}

/** One admission in a log. */
export interface Counted {
  readonly at: number;
  readonly amount: number;
  /** The running total of the log up to and including this one: the sum of a window is a difference of totals. */
  readonly through: number;
}

export interface Fit {
  /** Whether the amount fits. */
  readonly admitted: boolean;
  /** How much more the window holds. */
  readonly remaining: number;
  /** Milliseconds until the amount fits if no one else takes anything: 0 if it fits now, infinite if it exceeds `max`. */
  readonly retryAfterMs: number;
  /** Milliseconds until every admission in the log has left the window; 0 for an empty one. */
  readonly resetMs: number;
}

/** A charge as a demand. A window is rounded up to whole microseconds, which never admits more. */
export function demandOf({ limit, key, amount, mode }: Charge): Demand {
  const windowUs = Math.ceil(limit.windowMs * 1000);
  return { key, max: limit.max, windowUs, amount, observe: mode === 'observe' };
}

/**
 * Measures whether one more admission fits. An amount of 0 always fits.
 * @param log Earlier admissions in the order of their times; it may include some older than the window.
 * @param now The present time of the same clock, not before the last entry.
 */
export function measureFit(
  log: readonly Counted[],
  { max, windowUs, amount }: Pick<Demand, 'max' | 'windowUs' | 'amount'>,
  now: number,
): Fit {
  const last = log.at(-1);
  const oldest = log[firstWhere(log, ({ at }) => at > now - windowUs)];
  if (last === undefined || oldest === undefined) {
    const retryAfterMs = amount <= max ? 0 : Number.POSITIVE_INFINITY;
    return { admitted: amount <= max, remaining: max, retryAfterMs, resetMs: 0 };
  }
  const used = last.through - oldest.through + oldest.amount;
  const remaining = Math.max(0, max - used);
  const resetMs = (last.at + windowUs - now) / 1000;
  if (amount === 0 || amount <= remaining) return { admitted: true, remaining, retryAfterMs: 0, resetMs };
  if (amount > max) return { admitted: false, remaining, retryAfterMs: Number.POSITIVE_INFINITY, resetMs };
  // The last one that must leave the window before the amount fits; with a lowered `max` that is not the oldest one.
  const blocking = log[firstWhere(log, ({ through }) => last.through - through <= max - amount)] as Counted;
  return { admitted: false, remaining, retryAfterMs: (blocking.at + windowUs - now) / 1000, resetMs };
}

/** The index of the first entry for which a condition holds that also holds for all later ones; the length if none. */
export function firstWhere<T>(entries: readonly T[], holds: (entry: T) => boolean): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(entries[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}
