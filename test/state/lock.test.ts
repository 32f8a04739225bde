import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import fs, { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import { basename } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Holder, nameHolder, thisProcess } from '../../src/state/holder.ts';
import { freeLock, takeLock, tryLock } from '../../src/state/lock.ts';
import { systemError, watchChanges } from '../support/changes.ts';
import { buildDriver } from '../support/driver.ts';
import { snapshot } from '../support/snapshot.ts';
import { createWorld, type World } from '../support/world.ts';

let unwatch = () => {};
afterEach(() => unwatch());

/** A folder whose lock 7 a process like this one holds, but for what is said otherwise. */
function heldBy(holder: Partial<Holder>, secondsAgo = 0): World {
  const world = createWorld();
  lockFile(world, 7, nameHolder({ ...thisProcess(), ...holder }), secondsAgo);
  return world;
}

function lockFile(world: World, number: number, holder: string, secondsAgo = 0): string {
  const path = world.file(`lock.${number}.${holder}`);
  const time = Date.now() / 1000 - secondsAgo;
  utimesSync(path, time, time);
  return path;
}

const endedPid = () => spawnSync(process.execPath, ['--version']).pid;

describe('the lock', () => {
  it('is had by one at a time, and leaves one file', () => {
    const { path } = createWorld();
    const first = tryLock(path);
    expect([first === null, tryLock(path)]).toEqual([false, null]);
    first?.release();
    const second = tryLock(path);
    expect(second).not.toBeNull();
    expect(tryLock(path)).toBeNull();
    second?.release();
    expect(readdirSync(path)).toEqual(['lock.2.free']);
    expect(statSync(`${path}/lock.2.free`).mode & 0o777).toBe(0o600);
  });

  it('is had again after others had it, who may hold it still or have left another file', () => {
    const world = createWorld();
    const give = () => tryLock(world.path)?.release();
    give();
    renameSync(world.at('lock.1.free'), world.at('lock.2.free'));
    give();
    expect(readdirSync(world.path)).toEqual(['lock.3.free']);
    const held = `lock.4.${nameHolder(thisProcess())}`;
    renameSync(world.at('lock.3.free'), world.at(held));
    expect(tryLock(world.path)).toBeNull();
    renameSync(world.at(held), world.at('lock.4.free'));
    give();
    rmSync(world.at('lock.5.free'));
    give();
    expect(readdirSync(world.path)).toEqual(['lock.1.free']);
  });

  it('may not be touched after it was given back', () => {
    const lock = tryLock(createWorld().path);
    lock?.release();
    expect(() => lock?.touch()).toThrow('was released');
  });

  it('is waited for, but not for longer than was said, nor for a caller who has gone', async () => {
    const { path } = createWorld();
    const lock = tryLock(path);
    const soon = () => performance.now() + 60;
    expect(await takeLock(path, { until: soon() })).toBeNull();
    expect(await takeLock(path, { until: Infinity, signal: AbortSignal.timeout(60) })).toBeNull();
    const waiting = takeLock(path, { until: Infinity });
    lock?.release();
    expect(await waiting).not.toBeNull();
  });

  it.each<[string, Partial<Holder>, number]>([
    ['has ended', { pid: endedPid() }, 0],
    ['had the id that another process has now', { pid: process.ppid }, 0],
    ['is on another machine, and silent for a minute', { boot: 'another' }, 61],
    ['is in another container, and silent for a minute', { namespace: '1' }, 61],
    ['left no start time, and is silent for a minute', { started: '' }, 61],
  ])('is taken at the first look from a holder that %s', (_, holder, secondsAgo) => {
    expect(tryLock(heldBy(holder, secondsAgo).path)).not.toBeNull();
  });

  it.each<[string, Partial<Holder>, number]>([
    ['runs, however long it is silent', {}, 3600],
    ['is in another container, and showed itself within a minute', { namespace: '1' }, 55],
    ['left no start time, and showed itself within a minute', { started: '' }, 55],
    ['is on another machine, and showed itself since this one was started', { boot: 'another' }, 0],
  ])('is not taken from a holder that %s', (_, holder, secondsAgo) => {
    const { path } = heldBy(holder, secondsAgo);
    const files = snapshot(path);
    expect([tryLock(path), freeLock(path)]).toEqual([null, null]);
    expect(snapshot(path)).toEqual(files);
  });

  it('is taken at the first look from a holder that ran before the machine was started, however shortly', () => {
    const { uptime } = os;
    onTestFinished(() => {
      os.uptime = uptime;
      syncBuiltinESMExports();
    });
    os.uptime = () => 20;
    syncBuiltinESMExports();
    expect(tryLock(heldBy({ boot: 'another' }, 15).path)).toBeNull();
    expect(tryLock(heldBy({ boot: 'another' }, 25).path)).not.toBeNull();
  });

  it('goes by signs of life alone where a time namespace shifts what is known of other processes', async () => {
    vi.resetModules();
    const { readFileSync } = fs;
    onTestFinished(() => {
      fs.readFileSync = readFileSync;
      syncBuiltinESMExports();
    });
    fs.readFileSync = ((path: string, ...rest: []) =>
      path === '/proc/self/timens_offsets'
        ? 'monotonic        7200         0\nboottime         7200         0\n'
        : readFileSync(path, ...rest)) as typeof readFileSync;
    syncBuiltinESMExports();
    const shifted = {
      ...(await import('../../src/state/lock.ts')),
      ...(await import('../../src/state/holder.ts')),
    };
    // Others, and this process to others, have another start time than is read here.
    expect(shifted.thisProcess()).toEqual({ ...thisProcess(), started: '' });
    expect(shifted.tryLock(heldBy({ started: '1' }, 55).path)).toBeNull();
    expect(shifted.tryLock(heldBy({ started: '1' }, 61).path)).not.toBeNull();
    expect(shifted.tryLock(heldBy({ pid: endedPid() }).path)).not.toBeNull();
    // Nor is it known here when the machine was started.
    const { uptime } = os;
    onTestFinished(() => {
      os.uptime = uptime;
      syncBuiltinESMExports();
    });
    os.uptime = () => 1;
    syncBuiltinESMExports();
    expect(shifted.tryLock(heldBy({ boot: 'another' }, 15).path)).toBeNull();
  });

  it('is taken from a process that has ended but was not waited for by its parent', async () => {
    const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60']);
    onTestFinished(() => void parent.kill('SIGKILL'));
    const pid = Number(String((await once(parent.stdout, 'data'))[0]));
    const stat = () =>
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ');
    // A shell would take notice of the end, but this program does not.
    while (readFileSync(`/proc/${parent.pid}/comm`, 'utf8') !== 'sleep\n') await setTimeout(5);
    process.kill(pid, 'SIGKILL');
    while (stat()[0] !== 'Z') await setTimeout(5);
    expect(tryLock(heldBy({ pid, started: stat()[19] as string }).path)).not.toBeNull();
  });

  it.each(['lock.1.what is this', 'lock.1.12.34', 'lock.free', 'lock.1234567890123456.free', 'Lock.1.free'])(
    'leaves a file alone that has no name of a lock: %s',
    (name) => {
      const world = createWorld();
      world.file(name, 'theirs');
      const lock = tryLock(world.path);
      expect(lock).not.toBeNull();
      lock?.release();
      expect(readdirSync(world.path).sort()).toEqual(['lock.1.free', name].sort());
    },
  );

  it.each<[string, (world: World) => void]>([
    ['a folder', (world) => void world.folder('lock.3.free')],
    ['a symlink', (world) => void world.link(world.file('theirs'), 'lock.3.free')],
    ['a symlink to nothing', (world) => void world.link('/nowhere', 'lock.3.free')],
  ])('leaves %s alone that has its name', (_, make) => {
    const world = createWorld();
    make(world);
    const files = snapshot(world.path);
    const lock = tryLock(world.path);
    expect(lock).not.toBeNull();
    expect(snapshot(world.path)).toEqual(expect.arrayContaining(files));
    lock?.release();
  });

  it.each([
    ['when it makes the first file', 0, 'openSync'],
    ['when it shows its life', 3, 'utimesSync'],
    ['when it takes the lock', 3, 'renameSync'],
  ])('is not had by who stood still with an old number in hand: %s', (_, before, moment) => {
    const { path } = createWorld();
    for (let time = 0; time < before; time++) tryLock(path)?.release();
    // Meanwhile others have the lock three times.
    unwatch = watchChanges({
      before(verb) {
        if (verb !== moment) return;
        unwatch();
        for (let time = 0; time < 2; time++) tryLock(path)?.release();
        expect(tryLock(path)).not.toBeNull();
      },
    });
    expect(tryLock(path)).toBeNull();
    expect(freeLock(path)).toBeNull();
    expect(readdirSync(path)).toContain(`lock.${before + 3}.${nameHolder(thisProcess())}`);
  });

  it('is not had while any of several files names a holder that lives', () => {
    const world = heldBy({});
    for (const number of [0, 5, 9]) lockFile(world, number, 'free');
    expect(tryLock(world.path)).toBeNull();
  });

  it('tells a holder that it was taken over, and stays with the other', () => {
    const world = createWorld();
    const lock = tryLock(world.path);
    expect(lock?.touch()).toBe(true);
    const [name] = readdirSync(world.path) as [string];
    const other = lockFile(world, 2, nameHolder({ ...thisProcess(), namespace: '1' }));
    rmSync(world.at(name));
    expect(lock?.touch()).toBe(false);
    lock?.release();
    expect(readdirSync(world.path)).toEqual([basename(other)]);
    expect(freeLock(world.path)).toBeNull();
  });

  it('shows others that its holder lives from the moment it is taken', () => {
    const world = createWorld();
    lockFile(world, 3, 'free', 3600);
    tryLock(world.path);
    const [name] = readdirSync(world.path) as [string];
    expect(Date.now() - statSync(world.at(name)).mtimeMs).toBeLessThan(60_000);
  });

  it('can be had again after it could not be given back', () => {
    const { path } = createWorld();
    const lock = tryLock(path);
    unwatch = watchChanges({
      before(verb) {
        if (verb === 'renameSync') throw systemError('EIO');
      },
    });
    lock?.release();
    unwatch();
    expect(tryLock(path)).not.toBeNull();
  });

  it('clears what processes that are gone have left, and nothing else', () => {
    const world = createWorld();
    const own = ['lock.1.free', 'lock.4.free', `draft-${randomUUID()}`];
    const kept = [
      'aside-x',
      'journal',
      'other',
      'draft-letter',
      'staged-play',
      'lock.txt',
      `draft-${randomUUID()}.md`,
    ];
    for (const name of [...own, ...kept]) world.file(name);
    world.link('/nowhere', `staged-${randomUUID()}`);
    kept.push(basename(world.link('/nowhere', 'staged-work')));
    tryLock(world.path)?.release();
    expect(readdirSync(world.path).sort()).toEqual([...kept, 'lock.5.free'].sort());
  });

  it('clears nothing of another user', () => {
    const world = createWorld();
    for (const name of ['lock.1.free', 'lock.4.free', `draft-${randomUUID()}`]) world.file(name);
    const others = readdirSync(world.path).filter((name) => name !== 'lock.4.free');
    vi.spyOn(process, 'geteuid').mockReturnValue(statSync(world.path).uid + 1);
    onTestFinished(() => void vi.restoreAllMocks());
    tryLock(world.path)?.release();
    expect(readdirSync(world.path).sort()).toEqual([...others, 'lock.5.free'].sort());
  });

  it('loses no update of eight processes, some of which are killed while they hold it', async () => {
    const world = createWorld();
    mkdirSync(world.at('linked'));
    const run = await buildDriver(world.path);
    const file = world.at('counter');
    const deaths = [0, 0, 0, 0, 8, 8, 8, 8];
    const ends = await Promise.all(deaths.map((death) => run('count', world.path, file, 25, death)));
    const survivors = ends.filter(({ signal }) => signal === null);
    expect(survivors.map(({ code, stderr }) => [code, stderr])).toEqual(survivors.map(() => [0, '']));
    expect(survivors.length).toBeGreaterThanOrEqual(4);
    expect(survivors.length).toBeLessThan(8);
    const count = Number(readFileSync(file, 'utf8'));
    const written = readFileSync(`${file}.log`, 'utf8').trim().split('\n').map(Number);
    expect(written).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    expect(count).toBeGreaterThanOrEqual(25 * survivors.length);
  });
});
