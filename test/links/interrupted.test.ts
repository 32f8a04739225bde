import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ok } from '../../src/base/refusal.ts';
import { applyPlan } from '../../src/links/apply-plan.ts';
import {
  changeAddonsDir,
  isInterrupted,
  isSettled,
  recoverAddonsDir,
} from '../../src/links/change-addons-dir.ts';
import { nameHolder, thisProcess } from '../../src/state/holder.ts';
import { entriesOf } from '../support/batch.ts';
import { systemError, watchChanges } from '../support/changes.ts';
import { applyBatch, prepareBatch } from '../support/prepared-batch.ts';
import { startServer } from '../support/server.ts';
import { createWorld } from '../support/world.ts';

let unwatch = () => {};
afterEach(() => unwatch());

/** A batch whose steps are all taken, and whose process was then killed. */
async function interrupted() {
  const prepared = prepareBatch();
  const { batch } = prepared;
  let isKilled = false;
  unwatch = watchChanges({
    before() {
      if (isKilled) throw systemError('EKILLED');
    },
  });
  await applyBatch(batch, {
    onProgress(done, total) {
      isKilled = done === total;
    },
  });
  unwatch();
  expect(batch.entries()).toEqual(batch.after);
  return prepared;
}

describe('an interrupted transaction', () => {
  it('is seen, and rolled back by the next call before it does its own work', async () => {
    const { batch, folder } = await interrupted();
    const { plan, stateDir, options } = batch;
    expect([isInterrupted(plan.dir, stateDir), isSettled(plan.dir, stateDir)]).toEqual([true, false]);
    const seen = await changeAddonsDir(plan.dir, options, async () => ok(batch.entries()));
    expect(seen).toEqual(ok(batch.before));
    expect([isInterrupted(plan.dir, stateDir), isSettled(plan.dir, stateDir)]).toEqual([false, true]);
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^lock/)]);
  });

  it('is left alone while somebody is at work', async () => {
    const { batch, folder } = await interrupted();
    const { dir } = batch.plan;
    const [name] = readdirSync(folder).filter((file) => file.startsWith('lock.')) as [string];
    renameSync(join(folder, name), join(folder, `lock.9.${nameHolder(thisProcess())}`));
    expect(await recoverAddonsDir(dir, batch.options)).toEqual(ok('nothing'));
    expect(isInterrupted(dir, batch.stateDir)).toBe(false);
    expect(await applyBatch(batch, { waitMs: 50 })).toMatchObject({ refusal: { code: 'busy' } });
    expect(batch.entries()).toEqual(batch.after);
  });

  it('is rolled back before another one under the same lock too', async () => {
    const { batch } = prepareBatch();
    const { plan, options } = batch;
    const lone = { ...plan, links: plan.links.slice(0, 1), removals: [] };
    let symlinks = 0;
    unwatch = watchChanges({
      before(verb, path) {
        if ((verb === 'symlinkSync' && ++symlinks === 2) || /aside/.test(path)) throw systemError('EIO');
      },
    });
    const result = await changeAddonsDir(plan.dir, options, async (locked) => {
      expect(await applyPlan(locked, plan)).toMatchObject({ refusal: { details: { left: ['create_00'] } } });
      unwatch();
      return applyPlan(locked, lone);
    });
    expect(result).toEqual(ok(undefined));
    expect(await recoverAddonsDir(plan.dir, options)).toEqual(ok('nothing'));
    const [link] = lone.links;
    expect(batch.entries()).toEqual([...batch.before, `create_00 -> ${link?.target}`].sort());
  });

  it('of a server that was killed is rolled back by the next one, before anything counts as linked', async () => {
    const world = createWorld();
    for (const name of ['a', 'b', 'c']) world.module(`src/oca/web/${name}`);
    const config = world.config();
    const kill = `const fs = require('node:fs'); const real = fs.symlinkSync; let count = 0;
      fs.symlinkSync = (...args) => ++count === 3 ? process.kill(process.pid, 'SIGKILL') : real(...args);
      require('node:module').syncBuiltinESMExports();`;
    const command = [process.execPath, '--require', world.file('kill.cjs', kill)];
    const killed = await startServer(['--config', config], { command });
    await expect(killed.call('oca_link', { module: ['a', 'b', 'c'] })).rejects.toThrow('closed');
    expect(entriesOf(world.at('linked'))).toHaveLength(2);
    const server = await startServer(['--config', config]);
    const { data } = await server.call('oca_link', { module: 'a' });
    expect(data).toMatchObject({ status: 'linked', links: [{ module: 'a' }] });
    expect(entriesOf(world.at('linked'))).toEqual([`a -> ${world.at('src/oca/web/a')}`]);
  });

  it('keeps what somebody else has put in the place of its links since', async () => {
    const { batch, world } = await interrupted();
    for (const name of ['create_01', 'replace_02']) rmSync(world.at('linked', name));
    world.link('/theirs', 'linked/create_01');
    world.file('linked/replace_02', 'theirs');
    world.folder('linked/remove_03');
    expect(await recoverAddonsDir(batch.plan.dir, batch.options)).toEqual(ok('rolled_back'));
    const others = ['create_01 -> /theirs', 'replace_02: theirs', 'remove_03/ '];
    const ours = batch.before.filter((entry) => !/^(create_01|replace_02|remove_03)\b/.test(entry));
    expect(batch.entries()).toEqual([...ours, ...others].sort());
  });

  it('keeps everybody out until its journal can be removed, or the next rollback would undo their work', async () => {
    const { batch } = await interrupted();
    unwatch = watchChanges({
      before(verb, path) {
        if (verb === 'unlinkSync' && path.endsWith('/journal')) throw systemError('EIO');
      },
    });
    // One link alone would need no journal, and would be taken for one of the interrupted batch.
    const { plan } = batch;
    const lone = { ...batch, plan: { ...plan, links: plan.links.slice(0, 1), removals: [] } };
    expect(await applyBatch(lone)).toMatchObject({
      refusal: { code: 'io_error', details: { errno: 'EIO' } },
    });
    expect(batch.entries()).toEqual(batch.before);
    unwatch();
    expect(await applyBatch(batch)).toEqual(ok(undefined));
    expect(await recoverAddonsDir(batch.plan.dir, batch.options)).toEqual(ok('nothing'));
    expect(batch.entries()).toEqual(batch.after);
  });

  it.each<[string, (text: string) => string]>([
    ['is cut off', (text) => text.slice(0, 100)],
    ['is of another version', (text) => text.replace('"version":1', '"version":2')],
    ['names a path for a module', (text) => text.replace('"create_00"', '"../create_00"')],
    ['is for another directory', (text) => text.replace('/linked"', '/other"')],
    ['is empty', () => ''],
  ])('whose journal %s is not ignored: nothing is changed', async (_, damage) => {
    const { batch, folder, world } = await interrupted();
    const journal = join(folder, 'journal');
    writeFileSync(journal, damage(readFileSync(journal, 'utf8')));
    const refused = { refusal: { code: 'io_error', hint: expect.stringContaining('operator') } };
    expect(await applyBatch(batch)).toMatchObject(refused);
    const answer = await recoverAddonsDir(batch.plan.dir, batch.options);
    expect(answer).toMatchObject(refused);
    expect(JSON.stringify(answer)).not.toContain(world.path);
    expect(batch.entries()).toEqual(batch.after);
  });
});
