import { expect, it } from 'vitest';
import { readObjects, sizesOf } from '../../src/sources/read-objects.ts';
import { findGit, type GitRun } from '../../src/sources/run-git.ts';
import { createUpstream } from '../support/upstream.ts';
import { createWorld } from '../support/world.ts';

const GIT = findGit(process.env.PATH) as string;
const NONE = '0'.repeat(40);

function build() {
  const world = createWorld();
  const upstream = createUpstream(world);
  world.file('upstream/web/small', 'a\nb\0c');
  world.file('upstream/web/empty', '');
  world.file('upstream/web/large', 'x'.repeat(10_000));
  upstream.commit('web', {});
  const idOf = (name: string) => upstream.git('web', 'rev-parse', name);
  const run: GitRun = {
    cwd: world.path,
    environment: { GIT_DIR: world.at('upstream/web/.git') },
    limit: 600_000,
  };
  return { idOf, run };
}

it('reads objects of every kind, byte for byte', async () => {
  const { idOf, run } = build();
  const [small, empty, tree, commit] = [':small', ':empty', 'HEAD^{tree}', 'HEAD'].map(idOf) as [
    string,
    string,
    string,
    string,
  ];
  const asked = { ids: [commit, small, tree, empty, small], mostEach: 10_000, most: 100_000 };
  const read = await readObjects(GIT, asked, run);
  expect(read?.get(small)).toEqual({ type: 'blob', bytes: Buffer.from('a\nb\0c') });
  expect(read?.get(empty)).toEqual({ type: 'blob', bytes: Buffer.alloc(0) });
  expect(read?.get(tree)?.type).toBe('tree');
  expect(read?.get(commit)?.bytes.toString()).toContain(`tree ${tree}\n`);
  expect(read?.size).toBe(4);
});

it('leaves out what is too large, and reads nothing if all together are', async () => {
  const { idOf, run } = build();
  const [small, large] = [idOf(':small'), idOf(':large')];
  const ids = [small, large];
  const read = await readObjects(GIT, { ids, mostEach: 9999, most: 100_000 }, run);
  expect([...(read ?? [])].map(([id]) => id)).toEqual([small]);
  expect(await readObjects(GIT, { ids, mostEach: 10_000, most: 9999 }, run)).toBeNull();
});

it('reads nothing if an object is missing; its size is absent', async () => {
  const { idOf, run } = build();
  const small = idOf(':small');
  expect(await sizesOf(GIT, [small, NONE], run)).toEqual(new Map([[small, { type: 'blob', size: 5 }]]));
  expect(await readObjects(GIT, { ids: [small, NONE], mostEach: 10, most: 10 }, run)).toBeNull();
});

it('asks git nothing for nothing', async () => {
  const run = { cwd: '/', environment: {}, limit: 1 };
  expect(await readObjects('/no/git', { ids: [], mostEach: 1, most: 1 }, run)).toEqual(new Map());
});

it.each([
  ['where there is no repository', GIT, 600_000],
  ['without git', '/no/git', 600_000],
])('says that it cannot read %s', async (_, git, limit) => {
  const run = { cwd: '/', environment: { GIT_DIR: '/nonexistent' }, limit };
  expect(await sizesOf(git, [NONE], run)).toBeNull();
});
