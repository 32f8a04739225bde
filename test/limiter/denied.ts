/**
 * Denied attempts, as many as anybody cares to make: they may cost neither disk nor memory, and a journal that is full
 * of them all the same is read in the end.
 *
 * npx tsx test/limiter/denied.ts 10000000
 */
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { LimiterStore } from '../../src/limiter/store.ts';
import { createJournalStore } from '../../src/limiter/stores/journal.ts';
import {
  decodeRecord,
  encodeRecords,
  type JournalRecord,
  RECORD_BYTES,
} from '../../src/limiter/stores/journal-record.ts';
import { createMemoryStore } from '../../src/limiter/stores/memory.ts';
import type { Charge } from '../../src/limiter/window.ts';
import { admit, charge, refuse } from './stores.ts';

const DAY_MS = 86_400_000;
/** How many calls, or records, between two looks at what they cost. */
const STRIDE = 50_000;

export interface Cost {
  readonly seconds: number;
  /** The largest size the journal had. */
  readonly journalBytes: number;
  /** By how much the heap grew, without garbage. */
  readonly heapBytes: number;
}

/** A budget without room, and charges that all are refused for another reason. */
async function exhausted(store: LimiterStore): Promise<Charge[][]> {
  const full = charge(3, DAY_MS, { key: 'full' });
  for (let call = 0; call < full.limit.max; call++) await admit(store, full);
  const roomy = charge(10, DAY_MS, { key: 'roomy' });
  await admit(store, roomy);
  return [
    [full],
    [roomy, full],
    [{ ...roomy, amount: 11 }],
    [charge(0, DAY_MS, { key: 'never' })],
    [charge(2, 1000, { ...full, limit: { ...full.limit, max: 2 } })],
  ];
}

/**
 * Has calls refused, by one caller over and over and by many callers once each.
 * @param journal The folder the store writes to, where it has one.
 */
export async function refuseMany(store: LimiterStore, calls: number, journal?: string): Promise<Cost> {
  const kinds = await exhausted(store);
  for (const kind of kinds) await refuse(store, ...kind);
  const heapBefore = heapBytes();
  const start = performance.now();
  let journalBytes = 0;
  for (let call = 0; call < calls; call++) {
    const stranger = charge(0, DAY_MS, { key: `caller ${call}` });
    await refuse(store, ...(kinds[call % (kinds.length + 1)] ?? [stranger]));
    if (journal !== undefined && call % STRIDE === 0) journalBytes = Math.max(journalBytes, bytesIn(journal));
  }
  const seconds = (performance.now() - start) / 1000;
  return { seconds, journalBytes, heapBytes: heapBytes() - heapBefore };
}

/**
 * Appends attempts to the journal of a state directory that are denied, as processes may that all found room at once.
 * @param max How much the budget holds; that many admissions come first.
 * @returns The journal's folder.
 */
export async function appendDenied(stateDir: string, budget: Charge, attempts: number): Promise<string> {
  const store = createJournalStore(stateDir);
  for (let call = 0; call < budget.limit.max; call++) await admit(store, budget);
  await store.close();
  const folder = join(stateDir, 'limits');
  const file = join(folder, readdirSync(folder)[0] as string);
  const last = readFileSync(file).subarray(-RECORD_BYTES);
  const admission = decodeRecord(last, 0) as JournalRecord;
  for (let first = 0; first < attempts; first += STRIDE) {
    const records = Array.from({ length: Math.min(STRIDE, attempts - first) }, (_, index) => {
      return { ...admission, id: `${first + index}`.padStart(8, '0').slice(-8) };
    });
    appendFileSync(file, encodeRecords(records));
  }
  return folder;
}

export function bytesIn(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}

async function report(attempts: number, scratch: string): Promise<void> {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const told = ({ seconds, heapBytes }: Cost) =>
    `${attempts} calls refused in ${seconds.toFixed(1)} s (${((seconds * 1e6) / attempts).toFixed(1)} us each), the heap grew by ${heapBytes} bytes`;
  say(`memory: ${told(await refuseMany(createMemoryStore(), attempts))}`);
  const stateDir = join(scratch, 'refused');
  const cost = await refuseMany(createJournalStore(stateDir), attempts, join(stateDir, 'limits'));
  say(`journal: ${told(cost)}, the journal has ${cost.journalBytes} bytes`);

  const budget = charge(3, DAY_MS);
  const folder = await appendDenied(join(scratch, 'appended'), budget, attempts);
  const before = bytesIn(folder);
  const heapBefore = heapBytes();
  const rssBefore = process.memoryUsage.rss();
  const start = performance.now();
  const store = createJournalStore(join(scratch, 'appended'));
  const [standing] = await refuse(store, budget);
  const seconds = (performance.now() - start) / 1000;
  say(
    `a journal of ${attempts} denied attempts, ${before} bytes: the first call is refused after ${seconds.toFixed(1)} s ` +
      `(${standing?.remaining} remaining, again in ${standing?.retryAfterMs} ms), the heap grew by ${heapBytes() - heapBefore} bytes ` +
      `and what the process holds by ${process.memoryUsage.rss() - rssBefore}; then the journal has ${bytesIn(folder)} bytes`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const scratch = mkdtempSync(join(tmpdir(), 'odoo-link-denied-'));
  try {
    await report(Number(process.argv[2] ?? 10_000_000), scratch);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
