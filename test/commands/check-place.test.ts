import { expect, it } from 'vitest';
import { createPlaces } from '../../src/commands/check-place.ts';
import { createWorld } from '../support/world.ts';

it.each<[what: string, env: Record<string, string>, path: string, place: string]>([
  ['the workspace of GitHub', { GITHUB_WORKSPACE: 'work' }, 'work/repo/addons/m', 'repo/addons/m'],
  ['the project of GitLab', { CI_PROJECT_DIR: 'work' }, 'work/repo/addons/m', 'repo/addons/m'],
  ['a workspace by a symlink', { GITHUB_WORKSPACE: 'alias' }, 'work/repo/addons/m', 'repo/addons/m'],
  ['the workspace itself', { GITHUB_WORKSPACE: 'work/repo/addons/m' }, 'work/repo/addons/m', '.'],
  ['the top of the checkout', {}, 'work/repo/addons/m', 'addons/m'],
  [
    'the top, where the workspace is another folder',
    { GITHUB_WORKSPACE: 'other' },
    'work/repo/addons/m',
    'addons/m',
  ],
  ['the top, where the workspace is gone', { GITHUB_WORKSPACE: 'gone' }, 'work/repo/addons/m', 'addons/m'],
  ['a link in the checkout, not where it leads', {}, 'work/repo/addons/link', 'addons/link'],
  ['a checkout that is a module', {}, 'work/repo/single', '.'],
])('a path begins at %s', (_, env, path, place) => {
  const world = createWorld();
  for (const folder of ['work/repo/addons/m', 'work/repo/single', 'other', 'plain/m']) world.folder(folder);
  for (const repo of ['work/repo', 'work/repo/single'])
    world.file(`${repo}/.git/HEAD`, 'ref: refs/heads/x\n');
  world.link('work', 'alias');
  world.link('../../../plain/m', 'work/repo/addons/link');
  const absolute = Object.fromEntries(Object.entries(env).map(([name, folder]) => [name, world.at(folder)]));
  expect(createPlaces(absolute).inWorkspace(world.at(path))).toBe(place);
  expect(createPlaces({ GITHUB_WORKSPACE: 'plain' }).inWorkspace(world.at('plain/m'))).toBe(
    world.at('plain/m'),
  );
});
