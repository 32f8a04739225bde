/** The end of the last call in each queue. */
const ends = new Map<string, Promise<void>>();

/**
 * Runs work when every earlier call with the same key has ended: calls of one process take turns instead of all polling
 * for a lock. Every call gets its turn, because each earlier one waits for a limited time.
 * @returns The result of the work, or null if the signal was aborted before the call's turn.
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
  // A call that gives up leaves the queue only after all calls before it.
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
