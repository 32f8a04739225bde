import { closeSync, openSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  chain,
  GENESIS,
  MAX_LINE_BYTES,
  PLACE_BYTES,
  readLink,
  sha256,
  toText,
} from '../../src/audit/chain.ts';
import { findEnding } from '../../src/audit/ending.ts';
import { linesFromEnd, linesOf, type RawLine } from '../../src/audit/lines.ts';
import type { Unchained } from '../../src/audit/record.ts';
import { createWorld } from '../support/world.ts';

const fields: Unchained = { time: '2026-01-31T00:00:00.000Z', kind: 'rotation', file: 'audit-1.jsonl' };
const lineOf = (text: string) => Buffer.from(text.slice(0, -1));

describe('a line', () => {
  it('can be checked with nothing but SHA-256', () => {
    const { text, head } = chain(toText(fields), { seq: 6, hash: 'a'.repeat(64) });
    expect(text).toMatch(/^\{"seq":7,.*,"prev":"a{64}","hash":"[0-9a-f]{64}"\}\n$/);
    const { hash, ...rest } = JSON.parse(text);
    expect([head, sha256(JSON.stringify(rest))]).toEqual([{ seq: 7, hash }, hash]);
    expect(readLink(lineOf(text))).toEqual({
      seq: 7,
      hash,
      prev: 'a'.repeat(64),
      value: JSON.parse(text),
      tornBytes: 0,
    });
  });

  it('grows by no more than is reckoned with', () => {
    const { text } = chain(toText(fields), { seq: Number.MAX_SAFE_INTEGER - 1, hash: GENESIS.hash });
    expect(text.length - toText(fields).length).toBeLessThanOrEqual(PLACE_BYTES);
  });

  it('is none when any byte of it is another one', () => {
    const line = lineOf(chain(toText(fields), GENESIS).text);
    for (let at = 0; at < line.length; at++) {
      for (const byte of [0, 9, 32, 48, 0x80, (line[at] as number) ^ 1]) {
        if (byte === line[at]) continue;
        const changed = Buffer.from(line);
        changed[at] = byte;
        expect([at, byte, readLink(changed)]).toEqual([at, byte, null]);
      }
    }
  });

  it.each([
    ['', ''],
    ['no object', '"text"'],
    ['no number', '{"prev":"'],
    ['a number that is none', `{"seq":0,"prev":"${GENESIS.hash}"`],
    ['a number beyond all', `{"seq":1e20,"prev":"${GENESIS.hash}"`],
    ['a broken prev', '{"seq":1,"prev":"0"'],
    ['a seal of nothing', `{"seq":1,"kind":"seal","bytes":0,"prev":"${GENESIS.hash}"`],
  ])('is none with %s, even when its hash is right', (_, start) => {
    const hash = sha256(`${start}}`);
    expect(readLink(Buffer.from(`${start},"hash":"${hash}"}`))).toBeNull();
  });

  it('seals exactly what stands before it', () => {
    const torn = Buffer.from('{"seq":1,\t\0\xff');
    const seal = { time: fields.time, kind: 'seal', bytes: torn.length, sha256: sha256(torn) } as const;
    const line = lineOf(`\t${chain(toText(seal), GENESIS).text}`);
    expect(readLink(Buffer.concat([torn, line]))).toMatchObject({ seq: 1, tornBytes: torn.length });
    expect(readLink(line)).toBeNull();
    expect(readLink(Buffer.concat([torn.subarray(1), line]))).toBeNull();
    expect(readLink(Buffer.concat([Buffer.from('x'), torn.subarray(1), line]))).toBeNull();
    const other = lineOf(`x\t${chain(toText(fields), GENESIS).text}`);
    expect(readLink(other)).toBeNull();
  });
});

function withFile<T>(content: string | Buffer, read: (fd: number, size: number) => T): T {
  const path = createWorld().at('file');
  writeFileSync(path, content);
  const fd = openSync(path, 'r');
  onTestFinished(() => closeSync(fd));
  return read(fd, Buffer.byteLength(content));
}

const texts = (lines: Iterable<RawLine>) =>
  [...lines].map(({ raw, isEnded }) => [raw === null ? null : raw.toString(), isEnded]);

describe('reading lines', () => {
  it('forwards and backwards gives the same lines, wherever they cross the borders of what is read at once', () => {
    const length = fc.oneof(
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: 4090, max: 4100 }),
      fc.integer({ min: 0, max: 70_000 }),
    );
    fc.assert(
      fc.property(fc.array(length, { maxLength: 40 }), fc.boolean(), (lengths, isEnded) => {
        const lines = lengths.map((size, index) => String(index % 10).repeat(size));
        const text = lines.join('\n') + (isEnded && lines.length > 0 ? '\n' : '');
        const expected = lines.map((line, index) => [line, isEnded || index < lines.length - 1]);
        if (!isEnded && lines.at(-1) === '') expected.pop();
        expect(withFile(text, (fd, size) => texts(linesOf(fd, size)))).toEqual(expected);
        expect(withFile(text, (fd, size) => texts(linesFromEnd(fd, size)))).toEqual(expected.toReversed());
      }),
      { numRuns: 60 },
    );
  });

  it('takes no more than the size that was said, and as much as is there', () => {
    expect(withFile('a\nb\nc\n', (fd) => texts(linesOf(fd, 3)))).toEqual([
      ['a', true],
      ['b', false],
    ]);
    expect(withFile('a\n', (fd) => texts(linesOf(fd, 100)))).toEqual([['a', true]]);
  });

  it('keeps nothing of a line that is longer than any', () => {
    const long = 'x'.repeat(MAX_LINE_BYTES + 1);
    const text = `a\n${long}\nb\n${long}`;
    expect(withFile(text, (fd, size) => texts(linesOf(fd, size)))).toEqual([
      ['a', true],
      [null, true],
      ['b', true],
      [null, false],
    ]);
    expect(withFile(text, (fd, size) => texts(linesFromEnd(fd, size)))[0]).toEqual([null, false]);
    expect(withFile(text, findEnding)).toBeNull();
  });

  it('finds a head behind many lines that are none, but does not look for it for ever', () => {
    const { text, head } = chain(toText(fields), GENESIS);
    expect(withFile(`${text}${'x\n'.repeat(1000)}`, findEnding)).toEqual({
      head,
      rest: 'none',
      damaged: 1000,
    });
    const mib = `${'x'.repeat(1024 * 1024)}\n`;
    expect(withFile(text + mib.repeat(33), findEnding)).toBeNull();
  });
});
