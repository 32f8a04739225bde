import type { Refused, Result } from '../base/refusal.ts';
import { stateFailed } from './failures.ts';
import { makeStateFolder } from './folder.ts';
import { type Lock, takeLock } from './lock.ts';
import { inTurn } from './queue.ts';

/** Whom a lock keeps out, and for how long it is waited for. */
export interface LockOrder {
  /** The state directory. */
  readonly stateDir: string;
  /** The folder in it whose lock is taken; made if it is missing. */
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
  /** In milliseconds. */
  readonly waitMs: number;
  /** The refusal when the lock was not free in time, or nobody waits any more. */
  gaveUp(): Refused;
}

/**
 * Runs work while no other call or process holds the lock of a folder in the state directory: calls of one process take turns,
 * and a lock excludes other processes. The lock is always released.
 * @returns What the work returns, or why the lock could not be had.
 */
export async function whileLocked<T>(
  { stateDir, folder, signal, waitMs, gaveUp }: LockOrder,
  work: (lock: Lock) => Promise<Result<T>>,
): Promise<Result<T>> {
  const result = await inTurn(folder, signal, async () => {
    const patience = { until: performance.now() + waitMs, signal };
    let lock: Lock | null;
    try {
      const made = await makeStateFolder(stateDir, folder);
      if (!made.ok) return made;
      lock = await takeLock(folder, patience);
    } catch (error) {
      return stateFailed(error);
    }
    if (lock === null) return gaveUp();
    try {
      return await work(lock);
    } finally {
      lock.release();
    }
  });
  return result ?? gaveUp();
}
