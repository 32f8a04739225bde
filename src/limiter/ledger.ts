import { type Counted, type Demand, type Fit, firstWhere, measureFit } from './window.ts';

/** An admission with the reservation it belongs to. */
interface LedgerEntry extends Counted {
  readonly id: string;
  at: number;
  through: number;
  /** How long it must be kept, with all that came after it, because they may be counted together. */
  readonly windowUs: number;
}

interface Budget {
  readonly log: LedgerEntry[];
  /** The longest window asked about. */
  askedUs: number;
  /** The longest window of an admission. */
  longestUs: number;
}

/** An admission that is carried over from one ledger to the next. */
export interface Carried {
  readonly key: string;
  readonly id: string;
  readonly at: number;
  readonly amount: number;
  /** While it is younger than this, everything that came after it must be kept too. */
  readonly windowUs: number;
}

/**
 * The admissions of all budgets, in memory. Pure: its content follows only from the calls and their times, so that every
 * process that replays the same calls gets the same fits.
 */
export class Ledger {
  readonly #budgets = new Map<string, Budget>();

  /** The number of budgets it remembers. */
  get size(): number {
    return this.#budgets.size;
  }

  /** Measures each demand on its own and changes nothing. */
  stand(demands: readonly Demand[], now: number): Fit[] {
    return demands.map((demand) => measureFit(this.#budgets.get(demand.key)?.log ?? [], demand, now));
  }

  /** Whether it already keeps admissions for every demanded window, so that {@link admit} would not have to note one. */
  knowsWindows(demands: readonly Demand[]): boolean {
    return demands.every(({ key, windowUs }) => {
      const budget = this.#budgets.get(key);
      return budget === undefined || budget.askedUs >= windowUs;
    });
  }

  /**
   * Takes all demands, or none if one that is enforced does not fit.
   * @param now Not earlier than any time it was given before.
   * @returns The fits before anything was taken, and whether it was taken.
   */
  admit(id: string, demands: readonly Demand[], now: number): { taken: boolean; fits: readonly Fit[] } {
    for (const { key, windowUs } of demands) {
      const budget = this.#budgets.get(key);
      if (budget === undefined) continue;
      budget.askedUs = Math.max(budget.askedUs, windowUs);
      forget(budget.log, now - keepUs(budget));
    }
    const fits = this.stand(demands, now);
    const taken = demands.every(({ observe }, index) => observe || fits[index]?.admitted === true);
    if (taken) {
      for (const { key, amount, windowUs } of demands) {
        if (amount > 0) add(this.#budget(key, windowUs), { id, at: now, amount, windowUs });
      }
    }
    return { taken, fits };
  }

  /** Gives a reservation back to one budget; does nothing if the budget does not have it. */
  release(id: string, key: string): void {
    const budget = this.#budgets.get(key);
    if (budget === undefined) return;
    const { log } = budget;
    const index = log.findLastIndex((entry) => entry.id === id);
    if (index < 0) return;
    const [released] = log.splice(index, 1) as [LedgerEntry];
    for (let later = index; later < log.length; later++)
      (log[later] as LedgerEntry).through -= released.amount;
    if (log.length === 0) this.#budgets.delete(key);
  }

  /** All admissions that may still count at a time. */
  carry(now: number): Carried[] {
    return [...this.#budgets].flatMap(([key, { log, askedUs }]) => {
      const windows = log.map(({ at, windowUs }) => (at > now - windowUs ? windowUs : 0));
      const longest = windows.reduce((a, b) => Math.max(a, b), askedUs);
      const kept = log.slice(firstWhere(log, ({ at }) => at > now - longest));
      return kept.map(({ id, at, amount, windowUs }) => {
        return { key, id, at, amount, windowUs: Math.max(askedUs, windowUs) };
      });
    });
  }

  /** Adds an admission that {@link carry} returned; to be called in the order of its list. */
  restore(carried: Carried): void {
    add(this.#budget(carried.key, 0), carried);
  }

  /** Drops every budget whose admissions no longer count, so that callers who never return do not cost memory for ever. */
  sweep(now: number): void {
    for (const [key, budget] of this.#budgets) {
      if ((budget.log.at(-1)?.at ?? Number.NEGATIVE_INFINITY) <= now - keepUs(budget)) {
        this.#budgets.delete(key);
      }
    }
  }

  #budget(key: string, askedUs: number): Budget {
    const found = this.#budgets.get(key);
    if (found !== undefined) return found;
    const budget = { log: [], askedUs, longestUs: 0 };
    this.#budgets.set(key, budget);
    return budget;
  }
}

const keepUs = ({ askedUs, longestUs }: Budget) => Math.max(askedUs, longestUs);

function add(budget: Budget, { id, at, amount, windowUs }: Omit<Carried, 'key'>): void {
  const { log } = budget;
  log.push({ id, at, amount, windowUs, through: (log.at(-1)?.through ?? 0) + amount });
  budget.longestUs = Math.max(budget.longestUs, windowUs);
}

/** Drops old entries once they are half of the log: moving the others every time would make long logs slow. */
function forget(log: LedgerEntry[], until: number): void {
  const old = firstWhere(log, ({ at }) => at > until);
  if (old * 2 >= log.length) log.splice(0, old);
}
