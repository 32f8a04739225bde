/**
 * The rate limiter's rule, as a pure function: no clock, no store.
 *
 * It is an exact sliding log. With at most `max` admissions in the half-open window `(now - window, now]` before
 * every admission, no half-open window of that length anywhere ever holds more than `max`: take the last admission
 * in it, and all others lie in the window that was looked at then. A fixed window would admit nearly twice as many
 * across an edge.
 */

/** At most `max` admissions in any window of `windowMs` milliseconds. */
export interface Limit {
  readonly counter: string;
  readonly max: number;
  readonly windowMs: number;
}

export interface Verdict {
  readonly admitted: boolean;
  /** How many more admissions the window holds at `now`, before this one is taken. */
  readonly remaining: number;
  /**
   * Milliseconds until one more admission becomes possible without any competitor: 0 when admitted, infinite when
   * `max` is 0.
   */
  readonly retryAfterMs: number;
  /** Milliseconds until every admission in the log has left the window; 0 for an empty one. */
  readonly resetMs: number;
}

/**
 * Judges one more admission.
 * @param log The times of earlier admissions in milliseconds, ascending; older ones than the window may be in it.
 * @param now The present on the same clock, not before the last entry.
 */
export function judge(log: readonly number[], { max, windowMs }: Limit, now: number): Verdict {
  const first = firstInWindow(log, now - windowMs);
  const count = log.length - first;
  const resetMs = count === 0 ? 0 : (log.at(-1) as number) + windowMs - now;
  if (count < max) return { admitted: true, remaining: max - count, retryAfterMs: 0, resetMs };
  // The admission that has to leave before there is room; with a lowered `max` it is not the oldest one.
  const blocking = max === 0 ? undefined : log[log.length - max];
  const retryAfterMs = blocking === undefined ? Number.POSITIVE_INFINITY : blocking + windowMs - now;
  return { admitted: false, remaining: 0, retryAfterMs, resetMs };
}

/** The index of the first entry later than a time; the log's length if there is none. */
export function firstInWindow(log: readonly number[], after: number): number {
  let low = 0;
  let high = log.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((log[middle] as number) > after) high = middle;
    else low = middle + 1;
  }
  return low;
}
