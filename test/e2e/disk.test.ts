import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Approvals } from '../../src/approvals/approvals.ts';
import { verifyTrail } from '../../src/audit/verify.ts';
import { readLines } from '../audit/entries.ts';
import { canMount, mounted, preload } from '../support/beneath.ts';
import { eventually } from '../support/patience.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { AS_UNPRIVILEGED, unprivileged } from '../support/users.ts';
import { createWorld, type World } from '../support/world.ts';

const MAX = 1000;
const LIMITED = { limits: [{ counter: 'linking', max: MAX, window: 'day', scope: 'global' }] };

const APPROVED = { action: 'require_approval' };

/** A world with modules, and a configuration with this rule for oca_link. */
function prepare(rule: Record<string, unknown> = LIMITED) {
  const world = createWorld();
  for (const name of 'abcd') world.module(`src/oca/web/${name}`);
  world.folder('state');
  const policy = { version: '1', default: 'allow', tools: { oca_link: rule } };
  return { world, config: world.config({}, { policy }) };
}

const start = (config: string, command: string[] = [process.execPath]) =>
  startServer(['--config', config], { command });

const link = async (server: TestServer, module: string | string[]) =>
  (await server.call('oca_link', { module })).data;

const links = (world: World) => readdirSync(world.at('linked')).sort();

/** That of a trail which is whole and in which every call that was let through has its end. */
const SOUND = { ok: true, value: { isSound: true, openCount: 0, torn: [] } };

const noLimiter = { code: 'policy_denied', reason: 'limiter unavailable' };
const noApprovals = { code: 'policy_denied', reason: 'approvals unavailable' };
const noTrail = { code: 'policy_denied', reason: 'audit unavailable' };

/** Every tool that only reads, and only those, answers as ever. */
async function expectReading(server: TestServer): Promise<void> {
  const calls: [string, Record<string, unknown>][] = [
    ['addon_search', {}],
    ['addon_info', { module: 'a' }],
    ['addon_conflicts', {}],
    ['link_status', {}],
  ];
  for (const [tool, args] of calls) expect((await server.call(tool, args)).isError).toBe(false);
}

/** A state directory on a disk of its own, which can be full. */
interface SmallDisk {
  readonly command: string[];
  /** The state directory as the server has it. */
  state(server: TestServer): string;
  fill(server: TestServer): void;
  free(server: TestServer): void;
  /** Why calls are refused, one after the other, when what is there fills up. */
  readonly reasons: readonly string[];
}

/** A real file system of some pages and some inodes, which no other process has mounted. */
function tmpfs(world: World): SmallDisk {
  const state = (server: TestServer) => join(`/proc/${server.pid()}/root`, world.at('state'));
  const filler = (server: TestServer) => join(state(server), 'filler');
  return {
    command: mounted('mount -t tmpfs -o size=1m,nr_inodes=200,mode=700 none "$0"', world.at('state')),
    state,
    fill(server) {
      const byte = () => appendFileSync(filler(server), Buffer.alloc(1024));
      const inode = (number: number) => writeFileSync(`${filler(server)}${number}`, '');
      for (const take of [byte, inode]) {
        expect(() => {
          for (let count = 0; count < 5000; count++) take(count);
        }).toThrow('ENOSPC');
      }
    },
    free(server) {
      for (const name of readdirSync(state(server)))
        if (name.startsWith('filler')) rmSync(join(state(server), name));
    },
    // A record of the limiter still fits into its page when a line does not.
    reasons: ['audit unavailable', 'limiter unavailable'],
  };
}

/** A disk that says so, where no file system can be mounted. */
function sayingSo(world: World): SmallDisk {
  const mark = world.at('full');
  const script = `
    const fs = require('node:fs');
    const { existsSync, constants } = fs;
    const makes = ([, flags]) => flags === 'wx' || (typeof flags === 'number' && (flags & constants.O_CREAT) !== 0);
    const always = () => true;
    const needing = {
      openSync: makes, mkdirSync: ([path]) => !existsSync(path), linkSync: always, writeSync: always, writeFileSync: always,
    };
    for (const [verb, needsRoom] of Object.entries(needing)) {
      const real = fs[verb];
      fs[verb] = (...args) => {
        if (needsRoom(args) && existsSync(${JSON.stringify(mark)}))
          throw Object.assign(new Error('ENOSPC: injected'), { code: 'ENOSPC' });
        return real(...args);
      };
    }
    require('node:module').syncBuiltinESMExports();`;
  return {
    command: [process.execPath, ...preload(world, 'full-disk', script)],
    state: () => world.at('state'),
    fill: () => writeFileSync(mark, ''),
    free: () => rmSync(mark),
    reasons: ['limiter unavailable'],
  };
}

const DISKS = { ...(canMount() && { 'in earnest': tmpfs }), 'by what it says': sayingSo };

describe.each(Object.entries(DISKS))('a disk that is full, %s', (_, open) => {
  it.each([
    ['with limits', LIMITED, noLimiter],
    ['without limits', {}, { code: 'io_error', details: { errno: 'ENOSPC' } }],
  ])('from the beginning refuses calls until there is room, %s', async (_, rule, refusal) => {
    const { world, config } = prepare(rule);
    const disk = open(world);
    const server = await start(config, disk.command);
    disk.fill(server);
    for (const module of ['a', 'b']) expect(await link(server, module)).toMatchObject(refusal);
    await expectReading(server);
    expect(links(world)).toEqual([]);
    const left = readdirSync(disk.state(server), { recursive: true, encoding: 'utf8' });
    expect(left.filter((name) => !/^(filler|limits$|addons-dirs|audit-lock)/.test(name))).toEqual([]);
    disk.free(server);
    expect(await link(server, 'a')).toMatchObject({ status: 'linked' });
    expect(links(world)).toEqual(['a']);
    expect(verifyTrail(disk.state(server))).toMatchObject(SOUND);
  });

  it('in between lets through what has its line, loses no count, and goes on when there is room', async () => {
    const { world, config } = prepare();
    const disk = open(world);
    const server = await start(config, disk.command);
    expect(await link(server, 'a')).toMatchObject({ status: 'linked', limit: { remaining: MAX - 1 } });
    disk.fill(server);
    let admitted = 1;
    const reasons = new Set<string>();
    // What there is still room for depends on what has been written.
    for (let call = 0; call < MAX && !reasons.has('limiter unavailable'); call++) {
      const { status, reason } = await link(server, 'a');
      if (status === 'already_linked') admitted++;
      else reasons.add(reason);
    }
    expect([...reasons]).toEqual(disk.reasons);
    expect((await link(server, 'b')).status).toBe('refused');
    await expectReading(server);
    expect(links(world)).toEqual(['a']);
    const state = disk.state(server);
    expect(readFileSync(join(state, 'audit.jsonl'), 'utf8').endsWith('\n')).toBe(true);

    disk.free(server);
    const { status, limit } = await link(server, 'b');
    expect(status).toBe('linked');
    // One reservation may not have been given back: there was room for it, but not for that.
    expect([admitted + 1, admitted + 2]).toContain(MAX - limit.remaining);
    expect(verifyTrail(state)).toMatchObject(SOUND);
    const done = readLines(state).filter((line) => line.kind === 'outcome' && line.outcome === 'done');
    expect(done).toHaveLength(admitted + 1);
    await server.close();
  });

  it('neither uses an approval up nor loses it', async () => {
    const { world, config } = prepare(APPROVED);
    const disk = open(world);
    const server = await start(config, disk.command);
    for (const module of ['a', 'b']) {
      const { id } = (await link(server, module)).details;
      const decision = { approved: true, by: 'the operator', channel: 'operator' } as const;
      expect(new Approvals(disk.state(server)).decide(id, decision)?.state).toBe('approved');
    }
    expect(await link(server, 'a')).toMatchObject({ status: 'linked' });
    disk.fill(server);
    // It cannot be written down that the one is used up, nor that the other one is asked for.
    for (const module of ['b', 'c']) expect(await link(server, module)).toMatchObject(noApprovals);
    await expectReading(server);
    expect(links(world)).toEqual(['a']);
    disk.free(server);
    expect(await link(server, 'b')).toMatchObject({ status: 'linked' });
    await server.call('oca_unlink', { modules: ['b'] });
    expect((await link(server, 'b')).code).toBe('approval_required');
  });

  it('at a batch that needs a journal refuses it, and gives back what was taken', async () => {
    const { world, config } = prepare();
    const disk = open(world);
    const server = await start(config, disk.command);
    await link(server, 'a');
    disk.fill(server);
    const { code } = await link(server, ['b', 'c']);
    expect(['io_error', 'policy_denied']).toContain(code);
    expect(links(world)).toEqual(['a']);
    disk.free(server);
    expect(await link(server, 'b')).toMatchObject({ status: 'linked', limit: { remaining: MAX - 2 } });
    expect(verifyTrail(disk.state(server))).toMatchObject(SOUND);
  });
});

/** Has lines of the trail with a word in them not fit: a part of each is written, and then the disk is full. */
function partly(world: World): string[] {
  const script = `
    const fs = require('node:fs');
    const { writeSync, ftruncateSync, readFileSync } = fs;
    const full = () => Object.assign(new Error('ENOSPC: injected'), { code: 'ENOSPC' });
    const told = () => {
      try { return JSON.parse(readFileSync(${JSON.stringify(world.at('partly.json'))}, 'utf8')); } catch { return {}; }
    };
    fs.writeSync = (fd, bytes, offset = 0, ...rest) => {
      const { word } = told();
      if (word === undefined || !Buffer.isBuffer(bytes) || !bytes.includes('"prev":') || !bytes.includes(word))
        return writeSync(fd, bytes, offset, ...rest);
      if (offset > 0) throw full();
      return writeSync(fd, bytes, 0, Math.ceil(bytes.length / 2));
    };
    fs.ftruncateSync = (...args) => {
      if (told().stays) throw full();
      ftruncateSync(...args);
    };
    require('node:module').syncBuiltinESMExports();`;
  return [process.execPath, ...preload(world, 'partly', script)];
}

describe('a line of the trail that fits only in part', () => {
  it.each([true, false])(
    'that of the decision: nothing is changed or spent (part stays: %s)',
    async (stays) => {
      const { world, config } = prepare();
      const server = await start(config, partly(world));
      await link(server, 'a');
      const { size } = statSync(world.at('state/audit.jsonl'));
      world.file('partly.json', JSON.stringify({ word: '"kind":"decision"', stays }));
      for (const module of ['b', 'a']) expect(await link(server, module)).toMatchObject(noTrail);
      await expectReading(server);
      expect(links(world)).toEqual(['a']);
      expect(statSync(world.at('state/audit.jsonl')).size > size).toBe(stays);
      const said = 'The audit trail cannot be written. The state directory cannot be used: the disk is full.';
      await eventually(() => expect(server.stderr()).toContain(`audit unavailable: ${said}`));
      rmSync(world.at('partly.json'));
      expect(await link(server, 'b')).toMatchObject({ status: 'linked', limit: { remaining: MAX - 2 } });
      const verified = verifyTrail(world.at('state'));
      expect(verified).toMatchObject({ ok: true, value: { isSound: true, openCount: 0 } });
      expect(verified.ok && verified.value.torn.length > 0).toBe(stays);
    },
  );

  it('that of the outcome: the answer is what it is, and the line comes with the next one', async () => {
    const { world, config } = prepare();
    const server = await start(config, partly(world));
    world.file('partly.json', JSON.stringify({ word: '"kind":"outcome"' }));
    expect(await link(server, 'a')).toMatchObject({ status: 'linked', limit: { remaining: MAX - 1 } });
    expect(readLines(world.at('state')).map(({ kind }) => kind)).toEqual(['decision']);
    const logged = /an outcome could not be written yet \(.*the disk is full\.\): (\{.*\})/;
    await eventually(() => expect(server.stderr()).toMatch(logged));
    const outcome = JSON.parse(logged.exec(server.stderr())?.[1] as string);
    // It cannot be written with the next ones either, but they are: those of a call that could change something.
    expect(await link(server, 'b')).toMatchObject(noTrail);
    expect(links(world)).toEqual(['a']);
    rmSync(world.at('partly.json'));
    expect(await link(server, 'b')).toMatchObject({ status: 'linked', limit: { remaining: MAX - 2 } });
    expect(readLines(world.at('state'))).toMatchObject([{ kind: 'decision' }, outcome, {}, {}]);
    expect(verifyTrail(world.at('state'))).toMatchObject(SOUND);
  });

  it('that of the outcome, to the end: the server ends, and the log has what the trail has not', async () => {
    const { world, config } = prepare();
    const server = await start(config, partly(world));
    world.file('partly.json', JSON.stringify({ word: '"kind":"outcome"' }));
    expect(await link(server, 'a')).toMatchObject({ status: 'linked' });
    await server.close();
    await eventually(() => expect(server.stderr()).toContain('"outcome":"done"'));
    rmSync(world.at('partly.json'));
    expect(verifyTrail(world.at('state'))).toMatchObject({
      ok: true,
      value: { isSound: true, openCount: 1 },
    });
    expect(await link(await start(config), 'b')).toMatchObject({ limit: { remaining: MAX - 2 } });
  });
});

/** A state directory that a server finds read-only. */
interface ReadOnly {
  /** Of the server that makes the state directory what it is. */
  readonly first: string[];
  /** Makes it read-only, and gives the command of a server that finds it so. */
  close(): string[];
  /** Makes it writable again, also for a server that runs; null where that cannot be. */
  readonly open: (() => void) | null;
}

/** A copy on a file system that nothing can be written to. */
function mountedReadOnly(world: World): ReadOnly {
  const copy =
    'mount -t tmpfs -o mode=700 none "$0" && umask 077 && cp -R "$0/../before/." "$0" && mount -o remount,bind,ro "$0"';
  return {
    first: [process.execPath],
    close() {
      cpSync(world.at('state'), world.at('before'), { recursive: true, preserveTimestamps: true });
      return mounted(copy, world.at('state'));
    },
    open: null,
  };
}

/** Folders and files that their owner may not write to. */
function withoutPermission(world: World): ReadOnly {
  chmodSync(world.path, 0o755);
  const { uid, gid } = unprivileged;
  if (uid !== undefined) for (const name of ['linked', 'state']) chownSync(world.at(name), uid, gid);
  const command = [process.execPath, ...AS_UNPRIVILEGED];
  const entries = () => ['', ...readdirSync(world.at('state'), { recursive: true, encoding: 'utf8' })];
  const change = (by: (mode: number) => number) => {
    for (const path of entries().map((name) => world.at('state', name)))
      chmodSync(path, by(statSync(path).mode));
  };
  return {
    first: command,
    close() {
      change((mode) => mode & ~0o222);
      return command;
    },
    open: () => change((mode) => mode | 0o200),
  };
}

const READ_ONLY = {
  ...(canMount() && { 'by its file system': mountedReadOnly }),
  'by its permissions': withoutPermission,
};

describe.each(Object.entries(READ_ONLY))('a state directory that is read-only %s', (_, make) => {
  it.each([
    ['counts', LIMITED, noLimiter, 'limiter unavailable: '],
    ['a line in the trail', {}, { code: 'io_error' }, ''],
    ['an approval', APPROVED, noApprovals, 'approvals unavailable: '],
  ])('refuses what needs %s, and answers what does not', async (_, rule, refusal, logged) => {
    const { world, config } = prepare(rule);
    const state = make(world);
    const before = await start(config, state.first);
    await link(before, 'a');
    await before.close();
    const linked = links(world);
    const server = await start(config, state.close());
    expect(await link(server, 'b')).toMatchObject(refusal);
    expect(links(world)).toEqual(linked);
    await expectReading(server);
    await eventually(() => expect(server.stderr()).toContain(logged));
    if (state.open === null) return;
    state.open();
    const { status, code } = await link(server, 'b');
    expect(status === 'linked' || code === 'approval_required').toBe(true);
  });

  it('from the beginning refuses what needs it', async () => {
    const { world, config } = prepare();
    const server = await start(config, make(world).close());
    expect(await link(server, 'a')).toMatchObject(noLimiter);
    await expectReading(server);
    expect(links(world)).toEqual([]);
    expect(readdirSync(world.at('state'))).toEqual([]);
  });
});
