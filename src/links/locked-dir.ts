import type { Lock } from '../state/lock.ts';
import type { AddonsDir } from './addons-dir.ts';
import type { RecoveryOptions } from './roll-back.ts';

export interface TransactionOptions extends RecoveryOptions {
  /** The server's own folder, outside everything Odoo scans. Processes that share it are kept apart. */
  readonly stateDir: string;
  /** Aborted before or during the change: whatever was done is undone, and the refusal is `cancelled`. */
  readonly signal?: AbortSignal | undefined;
  /** Called now and then, and at the end, with how many steps are taken. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** How long to wait for other processes that change the directory. */
  readonly waitMs?: number | undefined;
}

declare const lockedDir: unique symbol;

/**
 * Proof that the lock of an addons directory is held, and that no interrupted transaction is left in it. Only
 * {@link changeAddonsDir} makes one; it is good until the work it was given to has ended.
 */
export interface LockedDir {
  readonly dir: AddonsDir;
  readonly options: TransactionOptions;
  readonly folder: string;
  readonly lock: Lock;
  readonly [lockedDir]: true;
}
