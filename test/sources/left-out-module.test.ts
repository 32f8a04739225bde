import { rmSync } from 'node:fs';
import { expect, it } from 'vitest';
import { leftOutModule } from '../../src/sources/left-out-module.ts';
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
  const ask = (module: string, folder = 'oca/web') =>
    leftOutModule(world.at(folder), world.at('oca'), module);
  expect(ask('web_x')).toBe(expected);
  expect(['web_', 'eb_x', 'x', 'web_z', 'sale_x', 'nothing'].map((name) => ask(name))).toEqual(
    Array(6).fill(null),
  );
});

it('git has the module in a folder of the checkout', () => {
  const world = build();
  const ask = (module: string) => leftOutModule(world.at('oca/web/addons'), world.at('oca'), module);
  expect([ask('sale_x'), ask('web_x')]).toEqual(['there', null]);
});

it('outside git, and in an index that is none, nothing is known', () => {
  const world = createWorld();
  world.module('oca/web/web_x');
  const ask = () => leftOutModule(world.at('oca/web'), world.at('oca'), 'web_x');
  expect(ask()).toBe(null);
  world.folder('oca/web/.git');
  expect(ask()).toBe(null);
  world.file('oca/web/.git/index', 'web_x/__manifest__.py\0');
  expect(ask()).toBe(null);
});
