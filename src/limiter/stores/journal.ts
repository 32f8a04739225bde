import { hash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { hostClock, type Stamp } from '../../state/clock.ts';
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

/** What a journal stands on; tests put their own in its place. */
export interface JournalParts {
  readonly folder: JournalFolder;
  readonly clock: () => Stamp;
  readonly sealAfter: number;
}

/**
 * Remembers admissions in `limits` under the state directory: one budget for all processes of this host that are
 * given the same one, over restarts, reboots and kills.
 *
 * What was admitted is on its way to the disk when `reserve` answers, and there when `secured` does, so that losing power
 * forgets no admission of a call that changed anything. Refusals and releases are not synced; losing them admits nobody.
 */
export function createJournalStore(stateDir: string): LimiterStore {
  // Opened at the first call, so that a host without what it needs refuses calls and does not fail to start.
  return journalStore(() => ({
    folder: openJournalFolder(join(stateDir, 'limits')),
    clock: hostClock(),
    sealAfter: SEAL_AFTER,
  }));
}

/** The store on parts that are asked for when they are first needed. */
export function journalStore(parts: () => JournalParts): LimiterStore {
  let protocol: JournalProtocol | undefined;
  // Once a file has changed behind its back a process remembers what the file no longer says, and trusts it no more.
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
    const reason = error instanceof Error ? error.message : String(error);
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
        // What takes nothing is not written.
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

/** Runs steps without letting anything of this process come between them. */
function run<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Where the journal cannot be written, what was taken stays taken. */
function giveBackQuietly(enter: () => JournalProtocol, id: string, demands: readonly Demand[]): void {
  const keys = demands.filter(({ amount }) => amount > 0).map(({ key }) => key);
  try {
    run(enter().release(id, keys));
  } catch {
    // The next call finds the same trouble and says so.
  }
}

/** Records have room for a hash of the key. */
function hashedDemand(charge: Charge): Demand {
  const digest = hash('sha256', charge.key, 'buffer').subarray(0, KEY_BYTES);
  return { ...demandOf(charge), key: digest.toString('latin1') };
}

/** Random, and eight bytes long; from a UUID because Node.js keeps those in stock. */
function newId(): string {
  const digits = randomUUID();
  return Buffer.from(digits.slice(0, 8) + digits.slice(-8), 'hex').toString('latin1');
}

const idText = (id: string) => Buffer.from(id, 'latin1').toString('hex');
