import type { LimiterStore, Reservation, Standing, Taking } from '../../src/limiter/store.ts';
import { journalStore } from '../../src/limiter/stores/journal.ts';
import { createMemoryStore } from '../../src/limiter/stores/memory.ts';
import type { Charge } from '../../src/limiter/window.ts';
import type { Stamp } from '../../src/state/clock.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { mostInWindow } from './windows.ts';

const HOUR = 3_600_000_000;
const DAY = 24 * HOUR;
const PAUSES = [0, 1, 250, 1000, 12_500];
const STEPS = [HOUR, -HOUR, DAY, -DAY];

/** Few budgets and short windows, so that a history of a few dozen steps meets every edge. */
const KEYS = ['a', 'b', 'c'];
const WINDOWS_MS = [1, 7, 50];

/** A stretch of virtual time in which stores are called, restarted and rebooted. All times are true microseconds. */
class World {
  now = 1_000_000_000;
  bootedAt = this.now - 400_000;
  boot = 1;
  wallShift = 0;
  reboots = 0;

  readonly stamp = (): Stamp => ({
    boot: String(this.boot).padStart(8, '0'),
    at: this.now - this.bootedAt,
    wall: Math.max(0, Math.floor((this.now + this.wallShift) / 1000)),
  });
}

/** What the checker knows of an admission. It knows nothing of the limiter's code. */
interface Admitted {
  readonly at: number;
  readonly key: string;
  readonly amount: number;
  readonly mode: Charge['mode'];
  readonly boot: string;
  /** What the store says of it; nothing of an amount of nothing. */
  readonly taking: Taking | undefined;
  released: boolean;
}

/** Counts admissions in windows by looking at every one of them. */
class Checker {
  readonly all: Admitted[] = [];

  used(key: string, windowUs: number, at: number): number {
    let sum = 0;
    for (const entry of this.all) {
      const counts = entry.key === key && !entry.released && entry.at > at - windowUs && entry.at <= at;
      if (counts) sum += entry.amount;
    }
    return sum;
  }

  /** The largest amount in any window of one boot, by what the store says was taken, and when. */
  told(key: string, windowUs: number): number {
    const lasting = this.all.filter((entry) => {
      return entry.key === key && !entry.released && entry.mode === 'enforce';
    });
    const boots = [...new Set(lasting.map(({ boot }) => boot))].map((boot) => {
      const takings = lasting.flatMap((entry) => (entry.boot === boot ? (entry.taking ?? []) : []));
      return mostInWindow(takings, windowUs);
    });
    return Math.max(0, ...boots);
  }

  /** The first moment from `now` on at which an amount fits, if nobody else comes. */
  fitsAt({ key, limit, amount }: Charge, now: number): number {
    const windowUs = limit.windowMs * 1000;
    const moments = [now, ...this.all.map((entry) => entry.at + windowUs)].filter((at) => at >= now);
    const fitting = moments.filter(
      (at) => this.used(key, windowUs, at) + amount <= limit.max || amount === 0,
    );
    return Math.min(...fitting, Number.POSITIVE_INFINITY);
  }
}

export interface Outcome {
  /** Null when every promise was kept. */
  readonly problem: string | null;
  readonly admitted: number;
  readonly refused: number;
}

/**
 * Runs a history that bytes describe, two a step, against a store, and judges every answer.
 * @param kind `journal`: up to three processes on one disk, with reboots and losses of power.
 */
export async function runHistory(program: Uint8Array, kind: 'memory' | 'journal'): Promise<Outcome> {
  const history = new History(kind, program[0] ?? 0);
  for (let index = 1; index + 1 < program.length && history.problem === null; index += 2) {
    await history.step(program[index] as number, program[index + 1] as number);
  }
  history.end();
  return history;
}

class History {
  problem: string | null = null;
  admitted = 0;
  refused = 0;
  readonly #kind: 'memory' | 'journal';
  readonly #world = new World();
  readonly #checker = new Checker();
  readonly #disk = new SimulatedDisk();
  readonly #stores: LimiterStore[];
  readonly #limits: { max: number; windowMs: number }[];
  readonly #open: { reservation: Reservation; taken: Admitted[] }[] = [];

  constructor(kind: 'memory' | 'journal', seed: number) {
    this.#kind = kind;
    this.#limits = KEYS.map((_, index) => ({
      max: (seed >> index) % 4,
      windowMs: WINDOWS_MS[(seed + index) % 3] as number,
    }));
    this.#stores = [0, 1, 2].map(() => this.#newStore());
  }

  async step(what: number, detail: number): Promise<void> {
    if (what < 110) await this.#call(what % 3, this.#chargesOf(detail));
    else if (what < 170) this.#world.now += (detail % 16) * (PAUSES[detail % 5] as number);
    else if (what < 190) await this.#callAgain(this.#chargesOf(detail));
    else if (what < 215) await this.#settle(detail);
    else if (what < 225) this.#world.wallShift += STEPS[detail % 4] as number;
    else if (this.#kind === 'journal') this.#interrupt(what, detail);
  }

  /** Whoever has all that was told about what lasts can count it again. */
  end(): void {
    for (const [index, { max, windowMs }] of this.#limits.entries()) {
      const most = this.#checker.told(KEYS[index] as string, windowMs * 1000);
      if (most > max) this.problem ??= `${most} of ${max} in a window, by what the store says`;
    }
  }

  /** Whoever is refused and waits as long as it was told is admitted then, and not a microsecond earlier. */
  async #callAgain(charges: Charge[]): Promise<void> {
    const refused = await this.#call(0, charges);
    if (refused === null) return;
    const waitMs = Math.max(...refused.map(({ retryAfterMs }) => retryAfterMs));
    if (waitMs === Number.POSITIVE_INFINITY) return;
    this.#world.now += Math.round(waitMs * 1000) - 1;
    if ('reservation' in (await this.#reserve(0, charges))) this.problem ??= 'admitted too early';
    this.#world.now += 1;
    if ((await this.#call(0, charges)) !== null) this.problem ??= 'refused after waiting';
  }

  #newStore(): LimiterStore {
    if (this.#kind === 'memory') {
      return createMemoryStore(() => this.#world.stamp().at);
    }
    return journalStore(() => ({ folder: this.#disk, clock: this.#world.stamp, sealAfter: -512 }));
  }

  #chargesOf(detail: number): Charge[] {
    return KEYS.flatMap((key, index) => {
      if (((detail >> index) & 1) === 0) return [];
      const { max, windowMs } = this.#limits[index] as { max: number; windowMs: number };
      const amount = index === 2 ? (detail >> 3) % 4 : 1;
      const mode = index === 1 && detail >= 192 ? 'observe' : 'enforce';
      return [{ key, limit: { counter: key, max, windowMs }, amount, mode }];
    });
  }

  async #reserve(process: number, charges: Charge[]) {
    // Memory is not shared: one store serves all.
    const reserved = await (this.#stores[this.#kind === 'memory' ? 0 : process] as LimiterStore).reserve(
      charges,
    );
    if ('unavailable' in reserved) throw new Error(reserved.unavailable);
    return reserved;
  }

  /** @returns What refused the call, or null. */
  async #call(process: number, charges: Charge[]): Promise<readonly Standing[] | null> {
    const { now, reboots } = this.#world;
    const { boot, at } = this.#world.stamp();
    const reserved = await this.#reserve(process, charges);
    const excess = charges.filter(({ key, limit, amount, mode }) => {
      const used = this.#checker.used(key, limit.windowMs * 1000, now);
      return mode === 'enforce' && amount > 0 && used + amount > limit.max;
    });
    if ('reservation' in reserved) {
      this.admitted++;
      if (excess.length > 0) this.problem ??= `admitted over ${JSON.stringify(excess)}`;
      const { takings } = reserved.reservation;
      const told = takings.map(({ counter, amount, at }) => [counter, amount, at].join());
      const expected = charges.flatMap(({ key, amount }) => (amount > 0 ? [[key, amount, at].join()] : []));
      if (told.join(' ') !== expected.join(' ')) this.problem ??= `took ${expected}, and says ${told}`;
      const taken = charges.map(({ key, amount, mode }) => {
        const taking = takings.find(({ counter }) => counter === key);
        return { at: now, key, amount, mode, boot, taking, released: false };
      });
      this.#checker.all.push(...taken);
      this.#open.push({ reservation: reserved.reservation, taken });
      return null;
    }
    this.refused++;
    for (const { charge, retryAfterMs } of reserved.refused) {
      const early = retryAfterMs > charge.limit.windowMs && charge.amount <= charge.limit.max;
      if (early) this.problem ??= `refused for longer than a window: ${retryAfterMs} ms`;
      // After a reboot nobody can say how long ago things were, and the limiter assumes the least.
      if (reboots > 0) continue;
      const expected = (this.#checker.fitsAt(charge, now) - now) / 1000;
      if (retryAfterMs !== expected) this.problem ??= `retry after ${retryAfterMs}, not ${expected} ms`;
    }
    if (reboots === 0 && excess.length !== reserved.refused.length) this.problem ??= 'refused what fits';
    return reserved.refused;
  }

  async #settle(detail: number): Promise<void> {
    const [held] = this.#open.splice(detail % Math.max(1, this.#open.length), 1);
    if (held === undefined) return;
    if (detail < 64) {
      await held.reservation.commit();
      await held.reservation.release();
      return;
    }
    await held.reservation.release();
    for (const entry of held.taken) entry.released = true;
    await held.reservation.release();
  }

  /** Restarts of a process, reboots, losses of power: whoever held a reservation has spent it. */
  #interrupt(what: number, detail: number): void {
    if (what < 240) {
      this.#stores[detail % 3] = this.#newStore();
      return;
    }
    const world = this.#world;
    world.boot++;
    world.reboots++;
    // Above, a container that is given another boot id; below, a machine whose clock begins anew.
    if (what < 252) {
      if (what < 248) this.#disk.losePower(detail / 255);
      world.now += detail * 40;
      world.bootedAt = world.now - (detail % 7) * 30;
    }
    for (const index of this.#stores.keys()) this.#stores[index] = this.#newStore();
    this.#open.length = 0;
  }
}
