import fs, { fstatSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { generationStart, HEAD_BYTES } from '../../../src/limiter/stores/journal-fold.ts';
import { openJournalFolder } from '../../../src/limiter/stores/journal-folder.ts';
import { createWorld } from '../../support/world.ts';

type Call = (...args: unknown[]) => unknown;

/**
 * Writes down each call by which something gets to the disk or is given its name, and what it is for.
 * @param hold Given what continues a sync of data; it waits until that is called.
 */
function record(hold: (go: () => void) => void = (go) => go()): string[] {
  const calls: string[] = [];
  const table = fs as unknown as Record<string, Call>;
  const kindOf = (fd: number) => (fstatSync(fd).isDirectory() ? 'folder' : 'file');
  const tell: Record<string, (args: unknown[]) => string> = {
    fsyncSync: ([fd]) => `sync ${kindOf(fd as number)}`,
    linkSync: () => 'name',
    unlinkSync: ([path]) =>
      `remove ${/\.[0-9a-f]{16}\.journal$/.test(path as string) ? 'unfinished' : 'generation'}`,
    writeSync: ([, , , , position]) => (typeof position === 'number' ? 'mark' : 'write'),
  };
  const { fdatasync } = fs;
  const real = Object.keys(tell).map((name) => [name, table[name] as Call] as const);
  onTestFinished(() => {
    for (const [name, call] of real) table[name] = call;
    fs.fdatasync = fdatasync;
    syncBuiltinESMExports();
  });
  for (const [name, call] of real) {
    table[name] = (...args) => {
      calls.push(tell[name]?.(args) as string);
      return call(...args);
    };
  }
  table.fdatasync = (fd, callback) => {
    calls.push(`sync data of ${kindOf(fd as number)}`);
    hold(() => fdatasync(fd as number, callback as fs.NoParamCallback));
  };
  syncBuiltinESMExports();
  return calls;
}

const START = generationStart(1, { boot: 'x'.repeat(8), at: 0, wall: 0 });

/** A journal with its first generation. */
function prepare() {
  const folder = openJournalFolder(join(createWorld().at('state'), 'limits'));
  folder.list();
  return folder;
}

describe('a generation on the disk', () => {
  it('is there as a whole before it has its name, and its name before the one before is removed', () => {
    const folder = prepare();
    const calls = record();
    folder.create(1, START);
    folder.create(2, START);
    folder.removeBelow(2);
    const creation = ['write', 'sync file', 'name', 'remove unfinished', 'sync folder'];
    expect(calls).toEqual([...creation, ...creation, 'remove generation']);
    expect(folder.list()).toEqual([2]);
  });

  it('is marked, and the mark believed, only when what it vouches for is there', async () => {
    const folder = prepare();
    folder.create(1, START);
    const generation = folder.open(1);
    if (generation === null) throw new Error('there is none');
    onTestFinished(() => generation.close());
    let go = () => {};
    const calls = record((goOn) => {
      go = goOn;
    });
    const bytes = Buffer.alloc(64, 1);
    generation.append(bytes);
    let isSecured = false;
    const secured = generation.syncThenWrite(64, bytes).then(() => {
      isSecured = true;
    });
    await new Promise(setImmediate);
    expect([calls, isSecured]).toEqual([['write', 'sync data of file'], false]);
    expect(generation.read(64, 128)).not.toEqual(bytes);
    go();
    await secured;
    expect(calls).toEqual(['write', 'sync data of file', 'mark']);
    expect(generation.read(64, 128)).toEqual(bytes);
    expect(HEAD_BYTES).toBeGreaterThan(128);
  });
});
