import { rmSync } from 'node:fs';
import { expect, it } from 'vitest';
import { findGitFolder, type GitFolder } from '../../src/sources/git-folder.ts';
import { modulesInCheckout } from '../../src/sources/modules-in-checkout.ts';
import { createWorld, type World } from '../support/world.ts';
import { git } from './states.ts';

/** A repository with modules at its top and in `addons`. */
function build(): World {
  const world = createWorld();
  for (const path of ['web_x', 'web_y', 'addons/sale_x', 'a/web_z']) world.module(`oca/web/${path}`);
  const at = world.at('oca/web');
  git(at, 'init', '-q', '-b', '17.0');
  git(at, 'add', '-A');
  git(at, 'commit', '-qm', 'x');
  return world;
}

/** The folders in which git has a module, in the checkout, each with its state. */
function modulesIn(world: World, module: string): string[] {
  const git = findGitFolder(world.at('oca/web'), world.at('oca')) as GitFolder;
  const prefix = world.at('oca/web').length + 1;
  return modulesInCheckout(git, module).map(({ folder, state }) => `${folder.slice(prefix)} ${state}`);
}

it.each([
  ['a checkout that is complete', 'there', () => {}],
  [
    'a folder that was removed',
    'there',
    (world: World) => rmSync(world.at('oca/web/web_x'), { recursive: true }),
  ],
  [
    'a sparse checkout',
    'sparse',
    (world: World) => git(world.at('oca/web'), 'sparse-checkout', 'set', 'web_y'),
  ],
  [
    'a sparse checkout with a sparse index',
    'sparse',
    (world: World) => git(world.at('oca/web'), 'sparse-checkout', 'set', '--cone', '--sparse-index', 'web_y'),
  ],
])('git has the module in %s: %s', (_, expected, change) => {
  const world = build();
  change(world);
  const ask = (module: string) => modulesIn(world, module);
  expect(ask('web_x')).toEqual([`web_x ${expected}`]);
  expect(['web_', 'eb_x', 'x', 'nothing'].map(ask)).toEqual([[], [], [], []]);
});

it('git has modules in folders of the checkout', () => {
  const world = build();
  expect([modulesIn(world, 'sale_x'), modulesIn(world, 'web_z')]).toEqual([
    ['addons/sale_x there'],
    ['a/web_z there'],
  ]);
});

it('in an index that is none nothing is found', () => {
  const world = createWorld();
  world.module('oca/web/web_x');
  world.folder('oca/web/.git');
  expect(modulesIn(world, 'web_x')).toEqual([]);
  world.file('oca/web/.git/index', 'web_x/__manifest__.py\0');
  expect(modulesIn(world, 'web_x')).toEqual([]);
});
