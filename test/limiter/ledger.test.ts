import { describe, expect, it } from 'vitest';
import { Ledger } from '../../src/limiter/ledger.ts';
import type { Demand } from '../../src/limiter/window.ts';

const demand = (windowUs: number, max = 1): Demand => ({
  key: 'k',
  max,
  windowUs,
  amount: 1,
  observe: false,
});

describe('a ledger', () => {
  it('keeps admissions for the longest window anybody asked about', () => {
    const ledger = new Ledger();
    ledger.admit('a', [demand(1000)], 0);
    ledger.admit('b', [demand(100)], 50);
    // A shorter window alone would have forgotten the first one by now.
    ledger.admit('c', [demand(100)], 500);
    expect(ledger.stand([demand(1000, 5)], 600)[0]?.remaining).toBe(3);
  });

  it('carries over what may still count, for as long as it may count', () => {
    const ledger = new Ledger();
    for (const at of [0, 400, 800]) ledger.admit(`at ${at}`, [demand(1000, 9)], at);
    const carried = ledger.carry(1200);
    expect(carried).toEqual([
      { key: 'k', id: 'at 400', at: 400, amount: 1, windowUs: 1000 },
      { key: 'k', id: 'at 800', at: 800, amount: 1, windowUs: 1000 },
    ]);
    const next = new Ledger();
    for (const entry of carried) next.restore(entry);
    expect(next.carry(1300)).toEqual(carried);
    expect(next.stand([demand(1000, 9)], 1300)[0]?.remaining).toBe(7);
  });

  it('keeps admissions as long as one before them counts, or somebody asked about', () => {
    const ledger = new Ledger();
    ledger.restore({ key: 'k', id: 'a', at: 0, amount: 1, windowUs: 1000 });
    ledger.restore({ key: 'k', id: 'b', at: 0, amount: 1, windowUs: 50 });
    ledger.admit('c', [demand(100, 9)], 950);
    const kept = (now: number) => ledger.carry(now).map(({ id, windowUs }) => [id, windowUs]);
    expect(kept(950)).toEqual([
      ['a', 1000],
      ['b', 100],
      ['c', 100],
    ]);
    expect(kept(999)).toEqual(kept(950));
    expect(kept(1000)).toEqual([['c', 100]]);
  });

  it('knows a window once it was asked about in it', () => {
    const ledger = new Ledger();
    expect(ledger.knowsWindows([demand(100)])).toBe(true);
    ledger.admit('a', [demand(100)], 0);
    expect(ledger.knowsWindows([demand(100)])).toBe(true);
    expect(ledger.knowsWindows([demand(101)])).toBe(false);
    ledger.admit('b', [demand(101)], 0);
    expect(ledger.knowsWindows([demand(101)])).toBe(true);
  });

  it('gives back that very admission, and nothing when it is gone', () => {
    const ledger = new Ledger();
    for (const at of [0, 1, 2]) ledger.admit(`at ${at}`, [{ ...demand(10, 9), amount: at + 1 }], at);
    ledger.release('at 1', 'k');
    ledger.release('at 1', 'k');
    ledger.release('at 2', 'another key');
    expect(ledger.stand([demand(10, 9)], 3)[0]?.remaining).toBe(5);
    expect(ledger.stand([demand(10, 9)], 10)[0]?.remaining).toBe(6);
  });

  it('forgets budgets that hold nothing any more', () => {
    const ledger = new Ledger();
    for (let caller = 0; caller < 10; caller++) {
      ledger.admit(`${caller}`, [{ ...demand(100), key: `${caller}` }], caller * 10);
    }
    ledger.sweep(150);
    expect(ledger.size).toBe(4);
  });
});
