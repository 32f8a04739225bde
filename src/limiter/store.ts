import type { Charge, Fit } from './window.ts';

/** How a caller stands with one charge of its call. */
export interface Standing extends Fit {
  readonly charge: Charge;
}

/**
 * What was taken from one budget, and when. No half-open window of the limit holds more than its `max` of them, counted by
 * `at`, but for those of an `observe` limit: whoever has all of them can count again.
 */
export interface Taking {
  /** Of the limit. */
  readonly counter: string;
  readonly amount: number;
  /**
   * The very moment it was counted at, in whole microseconds by the clock of the store: for memory and the journal the
   * monotonic clock, whose readings compare between processes of one boot of the host; for PostgreSQL since 1970, by the
   * clock of the database server.
   */
  readonly at: number;
  /** The id of the reservation in its store. */
  readonly reservation: string;
}

/** What was taken for a call, until it is known what became of it. */
export interface Reservation {
  /** One for each charge but those of nothing. */
  readonly takings: readonly Taking[];
  /**
   * How things stood when the charges were judged (`admitted`: an `observe` charge may have been over its limit),
   * with what they took counted in `remaining` and `resetMs`.
   */
  readonly standings: readonly Standing[];
  /**
   * Waits until what was taken outlasts a loss of power. To be awaited before the call changes anything: until then there
   * is time for the disk.
   * @returns Null, or why that cannot be had, for the operator: then nothing may be changed.
   */
  secured(): Promise<{ readonly unavailable: string } | null>;
  /** The call took effect: what was taken stays taken, and {@link release} does nothing any more. */
  commit(): Promise<void>;
  /**
   * Gives everything back: the call changed nothing. Twice is the same as once. Where the store cannot be written any
   * more, what was taken stays taken.
   */
  release(): Promise<void>;
}

/** What became of an attempt to reserve. */
export type Reserved =
  | { readonly reservation: Reservation }
  /** The charges that do not fit; nothing was taken. */
  | { readonly refused: readonly Standing[] }
  /** The store cannot be read or written: why, for the operator. Nothing may run. */
  | { readonly unavailable: string };

/**
 * Where admissions are remembered.
 *
 * No window ever holds more than its `max`, whoever shares the store; nobody is refused who fits; and a process that
 * ends without a word has spent what it reserved.
 */
export interface LimiterStore {
  /** How things stand with each charge now; takes nothing. */
  standings(
    charges: readonly Charge[],
  ): Promise<{ readonly standings: readonly Standing[] } | { readonly unavailable: string }>;
  /** Takes all charges, or none of them. */
  reserve(charges: readonly Charge[]): Promise<Reserved>;
  /** Lets go of files and connections. What is asked afterwards is answered with `unavailable`. */
  close(): Promise<void>;
}

/** What a record, a column and a number in JavaScript can all hold. */
const MOST = 2 ** 32 - 1;
/** About nine years, the longest a record can hold; a policy allows one. */
const LONGEST_MS = (2 ** 48 - 1) / 1000;
const MOST_CHARGES = 255;

/** Charges as no caller may make them are a bug of the caller: silently counted in another way they would open a limit. */
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

/** The fits before charges were taken, told as they are afterwards. */
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

/** The charges among judged ones that keep a call from running. */
export function refusing(standings: readonly Standing[]): Standing[] {
  return standings.filter(({ admitted, charge }) => !admitted && charge.mode === 'enforce');
}

/**
 * What charges took.
 * @param reservation Its id.
 * @param momentOf When the charge with that index was counted: microseconds, see {@link Taking}.
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
 * A reservation that is settled once, by whatever comes first.
 * @param secured Left out where what was taken is safe already, or as safe as it will be.
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
