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

/** What counts are kept with, the same for every call of a server. */
export interface QuotaParts {
  readonly store: LimiterStore;
  readonly caller: Caller;
  /** Where it is written, for the operator, that a store cannot be used or that an observed limit is passed. */
  readonly log: (line: string) => void;
}

/** What one call takes from its budgets: all of it is settled together. */
export interface Quota {
  /**
   * Takes from every limit of the call, or from none.
   * @param amounts What the call costs, by `cost` of the limit. What is left out was taken before, or is not due yet.
   * @returns Why not, or null.
   */
  reserve(amounts: Partial<Record<PolicyLimit['cost'], number>>): Promise<Denial | null>;
  /**
   * Waits until what was taken outlasts a loss of power; to be awaited before anything is changed.
   * @returns Why it cannot, or null.
   */
  secured(): Promise<Denial | null>;
  /** The call took effect: what was taken stays taken. */
  commit(): Promise<void>;
  /** The call changed nothing: what was taken is given back, but for limits with `refund: false`. */
  release(): Promise<void>;
  /** The call only asked: everything is given back. */
  withdraw(): Promise<void>;
  /** How the caller stands, with what is taken counted; null without a limit, or when no store can tell. */
  standing(): Promise<LimitStatus | null>;
  /** What the call holds: all it took but what was given back. For the audit trail. */
  taken(): Taking[];
}

/** Opens the budgets of one call. Nothing is taken yet. */
export function openQuota(
  tool: ToolName,
  limits: readonly PolicyLimit[],
  { hash }: Pick<Policy, 'hash'>,
  { store, caller, log }: QuotaParts,
): Quota {
  const byKey = new Map(limits.map((limit) => [budgetKey(limit, caller), limit]));
  const limitOf = ({ key }: Charge) => byKey.get(key) as PolicyLimit;
  const chargesFor = (amountOf: (limit: PolicyLimit) => number | undefined): Charge[] =>
    [...byKey].flatMap(([key, limit]) => {
      const amount = amountOf(limit);
      return amount === undefined ? [] : [{ limit, key, amount, mode: limit.mode }];
    });
  /** As they stood when something was taken, which is what a caller is told. */
  const seen = new Map<string, Standing>();
  let taken: { readonly reservation: Reservation; readonly refund: boolean }[] = [];

  const unavailable = (reason: string): Denial => {
    log(`limiter unavailable: ${reason}`);
    const rule = limits[0]?.pointer ?? '';
    return denied(tool, { rule, reason: 'limiter unavailable', hint: null }, hash);
  };
  const observe = (standings: readonly Standing[]) => {
    for (const { admitted, charge } of standings) {
      if (admitted || charge.mode !== 'observe') continue;
      const limit = limitOf(charge);
      log(
        `${limit.pointer} would refuse ${tool}, if it did not only observe: ${describeBudget(limit, tool)}`,
      );
    }
  };
  const giveBack = async (which: (refund: boolean) => boolean) => {
    const returned = taken.filter(({ refund }) => which(refund));
    taken = taken.filter(({ refund }) => !which(refund));
    seen.clear();
    await Promise.all(returned.map(({ reservation }) => reservation.release()));
  };

  return {
    async reserve(amounts) {
      const charges = chargesFor(({ cost }) => amounts[cost]);
      // Apart, because a reservation is given back as a whole: what is kept must not be given back with the rest.
      const groups = [true, false].map((refund) => ({
        refund,
        charges: charges.filter((charge) => limitOf(charge).refund === refund),
      }));
      const made: typeof taken = [];
      for (const [index, group] of groups.entries()) {
        if (group.charges.length === 0) continue;
        const reserved = await store.reserve(group.charges);
        if ('reservation' in reserved) {
          made.push({ reservation: reserved.reservation, refund: group.refund });
          continue;
        }
        await Promise.all(made.map(({ reservation }) => reservation.release()));
        if ('unavailable' in reserved) return unavailable(reserved.unavailable);
        // A caller has to wait for all of them, not only for the first that refuses.
        const later = await store.standings(groups.slice(index + 1).flatMap((next) => next.charges));
        const refused = [...reserved.refused, ...('standings' in later ? refusing(later.standings) : [])];
        return rateLimited(
          tool,
          refused.map((standing) => ({ ...standing, limit: limitOf(standing.charge) })),
          hash,
        );
      }
      const standings = made.flatMap(({ reservation }) => reservation.standings);
      observe(standings);
      for (const standing of standings) seen.set(standing.charge.key, standing);
      taken.push(...made);
      return null;
    },
    async secured() {
      const answers = await Promise.all(taken.map(({ reservation }) => reservation.secured()));
      const [reason] = answers.flatMap((answer) => answer?.unavailable ?? []);
      return reason === undefined ? null : unavailable(reason);
    },
    async commit() {
      await Promise.all(taken.map(({ reservation }) => reservation.commit()));
    },
    release: () => giveBack((refund) => refund),
    withdraw: () => giveBack(() => true),
    async standing() {
      const charges = chargesFor(({ mode }) => (mode === 'enforce' ? 0 : undefined));
      const now = await store.standings(charges.filter(({ key }) => !seen.has(key)));
      if ('unavailable' in now) return null;
      const known = charges.flatMap(({ key }) => seen.get(key) ?? []);
      return tightest([...known, ...now.standings]);
    },
    taken: () => taken.flatMap(({ reservation }) => reservation.takings),
  };
}

function tightest(standings: readonly Standing[]): LimitStatus | null {
  const [first, ...others] = standings;
  if (first === undefined) return null;
  const least = others.reduce((a, b) => (b.remaining < a.remaining ? b : a), first);
  const { charge, remaining, resetMs } = least;
  const { counter, max } = charge.limit;
  return { counter, limit: max, remaining, reset_ms: Math.ceil(resetMs) };
}
