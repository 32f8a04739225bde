/**
 * npm run bench:limiter -- [SECONDS]: how many calls a second each store of the rate limiter reserves and commits, all on
 * one budget, and how long the slowest hundredth of them take; by one process, and by eight at once.
 *
 * The journal syncs every admission to disk, and so does PostgreSQL: the disk decides. A row without syncing shows what
 * is left for the limiter itself.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LimiterStore } from '../../src/limiter/store.ts';
import { createJournalStore } from '../../src/limiter/stores/journal.ts';
import { createMemoryStore } from '../../src/limiter/stores/memory.ts';
import { createPostgresStore } from '../../src/limiter/stores/postgres.ts';
import { startPostgres } from '../support/postgres.ts';

type Kind = 'memory' | 'journal' | 'postgres';

/** What one process does and reports. */
interface Task {
  readonly kind: Kind;
  readonly where: string;
  /** How much a window holds: 0 to be refused every time. */
  readonly max: number;
  readonly from: number;
  readonly until: number;
}

const stores: Record<Kind, (where: string) => LimiterStore> = {
  memory: () => createMemoryStore(),
  journal: createJournalStore,
  postgres: createPostgresStore,
};

/** Runs in a process of its own: the milliseconds of each call. */
async function work({ kind, where, max, from, until }: Task): Promise<number[]> {
  const store = (stores[kind] as (where: string) => LimiterStore)(where);
  const limit = { counter: 'bench', max, windowMs: 100 };
  const charge = { limit, key: 'bench', amount: 1, mode: 'enforce' } as const;
  await store.standings([charge]);
  const durations: number[] = [];
  while (Date.now() < from) await new Promise((resolve) => setTimeout(resolve, 1));
  while (Date.now() < until) {
    const start = performance.now();
    const reserved = await store.reserve([charge]);
    if ('unavailable' in reserved) throw new Error(reserved.unavailable);
    if ('reservation' in reserved) {
      await reserved.reservation.secured();
      await reserved.reservation.commit();
    }
    durations.push(performance.now() - start);
  }
  await store.close();
  return durations;
}

function runProcess(task: Task): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const args = [...process.execArgv, import.meta.filename, JSON.stringify(task)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
    });
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(output));
      else reject(new Error(`a process ended with ${code}`));
    });
  });
}

async function measure(
  what: string,
  kind: Kind,
  where: string,
  seconds: number,
  max = 1_000_000,
): Promise<void> {
  for (const processes of [1, 8]) {
    const from = Date.now() + 1500 * Math.ceil(processes / cpus().length);
    const task = { kind, where, max, from, until: from + seconds * 1000 };
    const all = await Promise.all(Array.from({ length: processes }, () => runProcess(task)));
    const durations = all.flat().sort((a, b) => a - b);
    const at = (share: number) => `${durations[Math.floor(durations.length * share)]?.toFixed(2)} ms`;
    const rate = Math.round(durations.length / seconds).toLocaleString('en');
    process.stdout.write(`| ${[what, processes, rate, at(0.5), at(0.99)].join(' | ')} |\n`);
  }
}

async function main(seconds: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'odoo-link-limiter-bench-'));
  const inMemory = mkdtempSync('/dev/shm/odoo-link-limiter-bench-');
  const synced = await startPostgres(['synchronous_commit=on']);
  const unsynced = await startPostgres(['fsync=off']);
  try {
    process.stdout.write(`Node ${process.version}, ${cpus().length} cores, ${seconds} s each\n\n`);
    process.stdout.write(
      '| store | processes | calls a second | median | p99 |\n| --- | --- | --- | --- | --- |\n',
    );
    await measure('memory (each process its own)', 'memory', '', seconds);
    await measure('journal', 'journal', join(folder, 'disk'), seconds);
    await measure('journal, every call refused', 'journal', join(folder, 'refused'), seconds, 0);
    await measure('journal in memory (/dev/shm)', 'journal', inMemory, seconds);
    await measure('PostgreSQL', 'postgres', synced.url(), seconds);
    await measure('PostgreSQL, fsync off', 'postgres', unsynced.url(), seconds);
  } finally {
    await synced.remove();
    await unsynced.remove();
    for (const path of [folder, inMemory]) rmSync(path, { recursive: true, force: true });
  }
}

const [given] = process.argv.slice(2);
if (given?.startsWith('{')) process.stdout.write(JSON.stringify(await work(JSON.parse(given) as Task)));
else await main(Number(given ?? 5));
