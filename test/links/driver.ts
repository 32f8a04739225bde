/**
 * The other processes of the tests of this folder; bundled by test/support/driver.ts, because it has to start fast.
 *
 * driver.mjs batch FOLDER SOURCES N MOMENT   carries out a batch, and kills itself just before or after its Nth change
 * driver.mjs count FOLDER FILE TIMES DEATH   adds one to the number in a file, under the lock, and may die holding it
 * driver.mjs link FOLDER SOURCES SECONDS     links and unlinks modules at random, see race.ts
 * driver.mjs swap FOLDER SECONDS             swaps folders and names for links to a trap meanwhile, see race.ts
 */

import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ok, type Result } from '../../src/base/refusal.ts';
import { applyPlan } from '../../src/links/apply-plan.ts';
import { changeAddonsDir } from '../../src/links/change-addons-dir.ts';
import { FIFTY, openBatch, openDir, optionsFor } from '../support/batch.ts';
import { watchChanges } from '../support/changes.ts';
import { linkAtRandom } from './race-linker.ts';
import { swapAtRandom } from './race-swapper.ts';

const die = () => process.kill(process.pid, 'SIGKILL');

async function batch(folder: string, sources: string, at: string, moment: string): Promise<Result<void>> {
  const { plan, options } = openBatch(folder, sources, FIFTY);
  let count = 0;
  const killAtTurn = () => {
    if (++count === Number(at)) die();
  };
  watchChanges(moment === 'before' ? { before: killAtTurn } : { after: killAtTurn });
  return changeAddonsDir(plan.dir, options, (locked) => applyPlan(locked, plan));
}

/** Writes down each number it wrote, so that none may be missing; one in DEATH times it dies before it has written. */
async function count(folder: string, file: string, times: string, death: string): Promise<Result<void>> {
  const dir = openDir(join(folder, 'linked'));
  for (let time = 0; time < Number(times); time++) {
    const done = await changeAddonsDir(dir, optionsFor(folder, folder), async () => {
      const number = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
      // Others have every chance to come in between.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
      if (Number(death) > 0 && Math.random() < 1 / Number(death)) die();
      writeFileSync(file, String(number + 1));
      appendFileSync(`${file}.log`, `${number + 1}\n`);
      return ok(undefined);
    });
    if (!done.ok) return done;
  }
  return ok(undefined);
}

const MODES: Record<string, (...args: never[]) => Promise<Result<unknown>>> = {
  batch,
  count,
  link: linkAtRandom,
  swap: swapAtRandom,
};

const [mode = '', ...args] = process.argv.slice(2);
const result = await MODES[mode]?.(...(args as never[]));
process.stdout.write(JSON.stringify(result));
process.exitCode = result?.ok === true ? 0 : 1;
