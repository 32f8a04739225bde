/**
 * Does work for each of several things, a few at once, in their order.
 * @param most How many at once.
 * @param work Must not throw for what can be expected to fail: what it throws ends the work that has not begun.
 * @param isOver Asked before each; true if no more are to be begun.
 */
export async function atOnce<T>(
  things: readonly T[],
  most: number,
  work: (thing: T) => Promise<void>,
  isOver: () => boolean = () => false,
): Promise<void> {
  const left = things.values();
  let hasFailed = false;
  const run = async () => {
    for (const thing of left) {
      if (hasFailed || isOver()) return;
      await work(thing);
    }
  };
  const runs = Array.from({ length: Math.min(most, things.length) }, () =>
    run().catch((error: unknown) => {
      hasFailed = true;
      throw error;
    }),
  );
  // All of them: what was begun must not go on after the caller has the error.
  const ended = await Promise.allSettled(runs);
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
}
