import { createHash, randomUUID } from 'node:crypto';
import type pg from 'pg';
import { messageOf } from '../../base/errno.ts';
import {
  afterTaking,
  assertCharges,
  type LimiterStore,
  refusing,
  settledOnce,
  standingsOf,
  takingsOf,
} from '../store.ts';
import { type Charge, demandOf, type Fit } from '../window.ts';
import { CHARGE, MIGRATE, READ_VERSION, RELEASE, SCHEMA_VERSION, SWEEP } from './postgres-schema.ts';

const CONNECTIONS = 4;
const CONNECT_TIMEOUT_MS = 5000;
/** Also limits how long a call waits for other calls with the same key. */
const QUERY_TIMEOUT_MS = 10_000;
/** A server removes rows that are no longer needed after this many of its reservations. */
const SWEEP_EVERY = 1000;

/** One row of the function `charge`; the driver returns 64-bit integers as texts. */
interface ChargeRow {
  /** When it was counted: microseconds since 1970. */
  readonly at_us: string;
  readonly admitted: boolean;
  readonly remaining: string;
  readonly retry_us: string | null;
  readonly reset_us: string;
}

/**
 * Remembers admissions in a PostgreSQL database: one budget for servers on any number of hosts. It uses the clock of the
 * database server, so that the hosts' clocks may differ. The first call creates the schema `odoo_link_limiter`.
 *
 * If the clock of the database server is set back, no more calls are admitted, and callers are told to wait until it has
 * caught up. If it is set forward, that cannot be told from time that passed.
 * @param url `postgres://user:password@host:port/database`, or with `?host=` the folder of a socket.
 */
export function createPostgresStore(url: string): LimiterStore {
  let pool: Promise<pg.Pool> | undefined;
  let closed = false;
  let reservations = 0;
  const open = async (): Promise<pg.Pool> => {
    if (closed) throw new Error('the store is closed');
    pool ??= connect(url);
    try {
      return await pool;
    } catch (error) {
      // The next call tries again.
      pool = undefined;
      throw error;
    }
  };
  const judge = async (id: string, charges: readonly Charge[], take: boolean): Promise<ChargeRow[]> => {
    const demands = charges.map(demandOf);
    const { rows } = await (await open()).query<ChargeRow>(CHARGE, [
      id,
      demands.map(({ key }) => createHash('sha256').update(key).digest('base64url')),
      demands.map(({ max }) => max),
      demands.map(({ windowUs }) => windowUs),
      demands.map(({ amount }) => amount),
      demands.map(({ observe }) => observe),
      take,
    ]);
    if (rows.length !== charges.length) throw new Error('the database answered with too few rows');
    return rows;
  };
  return {
    async standings(charges) {
      assertCharges(charges);
      try {
        const rows = await judge(randomUUID(), charges, false);
        return { standings: standingsOf(charges, rows.map(fitOf)) };
      } catch (error) {
        return { unavailable: reasonOf(error) };
      }
    },
    async reserve(charges) {
      assertCharges(charges);
      const id = randomUUID();
      try {
        const rows = await judge(id, charges, true);
        const fits = rows.map(fitOf);
        const refused = refusing(standingsOf(charges, fits));
        if (refused.length > 0) return { refused };
        if (reservations++ % SWEEP_EVERY === 0) void quietly(async () => (await open()).query(SWEEP));
        const giveBack = () => quietly(async () => (await open()).query(RELEASE, [id]));
        // Budgets are counted one after another, so each has its own moment.
        const takings = takingsOf(id, charges, (index) => Number(rows[index]?.at_us));
        return { reservation: settledOnce(takings, afterTaking(charges, fits), giveBack) };
      } catch (error) {
        return { unavailable: reasonOf(error) };
      }
    },
    async close() {
      closed = true;
      await quietly(async () => (await pool)?.end());
    },
  };
}

/** Loads the driver only if it is configured, because that takes a while. */
async function connect(url: string): Promise<pg.Pool> {
  const { Pool } = await import('pg');
  const pool = new Pool({
    connectionString: url,
    application_name: 'odoo-link-mcp limiter',
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    // Whatever the database's default is: the function refuses any other level.
    onConnect: (client) =>
      client.query('SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED'),
    allowExitOnIdle: true,
  });
  // A broken idle connection is replaced at the next call. Without a listener, the event would end the process.
  pool.on('error', () => {});
  try {
    await migrate(pool);
    return pool;
  } catch (error) {
    await pool.end();
    throw error;
  }
}

async function migrate(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ version: string | null }>(READ_VERSION);
  const installed = rows[0]?.version ?? null;
  if (installed === SCHEMA_VERSION) return;
  if (installed !== null) throw new Error(`the schema odoo_link_limiter has another version (${installed})`);
  await pool.query(MIGRATE);
}

function fitOf({ admitted, remaining, retry_us, reset_us }: ChargeRow): Fit {
  const retryAfterMs = retry_us === null ? Number.POSITIVE_INFINITY : Number(retry_us) / 1000;
  return { admitted, remaining: Number(remaining), retryAfterMs, resetMs: Number(reset_us) / 1000 };
}

/** If it fails, what was to be given back stays taken, and what was to be swept is swept another time. */
async function quietly(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch {
    // The next call meets the same error and reports it.
  }
}

function reasonOf(error: unknown): string {
  // Every address of the host was tried and failed.
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  return `the database cannot be used: ${messageOf(error)}`;
}
