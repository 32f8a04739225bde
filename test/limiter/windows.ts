/** An amount and the moment it was taken at, by any clock. */
export interface Taken {
  readonly at: number;
  readonly amount: number;
}

/** The largest amount that any half-open window of a length holds. Knows nothing of the limiter's code. */
export function mostInWindow(taken: readonly Taken[], window: number): number {
  const sorted = taken.toSorted((a, b) => a.at - b.at);
  let first = 0;
  let sum = 0;
  let most = 0;
  for (const { at, amount } of sorted) {
    sum += amount;
    for (; (sorted[first] as Taken).at <= at - window; first++) sum -= (sorted[first] as Taken).amount;
    most = Math.max(most, sum);
  }
  return most;
}
