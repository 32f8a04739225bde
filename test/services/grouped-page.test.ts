import { expect, it } from 'vitest';
import { GroupedPage } from '../../src/services/grouped-page.ts';

interface Shared {
  readonly kind: string;
  readonly note: string | null;
}
const shared = (kind: string): Shared => ({ kind, note: null });

/** The groups of a page, after adding a name of each kind in turn. */
function fill(page: GroupedPage<Shared>, ...kinds: string[]) {
  const added = kinds.map((kind, at) => page.add(shared(kind), `n${at}`));
  return { added, groups: page.list().map(({ shared: { kind }, names }) => `${kind} ${names.join()}`) };
}

it('puts together what is alike, in the order of the first of each', () => {
  expect(fill(new GroupedPage<Shared>(), 'b', 'a', 'b', 'a').groups).toEqual(['b n0,n2', 'a n1,n3']);
});

it.each<[what: string, page: GroupedPage<Shared>, kinds: string, added: boolean[]]>([
  // `{"kind":"a"}` has twelve characters, `"n0"` four, and one is between them.
  ['a group and a name that fit exactly', new GroupedPage(17), 'aa', [true, false]],
  ['the room of a second name', new GroupedPage(22), 'aa', [true, true]],
  ['not the room of a second group', new GroupedPage(22), 'ab', [true, false]],
  ['the first, however long', new GroupedPage(0), 'aa', [true, false]],
  ['none behind one that had no room', new GroupedPage(22), 'aba', [true, false, false]],
  ['as many names as there may be', new GroupedPage(1000, 2), 'aab', [true, true, false]],
])('takes %s', (_, page, kinds, added) => {
  expect(fill(page, ...kinds).added).toEqual(added);
});

it('keeps room for what a group is told with, and for names that are told twice', () => {
  const page = new GroupedPage<Shared>(99);
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  // 12 and 60 for the group, twice 4 for each of two names, 4 for each of the others.
  expect(names.map((name) => page.add(shared('a'), name, { room: 60, names: 2 }))).toEqual([
    ...[true, true, true, true],
    ...[false, false],
  ]);
});
