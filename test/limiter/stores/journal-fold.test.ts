import { describe, expect, it } from 'vitest';
import { Fold, generationStart } from '../../../src/limiter/stores/journal-fold.ts';
import { decodeRecord, encodeRecords, RECORD_BYTES } from '../../../src/limiter/stores/journal-record.ts';
import type { Demand } from '../../../src/limiter/window.ts';
import type { Stamp } from '../../../src/state/clock.ts';

const MINUTE = 60_000_000;
const HOUR = 60 * MINUTE;

const stamp = (boot: string, at: number, wall: number): Stamp => ({ boot: boot.padEnd(8), at, wall });
const minute: Demand = { key: 'k'.padEnd(12), max: 1, windowUs: MINUTE, amount: 1, observe: false };

let ids = 0;
function attempt(moment: Stamp, demand: Demand = minute): Buffer {
  return encodeRecords([{ kind: 'attempt', ...demand, id: String(ids++).padEnd(8), ...moment }]);
}

function foldOf(...parts: Buffer[]): Fold {
  const fold = new Fold();
  if (!fold.read(Buffer.concat([generationStart(1, stamp('first', 0, 0)), ...parts])))
    throw new Error('damaged');
  return fold;
}

/** Milliseconds until one more fits, for a caller who reads the clocks now. */
const wait = (fold: Fold, now: Stamp) => fold.stand([minute], now)[0]?.retryAfterMs;

describe('a record', () => {
  it('comes back as it was written', () => {
    const record = {
      kind: 'attempt',
      index: 0,
      count: 1,
      observe: true,
      id: '\u0000\u00ff234567',
      key: '0123456789\u0080b',
      at: 2 ** 53 - 1,
      wall: 2 ** 48 - 1,
      windowUs: 2 ** 48 - 1,
      max: 2 ** 32 - 1,
      amount: 2 ** 32 - 1,
      boot: '\u00fe\u00fd654321',
    } as const;
    expect(decodeRecord(encodeRecords([record]), 0)).toEqual(record);
  });

  it('is not read when a single bit of it is wrong', () => {
    const whole = attempt(stamp('first', 1, 1));
    for (let bit = 0; bit < 8 * RECORD_BYTES; bit++) {
      const bytes = Buffer.from(whole);
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(decodeRecord(bytes, 0)).toBeNull();
    }
    expect(decodeRecord(Buffer.alloc(RECORD_BYTES), 0)).toBeNull();
  });
});

describe('the fold', () => {
  it('dates a late record by the latest reading before it', () => {
    const fold = foldOf(
      attempt(stamp('first', 5 * MINUTE, 0)),
      attempt(stamp('first', 4 * MINUTE + 1, 0), { ...minute, max: 2 }),
    );
    expect(fold.stand([{ ...minute, max: 3 }], stamp('first', 6 * MINUTE - 1, 0))).toMatchObject([
      { remaining: 1 },
    ]);
    expect(fold.stand([{ ...minute, max: 3 }], stamp('first', 6 * MINUTE, 0))).toMatchObject([
      { remaining: 3 },
    ]);
  });

  it('passes over records of which a part was never written', () => {
    const [first, second] = ['one'.padEnd(8), 'two'.padEnd(8)];
    const group = encodeRecords(
      [0, 1].map((index) => ({
        kind: 'attempt',
        ...minute,
        id: first,
        index,
        count: 2,
        ...stamp('first', 1, 0),
      })),
    );
    const fold = foldOf(group.subarray(0, RECORD_BYTES));
    fold.await(first);
    expect(fold.offset).toBe(generationStart(1, stamp('first', 0, 0)).length);
    fold.await(second);
    expect(
      fold.read(
        Buffer.concat([
          group.subarray(0, RECORD_BYTES),
          encodeRecords([{ kind: 'attempt', ...minute, id: second, ...stamp('first', 2, 0) }]),
        ]),
      ),
    ).toBe(true);
    expect(fold.found?.taken).toBe(true);
    expect(wait(fold, stamp('first', 2, 0))).toBe(60_000);
  });

  it('does not understand the rest of records that never began', () => {
    const rest = encodeRecords([{ kind: 'attempt', ...minute, index: 1, count: 2, ...stamp('first', 1, 0) }]);
    expect(() => foldOf(rest)).toThrow('damaged');
  });

  it('takes in nothing that stands behind a seal', () => {
    const seal = encodeRecords([{ kind: 'seal', ...stamp('first', 1, 0) }]);
    const fold = foldOf(seal, attempt(stamp('first', 2, 0)), Buffer.alloc(RECORD_BYTES));
    expect(fold.sealed).toBe(true);
    expect(wait(fold, stamp('first', 3, 0))).toBe(0);
  });

  it('carries to the next generation what may still count, with its times', () => {
    const demand = { ...minute, max: 9 };
    const fold = foldOf(...[1, 2, 3].map((at) => attempt(stamp('first', at * MINUTE, 0), demand)));
    const next = new Fold();
    expect(next.read(fold.successor(2))).toBe(true);
    for (const ledger of [fold, next]) {
      expect(ledger.stand([{ ...demand, max: 1 }], stamp('first', 3 * MINUTE + 5000, 0))).toMatchObject([
        { retryAfterMs: 59_995 },
      ]);
    }
    expect(next.offset).toBe(generationStart(1, stamp('first', 0, 0)).length + RECORD_BYTES);
  });
});

describe('after a reboot', () => {
  const day = { ...minute, windowUs: 24 * HOUR };
  /** A call at an uptime of ten hours, at ten o'clock by the wall. */
  const before = attempt(stamp('first', 10 * HOUR, 10 * 3_600_000), day);
  /** Hours until a second call fits. */
  const hours = (now: Stamp, ...between: Buffer[]) =>
    (foldOf(before, ...between).stand([day], now)[0]?.retryAfterMs as number) / 3_600_000;

  it('at least the time since it has passed', () => {
    expect(hours(stamp('second', 3 * HOUR, 15 * 3_600_000))).toBe(21);
    expect(hours(stamp('second', 4 * HOUR, 16 * 3_600_000))).toBe(20);
  });

  it.each([
    ['an hour ahead', 1],
    ['a day ahead', 24],
    ['ten years ahead', 87_600],
  ])('a wall clock that was set %s in the meantime admits nobody', (_, step) => {
    expect(hours(stamp('second', 3 * HOUR, (15 + step) * 3_600_000))).toBe(21);
  });

  it.each([
    ['an hour back', 1, 20],
    ['a day back', 24, 24],
  ])('a wall clock that was set %s in the meantime only makes the wait longer', (_, step, expected) => {
    expect(hours(stamp('second', 5 * HOUR, (15 - step) * 3_600_000))).toBe(expected);
  });

  it('what was found out about the time that passed stays, whatever the wall clock does then', () => {
    const back = attempt(stamp('second', 3 * HOUR, 15 * 3_600_000), { ...day, max: 0 });
    for (const wall of [0, 16 * 3_600_000, 900 * 3_600_000]) {
      expect(hours(stamp('second', 4 * HOUR, wall), back)).toBe(20);
    }
  });

  it('a container that keeps the clock of its host, with another boot id, has no fresh budget', () => {
    expect(hours(stamp('second', 11 * HOUR, 11 * 3_600_000))).toBe(23);
  });

  it('a disk that was carried to a host that has been up for long brings no fresh budget', () => {
    expect(hours(stamp('other', 500 * HOUR, 12 * 3_600_000))).toBe(22);
  });

  it('counts add up over several reboots, and over generations', () => {
    const again = attempt(stamp('second', 2 * HOUR, 13 * 3_600_000), { ...day, max: 0 });
    const fold = foldOf(before, again);
    const next = new Fold();
    next.read(fold.successor(2));
    for (const folded of [fold, next]) {
      const [fit] = folded.stand([day], stamp('third', HOUR, 20 * 3_600_000));
      expect((fit?.retryAfterMs as number) / 3_600_000).toBe(21);
    }
  });
});

describe('a journal of a million refused attempts', () => {
  it('is folded to the one admission that is in it, in little memory', () => {
    const fold = foldOf(attempt(stamp('first', 1, 0)));
    const many = Buffer.concat(Array.from({ length: 1000 }, (_, at) => attempt(stamp('first', at, 0))));
    for (let chunk = 0; chunk < 1_000; chunk++) fold.read(many);
    expect(wait(fold, stamp('first', 1001, 0))).toBe(59_999);
    expect(fold.successor(2)).toHaveLength(generationStart(2, stamp('first', 0, 0)).length + RECORD_BYTES);
  });
});
