/** The end of the last call in each queue. */
const ends = new Map<string, Promise<void>>();

/**
 * Runs work when every earlier call with the same key is over: within a process calls take their turns, instead of
 * all of them polling for a lock.
 * A turn comes for certain, since each call before waits for a bounded time.
 * @returns What the work returns, or null when the caller has gone before its turn.
 */
export async function inTurn<T>(
  key: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T | null> {
  let leave = () => {};
  const over = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const before = ends.get(key);
  // Who gives up leaves the queue only when everybody before has.
  const end = before === undefined ? over : before.then(() => over);
  ends.set(key, end);
  try {
    if (before !== undefined && !(await comesBeforeAbort(before, signal))) return null;
    return await work();
  } finally {
    leave();
    if (ends.get(key) === end) ends.delete(key);
  }
}

function comesBeforeAbort(turn: Promise<void>, signal: AbortSignal | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const giveUp = () => resolve(false);
    if (signal?.aborted === true) return giveUp();
    signal?.addEventListener('abort', giveUp, { once: true });
    turn.then(() => {
      signal?.removeEventListener('abort', giveUp);
      resolve(true);
    });
  });
}
