import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ok } from '../../src/base/refusal.ts';
import {
  changeAddonsDir,
  isInterrupted,
  isSettled,
  recoverAddonsDir,
} from '../../src/links/change-addons-dir.ts';
import { stateFolder } from '../../src/links/state-folder.ts';
import { type Batch, FIFTY, makeBatch, makeSources, openBatch } from '../support/batch.ts';
import { buildDriver, type Driver, untilDone } from '../support/driver.ts';

const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'odoo-link-killed-')));
const sources = join(scratch, 'sources');
let run: Driver;
beforeAll(async () => {
  makeSources(sources, FIFTY);
  run = await buildDriver(scratch);
});
afterAll(() => rmSync(scratch, { recursive: true }));

/** Recovers a directory, proves that nothing is left behind, and says which of the two states it is in. */
async function recover({
  plan: { dir },
  stateDir,
  options,
  entries,
  before,
  after,
}: Batch): Promise<'before' | 'after'> {
  const wasInterrupted = isInterrupted(dir, stateDir);
  expect(isSettled(dir, stateDir)).toBe(!wasInterrupted);
  expect(await recoverAddonsDir(dir, options)).toEqual(ok(wasInterrupted ? 'rolled_back' : 'nothing'));
  expect(isInterrupted(dir, stateDir)).toBe(false);
  const found = entries();
  const state = found.join('\n') === before.join('\n') ? 'before' : 'after';
  expect(found).toEqual(state === 'before' ? before : after);
  if (wasInterrupted) expect(state).toBe('before');
  // The next change clears what else there is.
  expect(await changeAddonsDir(dir, options, async () => ok(undefined))).toEqual(ok(undefined));
  expect(readdirSync(stateFolder(dir, stateDir))).toEqual([expect.stringMatching(/^lock\.\d+\.free$/)]);
  return state;
}

describe('a batch of fifty creations, replacements and removals', () => {
  it.each(['before', 'after'])(
    'is done as a whole or not at all when the process is killed just %s any change it makes',
    async (moment) => {
      const found = { before: 0, after: 0 };
      let killed = 0;
      await untilDone(async (number) => {
        const folder = join(scratch, `${moment}-${number}`);
        makeBatch(folder, sources, FIFTY);
        const { code, signal, stdout, stderr } = await run('batch', folder, sources, number, moment);
        expect(['', signal === 'SIGKILL' || code === 0]).toEqual([stderr, true]);
        const state = await recover(openBatch(folder, sources, FIFTY));
        found[state]++;
        rmSync(folder, { recursive: true });
        if (signal === 'SIGKILL') {
          killed++;
          return 'more';
        }
        expect([JSON.parse(stdout), state]).toEqual([ok(undefined), 'after']);
        return 'done';
      });
      // One change for each creation, two for each replacement and removal, and those of lock and journal.
      expect(killed).toBeGreaterThan(20 + 2 * 15 + 2 * 15 + 10);
      expect(found.before).toBeGreaterThan(20 + 2 * 15 + 2 * 15);
      expect(found.after).toBeGreaterThan(0);
    },
  );
});
