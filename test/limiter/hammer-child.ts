/**
 * One process of the hammer: reserves from a budget as fast as it can until it is killed or its time is up, and writes
 * each admission to a log of its own: `admitted ID AT BEFORE AFTER`, AT by the store's clock in microseconds and the others
 * by the monotonic clock in nanoseconds, and `released ID`.
 */
import { openSync, writeSync } from 'node:fs';
import type { Taking } from '../../src/limiter/store.ts';
import { journalStore } from '../../src/limiter/stores/journal.ts';
import { openJournalFolder } from '../../src/limiter/stores/journal-folder.ts';
import { createPostgresStore } from '../../src/limiter/stores/postgres.ts';
import { hostClock } from '../../src/state/clock.ts';
import type { HammerTask } from './hammer.ts';

const task = JSON.parse(process.argv[2] as string) as HammerTask;
const realNow = Date.now;
Date.now = () => realNow() + task.skewMs;

const log = openSync(task.log, 'a');
const say = (line: string) => writeSync(log, `${line}\n`);
const store =
  task.store === 'journal'
    ? // Short generations, so that processes are killed in the midst of a change of them.
      journalStore(() => ({ folder: openJournalFolder(task.where), clock: hostClock(), sealAfter: 4096 }))
    : createPostgresStore(task.where);
const { max, windowMs } = task;
const charge = {
  limit: { counter: 'hammer', max, windowMs },
  key: 'hammer',
  amount: 1,
  mode: 'enforce',
} as const;

async function main(): Promise<void> {
  let calls = 0;
  while (realNow() < task.until) {
    const before = process.hrtime.bigint();
    const reserved = await store.reserve([charge]);
    const after = process.hrtime.bigint();
    calls++;
    if ('unavailable' in reserved) say(`unavailable ${reserved.unavailable}`);
    if ('refused' in reserved && calls % 8 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    if (!('reservation' in reserved)) continue;
    const { takings, release } = reserved.reservation;
    const [{ reservation, at }] = takings as readonly [Taking];
    // Said before it is given back: whoever is killed in between has had no effect, but that is not known.
    say(`admitted ${reservation} ${at} ${before} ${after}`);
    if (calls % 5 === 0) {
      say(`released ${reservation}`);
      await release();
    }
  }
  await store.close();
}

main().catch((error) => {
  say(`failed ${error.stack}`);
  process.exit(1);
});
