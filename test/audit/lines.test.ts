import { closeSync, openSync, type readSync, truncateSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MAX_LINE_BYTES } from '../../src/audit/chain.ts';
import { linesFromEnd, linesOf, type RawLine } from '../../src/audit/lines.ts';
import { patchFs } from '../support/patch-fs.ts';
import fc from '../support/property.ts';
import { createWorld } from '../support/world.ts';

function open(text: string) {
  const world = createWorld();
  const path = world.file('file', text);
  const fd = openSync(path, 'r');
  onTestFinished(() => closeSync(fd));
  return { path, fd, size: Buffer.byteLength(text) };
}

/** The lines as texts: a line feed where one ends it, and the length of what is too long. */
const shown = ({ raw, isEnded }: RawLine) =>
  `${raw === null ? 'too long' : raw.toString()}${isEnded ? '\n' : ''}`;
const forwards = (fd: number, size: number) => [...linesOf(fd, size)].map(shown);
const backwards = (fd: number, size: number) => [...linesFromEnd(fd, size)].map(shown).reverse();

describe.each([
  ['forwards', forwards],
  ['backwards', backwards],
])('lines that are read %s', (_, read) => {
  it.each<[string, string[]]>([
    ['', []],
    ['\n', ['\n']],
    ['\n\n', ['\n', '\n']],
    ['a', ['a']],
    ['a\n', ['a\n']],
    ['a\nb', ['a\n', 'b']],
    ['a\n\nb\n', ['a\n', '\n', 'b\n']],
    ['\na', ['\n', 'a']],
  ])('of %j are %j', (text, lines) => {
    const { fd, size } = open(text);
    expect(read(fd, size)).toEqual(lines);
  });

  it('are read in pieces, wherever a line crosses their borders', () => {
    // 4096 bytes at once from the end, and a MiB from the beginning.
    for (const length of [4095, 4096, 4097, 1024 * 1024 - 1, 1024 * 1024, 1024 * 1024 + 1]) {
      const text = `a\n${'x'.repeat(length)}\nb\n${'y'.repeat(length)}\n`;
      const { fd, size } = open(text);
      expect(read(fd, size).map((line) => line.length)).toEqual([2, length + 1, 2, length + 1]);
    }
  });

  it('are no more than was said, and as many as are there', () => {
    const { path, fd, size } = open('a\nb\nc\n');
    expect(read(fd, 4)).toEqual(['a\n', 'b\n']);
    expect(read(fd, 3)).toEqual(['a\n', 'b']);
    truncateSync(path, 2);
    expect(read(fd, size)).toEqual(['a\n']);
  });

  it('are read as far as the system gives them', () => {
    const { fd, size } = open('abc\nd\n');
    patchFs(
      'readSync',
      (real: typeof readSync) =>
        (handle: number, buffer: Buffer, offset: number, _: number, position: number) =>
          real(handle, buffer, offset, 1, position),
    );
    expect(read(fd, size)).toEqual(['abc\n', 'd\n']);
  });

  it('are kept up to the greatest length', () => {
    const longest = 'x'.repeat(MAX_LINE_BYTES);
    const { fd, size } = open(`a\n${longest}\n`);
    expect(read(fd, size).map((line) => line.length)).toEqual([2, MAX_LINE_BYTES + 1]);
    const other = open(`a\n${longest}`);
    expect(read(other.fd, other.size).map((line) => line.length)).toEqual([2, MAX_LINE_BYTES]);
    const longer = open(`a\nx${longest}\nb\n`);
    expect(read(longer.fd, longer.size).slice(-2)).toEqual(['too long\n', 'b\n']);
    const unended = open(`a\nx${longest}`);
    expect(read(unended.fd, unended.size).slice(-1)).toEqual(['too long']);
  });
});

describe('a line that is too long', () => {
  it('does not end the reading from the beginning', () => {
    const { fd, size } = open(`a\n${'x'.repeat(2 * MAX_LINE_BYTES)}\nb\nc`);
    expect(forwards(fd, size)).toEqual(['a\n', 'too long\n', 'b\n', 'c']);
  });

  it('may end the reading from the end', () => {
    const { fd, size } = open(`a\n${'x'.repeat(3 * MAX_LINE_BYTES)}\nb\n`);
    expect(backwards(fd, size)).toEqual(['too long\n', 'b\n']);
  });
});

describe('lines of any lengths', () => {
  it('are the same forwards and backwards, wherever they cross the borders of what is read at once', () => {
    const length = fc.oneof(
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: 4090, max: 4100 }),
      fc.integer({ min: 0, max: 70_000 }),
    );
    fc.assert(
      fc.property(fc.array(length, { maxLength: 40 }), fc.boolean(), (lengths, isEnded) => {
        const lines = lengths.map((size, index) => `${String(index % 10).repeat(size)}\n`);
        const last = lines.pop();
        if (last !== undefined && (isEnded || last !== '\n')) lines.push(isEnded ? last : last.slice(0, -1));
        const { fd, size } = open(lines.join(''));
        expect(forwards(fd, size)).toEqual(lines);
        expect(backwards(fd, size)).toEqual(lines);
      }),
      { numRuns: 60 },
    );
  });
});
