import type { Charge, Fit } from './window.ts';

/** The state of a caller's budget for one charge of its call. */
export interface Standing extends Fit {
  readonly charge: Charge;
}

/**
 * What was taken from one budget, and when. Except for `observe` limits, no half-open window of the limit contains more than
 * its `max`, counted by `at`. The audit trail has all of them, so that anyone can count again.
 */
export interface Taking {
  readonly counter: string;
  readonly amount: number;
  /**
   * The moment it was counted at, in whole microseconds of the store's clock. For memory and the journal this is the
   * monotonic clock, whose readings can be compared between processes of one boot; for PostgreSQL, the time since 1970 by
   * the clock of the database server.
   */
  readonly at: number;
  readonly reservation: string;
}

/** What was taken for a call, until its result is known. */
export interface Reservation {
  /** One for each charge whose amount is not 0. */
  readonly takings: readonly Taking[];
  /**
   * The standings when the charges were measured (`admitted` is false for an `observe` charge over its limit), with what was
   * taken counted in `remaining` and `resetMs`.
   */
  readonly standings: readonly Standing[];
  /**
   * Waits until what was taken survives a power failure. Must be awaited before the call changes anything; until then, the
   * disk has time.
   * @returns Null, or for the operator why that is impossible: then nothing may be changed.
   */
  secured(): Promise<{ readonly unavailable: string } | null>;
  /** The call took effect: what was taken stays taken, and {@link release} does nothing from now on. */
  commit(): Promise<void>;
  /**
   * The call changed nothing: gives everything back. A second call does nothing. If the store can no longer be written, what
   * was taken stays taken.
   */
  release(): Promise<void>;
}

/** The result of an attempt to reserve. */
export type Reserved =
  | { readonly reservation: Reservation }
  /** The charges that do not fit; nothing was taken. */
  | { readonly refused: readonly Standing[] }
  /** Why the store cannot be read or written, for the operator. The call must not run. */
  | { readonly unavailable: string };

/**
 * Remembers admissions.
 *
 * No window ever contains more than its `max`, however many processes share the store. No call that fits is refused. A
 * process that dies has spent what it reserved.
 */
export interface LimiterStore {
  /** The present standing of each charge; takes nothing. */
  standings(
    charges: readonly Charge[],
  ): Promise<{ readonly standings: readonly Standing[] } | { readonly unavailable: string }>;
  /** Takes all charges, or none of them. */
  reserve(charges: readonly Charge[]): Promise<Reserved>;
  /** Closes files and connections. Later calls are answered with `unavailable`. */
  close(): Promise<void>;
}

/** The largest number that a record, a column and a number in JavaScript can all hold. */
const MOST = 2 ** 32 - 1;
/** About nine years, the longest a record can hold; a policy allows one. */
const LONGEST_MS = (2 ** 48 - 1) / 1000;
const MOST_CHARGES = 255;

/** @throws If charges cannot be counted. That is a bug of the caller; counting them in another way could open a limit. */
export function assertCharges(charges: readonly Charge[]): void {
  const isCount = (value: number) => Number.isInteger(value) && value >= 0 && value <= MOST;
  for (const { limit, amount } of charges) {
    const sound = isCount(limit.max) && isCount(amount) && limit.windowMs > 0 && limit.windowMs <= LONGEST_MS;
    if (!sound) throw new Error(`a charge that cannot be counted: ${JSON.stringify({ limit, amount })}`);
  }
  if (new Set(charges.map(({ key }) => key)).size < charges.length || charges.length > MOST_CHARGES) {
    throw new Error('the charges of one call must have different keys');
  }
}

/** Standings as the caller sees them. */
export function standingsOf(charges: readonly Charge[], fits: readonly Fit[]): Standing[] {
  return charges.map((charge, index) => ({ charge, ...(fits[index] as Fit) }));
}

/** Standings after charges were taken, from the fits before. */
export function afterTaking(charges: readonly Charge[], fits: readonly Fit[]): Standing[] {
  return standingsOf(charges, fits).map((standing) => {
    const { amount, limit } = standing.charge;
    if (amount === 0) return standing;
    return {
      ...standing,
      remaining: Math.max(0, standing.remaining - amount),
      resetMs: Math.ceil(limit.windowMs * 1000) / 1000,
    };
  });
}

/** The standings that keep a call from running. */
export function refusing(standings: readonly Standing[]): Standing[] {
  return standings.filter(({ admitted, charge }) => !admitted && charge.mode === 'enforce');
}

/**
 * What charges took.
 * @param reservation Its id.
 * @param momentOf When the charge with an index was counted, in microseconds, see {@link Taking}.
 */
export function takingsOf(
  reservation: string,
  charges: readonly Charge[],
  momentOf: (index: number) => number,
): Taking[] {
  return charges.flatMap(({ limit: { counter }, amount }, index) => {
    return amount === 0 ? [] : [{ counter, amount, at: momentOf(index), reservation }];
  });
}

/**
 * A reservation that is settled once, by the first commit or release.
 * @param secured Not given if what was taken is already as safe as it will be.
 */
export function settledOnce(
  takings: readonly Taking[],
  standings: readonly Standing[],
  giveBack: () => Promise<void>,
  secured: Reservation['secured'] = async () => null,
): Reservation {
  let open = true;
  return {
    takings,
    standings,
    secured,
    async commit() {
      open = false;
    },
    async release() {
      if (!open) return;
      open = false;
      await giveBack();
    },
  };
}
