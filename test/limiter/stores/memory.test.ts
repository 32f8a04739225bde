import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, vi } from 'vitest';
import { createMemoryStore } from '../../../src/limiter/stores/memory.ts';
import { monotonicUs } from '../../../src/state/clock.ts';
import { admit, charge, refuse } from '../stores.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const HOUR_MS = 3_600_000;

describe('the memory store', () => {
  it.each([
    ['an hour ahead', HOUR_MS],
    ['an hour back', -HOUR_MS],
    ['a day ahead', 24 * HOUR_MS],
    ['a day back', -24 * HOUR_MS],
  ])('takes no notice of a wall clock that is set %s', async (_, step) => {
    const store = createMemoryStore();
    await admit(store, charge(1, HOUR_MS));
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + step });
    try {
      const [standing] = await refuse(store, charge(1, HOUR_MS));
      expect(standing?.retryAfterMs).toBeGreaterThan(HOUR_MS - 10_000);
      expect(standing?.retryAfterMs).toBeLessThanOrEqual(HOUR_MS);
    } finally {
      vi.useRealTimers();
    }
  });

  it('counts by the monotonic clock of the host', async () => {
    const before = monotonicUs();
    const { takings } = await admit(createMemoryStore(), charge(1, HOUR_MS));
    expect(takings[0]?.at).toBeGreaterThanOrEqual(before);
    expect(takings[0]?.at).toBeLessThanOrEqual(monotonicUs());
  });

  it('stays small, however many callers come and go, and however often one comes', async () => {
    const clock = { now: 0 };
    const store = createMemoryStore(() => clock.now);
    const used = () => {
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const call = async (count: number) => {
      for (let index = 0; index < count; index++) {
        clock.now += 1000;
        await store.reserve([charge(2, 10, { key: `caller ${clock.now}` }), charge(9, 10)]);
      }
    };
    await call(20_000);
    const before = used();
    await call(100_000);
    expect(used() - before).toBeLessThan(16 * 1024 * 1024);
  });
});
