import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { changedSince } from '../../src/commands/check-changed.ts';
import { createPlaces } from '../../src/commands/check-place.ts';
import { createWorld, type World } from '../support/world.ts';

const git = (world: World, repo: string, ...args: string[]) => {
  const identity = [
    '-c',
    'user.name=t',
    '-c',
    'user.email=t@example.com',
    '-c',
    'protocol.file.allow=always',
  ];
  return execFileSync('git', ['-C', world.at(repo), ...identity, ...args], {
    encoding: 'utf8',
    stdio: 'pipe',
  });
};

/** Makes a folder a checkout with everything in it committed. */
function commit(world: World, repo: string): void {
  git(world, repo, 'init', '-q', '-b', '17.0');
  git(world, repo, 'add', '-A');
  git(world, repo, 'commit', '-qm', 'x');
}

async function changed(world: World, given: string, module: string, base = 'HEAD') {
  const answer = await changedSince(
    base,
    world.at(given),
    createPlaces(),
  )(world.at(module), world.at(module));
  return answer.ok ? answer.value : answer.refusal;
}

it('are the modules with a file that differs, and no others', async () => {
  const world = createWorld();
  for (const name of ['a', 'ab', 'b/c']) world.module(`repo/${name}`);
  commit(world, 'repo');
  for (const name of ['a', 'ab', 'b/c']) expect(await changed(world, 'repo', `repo/${name}`)).toBe(false);
  world.file('repo/a/static/x.js');
  world.file('repo/b/README');
  expect(await changed(world, 'repo', 'repo/a')).toBe(true);
  for (const name of ['ab', 'b/c']) expect(await changed(world, 'repo', `repo/${name}`)).toBe(false);
});

it('are found in a folder of checkouts, in a module that is a checkout, and behind a link', async () => {
  const world = createWorld();
  for (const name of ['repos/one/a', 'repos/two/b', 'single']) world.module(name);
  world.folder('links');
  world.link('../../single', 'repos/one/link');
  for (const repo of ['repos/one', 'repos/two', 'single']) commit(world, repo);
  world.file('repos/two/b/x');
  expect(await changed(world, 'repos', 'repos/one/a')).toBe(false);
  expect(await changed(world, 'repos', 'repos/two/b')).toBe(true);
  expect(await changed(world, 'single', 'single')).toBe(false);
  world.file('single/x');
  expect(await changed(world, 'single', 'single')).toBe(true);
  const isChanged = changedSince('HEAD', world.at('repos'), createPlaces());
  expect(await isChanged(world.at('repos/one/link'), world.at('single'))).toMatchObject({ value: true });
});

it('are those of a submodule whose recorded commit differs', async () => {
  const world = createWorld();
  world.module('sub/a');
  world.module('repo/own');
  commit(world, 'sub');
  commit(world, 'repo');
  git(world, 'repo', 'submodule', 'add', '-q', world.at('sub'), 'vendor');
  expect(await changed(world, 'repo', 'repo/vendor/a')).toBe(true);
  git(world, 'repo', 'commit', '-qm', 'y');
  expect(await changed(world, 'repo', 'repo/vendor/a')).toBe(false);
  expect(await changed(world, 'repo', 'repo/vendor/a', 'HEAD~1')).toBe(true);
});

it('are not known outside git, or for a base that is not there', async () => {
  const world = createWorld();
  world.module('plain/a');
  expect(await changed(world, 'plain', 'plain/a')).toMatch(/plain\/a" is in no git repository/);
  commit(world, 'plain');
  expect(await changed(world, 'plain', 'plain/a', 'nowhere')).toMatch(/nowhere names no commit/);
});
