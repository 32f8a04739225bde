import { randomUUID } from 'node:crypto';
import { readdirSync, renameSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Holder, nameHolder, thisProcess } from '../../src/state/holder.ts';
import { readLines } from '../audit/entries.ts';
import { preload } from '../support/beneath.ts';
import { runCli, startServer, type TestServer } from '../support/server.ts';
import { createWorld, type World } from '../support/world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const STEPS = [HOUR, -HOUR, DAY, -DAY];

interface Boot {
  readonly id: string;
  /** What the monotonic clock of this machine said then, in nanoseconds. */
  readonly at: bigint;
}

/** A boot some milliseconds ago. */
function newBoot(uptime: number): Boot {
  return { id: randomUUID(), at: process.hrtime.bigint() - BigInt(uptime) * 1_000_000n };
}

/** The same, with so many milliseconds more that have passed since. */
function later({ id, at }: Boot, ms: number): Boot {
  return { id, at: at - BigInt(ms) * 1_000_000n };
}

/** What the clocks say before anything happens to them. */
const FIRST = { boot: newBoot(9 * HOUR) };

/**
 * Sets the clocks of all servers and commands of a world, also while they run.
 * @param clocks.wall How far the wall clock is ahead of that of this machine, in milliseconds.
 */
function setClocks(world: World, { wall = 0, boot }: { wall?: number; boot: Boot }): void {
  const clocks = { wall, boot: boot.id, bootedAt: String(boot.at) };
  renameSync(world.file('clocks.next', JSON.stringify(clocks)), world.at('clocks.json'));
}

/** Node's arguments for a program that goes by the clocks of a world; performance.now() stays real. */
function withClocks(world: World): string[] {
  setClocks(world, FIRST);
  const script = `
    const fs = require('node:fs');
    const { readFileSync } = fs;
    const { now } = Date;
    const { bigint } = process.hrtime;
    const clocks = () => JSON.parse(readFileSync(${JSON.stringify(world.at('clocks.json'))}, 'utf8'));
    const sinceBoot = () => bigint() - BigInt(clocks().bootedAt);
    Date.now = () => now() + clocks().wall;
    process.hrtime = () => {
      const ns = sinceBoot();
      return [Number(ns / 1_000_000_000n), Number(ns % 1_000_000_000n)];
    };
    process.hrtime.bigint = sinceBoot;
    require('node:os').uptime = () => Number(sinceBoot()) / 1e9;
    fs.readFileSync = (path, ...rest) =>
      path === '/proc/sys/kernel/random/boot_id' ? clocks().boot : readFileSync(path, ...rest);
    require('node:module').syncBuiltinESMExports();`;
  return preload(world, 'clocks', script);
}

/** A world with modules, and servers with this rule for oca_link. */
function prepare(rule: Record<string, unknown>) {
  const world = createWorld();
  for (const name of 'abcdef') world.module(`src/oca/web/${name}`);
  const policy = { version: '1', default: 'allow', tools: { oca_link: rule } };
  const config = world.config({}, { policy });
  const clocks = withClocks(world);
  const start = (...more: string[]) =>
    startServer(['--config', config], { command: [process.execPath, ...clocks, ...more] });
  const cli = (...args: string[]) =>
    runCli([...args, '--config', config], { env: { NODE_OPTIONS: clocks.join(' ') } });
  return { world, start, cli };
}

const limited = (max: number, window: number | string) => ({
  limits: [{ counter: 'linking', max, window, scope: 'global' }],
});

async function link(server: TestServer) {
  return (await server.call('oca_link', { module: 'a' })).data;
}

const isAdmitted = ({ status }: { status: string }) => ['linked', 'already_linked'].includes(status);

/** Calls until the call is refused; a slow machine may need some more for that. */
async function spend(server: TestServer): Promise<number> {
  for (let call = 0; call < 100; call++) {
    const answer = await link(server);
    if (isAdmitted(answer)) continue;
    expect(answer).toMatchObject({ code: 'rate_limited', retry_after_ms: expect.any(Number) });
    return answer.retry_after_ms;
  }
  throw new Error('never refused');
}

async function spendAndClose(server: TestServer): Promise<void> {
  await spend(server);
  await server.close();
}

async function wait(ms: number): Promise<void> {
  const until = performance.now() + ms;
  // A timer may be early by a fraction of a millisecond.
  while (performance.now() < until) await setTimeout(until - performance.now());
}

/** By the audit trail, how long the shortest stretch was, in milliseconds, in which one more than `max` was admitted. */
function shortest(world: World, max: number): number {
  const moments = readLines(world.at('state')).flatMap((line) =>
    line.kind === 'decision' ? line.reservations.map(({ at }) => at) : [],
  );
  expect(moments.length).toBeGreaterThan(max);
  const stretches = moments.slice(max).map((at, index) => at - (moments[index] as number));
  return Math.min(...stretches) / 1000;
}

describe('a step of the wall clock', () => {
  it('admits nobody, in a server that runs or the next', async () => {
    const { world, start, cli } = prepare(limited(2, 'hour'));
    const first = await start();
    await spend(first);
    for (const wall of STEPS) {
      setClocks(world, { ...FIRST, wall });
      const next = await start();
      for (const server of [first, next]) {
        const { code, retry_after_ms } = await link(server);
        expect(code).toBe('rate_limited');
        expect(retry_after_ms).toBeGreaterThan(HOUR - 5 * MINUTE);
        expect(retry_after_ms).toBeLessThanOrEqual(HOUR);
      }
      await next.close();
    }
    await first.close();
    expect(await cli('audit', 'verify')).toMatchObject({ code: 0 });
  });

  it('keeps nobody out who waits as told', async () => {
    const { world, start } = prepare(limited(2, 1));
    const servers = [await start(), await start()] as const;
    for (const [index, wall] of STEPS.entries()) {
      const [one, other] = index % 2 === 0 ? servers : [servers[1], servers[0]];
      await spend(one);
      setClocks(world, { ...FIRST, wall });
      const told = await spend(other);
      expect(told).toBeLessThanOrEqual(1000);
      await wait(told);
      expect(await link(one)).toMatchObject({ status: 'already_linked' });
    }
    expect(shortest(world, 2)).toBeGreaterThanOrEqual(1000);
  });

  it('takes no lock from its holder', async () => {
    const { world, start } = prepare(limited(2, 'hour'));
    await link(await start());
    // Ten seconds are over sooner.
    const hasten = 'const now = performance.now.bind(performance); performance.now = () => now() * 50;';
    const server = await start(...preload(world, 'hasten', hasten));
    for (const wall of STEPS) {
      setClocks(world, FIRST);
      for (const folder of lockFolders(world)) lock(folder, { ...thisProcess(), boot: FIRST.boot.id }, 0);
      setClocks(world, { ...FIRST, wall });
      const { data } = await server.call('oca_link', { module: 'b' });
      expect(data).toMatchObject({ code: 'busy' });
      // What is linked already needs no more than a line.
      expect(await link(server)).toMatchObject({ code: 'policy_denied', reason: 'audit unavailable' });
    }
    expect(readdirSync(world.at('linked'))).toEqual(['a']);
  });

  it('ends the time of an approval, and taken back gives it no more than it had', async () => {
    const { world, start, cli } = prepare({ action: 'require_approval' });
    const server = await start();
    const { id } = (await link(server)).details;
    await cli('approvals', 'approve', id, '--yes');
    for (const wall of STEPS) {
      setClocks(world, { ...FIRST, wall });
      const { code, details } = await link(server);
      expect(code).toBe('approval_required');
      expect(details.id).not.toBe(id);
    }
    expect(readdirSync(world.at('linked'))).toEqual([]);
    setClocks(world, { boot: later(FIRST.boot, 14 * MINUTE) });
    expect(await link(server)).toMatchObject({ status: 'linked' });
    await server.call('oca_unlink', { modules: ['a'] });
    const last = (await link(server)).details.id;
    await cli('approvals', 'approve', last, '--yes');
    // The wall clock stands still, and the monotonic one does not.
    setClocks(world, { boot: later(FIRST.boot, 30 * MINUTE) });
    expect((await link(server)).details.id).not.toBe(last);
  });
});

describe('a reboot', () => {
  it('counts what was admitted before it as if that had been at the boot', async () => {
    const { world, start } = prepare(limited(2, 'hour'));
    await spendAndClose(await start());
    const boot = newBoot(20 * MINUTE);
    setClocks(world, { wall: 30 * MINUTE, boot });
    const server = await start();
    const told = await spend(server);
    expect(told).toBeLessThanOrEqual(40 * MINUTE);
    expect(told).toBeGreaterThan(35 * MINUTE);
    setClocks(world, { wall: 65 * MINUTE, boot: later(boot, 35 * MINUTE) });
    expect((await link(server)).code).toBe('rate_limited');
    setClocks(world, { wall: 71 * MINUTE, boot: later(boot, 41 * MINUTE) });
    expect(await link(server)).toMatchObject({ status: 'already_linked', limit: { remaining: 1 } });
  });

  it.each([
    ['of a host that is up longer than the wall clock says', 10 * MINUTE, DAY, 50 * MINUTE],
    ['with a wall clock that is a day ahead', DAY, 20 * MINUTE, 40 * MINUTE],
    ['with a wall clock that is a day back', -DAY, 20 * MINUTE, HOUR],
  ])('%s has lasted as long as the clock says that says least', async (_, wall, uptime, left) => {
    const { world, start } = prepare(limited(2, 'hour'));
    await spendAndClose(await start());
    setClocks(world, { wall, boot: newBoot(uptime) });
    const told = await spend(await start());
    expect(told).toBeLessThanOrEqual(left);
    expect(told).toBeGreaterThan(left - 5 * MINUTE);
  });

  it('adds up, however often it happens', async () => {
    const { world, start } = prepare(limited(2, 'hour'));
    await spendAndClose(await start());
    setClocks(world, { wall: 31 * MINUTE, boot: newBoot(31 * MINUTE) });
    await spendAndClose(await start());
    setClocks(world, { wall: 62 * MINUTE, boot: newBoot(30 * MINUTE) });
    expect(await link(await start())).toMatchObject({ status: 'already_linked' });
  });

  it('keeps nobody out who waits as told, whatever the wall clock says', async () => {
    const { world, start } = prepare(limited(2, 1));
    await spendAndClose(await start());
    for (const wall of [-DAY, 0]) {
      setClocks(world, { wall, boot: newBoot(5000) });
      const server = await start();
      await wait(await spend(server));
      expect(await link(server)).toMatchObject({ status: 'already_linked' });
      await spendAndClose(server);
    }
  });

  it('leaves no lock behind, whatever the wall clock says', async () => {
    const { world, start } = prepare(limited(9, 'hour'));
    const before = await start();
    await link(before);
    await before.close();
    for (const [index, wall] of [0, ...STEPS].entries()) {
      // A process of before the boot, whose id may mean another one now: this one.
      setClocks(world, FIRST);
      for (const folder of lockFolders(world)) lock(folder, { ...thisProcess(), boot: FIRST.boot.id }, 10);
      setClocks(world, { wall, boot: newBoot(5000) });
      const server = await start();
      const module = 'bcdef'[index] as string;
      expect((await server.call('oca_link', { module })).data).toMatchObject({ status: 'linked' });
      await server.close();
    }
  });

  it('leaves an approval what it was, as long as the wall clock says that it has time', async () => {
    const { world, start, cli } = prepare({ action: 'require_approval' });
    const { id } = (await link(await start())).details;
    setClocks(world, { wall: 5 * MINUTE, boot: newBoot(MINUTE) });
    expect((await link(await start())).details.id).toBe(id);
    expect(await cli('approvals', 'approve', id, '--yes')).toMatchObject({ code: 0 });
    setClocks(world, { wall: 10 * MINUTE, boot: newBoot(MINUTE) });
    const server = await start();
    expect(await link(server)).toMatchObject({ status: 'linked' });
    await server.call('oca_unlink', { modules: ['a'] });
    // Used up is used up.
    setClocks(world, { wall: 10 * MINUTE, boot: newBoot(MINUTE) });
    const again = await link(await start());
    expect(again.code).toBe('approval_required');
    expect(again.details.id).not.toBe(id);
  });

  it('ends an approval whose time is over, or that the wall clock was set back before', async () => {
    const { world, start, cli } = prepare({ action: 'require_approval' });
    const { id } = (await link(await start())).details;
    await cli('approvals', 'approve', id, '--yes');
    for (const wall of [16 * MINUTE, -DAY]) {
      setClocks(world, { wall, boot: newBoot(MINUTE) });
      const answer = await link(await start());
      expect(answer.code).toBe('approval_required');
      expect(answer.details.id).not.toBe(id);
    }
    expect(readdirSync(world.at('linked'))).toEqual([]);
  });
});

/** Where the locks of a state directory are. */
function lockFolders(world: World): string[] {
  const dirs = readdirSync(world.at('state/addons-dirs')).map((name) => join('addons-dirs', name));
  return ['audit-lock', ...dirs].map((folder) => world.at('state', folder));
}

/** Has somebody hold the lock of a folder, and show it for the last time some seconds ago. */
function lock(folder: string, holder: Holder, silentSeconds: number): void {
  const [name] = readdirSync(folder).filter((file) => file.startsWith('lock.'));
  const number = Number(/\d+/.exec(name as string)?.[0]);
  const held = join(folder, `lock.${number + 1}.${nameHolder(holder)}`);
  renameSync(join(folder, name as string), held);
  const sign = Date.now() / 1000 - silentSeconds;
  utimesSync(held, sign, sign);
}
