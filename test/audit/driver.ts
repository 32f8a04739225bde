/**
 * The other processes of the tests of this folder, and of the benchmark; bundled by test/support/driver.ts.
 *
 * driver.mjs write STATE MS MAX_BYTES DEATH   writes calls for so long, and says on stdout what was acknowledged; the
 *                                             DEATHth time (0: never) it writes a part of its lines only and dies
 * driver.mjs measure STATE CALLS SYNC         writes calls, with or without waiting for the disk, and says how many
 *                                             microseconds each took
 */
import fs from 'node:fs';
import { openTrail } from '../../src/audit/trail.ts';
import { watchChanges } from '../support/changes.ts';
import { allowed, done } from './entries.ts';
import { patchWrites } from './patch-writes.ts';

// Written at once: what was acknowledged is known even if this process is killed right after.
const say = (line: string) => fs.writeSync(1, `${line}\n`);
const log = (line: string) => fs.writeSync(2, `${line}\n`);

async function write(stateDir: string, ms: string, maxBytes: string, death: string): Promise<void> {
  const end = performance.now() + Number(ms);
  const trail = openTrail(stateDir, { log, maxBytes: Number(maxBytes) });
  let writes = 0;
  patchWrites((real, bytes) => {
    if (++writes !== Number(death)) return real(bytes);
    real(bytes.subarray(0, 1 + Math.floor(Math.random() * (bytes.length - 1))));
    process.kill(process.pid, 'SIGKILL');
    return bytes.length;
  });
  const call = async () => {
    const decided = await trail.decide(allowed());
    if (!decided.ok) throw new Error(decided.refusal.message);
    say(`decided ${decided.value.id}`);
    const concluded = await decided.value.conclude(done());
    if (!concluded.ok) throw new Error(concluded.refusal.message);
    say(`concluded ${decided.value.id}`);
  };
  while (performance.now() < end) await Promise.all([call(), call(), call()].slice(Math.random() * 3));
  await trail.close();
}

async function measure(stateDir: string, calls: string, sync: string): Promise<void> {
  if (sync === 'no') watchChanges({ skipSync: true });
  const trail = openTrail(stateDir, { log });
  const times: number[] = [];
  for (let call = -20; call < Number(calls); call++) {
    const start = performance.now();
    const decided = await trail.decide(allowed());
    if (!decided.ok) throw new Error(decided.refusal.message);
    const between = performance.now();
    await decided.value.conclude(done());
    if (call >= 0)
      times.push(Math.round(1000 * (between - start)), Math.round(1000 * (performance.now() - between)));
  }
  await trail.close();
  say(JSON.stringify(times));
}

const [mode, ...args] = process.argv.slice(2);
await (mode === 'measure' ? measure : write)(...(args as [string, string, string, string]));
