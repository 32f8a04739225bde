import type { Patience } from './lock.ts';

/** The end of the last call in each queue. */
const ends = new Map<string, Promise<void>>();

/**
 * Runs work when every earlier call with the same key is over: within a process calls take their turns, instead of
 * all of them polling for a lock.
 * @returns What the work returns, or null when the turn did not come in time or the caller has gone.
 */
export async function inTurn<T>(key: string, patience: Patience, work: () => Promise<T>): Promise<T | null> {
  let leave = () => {};
  const over = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const before = ends.get(key);
  // Who gives up leaves the queue only when everybody before has.
  const end = before === undefined ? over : before.then(() => over);
  ends.set(key, end);
  try {
    if (before !== undefined && !(await comesInTime(before, patience))) return null;
    return await work();
  } finally {
    leave();
    if (ends.get(key) === end) ends.delete(key);
  }
}

function comesInTime(turn: Promise<void>, { until, signal }: Patience): Promise<boolean> {
  return new Promise((resolve) => {
    const giveUp = () => settle(false);
    const timer = setTimeout(giveUp, Math.max(0, until - performance.now()));
    const settle = (isInTime: boolean) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
      resolve(isInTime);
    };
    if (signal?.aborted === true) return giveUp();
    signal?.addEventListener('abort', giveUp);
    turn.then(() => settle(true));
  });
}
