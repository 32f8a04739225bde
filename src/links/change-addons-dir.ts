import { ok, type Result } from '../base/refusal.ts';
import { freeLock, type Lock } from '../state/lock.ts';
import { whileLocked } from '../state/while-locked.ts';
import { type AddonsDir, checkAddonsDir } from './addons-dir.ts';
import { busy, cancelled } from './failures.ts';
import { hasJournal } from './journal.ts';
import { type RecoveryOptions, rollBackInterrupted } from './roll-back.ts';
import { stateFolder } from './state-folder.ts';

export interface TransactionOptions extends RecoveryOptions {
  /** The server's own folder, outside the folders Odoo scans. Its locks exclude other processes that use it. */
  readonly stateDir: string;
  /** If it is aborted before or during the change, all steps are undone and the refusal is `cancelled`. */
  readonly signal?: AbortSignal | undefined;
  /** Called from time to time and at the end with the number of steps taken. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** How long to wait for other processes that change the directory, in milliseconds. */
  readonly waitMs?: number | undefined;
}

declare const lockedDir: unique symbol;

/**
 * Proof that the lock of an addons directory is held and that the directory has no interrupted transaction. Only
 * {@link changeAddonsDir} creates one; it is valid until the work it was passed to ends.
 */
export interface LockedDir {
  readonly dir: AddonsDir;
  readonly options: TransactionOptions;
  readonly folder: string;
  readonly lock: Lock;
  readonly [lockedDir]: true;
}

const WAIT_MS = 10_000;

/**
 * Runs work on an addons directory that no other call or process of this server changes meanwhile: calls of one process
 * take turns, and a lock excludes other processes; a lock whose holder died can be taken over. An interrupted transaction
 * is rolled back first. The lock is always released.
 *
 * The work itself must read the state on which its change depends: before it has the lock, others may change that state.
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
 * Rolls back an interrupted transaction in an addons directory, when the server starts.
 * @returns Whether there was one, or why it could not be undone; `nothing` also if another process holds the lock, because
 *   then the transaction is in progress or that process rolls it back.
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

/** Whether there appears to be an interrupted transaction to roll back. Changes nothing. */
export function isInterrupted(dir: AddonsDir, stateDir: string): boolean {
  const folder = stateFolder(dir, stateDir);
  try {
    const before = freeLock(folder);
    // If the lock has changed, another process has begun a transaction, and the journal is its own.
    return before !== null && hasJournal(folder) && freeLock(folder) === before;
  } catch {
    return false;
  }
}

/**
 * Whether an addons directory has neither a transaction in progress nor an interrupted one, so that nothing in it can
 * still be undone. For a caller that has nothing to change and therefore takes no lock.
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
  return whileLocked({ stateDir, folder, signal, waitMs, gaveUp }, (lock) => work(folder, lock));
}
