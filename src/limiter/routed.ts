import { assertCharges, type LimiterStore, type Reservation, refusing, type Standing } from './store.ts';
import type { Charge } from './window.ts';

/** Some of a call's charges, and the store they belong in. */
interface Part {
  readonly store: LimiterStore;
  readonly charges: Charge[];
}

/**
 * One store for charges that belong in several: the budget of a session in memory, that of a user in the journal. Charges
 * are still taken together or not at all: what was taken in one store is given back if another refuses.
 * @param stores In the order they are asked. The cheapest come first, because a refusal spares the others.
 * @param route The index of the store a charge belongs in.
 */
export function createRoutedStore(
  stores: readonly LimiterStore[],
  route: (charge: Charge) => number,
): LimiterStore {
  const split = (charges: readonly Charge[]): Part[] => {
    assertCharges(charges);
    const parts = stores.map((store, index) => ({
      store,
      charges: charges.filter((charge) => route(charge) === index),
    }));
    return parts.filter((part) => part.charges.length > 0);
  };
  return {
    async standings(charges) {
      return standingsOfParts(split(charges), charges);
    },
    async reserve(charges) {
      const parts = split(charges);
      const taken: Reservation[] = [];
      for (const [index, { store, charges: own }] of parts.entries()) {
        const reserved = await store.reserve(own);
        if ('reservation' in reserved) {
          taken.push(reserved.reservation);
          continue;
        }
        await Promise.all(taken.map((reservation) => reservation.release()));
        if ('unavailable' in reserved) return reserved;
        // A caller must wait for all limits, not only for the first that refuses.
        const later = await standingsOfParts(parts.slice(index + 1), charges);
        if ('unavailable' in later) return later;
        return { refused: [...reserved.refused, ...refusing(later.standings)] };
      }
      const standings = inOrder(
        taken.flatMap((reservation) => reservation.standings),
        charges,
      );
      const each = async (settle: (reservation: Reservation) => Promise<void>) => {
        await Promise.all(taken.map(settle));
      };
      return {
        reservation: {
          takings: taken.flatMap(({ takings }) => takings),
          standings,
          async secured() {
            const answers = await Promise.all(taken.map((reservation) => reservation.secured()));
            return answers.find((answer) => answer !== null) ?? null;
          },
          commit: () => each((reservation) => reservation.commit()),
          release: () => each((reservation) => reservation.release()),
        },
      };
    },
    async close() {
      await Promise.all(stores.map((store) => store.close()));
    },
  };
}

async function standingsOfParts(
  parts: readonly Part[],
  charges: readonly Charge[],
): ReturnType<LimiterStore['standings']> {
  const found: Standing[] = [];
  for (const { store, charges: own } of parts) {
    const answer = await store.standings(own);
    if ('unavailable' in answer) return answer;
    found.push(...answer.standings);
  }
  return { standings: inOrder(found, charges) };
}

function inOrder(standings: readonly Standing[], charges: readonly Charge[]): Standing[] {
  return standings.toSorted((a, b) => charges.indexOf(a.charge) - charges.indexOf(b.charge));
}
