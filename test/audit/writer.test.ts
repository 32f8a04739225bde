import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MAX_LINE_BYTES, toText, type Unplaced } from '../../src/audit/chain.ts';
import { type Care, createWriter, stateOrRefusal } from '../../src/audit/writer.ts';
import { ok } from '../../src/base/refusal.ts';
import { tryLock } from '../../src/state/lock.ts';
import { systemError, type Watcher, watchChanges } from '../support/changes.ts';
import { createWorld } from '../support/world.ts';
import { linkOf, omission, rotation } from './chained.ts';

const line = (refusals: number): Unplaced => toText(omission(refusals));

function prepare({ waitMs = 10_000 } = {}) {
  const world = createWorld();
  world.folder('state');
  const writer = createWriter(world.at('state'), { log: () => {}, clock: Date.now, maxBytes: 1e9, waitMs });
  const write = async (refusals: number, care: Care) => {
    const written = await writer.write(line(refusals), care);
    return written.ok ? 'ok' : written.refusal.code;
  };
  /** What is written, by the numbers of refusals. */
  const written = () =>
    readFileSync(world.at('state/audit.jsonl'), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((text) => linkOf(text).value.refusals);
  return { world, writer, write, written };
}

function watch(watcher: Watcher): () => void {
  const unwatch = watchChanges(watcher);
  onTestFinished(unwatch);
  return unwatch;
}

/** Lines cannot be written until that is taken back. */
const failWrites = () =>
  watch({
    before(verb) {
      if (verb === 'writeSync') throw systemError('ENOSPC');
    },
  });

describe('lines that wait at the same time', () => {
  it('share one write and one wait for the disk, in their order', async () => {
    const { write, written } = prepare();
    await write(1, 'on disk');
    const seen: string[] = [];
    const unwatch = watch({ before: (verb) => void (/write|fsync/.test(verb) && seen.push(verb)) });
    // The first one begins at once; the others wait until it is done.
    const all = [2, 3, 4].map((refusals) => write(refusals, 'on disk'));
    expect(await Promise.all(all)).toEqual(['ok', 'ok', 'ok']);
    unwatch();
    expect(seen).toEqual(['writeSync', 'fsync', 'writeSync', 'fsync']);
    expect(written()).toEqual([1, 2, 3, 4]);
  });

  it.each<[Care, number]>([
    ['on disk', 1],
    ['written', 0],
    ['sooner or later', 0],
  ])('wait for the disk when they are to be %s: %i', async (care, times) => {
    const { write } = prepare();
    await write(1, 'on disk');
    const seen: string[] = [];
    const unwatch = watch({ before: (verb) => void (verb === 'fsync' && seen.push(verb)) });
    expect(await write(2, care)).toBe('ok');
    unwatch();
    expect(seen).toHaveLength(times);
  });

  it('are told apart where the disk fails: what is written is written', async () => {
    const { write, written } = prepare();
    await write(1, 'on disk');
    const unwatch = watch({
      before(verb) {
        if (verb === 'fsync') throw systemError('EIO');
      },
    });
    const all = await Promise.all([write(2, 'written'), write(3, 'written'), write(4, 'on disk')]);
    unwatch();
    expect(all).toEqual(['ok', 'ok', 'io_error']);
    expect(written()).toEqual([1, 2, 3, 4]);
  });
});

describe('a line that cannot be written', () => {
  it('is owed if it is to be written sooner or later, and otherwise not', async () => {
    const { write, written } = prepare();
    await write(1, 'written');
    const unwatch = failWrites();
    expect([await write(2, 'sooner or later'), await write(3, 'written'), await write(4, 'on disk')]).toEqual(
      Array(3).fill('io_error'),
    );
    expect(await write(5, 'sooner or later')).toBe('io_error');
    unwatch();
    expect(await write(6, 'written')).toBe('ok');
    expect(written()).toEqual([1, 2, 5, 6]);
    expect(await write(7, 'written')).toBe('ok');
    expect(written()).toEqual([1, 2, 5, 6, 7]);
  });

  it('is written at the end if nothing comes before, once', async () => {
    const { write, written, writer } = prepare();
    await write(1, 'written');
    const unwatch = failWrites();
    await write(2, 'sooner or later');
    unwatch();
    const seen: string[] = [];
    const off = watch({ before: (verb) => void (/^write|^fsync/.test(verb) && seen.push(verb)) });
    await writer.close();
    off();
    // First the folder, because the file was opened again.
    expect(seen).toEqual(['fsync', 'writeSync', 'fsync']);
    expect(written()).toEqual([1, 2]);
    await writer.close();
    expect(written()).toEqual([1, 2]);
  });

  it('is one that is too long, which others do not wait for', async () => {
    const { writer, world } = prepare();
    const empty = Buffer.byteLength(toText(rotation('')));
    const most = MAX_LINE_BYTES - 1024;
    const text = (bytes: number) => toText(rotation('x'.repeat(bytes - empty)));
    expect(await writer.write(text(most + 1), 'written')).toMatchObject({ refusal: { code: 'io_error' } });
    expect(readdirSync(world.at('state'))).toEqual([]);
    expect((await writer.write(text(most), 'written')).ok).toBe(true);
    // It is the bytes that count.
    const wide = toText(rotation('ü'.repeat(most / 2)));
    expect((await writer.write(wide, 'written')).ok).toBe(false);
  });

  it('because others hold the lock may be tried again', async () => {
    const { world, write, writer } = prepare({ waitMs: 0 });
    await write(1, 'written');
    const lock = tryLock(world.at('state/audit-lock'));
    expect(await writer.write(line(2), 'written')).toMatchObject({
      refusal: { code: 'busy', retry_after_ms: 1000 },
    });
    lock?.release();
    expect(await write(3, 'written')).toBe('ok');
  });

  it('is told to all that wait where it is a bug, and the next one goes on', async () => {
    const { write, written } = prepare();
    await write(1, 'written');
    const unwatch = watch({
      before(verb) {
        if (verb === 'writeSync') throw new TypeError('a bug');
      },
    });
    await expect(Promise.all([write(2, 'written'), write(3, 'written')])).rejects.toThrow('a bug');
    await expect(write(4, 'written')).rejects.toThrow('a bug');
    unwatch();
    expect(await write(5, 'written')).toBe('ok');
    expect(written()).toEqual([1, 5]);
  });
});

describe('the lock of the trail', () => {
  it('is held during work, and given back whatever happens', async () => {
    const { world, writer } = prepare();
    const folder = world.at('state/audit-lock');
    const held = await writer.locked(async (lock) => ok([lock.touch(), tryLock(folder)]));
    expect(held).toEqual(ok([true, null]));
    await expect(
      writer.locked(async () => {
        throw new TypeError('a bug');
      }),
    ).rejects.toThrow('a bug');
    const lock = tryLock(folder);
    expect(lock).not.toBe(null);
    lock?.release();
  });

  it('is not taken in a state directory that others may write to', async () => {
    const { world, writer, write } = prepare();
    await write(1, 'written');
    chmodSync(world.at('state'), 0o777);
    let isDone = false;
    const result = await writer.locked(async () => {
      isDone = true;
      return ok(undefined);
    });
    expect([result, isDone]).toMatchObject([{ refusal: { code: 'io_error' } }, false]);
  });

  it('makes a refusal of an error of the system, and passes on a bug', async () => {
    const failing = (error: unknown) =>
      stateOrRefusal(async () => {
        throw error;
      });
    expect(await failing(systemError('EROFS'))).toMatchObject({
      refusal: { code: 'io_error', details: { errno: 'EROFS' } },
    });
    await expect(failing(new TypeError('a bug'))).rejects.toThrow('a bug');
  });
});
