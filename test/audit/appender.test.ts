import {
  appendFileSync,
  chmodSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type AppenderOptions, createAppender } from '../../src/audit/appender.ts';
import { PLACE_BYTES, toText, type Unplaced } from '../../src/audit/chain.ts';
import { rotatedName } from '../../src/audit/files.ts';
import { systemError, type Watcher, watchChanges } from '../support/changes.ts';
import { nextDescriptor, patchFs } from '../support/patch-fs.ts';
import { createWorld, type World } from '../support/world.ts';
import { linkOf, omission, sealText, texts } from './chained.ts';
import { patchWrites } from './patch-writes.ts';

const line = (refusals = 1): Unplaced => toText(omission(refusals));
const HELD = { touch: () => true, release: () => {} };

function prepare(options: Partial<AppenderOptions> = {}, world: World = createWorld()) {
  world.folder('state');
  const logged: string[] = [];
  const appender = createAppender(world.at('state'), {
    log: (text) => void logged.push(text),
    clock: () => 1_800_000_000_000,
    maxBytes: 1e9,
    ...options,
  });
  onTestFinished(() => appender.close());
  const append = async (...lines: Unplaced[]) => {
    const result = await appender.append(lines, HELD);
    return result.ok ? 'ok' : result.refusal.code;
  };
  const put = (text: string, name = 'audit.jsonl') => chmodSync(world.file(`state/${name}`, text), 0o600);
  return { world, logged, appender, append, put, path: world.at('state/audit.jsonl') };
}

/** The kinds and numbers of all lines; each must be one of a chain. */
function shown(world: World): string[] {
  return readdirSync(world.at('state'))
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .flatMap((name) => readFileSync(world.at('state', name), 'utf8').split('\n').filter(Boolean))
    .map((text) => linkOf(text))
    .map(({ seq, value }) => `${value.kind} ${seq}`);
}

const watch = (watcher: Watcher) => onTestFinished(watchChanges(watcher));

describe('lines that are appended', () => {
  it('are a chain in one file for the user alone, whichever process continues it', async () => {
    const { world, append, appender, path } = prepare();
    expect([await append(line()), await append(line(), line())]).toEqual(['ok', 'ok']);
    const other = prepare({}, world);
    expect([await other.append(line()), await append(line())]).toEqual(['ok', 'ok']);
    expect(shown(world)).toEqual([1, 2, 3, 4, 5].map((seq) => `omission ${seq}`));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    appender.close();
    expect(await append(line())).toBe('ok');
    expect(shown(world)).toHaveLength(6);
  });

  it('are written at one stroke, after the folder is on the disk, and wait for the disk when they are told to', async () => {
    const { append, appender } = prepare();
    expect(await appender.sync()).toEqual({ ok: true, value: undefined });
    const seen: string[] = [];
    watch({ before: (verb) => void seen.push(verb) });
    await append(line(), line());
    expect(seen.filter((verb) => verb !== 'fchmodSync')).toEqual([
      'openSync',
      'openSync',
      'fsync',
      'writeSync',
    ]);
    seen.length = 0;
    await append(line());
    await appender.sync();
    expect(seen).toEqual(['writeSync', 'fsync']);
  });

  it('are none without the lock, and none of some when one cannot be written', async () => {
    const { append, appender, path, world } = prepare();
    await append(line());
    const before = readFileSync(path, 'utf8');
    const lost = { touch: () => false, release: () => {} };
    expect(await appender.append([line()], lost)).toMatchObject({
      refusal: { code: 'busy', retry_after_ms: 1000 },
    });
    const restore = patchWrites((write, bytes) => {
      write(bytes.subarray(0, bytes.length - 1));
      throw systemError('ENOSPC');
    });
    onTestFinished(restore);
    const free = nextDescriptor();
    await expect(append(line(), line())).rejects.toThrow('ENOSPC');
    restore();
    expect([readFileSync(path, 'utf8'), nextDescriptor() <= free]).toEqual([before, true]);
    expect(await append(line())).toBe('ok');
    expect(shown(world)).toEqual(['omission 1', 'omission 2']);
  });

  it('are written on where the system takes a part at a time, and an error where it takes nothing', async () => {
    const { append, world } = prepare();
    const restore = patchWrites((write, bytes) => write(bytes.subarray(0, 50)));
    onTestFinished(restore);
    expect(await append(line(), line())).toBe('ok');
    restore();
    expect(shown(world)).toEqual(['omission 1', 'omission 2']);
    const nothing = patchWrites(() => 0);
    onTestFinished(nothing);
    await expect(append(line())).rejects.toThrow(expect.objectContaining({ code: 'EIO' }));
    nothing();
  });
});

describe('a file that is gone on with', () => {
  const three = texts(3).join('');

  it.each<[string, string, string[]]>([
    ['ends with a line', three, ['omission 3', 'omission 4']],
    ['has lost its end', three.trimEnd(), ['omission 3', 'omission 4']],
    ['is empty', '', ['omission 1']],
    ['ends with a line that was torn', `${three}{"seq":4`, ['seal 4', 'omission 5']],
    ['is a first line that was torn', '{"seq":1', ['seal 1', 'omission 2']],
    ['ends with a seal', three + sealText('x', linkOf(texts(3)[2])), ['seal 4', 'omission 5']],
  ])('%s', async (_, text, last) => {
    const { world, append, put, logged } = prepare();
    put(text);
    expect(await append(line())).toBe('ok');
    expect(shown(world).slice(-last.length)).toEqual(last);
    expect(logged).toEqual([]);
    expect(await append(line())).toBe('ok');
    expect(shown(world).at(-1)).toBe(`omission ${Number(last.at(-1)?.split(' ')[1]) + 1}`);
  });

  it('ends with lines that were changed, and that is said', async () => {
    const { append, put, logged, path } = prepare();
    put(`${three}x\ny\n`);
    expect(await append(line())).toBe('ok');
    expect(logged).toEqual([expect.stringContaining('2')]);
    expect(linkOf(readFileSync(path, 'utf8').trimEnd().split('\n').at(-1)).seq).toBe(4);
  });

  it('is not one of nothing but lines that were changed', async () => {
    const { append, put, path } = prepare();
    put('x\n');
    const free = nextDescriptor();
    expect([await append(line()), nextDescriptor(), readFileSync(path, 'utf8')]).toEqual([
      'io_error',
      free,
      'x\n',
    ]);
  });

  it('comes behind a complete one, and says so', async () => {
    const { world, append, put } = prepare();
    put(three, rotatedName(3));
    expect(await append(line())).toBe('ok');
    expect(shown(world).slice(-2)).toEqual(['rotation 4', 'omission 5']);
    expect(await append(line())).toBe('ok');
    expect(shown(world).at(-1)).toBe('omission 6');
  });

  it.each([
    ['', 'io_error'],
    ['x\n', 'io_error'],
    ['x', 'io_error'],
  ])('does not come behind a complete one that is %j', async (text, code) => {
    const { append, put } = prepare();
    put(text, rotatedName(3));
    expect(await append(line())).toBe(code);
  });

  it.each<[string, (path: string) => void, number]>([
    ['was cut', (path) => writeFileSync(path, texts(1).join('')), 1],
    [
      'was replaced by another one',
      (path) => {
        rmSync(path);
        writeFileSync(path, texts(3, { seq: 0, hash: 'a'.repeat(64) }).join(''), { mode: 0o600 });
      },
      1,
    ],
    ['is gone', (path) => rmSync(path), 1],
    ['is as it was', () => {}, 0],
    ['went on', (path) => appendFileSync(path, texts(1, linkOf(texts(3)[2])).join('')), 0],
  ])('%s, and what this process wrote is missed', async (_, change, times) => {
    const { append, logged, path, world } = prepare();
    for (const refusals of [1, 2, 3]) await append(line(refusals));
    expect(shown(world)).toEqual(['omission 1', 'omission 2', 'omission 3']);
    change(path);
    expect(await append(line())).toBe('ok');
    expect(logged).toHaveLength(times);
    // It is missed once.
    expect(await append(line())).toBe('ok');
    expect(logged).toHaveLength(times);
  });

  it('is missed once, also when nothing could be written then', async () => {
    const { append, appender, logged, path } = prepare();
    await append(line());
    rmSync(path);
    const lost = { touch: () => false, release: () => {} };
    expect((await appender.append([line()], lost)).ok).toBe(false);
    expect([await append(line()), logged.length]).toEqual(['ok', 1]);
  });

  it('is not read again where no other process has written', async () => {
    const { append, world } = prepare();
    await append(line());
    patchFs('readSync', () => () => {
      throw new Error('read again');
    });
    expect([await append(line()), shown(world).length]).toEqual(['ok', 2]);
  });

  it('grew and was cut by others meanwhile', async () => {
    const { append, path, world } = prepare();
    await append(line());
    const before = statSync(path).size;
    appendFileSync(path, 'torn');
    expect(await append(line())).toBe('ok');
    expect(shown(world)).toEqual(['omission 1', 'seal 2', 'omission 3']);
    truncateSync(path, before);
    expect(await append(line())).toBe('ok');
    expect(shown(world)).toEqual(['omission 1', 'omission 2']);
  });
});

describe('a file that is full', () => {
  const size = Buffer.byteLength(line()) + PLACE_BYTES;

  it('is completed before it would grow beyond what was said, and not before it has a line', async () => {
    const { world, append } = prepare({ maxBytes: 1 });
    for (let count = 0; count < 3; count++) expect(await append(line())).toBe('ok');
    expect(readdirSync(world.at('state')).sort()).toEqual([rotatedName(1), rotatedName(3), 'audit.jsonl']);
    expect(shown(world)).toEqual(['omission 1', 'rotation 2', 'omission 3', 'rotation 4', 'omission 5']);
  });

  it.each([
    [0, false],
    [-1, true],
  ])('is so when a line may not fit by %i bytes: %j', async (room, isFull) => {
    const world = createWorld();
    const first = prepare({}, world);
    await first.append(line());
    const there = statSync(first.path).size;
    const { append } = prepare({ maxBytes: there + 2 * size + room }, world);
    expect(await append(line(), line())).toBe('ok');
    expect(readdirSync(world.at('state')).includes(rotatedName(1))).toBe(isFull);
  });

  it('is on the disk before it has its last name', async () => {
    const { append } = prepare({ maxBytes: 1 });
    await append(line());
    const seen: string[] = [];
    watch({ before: (verb) => void seen.push(verb) });
    await append(line());
    expect(seen.filter((verb) => /fsync|rename|write/.test(verb))).toEqual([
      'fsync',
      'renameSync',
      'fsync',
      'writeSync',
    ]);
  });

  it('goes on growing where its name is taken, which is said once', async () => {
    const { world, append, logged, put } = prepare({ maxBytes: 1 });
    await append(line());
    put(texts(1).join(''), rotatedName(1));
    for (let count = 0; count < 2; count++) expect(await append(line())).toBe('ok');
    expect(logged).toEqual([expect.stringContaining('EEXIST')]);
    expect(readdirSync(world.at('state')).sort()).toEqual([rotatedName(1), 'audit.jsonl']);
    expect(shown(world).slice(1)).toEqual(['omission 1', 'omission 2', 'omission 3']);
  });

  it('goes on growing where it cannot be renamed', async () => {
    const { append, logged, world } = prepare({ maxBytes: 1 });
    await append(line());
    watch({
      before(verb) {
        if (verb === 'renameSync') throw systemError('EROFS');
      },
    });
    expect([await append(line()), logged]).toEqual(['ok', [expect.stringContaining('EROFS')]]);
    expect(shown(world)).toEqual(['omission 1', 'omission 2']);
  });

  it('is not completed in the middle of a line', async () => {
    const { append, world, path } = prepare({ maxBytes: 1 });
    await append(line());
    appendFileSync(path, 'torn');
    expect(await append(line())).toBe('ok');
    expect(shown(world)).toEqual(['omission 1', 'seal 2', 'omission 3']);
    expect(readdirSync(world.at('state'))).toEqual(['audit.jsonl']);
  });

  it('is found under its new name by a process that had it open', async () => {
    const world = createWorld();
    const one = prepare({}, world);
    await one.append(line());
    renameSync(one.path, world.at('state', rotatedName(1)));
    expect(await one.append(line())).toBe('ok');
    expect(shown(world)).toEqual(['omission 1', 'rotation 2', 'omission 3']);
    expect(one.logged).toEqual([]);
  });
});
