/**
 * The rate limiter's rule, as a pure function: no clock, no store.
 *
 * It is an exact sliding log. If no admission ever makes the half-open window `(now - window, now]` before it hold more
 * than `max`, then no half-open window of that length anywhere does: take the last admission in it, and all others lie
 * in the window that was looked at then. A fixed window would admit nearly twice as many across an edge.
 *
 * Times are whole microseconds, so that adding and comparing them is exact.
 */

/** At most `max` in any window of `windowMs` milliseconds. */
export interface Limit {
  readonly counter: string;
  readonly max: number;
  readonly windowMs: number;
}

/** What a call asks of one budget. */
export interface Charge {
  readonly limit: Limit;
  /** Names the budget: counter, scope and whose calls they are. No two charges of a call share a key. */
  readonly key: string;
  /** 1 for a call; for links as many as the call makes, which may be none. */
  readonly amount: number;
  /** `observe` counts but never refuses. */
  readonly mode: 'enforce' | 'observe';
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
  /** The amounts of the log from some beginning up to and with this one, so that a window is summed by a difference. */
  readonly through: number;
}

export interface Fit {
  /** Whether the amount fits. */
  readonly admitted: boolean;
  /** How much more the window holds. */
  readonly remaining: number;
  /**
   * Milliseconds until the amount fits, without any competitor: 0 when it does, infinite when it is more than `max`.
   */
  readonly retryAfterMs: number;
  /** Milliseconds until every admission in the log has left the window; 0 for an empty one. */
  readonly resetMs: number;
}

/** A charge as a demand; a window that is no whole number of microseconds is rounded up, which never admits more. */
export function demandOf({ limit, key, amount, mode }: Charge): Demand {
  const windowUs = Math.ceil(limit.windowMs * 1000);
  return { key, max: limit.max, windowUs, amount, observe: mode === 'observe' };
}

/**
 * Judges one more admission. An amount of nothing always fits, whatever else is in the window.
 * @param log Earlier admissions in the order of their times; older ones than the window may be among them.
 * @param now The present on the same clock, not before the last entry.
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
  // When this one has left, what came after it leaves enough room; with a lowered `max` it is not the oldest one.
  const blocking = log[firstWhere(log, ({ through }) => last.through - through <= max - amount)] as Counted;
  return { admitted: false, remaining, retryAfterMs: (blocking.at + windowUs - now) / 1000, resetMs };
}

/** The index of the first entry a condition holds for, if it holds for all later ones too; the length if for none. */
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
