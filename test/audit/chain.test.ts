import { describe, expect, it } from 'vitest';
import { chain, GENESIS, PLACE_BYTES, readLink, sha256, toText } from '../../src/audit/chain.ts';
import type { Unchained } from '../../src/audit/record.ts';

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
