import { randomUUID } from 'node:crypto';
import { monotonicUs } from '../../state/clock.ts';
import { Ledger } from '../ledger.ts';
import {
  afterTaking,
  assertCharges,
  type LimiterStore,
  refusing,
  settledOnce,
  standingsOf,
  takingsOf,
} from '../store.ts';
import { demandOf } from '../window.ts';

/** Fewer budgets than this are not worth sweeping. */
const FEW_BUDGETS = 64;

/**
 * Remembers admissions in this process, for budgets that end with it.
 * @param clock Monotonic microseconds; a wall clock could be set.
 */
export function createMemoryStore(clock: () => number = monotonicUs): LimiterStore {
  const ledger = new Ledger();
  let sweepAt = FEW_BUDGETS;
  let closed = false;
  const unavailable = { unavailable: 'the store is closed' };
  return {
    async standings(charges) {
      assertCharges(charges);
      if (closed) return unavailable;
      return { standings: standingsOf(charges, ledger.stand(charges.map(demandOf), clock())) };
    },
    async reserve(charges) {
      assertCharges(charges);
      if (closed) return unavailable;
      const id = randomUUID();
      const now = clock();
      if (ledger.size >= sweepAt) {
        ledger.sweep(now);
        sweepAt = Math.max(FEW_BUDGETS, 2 * ledger.size);
      }
      const { taken, fits } = ledger.admit(id, charges.map(demandOf), now);
      if (!taken) return { refused: refusing(standingsOf(charges, fits)) };
      const giveBack = async () => {
        for (const { key } of charges) ledger.release(id, key);
      };
      const takings = takingsOf(id, charges, () => now);
      return { reservation: settledOnce(takings, afterTaking(charges, fits), giveBack) };
    },
    async close() {
      closed = true;
    },
  };
}
