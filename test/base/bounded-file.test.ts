import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MiB, readBounded, readStream, readText } from '../../src/base/bounded-file.ts';
import { createWorld } from '../support/world.ts';

const unread = (problem: unknown, isAbsent = false) => ({ ok: false, refusal: { problem, isAbsent } });

describe('a file that somebody named', () => {
  it('is read as a whole, up to the bound and not beyond', () => {
    const world = createWorld();
    expect(readText(world.file('empty'))).toEqual({ ok: true, value: '' });
    expect(readText(world.file('most', 'x'.repeat(MiB)))).toEqual({ ok: true, value: 'x'.repeat(MiB) });
    const more = world.file('more', 'x'.repeat(MiB + 1));
    expect(readText(more)).toEqual(unread('is larger than 1 MiB'));
    expect(readText(more, 2 * MiB)).toEqual({ ok: true, value: 'x'.repeat(MiB + 1) });
    expect(readBounded(more, { most: 9, followLinks: false })).toEqual({ ok: false, refusal: 'too large' });
  });

  it('is bounded where its size cannot be asked for, as in /proc of Linux', () => {
    if (process.platform !== 'linux') {
      expect(readText('/proc/self/status')).toMatchObject({ refusal: { isAbsent: true } });
      return;
    }
    expect(readText('/proc/self/status')).toEqual({ ok: true, value: expect.stringContaining('Pid:') });
    expect(readBounded('/proc/self/status', { most: 9, followLinks: true })).toEqual({
      ok: false,
      refusal: 'too large',
    });
  });

  it('is nothing but a regular file: a device has no end, and a FIFO waits for somebody', async () => {
    const world = createWorld();
    execFileSync('mkfifo', [world.at('fifo')]);
    const server = createServer().listen(world.at('socket'));
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    world.link('/dev/zero', 'link');
    for (const path of ['fifo', 'socket', 'link', '.'].map((name) => world.at(name)).concat('/dev/zero')) {
      expect(readText(path)).toEqual(unread('is not a regular file'));
    }
  });

  it('may be behind a symlink if an operator named it, not in a checkout', () => {
    const world = createWorld();
    const link = world.link(world.file('text', 'x'), 'link');
    expect(readText(link)).toEqual({ ok: true, value: 'x' });
    expect(readBounded(link, { most: 9, followLinks: false })).toEqual({ ok: false, refusal: 'irregular' });
  });

  it('has text, and may begin with a byte-order mark', () => {
    const world = createWorld();
    expect(readText(world.file('bom', '\ufeffx'))).toEqual({ ok: true, value: 'x' });
    for (const mark of [
      [0xff, 0xfe],
      [0xfe, 0xff],
    ]) {
      const path = world.file('u16');
      writeFileSync(path, Buffer.from([...mark, 0x7b, 0]));
      expect(readText(path)).toEqual(unread('is UTF-16, not UTF-8: save it as UTF-8'));
    }
    expect(readText('/bin/sh')).toEqual(unread(expect.stringMatching(/^is (not UTF-8|larger)/)));
    expect(readText(world.at('gone'))).toEqual(unread('does not exist', true));
  });
});

describe('a stream', () => {
  it('is read to its end, and no further than the bound', async () => {
    expect(await readStream(Readable.from([Buffer.from('a'), Buffer.from('b')]), MiB)).toEqual({
      ok: true,
      value: 'ab',
    });
    let asked = 0;
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(MiB / 4, asked++);
      })(),
    );
    expect(await readStream(endless, MiB)).toEqual(unread('is larger than 1 MiB'));
    expect(asked).toBeLessThan(50);
  });
});
