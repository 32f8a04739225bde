import { mkdirSync, renameSync, rmdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { ModuleSource } from '../../src/addons/lookup.ts';
import { identifyFolders } from '../../src/addons/source-state.ts';
import { Interruption } from '../../src/base/interruption.ts';
import { patchFs } from '../support/patch-fs.ts';
import { createWorld, type World } from '../support/world.ts';

const sourceIn = (world: World) =>
  ({
    path: world.at('oca/web/a'),
    repository: { path: world.at('link') },
    root: { path: world.at('oca') },
  }) as unknown as ModuleSource;

function build(): World {
  const world = createWorld();
  world.module('oca/web/a');
  world.link('oca/web', 'link');
  return world;
}

it('tells the folders of a module, its repository and its root apart, each the same as before', () => {
  const world = build();
  const folders = identifyFolders(sourceIn(world));
  expect(new Set(Object.values(folders)).size).toBe(3);
  for (const identity of Object.values(folders)) expect(identity).toMatch(/^\d+:\d+:\d+$/);
  world.file('oca/web/a/new.py');
  expect(identifyFolders(sourceIn(world))).toEqual(folders);
});

it('sees another folder in the place of one, behind a link too', () => {
  const world = build();
  const before = identifyFolders(sourceIn(world));
  renameSync(world.at('oca/web'), world.at('oca/old'));
  mkdirSync(world.at('oca/web'));
  renameSync(world.at('oca/old/a'), world.at('oca/web/a'));
  const after = identifyFolders(sourceIn(world));
  expect(after).toEqual({ ...before, repository: expect.any(String) });
  expect(after.repository).not.toBe(before.repository);
});

it('is null of a folder that is gone', () => {
  const world = createWorld();
  world.folder('oca');
  world.link('nowhere', 'link');
  expect(identifyFolders(sourceIn(world))).toEqual({
    module: null,
    repository: null,
    root: expect.any(String),
  });
  rmdirSync(world.at('oca'));
  expect(identifyFolders(sourceIn(world)).root).toBeNull();
});

it('does not take a shortage for a folder that is gone', () => {
  const world = build();
  patchFs('lstatSync', () => () => {
    throw Object.assign(new Error('no'), { code: 'ENOMEM' });
  });
  expect(() => identifyFolders(sourceIn(world))).toThrow(Interruption);
});
