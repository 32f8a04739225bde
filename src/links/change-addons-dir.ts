import { ok, type Result } from '../base/refusal.ts';
import { stateFailed } from '../state/failures.ts';
import { makeStateFolder } from '../state/folder.ts';
import { freeLock, type Lock, takeLock } from '../state/lock.ts';
import { inTurn } from '../state/queue.ts';
import { type AddonsDir, checkAddonsDir } from './addons-dir.ts';
import { busy, cancelled } from './failures.ts';
import { hasJournal } from './journal.ts';
import type { LockedDir, TransactionOptions } from './locked-dir.ts';
import { type RecoveryOptions, rollBackInterrupted } from './roll-back.ts';
import { stateFolder } from './state-folder.ts';

const WAIT_MS = 10_000;

/**
 * Runs work on an addons directory while nobody else changes it: calls of this process take turns, other processes
 * are kept out by a lock that survives the death of its holder. What an earlier transaction left undone is rolled back
 * first; the lock is given back whatever happens.
 *
 * Whatever decides about the change has to be looked at by the work: before, others may be at it.
 * @returns What the work returns, or `target_unavailable`, `busy`, `cancelled` or `io_error`.
 */
export async function changeAddonsDir<T>(
  dir: AddonsDir,
  options: TransactionOptions,
  work: (locked: LockedDir) => Promise<Result<T>>,
): Promise<Result<T>> {
  const inPlace = checkAddonsDir(dir);
  if (!inPlace.ok) return inPlace;
  return withLock(dir, options, async (folder, lock) => {
    const recovered = await rollBackInterrupted(dir, folder, options);
    if (!recovered.ok) return recovered;
    return work({ dir, options, folder, lock } as LockedDir);
  });
}

/**
 * Rolls back what an earlier process left in an addons directory, for the start of a server.
 * @returns Whether there was anything, or why it could not be undone. `nothing` also when somebody is at work there:
 *   then it is theirs.
 */
export async function recoverAddonsDir(
  dir: AddonsDir,
  options: Pick<TransactionOptions, 'stateDir' | keyof RecoveryOptions>,
): Promise<Result<'nothing' | 'rolled_back'>> {
  const folder = stateFolder(dir, options.stateDir);
  if (!hasJournal(folder)) return ok('nothing');
  const recovered = await withLock(dir, { ...options, waitMs: 0 }, () =>
    rollBackInterrupted(dir, folder, options),
  );
  return !recovered.ok && recovered.refusal.code === 'busy' ? ok('nothing') : recovered;
}

/** Whether an interrupted transaction waits to be rolled back, as far as can be seen. Changes nothing. */
export function isInterrupted(dir: AddonsDir, stateDir: string): boolean {
  const folder = stateFolder(dir, stateDir);
  try {
    const before = freeLock(folder);
    // Somebody may have begun since the first look; the journal is theirs then.
    return before !== null && hasJournal(folder) && freeLock(folder) === before;
  } catch {
    return false;
  }
}

/**
 * Whether nothing in an addons directory may still be undone: no transaction is under way, and none was interrupted.
 * For a caller who finds nothing to do there, and therefore takes no lock.
 */
export function isSettled(dir: AddonsDir, stateDir: string): boolean {
  return !hasJournal(stateFolder(dir, stateDir));
}

async function withLock<T>(
  dir: AddonsDir,
  { stateDir, signal, waitMs = WAIT_MS }: Pick<TransactionOptions, 'stateDir' | 'signal' | 'waitMs'>,
  work: (folder: string, lock: Lock) => Promise<Result<T>>,
): Promise<Result<T>> {
  const folder = stateFolder(dir, stateDir);
  const gaveUp = () => (signal?.aborted === true ? cancelled() : busy());
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
      return await work(folder, lock);
    } finally {
      lock.release();
    }
  });
  return result ?? gaveUp();
}
