import { chmodSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type FetchedBranch, fetchedIndex, readFetchedBranch } from '../../src/sources/fetched-index.ts';
import { ownFile } from '../support/instance.ts';
import { createWorld, type World } from '../support/world.ts';

const WEB_X = {
  manifest: 'a'.repeat(40),
  title: 'X',
  version: '17.0.1.0.0',
  summary: '',
  depends: ['web'],
  installable: true,
};

function branch(checked: string, modules: FetchedBranch['modules'], commit: string | null = 'c'.repeat(40)) {
  return {
    format: 1,
    commit,
    committed: '2026-08-01T00:00:00.000Z',
    checked: `${checked}T10:00:00.000Z`,
    modules,
  };
}

function write(world: World, repo: string, value: unknown): void {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  ownFile(world.at(`state/sources/index/17.0/${repo}.json.new`), text);
  renameSync(
    world.at(`state/sources/index/17.0/${repo}.json.new`),
    world.at(`state/sources/index/17.0/${repo}.json`),
  );
  for (const folder of ['state', 'state/sources', 'state/sources/index', 'state/sources/index/17.0'])
    chmodSync(world.at(folder), 0o700);
}

const read = (world: World) => fetchedIndex(world.at('state'), '17.0');

it('has the modules of all repositories, each with the day on which that was so', () => {
  const world = createWorld();
  expect(read(world)).toBeNull();
  write(world, 'web', branch('2026-08-21', { web_x: WEB_X, web_y: { ...WEB_X, installable: false } }));
  write(world, 'old', branch('2026-08-02', { web_x: { ...WEB_X, depends: null } }));
  write(world, 'none', branch('2026-09-01', {}, null));
  const index = read(world);
  expect(index).toMatchObject({ series: '17.0', asOf: '2026-08-02' });
  expect(index?.named('web_x')).toEqual([
    { name: 'web_x', repo: 'old', depends: null, installable: true, asOf: '2026-08-02' },
    { name: 'web_x', repo: 'web', depends: ['web'], installable: true, asOf: '2026-08-21' },
  ]);
  expect(index?.named('web_y')).toMatchObject([{ repo: 'web', installable: false }]);
  expect(index?.reposOf('constructor')).toEqual([]);
  // Also of a repository without such a branch all is known.
  expect(Object.fromEntries(index?.covered ?? [])).toEqual({
    none: '2026-09-01',
    old: '2026-08-02',
    web: '2026-08-21',
  });
});

it('is read again when a file was replaced, and only then', () => {
  const world = createWorld();
  write(world, 'web', branch('2026-08-21', { web_x: WEB_X }));
  const folder = world.at('state/sources/index/17.0');
  expect(read(world)?.modules).toHaveLength(1);
  // Within a tick of the file system's clock it cannot be told apart.
  write(world, 'web', branch('2026-08-22', { web_x: WEB_X, web_z: WEB_X }));
  expect(read(world)?.modules).toHaveLength(2);
  const clock = Date.now;
  try {
    Date.now = () => clock() + 10_000;
    const settled = read(world);
    expect(read(world)).toBe(settled);
    utimesSync(folder, 1, 1);
    expect(read(world)).not.toBe(settled);
  } finally {
    Date.now = clock;
  }
});

it.each<[string, unknown]>([
  ['is empty', ''],
  ['ends in the middle', '{"format": 1, "comm'],
  ['is of another format', { ...branch('2026-08-21', { web_x: WEB_X }), format: 0 }],
  ['has no date', { ...branch('2026-08-21', { web_x: WEB_X }), checked: 'yesterday' }],
  ['has no modules', { ...branch('2026-08-21', {}), modules: null }],
  ['is a list', []],
  ['is null', 'null'],
  ...Object.keys(WEB_X).map((key): [string, unknown] => {
    return [`has another ${key}`, branch('2026-08-21', { web_x: { ...WEB_X, [key]: { x: 1 } } } as never)];
  }),
])('takes a file that %s for none', (_, value) => {
  const world = createWorld();
  write(world, 'web', value);
  expect(readFetchedBranch(world.at('state'), '17.0', 'web')).toBeNull();
  expect(read(world)).toBeNull();
});

it('believes nothing that another user could have written, and no symlink', () => {
  const world = createWorld();
  write(world, 'web', branch('2026-08-21', { web_x: WEB_X }));
  const file = world.at('state/sources/index/17.0/web.json');
  chmodSync(file, 0o666);
  expect(read(world)).toBeNull();
  chmodSync(file, 0o600);
  chmodSync(world.at('state/sources'), 0o777);
  expect(readFetchedBranch(world.at('state'), '17.0', 'web')).not.toBeNull();
  utimesSync(world.at('state/sources/index/17.0'), 2, 2);
  expect(read(world)).toBeNull();
  chmodSync(world.at('state/sources'), 0o700);
  renameSync(file, world.at('web.json'));
  world.link(world.at('web.json'), 'state/sources/index/17.0/web.json');
  expect(read(world)).toBeNull();
  rmSync(world.at('state'), { recursive: true });
  expect(read(world)).toBeNull();
});
