import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { nameHolder, thisProcess } from '../../src/links/holder.ts';
import { stateFolder } from '../../src/links/state-folder.ts';
import {
  applyPlan,
  changeAddonsDir,
  isInterrupted,
  isSettled,
  type LockedDir,
  recoverAddonsDir,
  type TransactionOptions,
} from '../../src/links/transaction.ts';
import { ok, type Result } from '../../src/refusal.ts';
import {
  type Batch,
  entriesOf,
  FIFTY,
  makeBatch,
  makeSources,
  openBatch,
  type Sizes,
} from '../support/batch.ts';
import { systemError, watchChanges } from '../support/changes.ts';
import { startServer } from '../support/server.ts';
import { createWorld, type World } from '../support/world.ts';

let unwatch = () => {};
afterEach(() => unwatch());

function prepare(sizes: Sizes = FIFTY): { world: World; batch: Batch; folder: string } {
  const world = createWorld();
  makeSources(world.at('sources'), sizes);
  makeBatch(world.path, world.at('sources'), sizes);
  const batch = openBatch(world.path, world.at('sources'), sizes);
  return { world, batch, folder: stateFolder(batch.plan.dir, batch.stateDir) };
}

function apply({ plan, stateDir }: Batch, options: Partial<TransactionOptions> = {}): Promise<Result<void>> {
  return changeAddonsDir(plan.dir, { stateDir, ...options }, (locked) => applyPlan(locked, plan));
}

/** A batch whose steps are all taken, and whose process was then killed. */
async function interrupted(sizes?: Sizes) {
  const prepared = prepare(sizes);
  const { batch } = prepared;
  let isKilled = false;
  unwatch = watchChanges({
    before() {
      if (isKilled) throw systemError('EKILLED');
    },
  });
  await apply(batch, {
    onProgress(done, total) {
      isKilled = done === total;
    },
  });
  unwatch();
  expect(batch.entries()).toEqual(batch.after);
  return prepared;
}

describe('a transaction', () => {
  it('creates, re-points and removes, and leaves nothing but the lock', async () => {
    const { batch, folder } = prepare();
    expect(batch.entries()).toEqual(batch.before);
    expect(await apply(batch)).toEqual(ok(undefined));
    expect(batch.entries()).toEqual(batch.after);
    expect(readdirSync(folder)).toEqual(['lock.1.free']);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('tells its progress in increasing order, up to the end, and lets others have their turn', async () => {
    const { batch } = prepare({ creates: 100, replaces: 50, removals: 50 });
    const told: number[] = [];
    let turns = 0;
    let others: NodeJS.Immediate | undefined;
    const takeTurns = () => {
      turns++;
      others = setImmediate(takeTurns);
    };
    takeTurns();
    const onProgress = (done: number, total: number) => {
      expect(total).toBe(200);
      told.push(done);
    };
    expect(await apply(batch, { onProgress })).toEqual(ok(undefined));
    clearImmediate(others);
    expect(told.length).toBeGreaterThan(5);
    expect(told).toEqual([...new Set(told)].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(200);
    expect(turns).toBeGreaterThan(5);
  });

  it.each([0, 32, 100, 200])('is undone when it is cancelled after %i of 200 steps', async (after) => {
    const { batch, folder } = prepare({ creates: 100, replaces: 50, removals: 50 });
    const controller = new AbortController();
    const told: number[] = [];
    if (after === 0) controller.abort();
    const onProgress = (done: number) => {
      told.push(done);
      if (done === 200) controller.abort();
      // The client's message arrives when the server listens.
      else if (done >= after) setImmediate(() => controller.abort());
    };
    const result = await apply(batch, { signal: controller.signal, onProgress });
    expect(result).toMatchObject({ ok: false, refusal: { code: 'cancelled' } });
    expect(batch.entries()).toEqual(batch.before);
    expect(told.at(-1) ?? 0).toBeGreaterThanOrEqual(after);
    if (after > 0) expect(readdirSync(folder)).toEqual(['lock.1.free']);
  });

  it('is undone when whoever is told of its progress fails, and gives back the lock', async () => {
    const { batch } = prepare();
    const onProgress = () => {
      throw new Error('a bug');
    };
    await expect(apply(batch, { onProgress })).rejects.toThrow('a bug');
    expect(batch.entries()).toEqual(batch.before);
    expect(await apply(batch)).toEqual(ok(undefined));
  });

  it('waits for the disk in the right order: journal, steps, directory, end of the journal', async () => {
    const { batch } = prepare({ creates: 2, replaces: 0, removals: 0 });
    await changeAddonsDir(batch.plan.dir, batch, async () => ok(undefined));
    const calls: string[] = [];
    unwatch = watchChanges({
      before(verb, path) {
        const what = /(journal|draft|create)[^/]*$/.exec(path)?.[1] ?? '';
        if (['fsync', 'symlinkSync', 'renameSync', 'unlinkSync'].includes(verb) && !/lock/.test(path))
          calls.push(`${verb} ${what}`.trim());
      },
    });
    await apply(batch);
    expect(calls).toEqual([
      'fsync',
      'renameSync draft',
      'fsync',
      'symlinkSync create',
      'symlinkSync create',
      'fsync',
      'unlinkSync journal',
      'fsync',
    ]);
  });

  it.each<[string, Sizes]>([
    ['made', { creates: 1, replaces: 0, removals: 0 }],
    ['re-pointed', { creates: 0, replaces: 1, removals: 0 }],
  ])('of one link that is %s waits for nothing', async (_, sizes) => {
    const { batch } = prepare(sizes);
    await changeAddonsDir(batch.plan.dir, batch, async () => ok(undefined));
    const calls: string[] = [];
    unwatch = watchChanges({ before: (verb, path) => void calls.push(`${verb} ${path}`) });
    expect(await apply(batch)).toEqual(ok(undefined));
    expect(calls.filter((call) => /fsync|journal|draft/.test(call))).toEqual([]);
  });

  it('of no steps changes nothing', async () => {
    const { batch } = prepare({ creates: 0, replaces: 0, removals: 0 });
    expect(await apply(batch)).toEqual(ok(undefined));
    expect(batch.entries()).toEqual(batch.before);
  });

  it('finds nothing wrong with a link that somebody else removed as it would have', async () => {
    const { batch, world } = prepare();
    rmSync(world.at('linked/remove_03'));
    expect(await apply(batch)).toEqual(ok(undefined));
    expect(batch.entries()).toEqual(batch.after);
  });

  it('is for the directory whose lock is held, while it is held', async () => {
    const { batch } = prepare();
    const other = prepare().batch;
    let locked: LockedDir | undefined;
    await changeAddonsDir(batch.plan.dir, batch, async (given) => {
      locked = given;
      await expect(applyPlan(given, other.plan)).rejects.toThrow('another addons directory');
      return ok(undefined);
    });
    await expect(applyPlan(locked as LockedDir, batch.plan)).rejects.toThrow('given back');
    expect([batch.entries(), other.entries()]).toEqual([batch.before, other.before]);
  });

  it('stops without undoing when another process has taken over: what was done is undone by then', async () => {
    const { batch, folder } = prepare({ creates: 100, replaces: 0, removals: 0 });
    const theirs = join(folder, `lock.2.${nameHolder({ ...thisProcess(), namespace: '1' })}`);
    let isOver = false;
    const result = await apply(batch, {
      onProgress() {
        if (isOver) return;
        isOver = true;
        // As another process does that takes the lock.
        renameSync(join(folder, `lock.1.${nameHolder(thisProcess())}`), theirs);
      },
    });
    expect(result).toMatchObject({ refusal: { code: 'busy', retry_after_ms: expect.any(Number) } });
    expect(existsSync(join(folder, 'journal'))).toBe(true);
    utimesSync(theirs, 1, 1);
    expect(await recoverAddonsDir(batch.plan.dir, batch.stateDir)).toEqual(ok('rolled_back'));
    expect(batch.entries()).toEqual(batch.before);
  });
});

describe('an interrupted transaction', () => {
  it('is seen, and rolled back by the next call before it does its own work', async () => {
    const { batch, folder } = await interrupted();
    const { plan, stateDir } = batch;
    expect([isInterrupted(plan.dir, stateDir), isSettled(plan.dir, stateDir)]).toEqual([true, false]);
    const seen = await changeAddonsDir(plan.dir, { stateDir }, async () => ok(batch.entries()));
    expect(seen).toEqual(ok(batch.before));
    expect([isInterrupted(plan.dir, stateDir), isSettled(plan.dir, stateDir)]).toEqual([false, true]);
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^lock/)]);
  });

  it('is left alone while somebody is at work', async () => {
    const { batch, folder } = await interrupted();
    const { dir } = batch.plan;
    const [name] = readdirSync(folder).filter((file) => file.startsWith('lock.')) as [string];
    renameSync(join(folder, name), join(folder, `lock.9.${nameHolder(thisProcess())}`));
    expect(await recoverAddonsDir(dir, batch.stateDir)).toEqual(ok('nothing'));
    expect(isInterrupted(dir, batch.stateDir)).toBe(false);
    expect(await apply(batch, { waitMs: 50 })).toMatchObject({ refusal: { code: 'busy' } });
    expect(batch.entries()).toEqual(batch.after);
  });

  it('is rolled back before another one under the same lock too', async () => {
    const { batch } = prepare();
    const { plan, stateDir } = batch;
    const lone = { ...plan, links: plan.links.slice(0, 1), removals: [] };
    let symlinks = 0;
    unwatch = watchChanges({
      before(verb, path) {
        if ((verb === 'symlinkSync' && ++symlinks === 2) || /aside/.test(path)) throw systemError('EIO');
      },
    });
    const result = await changeAddonsDir(plan.dir, { stateDir }, async (locked) => {
      expect(await applyPlan(locked, plan)).toMatchObject({ refusal: { details: { left: ['create_00'] } } });
      unwatch();
      return applyPlan(locked, lone);
    });
    expect(result).toEqual(ok(undefined));
    expect(await recoverAddonsDir(plan.dir, stateDir)).toEqual(ok('nothing'));
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
    expect(data).toMatchObject({ status: 'linked', links: [{ action: 'create' }] });
    expect(entriesOf(world.at('linked'))).toEqual([`a -> ${world.at('src/oca/web/a')}`]);
  });

  it('keeps what somebody else has put in the place of its links since', async () => {
    const { batch, world } = await interrupted();
    for (const name of ['create_01', 'replace_02']) rmSync(world.at('linked', name));
    world.link('/theirs', 'linked/create_01');
    world.file('linked/replace_02', 'theirs');
    world.folder('linked/remove_03');
    expect(await recoverAddonsDir(batch.plan.dir, batch.stateDir)).toEqual(ok('rolled_back'));
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
    expect(await apply(lone)).toMatchObject({ refusal: { code: 'io_error', details: { errno: 'EIO' } } });
    expect(batch.entries()).toEqual(batch.before);
    unwatch();
    expect(await apply(batch)).toEqual(ok(undefined));
    expect(await recoverAddonsDir(batch.plan.dir, batch.stateDir)).toEqual(ok('nothing'));
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
    expect(await apply(batch)).toMatchObject(refused);
    const answer = await recoverAddonsDir(batch.plan.dir, batch.stateDir);
    expect(answer).toMatchObject(refused);
    expect(JSON.stringify(answer)).not.toContain(world.path);
    expect(batch.entries()).toEqual(batch.after);
  });
});

describe('calls for one directory', () => {
  it('of one process take turns, in order', async () => {
    const { batch } = prepare();
    const order: number[] = [];
    const calls = Array.from({ length: 20 }, (_, index) => {
      return changeAddonsDir(batch.plan.dir, batch, async () => {
        order.push(index);
        await new Promise((resolve) => setTimeout(resolve, 1));
        order.push(index);
        return ok(undefined);
      });
    });
    await Promise.all(calls);
    expect(order).toEqual(calls.flatMap((_, index) => [index, index]));
  });

  it('are refused when it takes too long, or when the caller has gone, and the rest go on', async () => {
    const { batch } = prepare();
    const { plan, stateDir } = batch;
    let finish = () => {};
    const first = changeAddonsDir(plan.dir, { stateDir }, async () => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return ok(undefined);
    });
    const impatient = apply(batch, { waitMs: 30 });
    const gone = apply(batch, { signal: AbortSignal.timeout(30) });
    const patient = apply(batch);
    expect(await impatient).toMatchObject({ refusal: { code: 'busy', retry_after_ms: expect.any(Number) } });
    expect(await gone).toMatchObject({ refusal: { code: 'cancelled' } });
    expect(batch.entries()).toEqual(batch.before);
    finish();
    expect([await first, await patient]).toEqual([ok(undefined), ok(undefined)]);
    expect(batch.entries()).toEqual(batch.after);
  });

  it('give the lock back when their work fails', async () => {
    const { batch } = prepare();
    const failing = changeAddonsDir(batch.plan.dir, batch, async () => {
      throw new Error('a bug');
    });
    await expect(failing).rejects.toThrow('a bug');
    expect(await apply(batch, { waitMs: 0 })).toEqual(ok(undefined));
  });

  it('make nothing for a directory that is gone', async () => {
    const { batch, world } = prepare();
    renameSync(world.at('linked'), world.at('moved'));
    expect(await apply(batch)).toMatchObject({ refusal: { code: 'target_unavailable' } });
    mkdirSync(world.at('linked'));
    expect(await apply(batch)).toMatchObject({ refusal: { code: 'target_unavailable' } });
    expect(existsSync(batch.stateDir)).toBe(false);
  });

  it('say what is wrong with a state directory that cannot be used, without its path', async () => {
    const { batch, world } = prepare();
    world.file('state/addons-dirs', 'a file');
    const result = await apply(batch);
    expect(result).toMatchObject({
      refusal: { code: 'io_error', message: expect.stringContaining('state directory') },
    });
    expect(JSON.stringify(result)).not.toContain(world.path);
    expect(batch.entries()).toEqual(batch.before);
  });
});
