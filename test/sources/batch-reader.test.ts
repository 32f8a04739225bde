import { expect, it, onTestFinished } from 'vitest';
import { type BatchLimits, startReader } from '../../src/sources/batch-reader.ts';
import { findGit } from '../../src/sources/run-git.ts';
import { createUpstream } from '../support/upstream.ts';
import { createWorld } from '../support/world.ts';

const GIT = findGit(process.env.PATH) as string;
const NONE = '0'.repeat(40);
const LIMITS: BatchLimits = { mostEach: 10_000, most: 100_000 };

function build() {
  const world = createWorld();
  const upstream = createUpstream(world);
  world.file('upstream/web/small', 'a\nb\0c');
  world.file('upstream/web/empty', '');
  world.file('upstream/web/large', `${'x'.repeat(9_000)}\n${'y'.repeat(999)}`);
  upstream.commit('web', {});
  const idOf = (name: string) => upstream.git('web', 'rev-parse', name);
  const start = (limits: BatchLimits, mode?: '--batch-check') => {
    const environment = { GIT_DIR: world.at('upstream/web/.git') };
    const reader = startReader(GIT, { cwd: world.path, environment, limit: 600_000 }, limits, mode);
    onTestFinished(() => reader.end());
    return reader;
  };
  return { world, upstream, idOf, start };
}

it('reads objects of every kind, byte for byte, in the order of their ids, as often as it is asked', async () => {
  const { idOf, start } = build();
  const [small, empty, tree, commit] = [':small', ':empty', 'HEAD^{tree}', 'HEAD'].map(idOf) as [
    string,
    string,
    string,
    string,
  ];
  const { read } = start(LIMITS);
  const first = read([small, NONE, empty, small]);
  const second = read([commit, tree]);
  const blob = { type: 'blob', size: 5, bytes: Buffer.from('a\nb\0c') };
  expect(await first).toEqual([blob, null, { type: 'blob', size: 0, bytes: Buffer.alloc(0) }, blob]);
  const [said, top] = (await second) ?? [];
  expect(said?.bytes?.toString()).toContain(`tree ${tree}\n`);
  expect([top?.type, top?.bytes?.length]).toEqual(['tree', top?.size]);
  expect(await read([])).toEqual([]);
});

it('skips what is too large, and goes on', async () => {
  const { idOf, start } = build();
  const [small, large] = [idOf(':small'), idOf(':large')];
  const { read } = start({ mostEach: 9999, most: 10_000 });
  const sizes = (await read([large, small, large, small]))?.map((object) => [
    object?.size,
    object?.bytes?.length,
  ]);
  expect(sizes).toEqual([
    [10_000, undefined],
    [5, 5],
    [10_000, undefined],
    [5, 5],
  ]);
});

it('reads nothing more once all together are too large', async () => {
  const { idOf, start } = build();
  const [small, large] = [idOf(':small'), idOf(':large')];
  const { read } = start({ mostEach: 10_000, most: 25_000 });
  expect(await read([large, large])).toHaveLength(2);
  expect(await read([small, large])).toBeNull();
  expect(await read([small])).toBeNull();
});

it('looks which objects there are, and how large, without reading them', async () => {
  const { idOf, start } = build();
  const [small, large] = [idOf(':small'), idOf(':large')];
  const { read } = start({ mostEach: 0, most: 0 }, '--batch-check');
  expect(await read([large, NONE, small])).toEqual([
    { type: 'blob', size: 10_000, bytes: null },
    null,
    { type: 'blob', size: 5, bytes: null },
  ]);
});

it('finds objects that came after it was started', async () => {
  const { idOf, start, upstream, world } = build();
  const { read } = start(LIMITS);
  expect(await read([NONE])).toEqual([null]);
  world.file('upstream/web/later', 'later');
  upstream.commit('web', {});
  upstream.git('web', 'repack', '-q', '-a', '-d');
  expect(await read([idOf(':later')])).toMatchObject([{ size: 5 }]);
});

it.each([
  ['where there is no repository', GIT],
  ['without git', '/no/git'],
])('says that it cannot read %s', async (_, git) => {
  const run = { cwd: '/', environment: { GIT_DIR: '/nonexistent' }, limit: 600_000 };
  const reader = startReader(git, run, LIMITS);
  expect(await reader.read([NONE])).toBeNull();
  await reader.end();
  expect(await reader.read([NONE])).toBeNull();
});

it('answers nothing after its end', async () => {
  const { idOf, start } = build();
  const reader = start(LIMITS);
  const asked = reader.read([idOf(':small'), ...Array.from({ length: 1000 }, () => NONE)]);
  await reader.end();
  await asked;
  expect(await reader.read([NONE])).toBeNull();
});
