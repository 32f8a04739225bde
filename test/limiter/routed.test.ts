import { describe, expect, it } from 'vitest';
import { createRoutedStore } from '../../src/limiter/routed.ts';
import { createMemoryStore } from '../../src/limiter/stores/memory.ts';
import { admit, charge, refuse, remaining } from './stores.ts';

const session = charge(2, 100, { key: 'session' });
const grant = charge(3, 300, { key: 'grant' });

function routed() {
  const clock = { ms: 0 };
  const stores = [
    createMemoryStore(() => clock.ms * 1000),
    // Another clock, as that of a database is.
    createMemoryStore(() => clock.ms * 1000 + 500),
  ] as const;
  const store = createRoutedStore(stores, ({ key }) => (key === 'session' ? 0 : 1));
  return { clock, stores, store };
}

describe('charges that belong in several stores', () => {
  it('are taken together, and told in the order they were asked for', async () => {
    const { store, stores } = routed();
    const { standings, takings } = await admit(store, grant, session);
    expect(standings.map(({ charge: { key }, remaining }) => [key, remaining])).toEqual([
      ['grant', 2],
      ['session', 1],
    ]);
    expect(takings.map(({ counter, at }) => [counter, at])).toEqual([
      ['session', 0],
      ['grant', 500],
    ]);
    expect(new Set(takings.map(({ reservation }) => reservation)).size).toBe(2);
    expect(await remaining(stores[0], session)).toEqual([1]);
    expect(await remaining(store, grant, session)).toEqual([2, 1]);
  });

  it('are not taken at all when a later store refuses', async () => {
    const { store, stores } = routed();
    for (let call = 0; call < 3; call++) await admit(stores[1], grant);
    expect(await refuse(store, session, grant)).toMatchObject([{ charge: grant }]);
    expect(await remaining(stores[0], session)).toEqual([2]);
  });

  it('refuse with the wait of every store, so that who waits for all of them is admitted', async () => {
    const { store, clock } = routed();
    await admit(store, session, grant);
    await admit(store, session, grant);
    await admit(store, grant);
    const refused = await refuse(store, session, grant);
    expect(refused.map(({ charge: { key }, retryAfterMs }) => [key, retryAfterMs])).toEqual([
      ['session', 100],
      ['grant', 300],
    ]);
    clock.ms = 300;
    await admit(store, session, grant);
  });

  it('are given back in all of them, and committed in all of them', async () => {
    const { store } = routed();
    await (await admit(store, session, grant)).release();
    const kept = await admit(store, session, grant);
    await kept.commit();
    await kept.release();
    expect(await remaining(store, session, grant)).toEqual([1, 2]);
  });

  it('are not taken at all when a store is not available', async () => {
    const { store, stores } = routed();
    await stores[1].close();
    expect(await store.reserve([session, grant])).toHaveProperty('unavailable');
    expect(await store.standings([grant])).toHaveProperty('unavailable');
    expect(await remaining(stores[0], session)).toEqual([2]);
    expect(await refuse(store, charge(0, 1, { key: 'session' }))).toHaveLength(1);
  });

  it('need no store when there are none', async () => {
    const { store, stores } = routed();
    await store.close();
    expect(await stores[0].reserve([])).toHaveProperty('unavailable');
    expect(await admit(store)).toMatchObject({ standings: [], takings: [] });
  });
});
