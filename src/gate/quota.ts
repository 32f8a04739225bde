import {
  type LimiterStore,
  type Reservation,
  refusing,
  type Standing,
  type Taking,
} from '../limiter/store.ts';
import type { Charge } from '../limiter/window.ts';
import type { Policy, PolicyLimit } from '../policy/policy.ts';
import type { ToolName } from '../tool-table.ts';
import { type Denial, denied, describeBudget, type LimitStatus, rateLimited } from './denial.ts';
import { budgetKey, type Caller } from './open-stores.ts';

/** What counting needs; the same for every call of a server. */
export interface QuotaParts {
  readonly store: LimiterStore;
  readonly caller: Caller;
  /** Tells the operator that a store cannot be used, or that an observed limit is exceeded. */
  readonly log: (line: string) => void;
}

/** A reservation, and whether it is given back if the call changed nothing. */
interface Held {
  readonly reservation: Reservation;
  readonly refund: boolean;
}

/** What one call takes from its budgets. All of it is settled together. The constructor takes nothing. */
export class Quota {
  readonly #tool: ToolName;
  readonly #policyHash: string;
  readonly #parts: QuotaParts;
  readonly #limits: ReadonlyMap<string, PolicyLimit>;
  /** The standings when something was taken, which the caller is told. */
  readonly #seen = new Map<string, Standing>();
  #taken: Held[] = [];

  constructor(
    tool: ToolName,
    limits: readonly PolicyLimit[],
    { hash }: Pick<Policy, 'hash'>,
    parts: QuotaParts,
  ) {
    this.#tool = tool;
    this.#policyHash = hash;
    this.#parts = parts;
    this.#limits = new Map(limits.map((limit) => [budgetKey(limit, parts.caller), limit]));
  }

  /**
   * Takes from every limit of the call, or from none.
   * @param amounts What the call costs, by `cost` of the limit. A cost that is absent was taken before, or is not due yet.
   * @returns Why nothing was taken, or null.
   */
  async reserve(amounts: Partial<Record<PolicyLimit['cost'], number>>): Promise<Denial | null> {
    const { store } = this.#parts;
    const charges = this.#chargesFor(({ cost }) => amounts[cost]);
    // Separate reservations, because one is given back as a whole, and charges without refund must be kept.
    const groups = [true, false].map((refund) => ({
      refund,
      charges: charges.filter((charge) => this.#limitOf(charge).refund === refund),
    }));
    const made: Held[] = [];
    for (const [index, group] of groups.entries()) {
      if (group.charges.length === 0) continue;
      const reserved = await store.reserve(group.charges);
      if ('reservation' in reserved) {
        made.push({ reservation: reserved.reservation, refund: group.refund });
        continue;
      }
      await Promise.all(made.map(({ reservation }) => reservation.release()));
      if ('unavailable' in reserved) return this.#unavailable(reserved.unavailable);
      // A caller must wait for all limits, not only for the first that refuses.
      const later = await store.standings(groups.slice(index + 1).flatMap((next) => next.charges));
      const refused = [...reserved.refused, ...('standings' in later ? refusing(later.standings) : [])];
      const limited = refused.map((standing) => ({ ...standing, limit: this.#limitOf(standing.charge) }));
      return rateLimited(this.#tool, limited, this.#policyHash);
    }
    const standings = made.flatMap(({ reservation }) => reservation.standings);
    this.#observe(standings);
    for (const standing of standings) this.#seen.set(standing.charge.key, standing);
    this.#taken.push(...made);
    return null;
  }

  /**
   * Waits until what was taken survives a power failure; must be awaited before anything is changed.
   * @returns Why that is impossible, or null.
   */
  async secured(): Promise<Denial | null> {
    const answers = await Promise.all(this.#taken.map(({ reservation }) => reservation.secured()));
    const [reason] = answers.flatMap((answer) => answer?.unavailable ?? []);
    return reason === undefined ? null : this.#unavailable(reason);
  }

  /** The call took effect: what was taken stays taken. */
  async commit(): Promise<void> {
    await Promise.all(this.#taken.map(({ reservation }) => reservation.commit()));
  }

  /** The call changed nothing: what was taken is given back, except for limits with `refund: false`. */
  release(): Promise<void> {
    return this.#giveBack((refund) => refund);
  }

  /** The call was denied or only asked for approval: everything is given back. */
  withdraw(): Promise<void> {
    return this.#giveBack(() => true);
  }

  /** The caller's budget with what is taken counted; null without a limit, or if the store is unavailable. */
  async standing(): Promise<LimitStatus | null> {
    const charges = this.#chargesFor(({ mode }) => (mode === 'enforce' ? 0 : undefined));
    const now = await this.#parts.store.standings(charges.filter(({ key }) => !this.#seen.has(key)));
    if ('unavailable' in now) return null;
    const known = charges.flatMap(({ key }) => this.#seen.get(key) ?? []);
    return tightest([...known, ...now.standings]);
  }

  /** What the call took and did not give back, for the audit trail. */
  taken(): Taking[] {
    return this.#taken.flatMap(({ reservation }) => reservation.takings);
  }

  #limitOf({ key }: Charge): PolicyLimit {
    return this.#limits.get(key) as PolicyLimit;
  }

  #chargesFor(amountOf: (limit: PolicyLimit) => number | undefined): Charge[] {
    return [...this.#limits].flatMap(([key, limit]) => {
      const amount = amountOf(limit);
      return amount === undefined
        ? []
        : [{ limit, key, amount, mode: limit.mode, isOfSession: limit.scope === 'session' }];
    });
  }

  #unavailable(reason: string): Denial {
    this.#parts.log(`limiter unavailable: ${reason}`);
    const rule = this.#limits.values().next().value?.pointer ?? '';
    return denied(this.#tool, { rule, reason: 'limiter unavailable', hint: null }, this.#policyHash);
  }

  #observe(standings: readonly Standing[]): void {
    for (const { admitted, charge } of standings) {
      if (admitted || charge.mode !== 'observe') continue;
      const limit = this.#limitOf(charge);
      const budget = describeBudget(limit, this.#tool);
      this.#parts.log(`${limit.pointer} would refuse ${this.#tool} if it were enforced: ${budget}`);
    }
  }

  async #giveBack(which: (refund: boolean) => boolean): Promise<void> {
    const returned = this.#taken.filter(({ refund }) => which(refund));
    this.#taken = this.#taken.filter(({ refund }) => !which(refund));
    this.#seen.clear();
    await Promise.all(returned.map(({ reservation }) => reservation.release()));
  }
}

function tightest(standings: readonly Standing[]): LimitStatus | null {
  const [first, ...others] = standings;
  if (first === undefined) return null;
  const least = others.reduce((a, b) => (b.remaining < a.remaining ? b : a), first);
  const { charge, remaining, resetMs } = least;
  const { counter, max } = charge.limit;
  return { counter, limit: max, remaining, reset_ms: Math.ceil(resetMs) };
}
