import type { lstatSync as realLstat, opendirSync as realOpendir, statSync as realStat } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  foldersIn,
  hasManifest,
  isFolder,
  isLeftOut,
  manifestNames,
  modulesIn,
  modulesUnder,
} from '../../src/addons/module-folders.ts';
import { Interruption } from '../../src/base/interruption.ts';
import { SERIES } from '../../src/manifest/series.ts';
import { patchFs } from '../support/patch-fs.ts';
import { all, noTurns } from '../support/turns.ts';
import { createWorld, type World } from '../support/world.ts';

/** Fails for one path. */
const failingAt =
  (path: string, code: string) =>
  (real: unknown) =>
  (...args: never[]) => {
    if ((args[0] as unknown) === path) throw Object.assign(new Error(code), { code });
    return (real as (...given: never[]) => never)(...args);
  };

it.each(SERIES)("%s: the manifest's names in Odoo's order", (series) => {
  const all = ['__manifest__.py', '__openerp__.py'];
  expect(manifestNames(series)).toEqual(series === '19.0' ? all.slice(0, 1) : all);
});

describe('hasManifest', () => {
  it('sees an entry of any type by one of the names', () => {
    const world = createWorld();
    world.file('new/__manifest__.py');
    world.file('old/__openerp__.py');
    world.folder('folder/__manifest__.py');
    world.link('nowhere', 'broken/__manifest__.py');
    world.file('none/__init__.py');
    const found = ['new', 'old', 'folder', 'broken', 'none', 'gone'].filter((name) =>
      hasManifest(world.at(name)),
    );
    expect(found).toEqual(['new', 'old', 'folder', 'broken']);
    expect(hasManifest(world.at('old'), manifestNames('19.0'))).toBe(false);
  });
});

describe('isLeftOut', () => {
  it.each(['setup', '__unported__', 'node_modules', '.git', '.hidden', '..'])('%s', (name) => {
    expect(isLeftOut(name)).toBe(true);
  });
  it.each(['web', 'setup_web', '_unported', 'Setup', 'a.b'])('not %s', (name) => {
    expect(isLeftOut(name)).toBe(false);
  });
});

describe('foldersIn', () => {
  it('has folders and symlinks to folders, sorted, without what is left out', async () => {
    const world = createWorld();
    for (const name of ['f/b', 'f/a', 'f/setup', 'f/.git', 'elsewhere']) world.folder(name);
    world.file('f/file');
    world.link('../elsewhere', 'f/c');
    world.link('file', 'f/to_file');
    world.link('nowhere', 'f/broken');
    world.link('../elsewhere', 'f/.hidden');
    let links = 0;
    const found = await foldersIn(world.at('f'), noTurns, undefined, () => void links++);
    expect(found).toEqual([
      { name: 'a', isLink: false },
      { name: 'b', isLink: false },
      { name: 'c', isLink: true },
    ]);
    expect(links).toBe(3);
  });

  it('is empty where a folder cannot be listed, of which it tells', async () => {
    const world = createWorld();
    const told: unknown[] = [];
    expect(await foldersIn(world.at('gone'), noTurns, (...what) => told.push(what))).toEqual([]);
    expect(await foldersIn(world.file('file'), noTurns, (...what) => told.push(what))).toEqual([]);
    expect(told).toEqual([
      [world.at('gone'), 'ENOENT'],
      [world.at('file'), 'ENOTDIR'],
    ]);
    expect(await foldersIn(world.at('gone'), noTurns)).toEqual([]);
  });

  it('does not take a shortage for an empty folder, nor for a link that leads nowhere', async () => {
    const world = createWorld();
    world.folder('f/a');
    world.link('a', 'f/b');
    patchFs('statSync', failingAt(world.at('f/b'), 'ENOMEM') as (real: typeof realStat) => never);
    await expect(foldersIn(world.at('f'), noTurns)).rejects.toBeInstanceOf(Interruption);
    expect(() => isFolder(world.at('f/b'))).toThrow(Interruption);
    patchFs('opendirSync', failingAt(world.at('f'), 'EMFILE') as (real: typeof realOpendir) => never);
    await expect(foldersIn(world.at('f'), noTurns)).rejects.toBeInstanceOf(Interruption);
  });
});

it('isFolder follows a symlink', () => {
  const world = createWorld();
  world.folder('a');
  world.file('file');
  world.link('a', 'b');
  world.link('nowhere', 'broken');
  expect(['a', 'b', 'file', 'broken', 'gone'].map((name) => isFolder(world.at(name)))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

describe('modules', () => {
  function tree(): World {
    const world = createWorld();
    world.module('f/b');
    world.module('f/a');
    world.module('f/a/tests/inner');
    world.module('f/deep/er/c');
    world.module('f/setup/d');
    world.module('elsewhere/e');
    world.module('elsewhere/repo/g');
    world.link('../elsewhere/e', 'f/e');
    world.link('../elsewhere/repo', 'f/h');
    return world;
  }

  it('directly in a repository are its folders with a manifest, and symlinks to such', async () => {
    expect(await modulesIn(tree().at('f'), noTurns)).toEqual(['a', 'b', 'e']);
  });

  it('under a path are those at any depth, but none inside another and none behind a link to a folder', async () => {
    const world = tree();
    const found = await all(modulesUnder(world.at('f'), noTurns));
    expect(found).toEqual(['a', 'b', 'deep/er/c', 'e'].map((name) => world.at('f', name)));
    expect(await all(modulesUnder(world.at('f/a'), noTurns))).toEqual([world.at('f/a')]);
  });

  it('under a path are told where a folder cannot be listed', async () => {
    const world = createWorld();
    world.folder('f/closed');
    patchFs('opendirSync', failingAt(world.at('f/closed'), 'EACCES') as (real: typeof realOpendir) => never);
    const told: unknown[] = [];
    expect(await all(modulesUnder(world.at('f'), noTurns, (...what) => told.push(what)))).toEqual([]);
    expect(told).toEqual([[world.at('f/closed'), 'EACCES']]);
  });

  it('are not missing when descriptors run out', async () => {
    const world = tree();
    const path = world.at('f/b/__manifest__.py');
    patchFs('lstatSync', failingAt(path, 'ENOMEM') as (real: typeof realLstat) => never);
    await expect(modulesIn(world.at('f'), noTurns)).rejects.toBeInstanceOf(Interruption);
  });
});
