import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import type { LimiterStore, Reservation, Standing } from '../../src/limiter/store.ts';
import { journalStore } from '../../src/limiter/stores/journal.ts';
import { openJournalFolder } from '../../src/limiter/stores/journal-folder.ts';
import { createMemoryStore } from '../../src/limiter/stores/memory.ts';
import { createPostgresStore } from '../../src/limiter/stores/postgres.ts';
import type { Charge } from '../../src/limiter/window.ts';
import type { PostgresServer } from '../support/postgres.ts';
import { createWorld } from '../support/world.ts';

/** A charge of one call against one limit, which may be changed in every respect. */
export function charge(max: number, windowMs: number, rest: Partial<Charge> & { key?: string } = {}): Charge {
  const key = rest.key ?? 'budget';
  return { limit: { counter: key, max, windowMs }, amount: 1, mode: 'enforce', ...rest, key };
}

/** Somewhere to count, on a clock that a test moves. */
export interface Ground {
  /** A store as another process would open it; memory is always the same one. */
  open(): LimiterStore;
  advance(ms: number): Promise<void>;
  /** From now on nothing can be read or written. */
  destroy(): Promise<void>;
}

export function memoryGround(): Ground {
  let now = 1_000_000;
  const store = createMemoryStore(() => now);
  return {
    open: () => store,
    async advance(ms) {
      now += ms * 1000;
    },
    destroy: () => store.close(),
  };
}

/** A journal on disk that is sealed every few records. */
export function journalGround(): Ground {
  const folder = join(createWorld().path, 'state', 'limits');
  let now = 1_000_000;
  const clock = () => ({ boot: 'the boot', at: now, wall: now / 1000 });
  return {
    open: () => journalStore(() => ({ folder: openJournalFolder(folder), clock, sealAfter: -512 })),
    async advance(ms) {
      now += ms * 1000;
    },
    async destroy() {
      rmSync(folder, { recursive: true });
      writeFileSync(folder, '');
    },
  };
}

let databases = 0;

/** A database of its own on a server, with a clock that only a test moves. */
export async function postgresGround(server: PostgresServer): Promise<Ground & { readonly url: string }> {
  const database = `limiter_${databases++}`;
  await query(server.url(), `CREATE DATABASE ${database}`);
  const url = server.url(database);
  const stores: LimiterStore[] = [];
  onTestFinished(async () => {
    for (const store of stores) await store.close();
  });
  const open = () => {
    const store = createPostgresStore(url);
    stores.push(store);
    return store;
  };
  // Makes the schema.
  await open().standings([]);
  await query(
    url,
    `CREATE TABLE clock AS SELECT 1000000000::bigint AS us;
    CREATE OR REPLACE FUNCTION odoo_link_limiter.clock_us() RETURNS bigint
    LANGUAGE sql VOLATILE AS 'SELECT us FROM public.clock'`,
  );
  return {
    url,
    open,
    async advance(ms) {
      await query(url, `UPDATE clock SET us = us + ${Math.round(ms * 1000)}`);
    },
    async destroy() {
      await query(url, 'DROP SCHEMA odoo_link_limiter CASCADE');
    },
  };
}

/** Runs SQL in a connection of its own and gives the rows of it. */
export async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

export async function admit(store: LimiterStore, ...charges: Charge[]): Promise<Reservation> {
  const reserved = await store.reserve(charges);
  if ('reservation' in reserved) return reserved.reservation;
  throw new Error(`expected an admission, not ${JSON.stringify(reserved)}`);
}

export async function refuse(store: LimiterStore, ...charges: Charge[]): Promise<readonly Standing[]> {
  const reserved = await store.reserve(charges);
  if ('refused' in reserved) return reserved.refused;
  throw new Error(`expected a refusal, not ${JSON.stringify(reserved)}`);
}

export async function remaining(store: LimiterStore, ...charges: Charge[]): Promise<number[]> {
  const answer = await store.standings(charges);
  if ('standings' in answer) return answer.standings.map((standing) => standing.remaining);
  throw new Error(answer.unavailable);
}
