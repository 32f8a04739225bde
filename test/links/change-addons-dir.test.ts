import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ok } from '../../src/base/refusal.ts';
import { applyPlan } from '../../src/links/apply-plan.ts';
import { changeAddonsDir, type LockedDir, recoverAddonsDir } from '../../src/links/change-addons-dir.ts';
import { nameHolder, thisProcess } from '../../src/state/holder.ts';
import type { Sizes } from '../support/batch.ts';
import { watchChanges } from '../support/changes.ts';
import { applyBatch, prepareBatch } from '../support/prepared-batch.ts';

let unwatch = () => {};
afterEach(() => unwatch());

describe('a transaction', () => {
  it('creates, re-points and removes, and leaves nothing but the lock', async () => {
    const { batch, folder } = prepareBatch();
    expect(batch.entries()).toEqual(batch.before);
    expect(await applyBatch(batch)).toEqual(ok(undefined));
    expect(batch.entries()).toEqual(batch.after);
    expect(readdirSync(folder)).toEqual(['lock.1.free']);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('tells its progress in increasing order, up to the end, and lets others have their turn', async () => {
    const { batch } = prepareBatch({ creates: 100, replaces: 50, removals: 50 });
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
    expect(await applyBatch(batch, { onProgress })).toEqual(ok(undefined));
    clearImmediate(others);
    expect(told.length).toBeGreaterThan(5);
    expect(told).toEqual([...new Set(told)].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(200);
    expect(turns).toBeGreaterThan(5);
  });

  it.each([0, 32, 100, 200])('is undone when it is cancelled after %i of 200 steps', async (after) => {
    const { batch, folder } = prepareBatch({ creates: 100, replaces: 50, removals: 50 });
    const controller = new AbortController();
    const told: number[] = [];
    if (after === 0) controller.abort();
    const onProgress = (done: number) => {
      told.push(done);
      if (done === 200) controller.abort();
      // The client's message arrives when the server listens.
      else if (done >= after) setImmediate(() => controller.abort());
    };
    const result = await applyBatch(batch, { signal: controller.signal, onProgress });
    expect(result).toMatchObject({ ok: false, refusal: { code: 'cancelled' } });
    expect(batch.entries()).toEqual(batch.before);
    expect(told.at(-1) ?? 0).toBeGreaterThanOrEqual(after);
    if (after > 0) expect(readdirSync(folder)).toEqual(['lock.1.free']);
  });

  it('is undone when whoever is told of its progress fails, and gives back the lock', async () => {
    const { batch } = prepareBatch();
    const onProgress = () => {
      throw new Error('a bug');
    };
    await expect(applyBatch(batch, { onProgress })).rejects.toThrow('a bug');
    expect(batch.entries()).toEqual(batch.before);
    expect(await applyBatch(batch)).toEqual(ok(undefined));
  });

  it('waits for the disk in the right order: journal, steps, directory, end of the journal', async () => {
    const { batch } = prepareBatch({ creates: 2, replaces: 0, removals: 0 });
    await changeAddonsDir(batch.plan.dir, batch.options, async () => ok(undefined));
    const calls: string[] = [];
    unwatch = watchChanges({
      before(verb, path) {
        const what = /(journal|draft|create)[^/]*$/.exec(path)?.[1] ?? '';
        if (['fsync', 'symlinkSync', 'renameSync', 'unlinkSync'].includes(verb) && !/lock/.test(path))
          calls.push(`${verb} ${what}`.trim());
      },
    });
    await applyBatch(batch);
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
    const { batch } = prepareBatch(sizes);
    await changeAddonsDir(batch.plan.dir, batch.options, async () => ok(undefined));
    const calls: string[] = [];
    unwatch = watchChanges({ before: (verb, path) => void calls.push(`${verb} ${path}`) });
    expect(await applyBatch(batch)).toEqual(ok(undefined));
    expect(calls.filter((call) => /fsync|journal|draft/.test(call))).toEqual([]);
  });

  it('of no steps changes nothing', async () => {
    const { batch } = prepareBatch({ creates: 0, replaces: 0, removals: 0 });
    expect(await applyBatch(batch)).toEqual(ok(undefined));
    expect(batch.entries()).toEqual(batch.before);
  });

  it('finds nothing wrong with a link that somebody else removed as it would have', async () => {
    const { batch, world } = prepareBatch();
    rmSync(world.at('linked/remove_03'));
    expect(await applyBatch(batch)).toEqual(ok(undefined));
    expect(batch.entries()).toEqual(batch.after);
  });

  it('is for the directory whose lock is held, while it is held', async () => {
    const { batch } = prepareBatch();
    const other = prepareBatch().batch;
    let locked: LockedDir | undefined;
    await changeAddonsDir(batch.plan.dir, batch.options, async (given) => {
      locked = given;
      await expect(applyPlan(given, other.plan)).rejects.toThrow('another addons directory');
      return ok(undefined);
    });
    await expect(applyPlan(locked as LockedDir, batch.plan)).rejects.toThrow('was released');
    expect([batch.entries(), other.entries()]).toEqual([batch.before, other.before]);
  });

  it('stops without undoing when another process has taken over: what was done is undone by then', async () => {
    const { batch, folder } = prepareBatch({ creates: 100, replaces: 0, removals: 0 });
    const theirs = join(folder, `lock.2.${nameHolder({ ...thisProcess(), namespace: '1' })}`);
    let isOver = false;
    const result = await applyBatch(batch, {
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
    expect(await recoverAddonsDir(batch.plan.dir, batch.options)).toEqual(ok('rolled_back'));
    expect(batch.entries()).toEqual(batch.before);
  });
});

describe('calls for one directory', () => {
  it('of one process take turns, in order', async () => {
    const { batch } = prepareBatch();
    const order: number[] = [];
    const calls = Array.from({ length: 20 }, (_, index) => {
      return changeAddonsDir(batch.plan.dir, batch.options, async () => {
        order.push(index);
        await new Promise((resolve) => setTimeout(resolve, 1));
        order.push(index);
        return ok(undefined);
      });
    });
    await Promise.all(calls);
    expect(order).toEqual(calls.flatMap((_, index) => [index, index]));
  });

  it('wait for their turn however many there are, unless the caller has gone', async () => {
    const { batch } = prepareBatch();
    const { plan, options } = batch;
    let begin = () => {};
    let finish = () => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const first = changeAddonsDir(plan.dir, options, async () => {
      begin();
      await finished;
      return ok(undefined);
    });
    await begun;
    const gone = applyBatch(batch, { signal: AbortSignal.timeout(30) });
    // How long other processes may take is no matter here.
    const patient = applyBatch(batch, { waitMs: 1000 });
    expect(await gone).toMatchObject({ refusal: { code: 'cancelled' } });
    expect(batch.entries()).toEqual(batch.before);
    finish();
    expect([await first, await patient]).toEqual([ok(undefined), ok(undefined)]);
    expect(batch.entries()).toEqual(batch.after);
  });

  it('give the lock back when their work fails', async () => {
    const { batch } = prepareBatch();
    const failing = changeAddonsDir(batch.plan.dir, batch.options, async () => {
      throw new Error('a bug');
    });
    await expect(failing).rejects.toThrow('a bug');
    expect(await applyBatch(batch, { waitMs: 0 })).toEqual(ok(undefined));
  });

  it('make nothing for a directory that is gone', async () => {
    const { batch, world } = prepareBatch();
    renameSync(world.at('linked'), world.at('moved'));
    expect(await applyBatch(batch)).toMatchObject({ refusal: { code: 'target_unavailable' } });
    mkdirSync(world.at('linked'));
    expect(await applyBatch(batch)).toMatchObject({ refusal: { code: 'target_unavailable' } });
    expect(existsSync(batch.stateDir)).toBe(false);
  });

  it('say what is wrong with a state directory that cannot be used, without its path', async () => {
    const { batch, world } = prepareBatch();
    world.file('state/addons-dirs', 'a file');
    const result = await applyBatch(batch);
    expect(result).toMatchObject({
      refusal: { code: 'io_error', message: expect.stringContaining('state directory') },
    });
    expect(JSON.stringify(result)).not.toContain(world.path);
    expect(batch.entries()).toEqual(batch.before);
  });
});
