import { setTimeout as sleep } from 'node:timers/promises';
import { ok, type Result, refused } from '../base/refusal.ts';
import { seriesOfServer } from './odoo-client.ts';
import type { OdooConnection } from './odoo-connection.ts';
import { ODOO_FAULTS, type OdooFault, odooFault } from './odoo-fault.ts';
import { runRestart } from './run-restart.ts';
import { withoutSecret } from './without-secret.ts';

/** How a restart is waited for. */
export interface RestartOptions {
  /** For the command and until Odoo answers again, in milliseconds: minutes, since Odoo may load long. */
  readonly limit: number;
  readonly signal?: AbortSignal | undefined;
  /** Called with the milliseconds that are spent, of how many, and what is waited for. */
  readonly onProgress?: ((spent: number, limit: number, what: string) => void) | undefined;
  /** How long Odoo may go on answering once the command has ended, in milliseconds. */
  readonly settle?: number;
}

/** How long a restart may take unless a caller knows better. */
export const RESTART_MS = 5 * 60_000;
const SETTLE_MS = 15_000;
/** How often Odoo is asked whether it answers, and how long it may take for it. */
const POLL_MS = 200;
const ANSWER_MS = 5000;

/**
 * Restarts a running Odoo by the command of its operator, and waits until it answers again.
 *
 * The old process is not taken for the new one: while the command runs, and after it, Odoo is asked again and again for its
 * version, and only an answer that comes after it was away counts. If it never was, the command may have done nothing, or may
 * have returned before the old process ends; that is a fault. (An Odoo is away for a second at least: it imports its own code
 * first.) Once the command has ended well, being silent counts as being away, too: a socket that is handed over holds
 * requests back until the new process reads them.
 *
 * A cancelled call does not interrupt the command: what stops an Odoo before it starts one must not end in between. The
 * command is waited for, within the time limit, and then no longer for Odoo.
 * @param connection Its `restart` is configured.
 * @returns `restart_missing`, `restart_denied`, `restart_failed` or `restart_timed_out` if the command is at fault;
 *   `not_restarted`, `not_back`, `other_series` or `cancelled` afterwards.
 */
export async function restartOdoo(
  connection: OdooConnection,
  { limit, signal, onProgress, settle = SETTLE_MS }: RestartOptions,
): Promise<Result<void, OdooFault>> {
  const { restart, series } = connection;
  if (restart === null) throw new Error('no restart command is configured');
  const isCancelled = () => signal?.aborted === true;
  if (isCancelled()) return refused(odooFault('cancelled'));
  const began = performance.now();
  const spent = () => performance.now() - began;
  const tell = (what: string) => onProgress?.(Math.min(Math.round(spent()), limit), limit, what);

  const ended = new AbortController();
  const watching = wasAwayUntil(connection, ended.signal, () => tell('the restart command runs'));
  const hide = (text: string) => withoutSecret(text, connection);
  // Together: if the watching failed while nobody waits for it, the server would end.
  const running = runRestart(restart, limit, hide).finally(() => ended.abort());
  const [ran, wasSeenAway] = await Promise.all([running, watching]);
  let wasAway = wasSeenAway;
  if (!ran.ok) return ran;
  const done = spent();

  let last: OdooFault | null = null;
  while (spent() < limit) {
    tell('Odoo starts');
    const patience = Math.max(1, Math.min(ANSWER_MS, Math.ceil(limit - spent())));
    const answer = await seriesOfServer(connection, { limit: patience, signal });
    if (isCancelled()) return refused(odooFault('cancelled'));
    if (!answer.ok) {
      wasAway = true;
      last = answer.refusal;
    } else if (wasAway) {
      return answer.value === series
        ? ok(undefined)
        : refused(odooFault('other_series', `Odoo ${answer.value}`));
    } else if (spent() - done >= settle) return refused(odooFault('not_restarted'));
    await pause(signal);
  }
  if (isCancelled()) return refused(odooFault('cancelled'));
  return refused(
    wasAway ? odooFault('not_back', last === null ? '' : ODOO_FAULTS[last.kind]) : odooFault('not_restarted'),
  );
}

/** Asks an Odoo again and again, until a signal. @returns Whether it was seen to be away. */
async function wasAwayUntil(odoo: OdooConnection, until: AbortSignal, tell: () => void): Promise<boolean> {
  let wasAway = false;
  while (!until.aborted) {
    tell();
    if (!wasAway) {
      const answer = await seriesOfServer(odoo, { limit: ANSWER_MS, signal: until });
      // An old process that is busy is silent, too.
      wasAway = !answer.ok && answer.refusal.kind !== 'timed_out' && answer.refusal.kind !== 'cancelled';
    }
    await pause(until);
  }
  return wasAway;
}

async function pause(signal: AbortSignal | undefined): Promise<void> {
  // It rejects when the signal is aborted, which the caller sees by itself.
  await sleep(POLL_MS, undefined, { signal }).catch(() => {});
}
