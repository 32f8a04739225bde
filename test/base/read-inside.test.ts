import { execFileSync } from 'node:child_process';
import type { readSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Interruption } from '../../src/base/interruption.ts';
import { readInside, readTextInside } from '../../src/base/read-inside.ts';
import { systemError } from '../support/changes.ts';
import { nextDescriptor, patchFs } from '../support/patch-fs.ts';
import { createWorld } from '../support/world.ts';

/** Every kind of thing a name may stand for. */
function prepare() {
  const world = createWorld();
  world.file('outside/file', 'text');
  world.file('folder/deep/file', 'text');
  world.file('folder/file', 'text');
  world.file('folder/empty');
  world.link('file', 'folder/link');
  world.link('nowhere', 'folder/broken');
  world.link('../outside', 'folder/behind');
  world.link('loop', 'folder/loop');
  execFileSync('mkfifo', [world.at('folder/fifo')]);
  return world;
}

const text = (bytes: string) => ({ bytes: Buffer.from(bytes) });

describe('a file of a git folder', () => {
  it.each([
    ['file', 4, text('text')],
    ['file', 5, text('text')],
    ['deep/file', 4, text('text')],
    ['empty', 0, text('')],
    ['file', 3, null],
    ['none', 4, 'absent'],
    ['none/file', 4, 'absent'],
    ['file/file', 4, null],
    ['deep', 4096, null],
    ['link', 4, null],
    ['broken', 4, null],
    ['loop', 4, null],
    ['loop/file', 4, null],
    ['behind/file', 4, null],
    ['fifo', 4, null],
    ['../outside/file', 4, null],
    ['./file', 4, null],
    ['deep/../file', 4, null],
  ])('%j of at most %i bytes is %j', (name, most, expected) => {
    const world = prepare();
    const free = nextDescriptor();
    const read = readInside(world.at('folder'), name, most);
    if (typeof expected === 'object' && expected !== null) expect(read).toMatchObject(expected);
    else expect(read).toBe(expected);
    expect(nextDescriptor()).toBe(free);
  });

  it('was written in a whole second, rounded down from the nanosecond', () => {
    const world = prepare();
    execFileSync('touch', ['-d', '@1700000000.999999999', world.at('folder/file')]);
    expect(readInside(world.at('folder'), 'file', 4)).toMatchObject({ modified: 1_700_000_000 });
  });

  it('is read in as many pieces as the system gives', () => {
    const world = prepare();
    patchFs(
      'readSync',
      (real: typeof readSync) => (fd: number, buffer: Buffer, offset: number) =>
        real(fd, buffer, offset, 1, null),
    );
    expect(readInside(world.at('folder'), 'file', 4)).toMatchObject(text('text'));
  });

  it.each([
    ['grows', -1n, null],
    ['shrinks', 3n, text('text')],
  ])('that %s while it is read is not read on and on', (_, change, expected) => {
    const world = prepare();
    patchFs('fstatSync', (real) => (fd: number) => {
      const stats = real(fd, { bigint: true });
      stats.size += change;
      return stats;
    });
    const read = readInside(world.at('folder'), 'file', 99);
    if (expected === null) expect(read).toBe(null);
    else expect(read).toMatchObject(expected);
  });

  it.each([
    ['EACCES', null],
    ['EIO', null],
    ['ENOENT', 'absent'],
  ])('that cannot be opened for %s is %j', (code, expected) => {
    const world = prepare();
    patchFs('openSync', () => () => {
      throw systemError(code);
    });
    expect(readInside(world.at('folder'), 'file', 99)).toBe(expected);
  });

  it('stops the work when the server has no descriptors left', () => {
    const world = prepare();
    patchFs('openSync', () => () => {
      throw systemError('EMFILE');
    });
    expect(() => readInside(world.at('folder'), 'file', 99)).toThrow(Interruption);
  });

  it('is text in UTF-8', () => {
    const world = prepare();
    world.file('folder/text', 'ü\n');
    const read = (name: string) => readTextInside(world.at('folder'), name, 3);
    expect([read('text'), read('none'), read('file')]).toEqual([{ text: 'ü\n' }, 'absent', null]);
  });
});
