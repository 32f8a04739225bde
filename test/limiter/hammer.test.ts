import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { createWorld } from '../support/world.ts';
import { hammer } from './hammer.ts';

/** `LIMITER_HAMMER_SECONDS` sets for how long. */
const seconds = Number(process.env.LIMITER_HAMMER_SECONDS ?? 5);
const MINUTE_MS = 60_000;

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.remove());

describe('eight processes on one budget, some of them killed, stopped and started again at random,', () => {
  it.each([
    ['the journal, whatever their wall clocks say', 'journal', [0, -24 * 60 * MINUTE_MS, 60 * MINUTE_MS]],
    ['PostgreSQL, on two hosts whose clocks differ by minutes', 'postgres', [0, 7 * MINUTE_MS]],
  ] as const)('never have more than is in it: %s', async (_, store, skewsMs) => {
    const world = createWorld();
    const where = store === 'journal' ? world.at('state', 'limits') : server.url();
    const budget = { store, where, max: 20, windowMs: 100 };
    const result = await hammer(world.folder('logs'), budget, { processes: 8, seconds, skewsMs });
    console.info(
      `${seconds} s on ${store}: ${JSON.stringify({ ...result, unavailable: result.unavailable.length })}`,
    );
    expect(result.unavailable.slice(0, 3)).toEqual([]);
    expect(result.mostInOneWindow).toBeLessThanOrEqual(budget.max);
    expect(result.misdated).toBe(0);
    // Or it would prove nothing.
    expect(result.admitted).toBeGreaterThan(3 * budget.max);
    expect(result.kills).toBeGreaterThan(3);
  });
});
