import { hash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { messageOf } from '../../base/errno.ts';
import { hostClock, type Stamp } from '../../state/clock.ts';
import { LAYOUT } from '../../state/layout.ts';
import {
  afterTaking,
  assertCharges,
  type LimiterStore,
  refusing,
  settledOnce,
  standingsOf,
  takingsOf,
} from '../store.ts';
import { type Charge, type Demand, demandOf } from '../window.ts';
import { openJournalFolder } from './journal-folder.ts';
import {
  JournalDamaged,
  type JournalFolder,
  JournalProtocol,
  JournalUnavailable,
  type Steps,
  secure,
} from './journal-protocol.ts';
import { KEY_BYTES, RECORD_BYTES } from './journal-record.ts';

/** Half a mebibyte: a new process reads it in a few milliseconds. */
const SEAL_AFTER = 8192 * RECORD_BYTES;

/** What a journal is built on; tests replace it. */
export interface JournalParts {
  readonly folder: JournalFolder;
  readonly clock: () => Stamp;
  readonly sealAfter: number;
}

/**
 * Remembers admissions in `limits` under the state directory: one budget for all processes of this host that use the same
 * state directory, across restarts, reboots and kills.
 *
 * When `secured` answers, what was admitted is on disk, so that a power failure forgets no admission of a call that changed
 * anything. Refusals and releases are not synced; losing them admits no one.
 */
export function createJournalStore(stateDir: string): LimiterStore {
  // Opened at the first call: if the host lacks something, calls are refused, but the server starts.
  return journalStore(() => ({
    folder: openJournalFolder(join(stateDir, LAYOUT.limits)),
    clock: hostClock(),
    sealAfter: SEAL_AFTER,
  }));
}

/** The store on parts that are made on first use. */
export function journalStore(parts: () => JournalParts): LimiterStore {
  let protocol: JournalProtocol | undefined;
  // If a file was changed from outside, what this process remembers differs from the file, so it stops using it.
  let finished: string | undefined;
  const enter = (): JournalProtocol => {
    if (finished !== undefined) throw new JournalUnavailable(finished);
    if (protocol === undefined) {
      const { folder, clock, sealAfter } = parts();
      protocol = new JournalProtocol(folder, clock, sealAfter);
    }
    return protocol;
  };
  const unavailable = (error: unknown) => {
    const reason = messageOf(error);
    if (error instanceof JournalDamaged) finished = reason;
    return { unavailable: finished ?? reason };
  };
  return {
    async standings(charges) {
      assertCharges(charges);
      try {
        return { standings: standingsOf(charges, run(enter().stand(charges.map(hashedDemand)))) };
      } catch (error) {
        return unavailable(error);
      }
    },
    async reserve(charges) {
      assertCharges(charges);
      const demands = charges.map(hashedDemand);
      const id = newId();
      try {
        const { taken, fits, written } = run(enter().reserve(id, demands));
        if (!taken) return { refused: refusing(standingsOf(charges, fits)) };
        const standings = afterTaking(charges, fits);
        // An attempt that takes nothing is not written.
        if (written === undefined) return { reservation: settledOnce([], standings, async () => {}) };
        const onDisk = secure(written).then(() => null, unavailable);
        const takings = takingsOf(idText(id), charges, () => written.at);
        const giveBack = async () => giveBackQuietly(enter, id, demands);
        return { reservation: settledOnce(takings, standings, giveBack, () => onDisk) };
      } catch (error) {
        return unavailable(error);
      }
    },
    async close() {
      protocol?.close();
      finished ??= 'the store is closed';
    },
  };
}

/** Runs steps without anything else of this process in between. */
function run<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** If the journal cannot be written, what was taken stays taken. */
function giveBackQuietly(enter: () => JournalProtocol, id: string, demands: readonly Demand[]): void {
  const keys = demands.filter(({ amount }) => amount > 0).map(({ key }) => key);
  try {
    run(enter().release(id, keys));
  } catch {
    // The next call meets the same error and reports it.
  }
}

/** Records have room only for a hash of the key. */
function hashedDemand(charge: Charge): Demand {
  const digest = hash('sha256', charge.key, 'buffer').subarray(0, KEY_BYTES);
  return { ...demandOf(charge), key: digest.toString('latin1') };
}

/** Eight random bytes; from a UUID, because Node.js generates those in advance. */
function newId(): string {
  const digits = randomUUID();
  return Buffer.from(digits.slice(0, 8) + digits.slice(-8), 'hex').toString('latin1');
}

const idText = (id: string) => Buffer.from(id, 'latin1').toString('hex');
