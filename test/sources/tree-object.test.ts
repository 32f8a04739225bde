import { expect, it } from 'vitest';
import { parseTree } from '../../src/sources/tree-object.ts';

const id = (byte: number, length = 20) => Buffer.alloc(length, byte);
const entry = (head: string, of: Buffer) => Buffer.concat([Buffer.from(`${head}\0`), of]);

it('parses entries with ids of SHA-1 and of SHA-256', () => {
  for (const length of [20, 32]) {
    const bytes = Buffer.concat([
      entry('100644 a b', id(1, length)),
      entry('40000 ü', id(0, length)),
      // An id may have the bytes of a space and of a NUL.
      entry('120000 link', id(0x20, length)),
    ]);
    expect(parseTree(bytes, length)).toEqual([
      { mode: '100644', name: 'a b', id: '01'.repeat(length) },
      { mode: '40000', name: 'ü', id: '00'.repeat(length) },
      { mode: '120000', name: 'link', id: '20'.repeat(length) },
    ]);
  }
});

it('parses an empty tree', () => {
  expect(parseTree(Buffer.alloc(0), 20)).toEqual([]);
});

it.each([
  ['ends in an id', entry('100644 a', id(1, 19))],
  ['ends in a name', Buffer.from('100644 a')],
  ['has no name', Buffer.from('100644')],
  ['is one of another algorithm', Buffer.concat([entry('100644 a', id(1, 32))])],
])('takes nothing of what %s', (_, bytes) => {
  expect(parseTree(bytes, 20)).toBeNull();
});
