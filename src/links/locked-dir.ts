import type { Lock } from '../state/lock.ts';
import type { AddonsDir } from './addons-dir.ts';
import type { RecoveryOptions } from './roll-back.ts';

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
