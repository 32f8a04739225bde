import { setTimeout } from 'node:timers/promises';
import { type Result, refused } from '../../base/refusal.ts';
import type { Instance } from '../../config/instance.ts';
import { type OdooFault, odooFault } from '../../odoo/odoo-fault.ts';
import { inTurn } from '../../state/queue.ts';
import type { ServiceContext } from '../context.ts';

/** The time, as calls that wait for Odoo see it. */
export interface WaitingClock {
  /** In milliseconds. */
  now(): number;
  /** Ends after some milliseconds, or when the signal is aborted; never rejects. */
  pause(ms: number, signal: AbortSignal | undefined): Promise<void>;
}

const SYSTEM_CLOCK: WaitingClock = {
  now: () => performance.now(),
  pause: (ms, signal) => setTimeout(ms, undefined, { signal }).catch(() => {}),
};

/** How long a call waits for an Odoo that is busy, in milliseconds: many clients wait no longer than a minute. */
export const WAIT_MS = 60_000;

/** The pauses between two tries; the last one again and again. */
const PAUSES_MS = [1_000, 2_000, 4_000, 8_000, 16_000] as const;

/** How long it is waited, and who is told. */
export interface Waiting extends Pick<ServiceContext, 'signal' | 'onProgress'> {
  /** In milliseconds: no try begins later. The last one may take its own time beyond that. */
  readonly limit: number;
  readonly clock?: WaitingClock | undefined;
  /** Others that must not be at work meanwhile, see {@link sharingOdoo}. */
  readonly also?: readonly Pick<Instance, 'odoo'>[];
}

/**
 * Has the running Odoo of an instance change something, and tries again while it is busy with something else: then it has changed nothing, because
 * its transaction was undone or not begun. Calls of this process on one database take turns; those of other processes, and
 * people, meet in Odoo.
 *
 * Not within another call's attempt: it would wait for itself.
 * @param attempt Asks Odoo once.
 * @returns What the last try returned; `busy` also if the turn of the call did not come in time.
 */
export async function waitWhileBusy<T>(
  instance: Pick<Instance, 'odoo'>,
  { limit, signal, onProgress, clock = SYSTEM_CLOCK, also = [] }: Waiting,
  attempt: () => Promise<Result<T, OdooFault>>,
): Promise<Result<T, OdooFault>> {
  const begun = clock.now();
  const late = AbortSignal.timeout(limit);
  const ends = signal === undefined ? late : AbortSignal.any([signal, late]);
  const fault = () => refused(odooFault(signal?.aborted === true ? 'cancelled' : 'busy'));
  // Always in the same order, or two would wait for one another.
  const keys = [...new Set([instance, ...also].map(keyOf))].sort();
  const done = await inTurns(keys, ends, async () => {
    for (let tries = 0; ; tries++) {
      const result = await attempt();
      if (result.ok || !isPassing(result.refusal)) return result;
      const pause = PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)] as number;
      const spent = clock.now() - begun;
      if (spent + pause > limit) return result;
      onProgress?.(inSeconds(spent), inSeconds(limit), `Odoo is busy: trying again in ${inSeconds(pause)} s`);
      await clock.pause(pause, signal);
      if (signal?.aborted === true) return fault();
    }
  });
  return done ?? fault();
}

/** Whose turn it is: there is one for each database. */
function keyOf({ odoo }: Pick<Instance, 'odoo'>): string {
  return `odoo ${odoo?.url.href} ${odoo?.database}`;
}

function inTurns<T>(
  [key, ...others]: readonly string[],
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T | null> {
  return key === undefined ? work() : inTurn(key, signal, () => inTurns(others, signal, work));
}

/**
 * The instances that a restart of an Odoo may disturb: those at the same host and port, whatever their database, and those that are
 * restarted by the same command.
 */
export function sharingOdoo({ odoo }: Pick<Instance, 'odoo'>, instances: readonly Instance[]): Instance[] {
  const command = JSON.stringify(odoo?.restart ?? null);
  return instances.filter(({ odoo: other = null }) => {
    if (other === null) return false;
    return other.url.host === odoo?.url.host || (odoo != null && JSON.stringify(other.restart) === command);
  });
}

/** Whether a fault goes away by itself. */
function isPassing({ kind }: OdooFault): boolean {
  return kind === 'busy' || kind === 'concurrent';
}

/** As progress is told. */
export const inSeconds = (ms: number) => Math.round(ms / 1000);
