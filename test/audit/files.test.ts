import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fstatSync,
  linkSync,
  lstatSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lockFolder, openOwn, readTrail, rotatedName, rotatedNames } from '../../src/audit/files.ts';
import { systemError } from '../support/changes.ts';
import { nextDescriptor, patchFs } from '../support/patch-fs.ts';
import { unprivileged } from '../support/users.ts';
import { createWorld } from '../support/world.ts';

const TRAIL = 'audit.jsonl';

/** A state directory with a trail of three files. */
function prepare() {
  const world = createWorld();
  for (const [name, text] of [
    [rotatedName(3), 'one'],
    [rotatedName(12), 'two'],
    [TRAIL, 'three'],
  ] as const) {
    chmodSync(world.file(`state/${name}`, text), 0o600);
  }
  const state = world.at('state');
  const logged: string[] = [];
  return { world, state, logged, log: (line: string) => void logged.push(line) };
}

describe('the names of complete files', () => {
  it('sort by the number of their last line, however large', () => {
    expect(rotatedName(7)).toBe(`audit-${'0'.repeat(15)}7.jsonl`);
    const names = [1, 9, 10, 123, Number.MAX_SAFE_INTEGER].map(rotatedName);
    expect([...names].sort()).toEqual(names);
  });

  it('are all that is listed, the oldest first', () => {
    const { world, state } = prepare();
    for (const name of ['audit-1.jsonl', `${rotatedName(4)}.gz`, 'other']) world.file(`state/${name}`);
    // In whatever order the file system lists them.
    for (const order of [1, -1]) {
      const unpatch = patchFs('readdirSync', (real) => (path: string) => {
        return real(path).sort((a, b) => (a < b ? -order : order));
      });
      expect(rotatedNames(state)).toEqual([rotatedName(3), rotatedName(12)]);
      unpatch();
    }
    expect(lockFolder('/state')).toBe('/state/audit-lock');
  });
});

describe('a file of the trail', () => {
  it.each([
    [0o600, []],
    [0o400, []],
    [0o640, ['640']],
    [0o604, ['604']],
    [0o601, ['601']],
    [0o666, ['666']],
  ])('of mode %o is closed to others for a server, which says so', (mode, said) => {
    const { state, logged, log, world } = prepare();
    chmodSync(world.at('state', TRAIL), mode);
    const opened = openOwn(state, TRAIL, constants.O_RDONLY, log);
    expect(opened.ok && opened.value !== null).toBe(true);
    if (opened.ok) closeSync(opened.value as number);
    expect(logged).toEqual(said.map((was) => expect.stringContaining(was)));
    expect(statSync(world.at('state', TRAIL)).mode & 0o777).toBe(said.length > 0 ? 0o600 : mode);
  });

  it('is taken as it is where an operator reads', () => {
    const { state, world } = prepare();
    chmodSync(world.at('state', TRAIL), 0o666);
    const opened = openOwn(state, TRAIL, constants.O_RDONLY);
    if (!opened.ok) throw new Error(opened.refusal.message);
    closeSync(opened.value as number);
    expect(statSync(world.at('state', TRAIL)).mode & 0o777).toBe(0o666);
  });

  it('is read on where it cannot be closed to others, and that is said', () => {
    const { state, logged, log, world } = prepare();
    chmodSync(world.at('state', TRAIL), 0o644);
    patchFs('fchmodSync', () => () => {
      throw systemError('EPERM');
    });
    const opened = openOwn(state, TRAIL, constants.O_RDONLY, log);
    expect(opened.ok && opened.value !== null).toBe(true);
    if (opened.ok) closeSync(opened.value as number);
    expect(logged).toEqual([expect.stringContaining('EPERM')]);
  });

  it.each([
    [0o600, true],
    [0o640, false],
    [0o604, false],
  ])('that is a hard link of mode %o is taken: %j', (mode, isTaken) => {
    const { state, log, world } = prepare();
    linkSync(world.at('state', TRAIL), world.at('backup'));
    chmodSync(world.at('backup'), mode);
    const free = nextDescriptor();
    const opened = openOwn(state, TRAIL, constants.O_RDONLY, log);
    expect(opened.ok).toBe(isTaken);
    if (opened.ok) closeSync(opened.value as number);
    else expect(opened.refusal).toMatchObject({ code: 'io_error', message: expect.stringContaining(TRAIL) });
    expect(nextDescriptor()).toBe(free);
    // What others share is not changed.
    expect(statSync(world.at('backup')).mode & 0o777).toBe(mode);
  });

  it('is null when it is not there, and can be made', () => {
    const { state, log } = prepare();
    expect(openOwn(state, 'none', constants.O_RDONLY, log)).toEqual({ ok: true, value: null });
    const made = openOwn(state, 'none', constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, log);
    if (!made.ok) throw new Error(made.refusal.message);
    expect(fstatSync(made.value as number).mode & 0o777).toBe(0o600);
    closeSync(made.value as number);
  });

  it.each(['link', 'broken', 'folder', 'fifo'])('is not a %s', (name) => {
    const { state, log, world } = prepare();
    world.link(TRAIL, 'state/link');
    world.link('none', 'state/broken');
    world.folder('state/folder');
    execFileSync('mkfifo', [world.at('state/fifo')]);
    const free = nextDescriptor();
    for (const given of [log, undefined]) {
      expect(openOwn(state, name, constants.O_RDONLY, given)).toMatchObject({
        refusal: { code: 'io_error' },
      });
    }
    expect(nextDescriptor()).toBe(free);
  });

  it('of another user is not taken by a server', () => {
    if (unprivileged.uid === undefined) return;
    const { state, log, world, logged } = prepare();
    const { uid = 0, gid = 0 } = unprivileged;
    chownSync(world.at('state', TRAIL), uid, gid);
    chmodSync(world.at('state', TRAIL), 0o644);
    const free = nextDescriptor();
    expect(openOwn(state, TRAIL, constants.O_RDONLY, log)).toMatchObject({ refusal: { code: 'io_error' } });
    expect([nextDescriptor(), logged]).toEqual([free, []]);
    expect(statSync(world.at('state', TRAIL)).mode & 0o777).toBe(0o644);
  });
});

/** The names and texts that are read, and what comes of it. */
function readAll(state: string, order: 'oldest first' | 'newest first', most = 99) {
  const read: string[] = [];
  const result = readTrail(state, order, ({ name, fd, size }) => {
    const bytes = Buffer.alloc(size);
    readSync(fd, bytes, 0, size, 0);
    read.push(`${name.replace(/0{5,}/, '0')} ${bytes}`);
    return read.length < most;
  });
  return { read, result };
}

describe('the files of a trail', () => {
  const ALL = ['audit-03.jsonl one', 'audit-012.jsonl two', 'audit.jsonl three'];

  it('are read in their order, or from the end, until the reader wants no more', () => {
    const { state } = prepare();
    const free = nextDescriptor();
    expect(readAll(state, 'oldest first')).toEqual({ read: ALL, result: { ok: true, value: true } });
    expect(readAll(state, 'newest first').read).toEqual([...ALL].reverse());
    expect(readAll(state, 'oldest first', 1)).toEqual({
      read: ALL.slice(0, 1),
      result: { ok: true, value: true },
    });
    expect(readAll(state, 'newest first', 2).read).toEqual(ALL.slice(1).reverse());
    expect(nextDescriptor()).toBe(free);
  });

  it('are read without the last one where that is gone, and are none where there are none', () => {
    const { state, world } = prepare();
    rmSync(world.at('state', TRAIL));
    expect(readAll(state, 'oldest first').read).toEqual(ALL.slice(0, 2));
    for (const name of rotatedNames(state)) rmSync(world.at('state', name));
    expect(readAll(state, 'oldest first')).toEqual({ read: [], result: { ok: true, value: false } });
    expect(readAll(world.at('none'), 'oldest first').result).toEqual({ ok: true, value: false });
  });

  it('are read once each when one is completed meanwhile', () => {
    const { state, world } = prepare();
    patchFs('readdirSync', (real) => (path: string) => {
      if (lstatSync(world.at('state', TRAIL), { throwIfNoEntry: false }) !== undefined) {
        renameSync(world.at('state', TRAIL), world.at('state', rotatedName(20)));
        chmodSync(world.file(`state/${TRAIL}`, 'four'), 0o600);
      }
      return real(path);
    });
    expect(readAll(state, 'oldest first').read).toEqual([...ALL.slice(0, 2), 'audit-020.jsonl three']);
  });

  it('cannot be read where one is no file, is gone at that moment, or the folder is closed', () => {
    const one = prepare();
    rmSync(one.world.at('state', rotatedName(12)));
    one.world.link(TRAIL, `state/${rotatedName(12)}`);
    const free = nextDescriptor();
    const { read, result } = readAll(one.state, 'oldest first');
    expect(result).toMatchObject({ refusal: { code: 'io_error' } });
    expect([read, nextDescriptor()]).toEqual([ALL.slice(0, 1), free]);

    const two = prepare();
    const gone = readTrail(two.state, 'oldest first', ({ name }) => {
      if (name === rotatedName(3)) rmSync(two.world.at('state', rotatedName(12)));
      return true;
    });
    expect(gone).toMatchObject({ refusal: { code: 'io_error' } });

    const three = prepare();
    rmSync(three.world.at('state', TRAIL));
    three.world.folder(`state/${TRAIL}`);
    expect(readAll(three.state, 'oldest first')).toMatchObject({ read: [], result: { ok: false } });

    const four = prepare();
    patchFs('readdirSync', () => () => {
      throw systemError('EACCES');
    });
    expect(readAll(four.state, 'oldest first').result).toMatchObject({ refusal: { code: 'io_error' } });
  });

  it('are closed when the reader throws', () => {
    const { state } = prepare();
    const free = nextDescriptor();
    const bug = new TypeError('x');
    expect(() =>
      readTrail(state, 'oldest first', () => {
        throw bug;
      }),
    ).toThrow(bug);
    expect(nextDescriptor()).toBe(free);
  });
});
