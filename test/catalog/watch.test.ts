import * as fs from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createFolderWatch } from '../../src/catalog/watch.ts';
import { createWorld } from '../support/world.ts';

/** Thrown by the next attempts to watch. */
let failure: string | null = null;
let attempts = 0;
vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  const watch = (...args: Parameters<typeof fs.watch>) => {
    attempts++;
    if (failure !== null) throw Object.assign(new Error(failure), { code: failure });
    return real.watch(...args);
  };
  return { ...real, watch };
});
beforeEach(() => {
  failure = null;
  attempts = 0;
});

describe('watching folders', () => {
  it('tells every change that was made before it was asked to catch up, ten thousand times', async () => {
    const world = createWorld();
    const folder = world.folder('module');
    const file = world.file('module/__manifest__.py', '{}');
    const changes = [
      () => fs.writeFileSync(file, '[]'),
      () => fs.chmodSync(file, 0o600),
      () => fs.writeFileSync(`${folder}/new`, ''),
      () => fs.renameSync(`${folder}/new`, file),
      () => fs.utimesSync(file, 1, 1),
      () => fs.mkdirSync(`${folder}/sub`),
      () => fs.rmdirSync(`${folder}/sub`),
      () => fs.chmodSync(folder, 0o755),
    ];
    const watch = createFolderWatch();
    let told = 0;
    const watching = watch.watch(folder, () => told++);
    for (let round = 0; round < 10_000; round++) {
      const before = told;
      changes[round % changes.length]?.();
      await watch.caughtUp();
      if (told === before) throw new Error(`change ${round} was not told`);
    }
    const before = told;
    watching?.close();
    fs.writeFileSync(file, '{}');
    await watch.caughtUp();
    expect(told).toBe(before);
    expect(watch.size).toBe(0);
  });

  it('tells that the folder itself was removed or moved', async () => {
    const world = createWorld();
    const watch = createFolderWatch();
    const told = new Set<string>();
    for (const name of ['moved', 'removed']) watch.watch(world.folder(name), () => told.add(name));
    fs.renameSync(world.at('moved'), world.at('elsewhere'));
    fs.rmdirSync(world.at('removed'));
    await watch.caughtUp();
    expect([...told].sort()).toEqual(['moved', 'removed']);
  });

  it('does not keep the process running', async () => {
    const held = () => process.getActiveResourcesInfo().filter((name) => name === 'FSEventWrap').length;
    const world = createWorld();
    const holding = fs.watch(world.path);
    expect(held()).toBe(1);
    holding.close();
    await new Promise(setImmediate);
    const watching = createFolderWatch().watch(world.path, () => {});
    expect(watching?.isAlive).toBe(true);
    expect(held()).toBe(0);
    watching?.close();
  });

  it('says that something may have been missed when the queue of the system can have run over', async () => {
    const queue = Number(fs.readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
    const world = createWorld();
    const folder = world.folder('module');
    const watch = createFolderWatch();
    watch.watch(folder, () => {});
    const files = [world.file('module/a'), world.file('module/b')];
    const touch = (count: number) => {
      // The system keeps one of several equal events in a row.
      for (let index = 0; index < count; index++) fs.utimesSync(files[index % 2] as string, index, index);
    };
    touch(100);
    await watch.caughtUp();
    expect(watch.mayHaveMissed()).toBe(false);
    touch(queue + 100);
    await watch.caughtUp();
    expect(watch.mayHaveMissed()).toBe(true);
    await watch.caughtUp();
    expect(watch.mayHaveMissed()).toBe(false);
  });

  it('gives up where the system has no watches left, until one becomes free', () => {
    const world = createWorld();
    const watch = createFolderWatch();
    const first = watch.watch(world.path, () => {});
    failure = 'ENOSPC';
    expect(watch.watch(world.path, () => {})).toBeNull();
    failure = null;
    expect(watch.watch(world.path, () => {})).toBeNull();
    expect(attempts).toBe(2);
    first?.close();
    expect(watch.watch(world.path, () => {})).not.toBeNull();
  });

  it('cannot watch a folder that is gone, and goes on with others', () => {
    const world = createWorld();
    const watch = createFolderWatch();
    expect(watch.watch(world.at('gone'), () => {})).toBeNull();
    expect(watch.watch(world.path, () => {})).not.toBeNull();
    expect(watch.size).toBe(1);
  });

  it('relies on local file systems only', () => {
    const watch = createFolderWatch();
    const world = createWorld();
    expect(watch.isLocal(world.path)).toBe(true);
    expect(watch.isLocal('/proc')).toBe(false);
    expect(watch.isLocal(world.at('gone'))).toBe(false);
  });
});
