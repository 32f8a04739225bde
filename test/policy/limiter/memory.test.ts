import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../src/policy/limiter/memory.ts';

const limit = (counter: string, max: number, windowMs = 1000) => ({ counter, max, windowMs });

function storeAt(start = 0) {
  const clock = { now: start };
  return { clock, store: createMemoryStore(() => clock.now) };
}

describe('the memory store', () => {
  it('takes several limits together or not at all', () => {
    const { store } = storeAt();
    const wide = limit('wide', 5);
    const narrow = limit('narrow', 1);
    expect(store.reserve([wide, narrow])).toHaveProperty('reservation');
    expect(store.reserve([wide, narrow])).toMatchObject({ refused: [{ limit: narrow }] });
    expect(store.standings([wide, narrow]).map(({ remaining }) => remaining)).toEqual([4, 0]);
  });

  it('gives a reservation back once, however often it is released', () => {
    const { store } = storeAt();
    const first = store.reserve([limit('c', 2)]);
    store.reserve([limit('c', 2)]);
    if (!('reservation' in first)) throw new Error('expected a reservation');
    first.reservation.release();
    first.reservation.release();
    expect(store.reserve([limit('c', 2)])).toHaveProperty('reservation');
    expect(store.reserve([limit('c', 2)])).toHaveProperty('refused');
  });

  it('does not take anything back for a reservation whose window has passed', () => {
    const { clock, store } = storeAt();
    const first = store.reserve([limit('c', 1)]);
    clock.now = 1000;
    store.reserve([limit('c', 1)]);
    if (!('reservation' in first)) throw new Error('expected a reservation');
    first.reservation.release();
    expect(store.reserve([limit('c', 1)])).toHaveProperty('refused');
  });

  it('costs nothing to be refused', () => {
    const { clock, store } = storeAt();
    store.reserve([limit('c', 1)]);
    for (clock.now = 1; clock.now < 1000; clock.now += 50) store.reserve([limit('c', 1)]);
    clock.now = 1000;
    expect(store.reserve([limit('c', 1)])).toHaveProperty('reservation');
  });

  it('uses a clock that does not jump by default', () => {
    const store = createMemoryStore();
    expect(store.reserve([limit('c', 1, 3_600_000)])).toHaveProperty('reservation');
    const second = store.reserve([limit('c', 1, 3_600_000)]);
    expect('refused' in second && second.refused[0]?.retryAfterMs).toBeGreaterThan(3_590_000);
  });
});
