import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { LimiterStore } from '../../../src/limiter/store.ts';
import { createPostgresStore } from '../../../src/limiter/stores/postgres.ts';
import { eventually } from '../../support/patience.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres.ts';
import { admit, charge, postgresGround, query, refuse, remaining } from '../stores.ts';

const HOUR_MS = 3_600_000;
const hour = charge(2, HOUR_MS);

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.remove());

let databases = 0;
async function emptyDatabase(settings = ''): Promise<string> {
  const name = `empty_${databases++}`;
  await query(server.url(), `CREATE DATABASE ${name}`);
  if (settings !== '') await query(server.url(), `ALTER DATABASE ${name} SET ${settings}`);
  return server.url(name);
}

/** Uses stores and closes them. */
async function withStores<T>(
  urls: readonly string[],
  use: (stores: LimiterStore[]) => Promise<T>,
): Promise<T> {
  const stores = urls.map(createPostgresStore);
  try {
    return await use(stores);
  } finally {
    await Promise.all(stores.map((store) => store.close()));
  }
}

const admissions = (answers: readonly object[]) => answers.filter((answer) => 'reservation' in answer).length;

describe('the clock of the database server', () => {
  it.each([
    ['an hour', HOUR_MS],
    ['a day', 24 * HOUR_MS],
  ])('set back by %s admits nobody, and who waits as long as it is told is admitted', async (_, step) => {
    const ground = await postgresGround(server);
    const store = ground.open();
    await admit(store, hour);
    await ground.advance(1000);
    const last = await admit(store, hour);
    await ground.advance(-step);
    expect(await refuse(store, hour)).toMatchObject([
      { retryAfterMs: HOUR_MS + step - 1000, resetMs: HOUR_MS + step },
    ]);
    // Admitted at a time that stands still, a call leaves the window when the last one before it does.
    const { takings } = await admit(store, charge(3, HOUR_MS));
    expect(takings[0]?.at).toBe(last.takings[0]?.at);
    await refuse(store, charge(3, HOUR_MS));
    await ground.advance(HOUR_MS + step - 1001);
    await refuse(store, charge(3, HOUR_MS));
    await ground.advance(1);
    await admit(store, charge(3, HOUR_MS));
    await refuse(store, charge(3, HOUR_MS));
    await ground.advance(1000);
    expect(await remaining(store, charge(3, HOUR_MS))).toEqual([2]);
  });

  it('is told of each budget as it stands in the row of it', async () => {
    const url = await emptyDatabase();
    await withStores([url], async ([store]) => {
      await store?.standings([]);
      const clock = async () =>
        Number((await query(url, 'SELECT odoo_link_limiter.clock_us() AS us'))[0]?.us);
      const before = await clock();
      const charges = ['a', 'b', 'c'].map((key, index) => charge(9, HOUR_MS, { key, amount: index + 1 }));
      const { takings } = await admit(store as LimiterStore, ...charges);
      const rows = await query(url, 'SELECT at, amount, id FROM odoo_link_limiter.admission ORDER BY amount');
      expect(rows).toEqual(
        takings.map(({ at, amount, reservation }) => ({
          at: `${at}`,
          amount: `${amount}`,
          id: reservation,
        })),
      );
      const moments = [before, ...takings.map(({ at }) => at), await clock()];
      expect(moments).toEqual(moments.toSorted((a, b) => a - b));
      expect(Math.abs(before / 1000 - Date.now())).toBeLessThan(24 * HOUR_MS);
    });
  });

  it('is the only one: those of this host may say what they like', async () => {
    const url = await emptyDatabase();
    await withStores([url, url], async ([one, other]) => {
      await admit(one as LimiterStore, hour);
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 24 * HOUR_MS });
      try {
        expect(await remaining(other as LimiterStore, hour)).toEqual([1]);
      } finally {
        vi.useRealTimers();
      }
    });
  });
});

describe('many calls at once', () => {
  it('share out exactly what there is, whatever the database takes for a transaction', async () => {
    for (const habit of ["default_transaction_isolation = 'serializable'", 'synchronous_commit = off']) {
      const url = await emptyDatabase(habit);
      await withStores([url, url, url], async (stores) => {
        for (let round = 0; round < 10; round++) {
          const one = charge(5, HOUR_MS, { key: `${round}` });
          const answers = await Promise.all(
            stores.flatMap((store) => Array.from({ length: 8 }, () => store.reserve([one]))),
          );
          expect(answers.filter((answer) => 'unavailable' in answer)).toEqual([]);
          expect(admissions(answers)).toBe(5);
        }
      });
    }
  });

  it('do not wait for each other in a circle, in whatever order they name their limits', async () => {
    const url = await emptyDatabase();
    const keys = ['a', 'b', 'c', 'd', 'e'].map((key) => charge(1000, HOUR_MS, { key }));
    await withStores([url, url, url], async (stores) => {
      const calls = Array.from({ length: 60 }, async (_, index) => {
        const turned = [...keys.slice(index % 5), ...keys.slice(0, index % 5)];
        const reserved = await stores[index % 3]?.reserve(index % 2 === 0 ? turned : turned.toReversed());
        if (reserved !== undefined && 'reservation' in reserved && index % 4 === 0) {
          await reserved.reservation.release();
        }
        return reserved as object;
      });
      expect(admissions(await Promise.all(calls))).toBe(60);
      expect(await remaining(stores[0] as LimiterStore, ...keys)).toEqual(keys.map(() => 955));
    });
  });

  it('cannot be made in a transaction that does not see what others have done', async () => {
    const url = await emptyDatabase();
    await withStores([url], async ([store]) => admit(store as LimiterStore, hour));
    const call = `SELECT * FROM odoo_link_limiter.charge(gen_random_uuid(), '{k}', '{1}', '{1}', '{1}', '{f}', true)`;
    await expect(query(url, `BEGIN ISOLATION LEVEL REPEATABLE READ; ${call}; COMMIT`)).rejects.toThrow(
      'read committed',
    );
  });
});

describe('what the limiter needs in the database', () => {
  it('is made at the first call, by as many servers at once as like', async () => {
    const url = await emptyDatabase();
    const answers = await withStores(
      Array.from({ length: 8 }, () => url),
      (stores) => Promise.all(stores.map((store) => store.reserve([charge(3, HOUR_MS)]))),
    );
    expect(answers.filter((answer) => 'unavailable' in answer)).toEqual([]);
    expect(admissions(answers)).toBe(3);
  });

  it('may be made by a user who has been given a schema and nothing else', async () => {
    const url = await emptyDatabase();
    const role = `role_${databases}`;
    await query(
      url,
      `CREATE ROLE ${role} LOGIN; CREATE SCHEMA odoo_link_limiter;
       GRANT USAGE, CREATE ON SCHEMA odoo_link_limiter TO ${role}`,
    );
    await withStores([url.replace('postgres@', `${role}@`)], ([store]) => admit(store as LimiterStore, hour));
  });

  it('is not touched when it is of another version', async () => {
    const url = await emptyDatabase();
    await withStores([url], ([store]) => admit(store as LimiterStore, hour));
    await query(url, "COMMENT ON FUNCTION odoo_link_limiter.clock_us() IS 'a later one'");
    await withStores([url], async ([store]) => {
      expect(await store?.reserve([hour])).toEqual({
        unavailable:
          'the database cannot be used: the schema odoo_link_limiter has another version (a later one)',
      });
    });
  });

  it('does not grow with callers who never come back', async () => {
    const ground = await postgresGround(server);
    const store = ground.open();
    for (let caller = 0; caller < 20; caller++) await admit(store, charge(1, 1000, { key: `${caller}` }));
    const count = async () =>
      Number((await query(ground.url, 'SELECT count(*) FROM odoo_link_limiter.admission'))[0]?.count);
    expect(await count()).toBe(20);
    await ground.advance(2 * HOUR_MS);
    // Each server clears up at its first admission, and then now and again.
    await admit(ground.open(), charge(1, 1000, { key: 'new' }));
    await eventually(async () => expect(await count()).toBe(1));
  });
});

describe('a database that goes away', () => {
  it('refuses calls until it is back, and has kept the counts, even after a crash', async () => {
    const own = await startPostgres();
    try {
      await withStores([own.url()], async ([store]) => {
        await admit(store as LimiterStore, hour);
        for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
          await own.stop(signal);
          expect(await store?.reserve([hour])).toHaveProperty('unavailable');
          await own.start();
          expect(await remaining(store as LimiterStore, hour)).toEqual([1]);
        }
      });
    } finally {
      await own.remove();
    }
  });

  it('does not give away how it is reached', async () => {
    const url = 'postgres://agent:secret-word@127.0.0.1:1/nowhere';
    await withStores([url], async ([store]) => {
      const answer = await store?.reserve([hour]);
      expect(answer).toHaveProperty('unavailable');
      expect(JSON.stringify(answer)).not.toContain('secret-word');
    });
  });
});
