import { expect, it } from 'vitest';
import { parseCommit } from '../../src/sources/commit-object.ts';

const TREE = 'a'.repeat(40);
const said = (committer: string, more = '') =>
  Buffer.from(
    `tree ${TREE}\n${more}author A <a@x> 1 +0000\ncommitter ${committer}\n\ntree ${'b'.repeat(40)}\n`,
  );

it.each([
  ['C <c@x> 1700000000 +0000', ''],
  ['C D > <c@x> 1700000000 -0930', `parent ${'c'.repeat(40)}\n`],
  [' <> 1700000000 +0000', ''],
])('parses a commit by %j', (committer, more) => {
  expect(parseCommit(said(committer, more))).toEqual({ tree: TREE, time: 1_700_000_000_000 });
});

it.each([
  ['no time', said('C <c@x>')],
  ['a time that no date holds', said('C <c@x> 99999999999 +0000')],
  ['no tree', Buffer.from('committer C <c@x> 1700000000 +0000\n\nx')],
  ['a tree in its message alone', Buffer.from(`committer C <c@x> 1 +0000\n\ntree ${TREE}\n`)],
  ['nothing', Buffer.alloc(0)],
])('takes one with %s for none', (_, bytes) => {
  expect(parseCommit(bytes)).toBeNull();
});
