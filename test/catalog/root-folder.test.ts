import { renameSync, rmSync } from 'node:fs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Family, Root } from '../../src/addons/roots.ts';
import { RootFolder } from '../../src/catalog/root-folder.ts';
import { noWatch } from '../support/catalog.ts';
import { patchFs } from '../support/patch-fs.ts';
import { noTurns } from '../support/turns.ts';
import { createWorld, type World } from '../support/world.ts';

function build(make: (world: World) => void, { family = 'oca' as Family, isLater = true } = {}) {
  if (isLater) {
    const now = Date.now;
    const spy = vi.spyOn(Date, 'now').mockImplementation(() => now() + 3_600_000);
    onTestFinished(() => spy.mockRestore());
  }
  const world = createWorld();
  make(world);
  const root: Root = { family, path: world.at('root') };
  let closed = 0;
  const watch = { ...noWatch(true), watch: () => ({ isAlive: true, close: () => void closed++ }) };
  const folder = new RootFolder(root, { roots: [root], series: '17.0', watch });
  return {
    world,
    folder,
    refresh: () => folder.refresh(noTurns),
    names: () => folder.repositories.map(({ repository }) => repository.name),
    modules: () => folder.repositories.flatMap(({ modules }) => modules.map(({ name }) => name)),
    closed: () => closed,
  };
}

const two = (world: World) => {
  world.module('root/web/a');
  world.module('root/crm/b');
};

describe('a refresh', () => {
  it('lists the repositories and their modules, and then finds no change', async () => {
    const { folder, refresh, names, modules } = build(two);
    expect(folder.repositories).toEqual([]);
    expect([await refresh(), names(), modules()]).toEqual([true, ['crm', 'web'], ['b', 'a']]);
    const { repositories } = folder;
    expect(await refresh()).toBe(false);
    expect(folder.repositories).toBe(repositories);
  });

  it.each<[string, string[], string[], (world: World) => void]>([
    ['a module of a repository', ['crm', 'web'], ['b', 'a', 'c'], (world) => void world.module('root/web/c')],
    ['a manifest', ['crm', 'web'], ['b', 'a'], (world) => void world.module('root/web/a', { name: 'x' })],
    ['a new repository', ['crm', 'hr', 'web'], ['b', 'c', 'a'], (world) => void world.module('root/hr/c')],
    [
      'a repository that is gone',
      ['web'],
      ['a'],
      (world) => rmSync(world.at('root/crm'), { recursive: true }),
    ],
    [
      'a module beside the repositories',
      ['root', 'crm', 'web'],
      ['c', 'b', 'a'],
      (world) => void world.module('root/c'),
    ],
  ])('sees %s', async (_, names, modules, make) => {
    const root = build(two);
    // The first fingerprints of the modules are taken only after the read.
    await root.refresh();
    await root.refresh();
    make(root.world);
    expect([await root.refresh(), root.names(), root.modules()]).toEqual([true, names, modules]);
    expect(await root.refresh()).toBe(false);
  });

  it('sees a module become a repository, although the root itself is the same', async () => {
    const { world, refresh, names, modules } = build((made) => {
      made.module('root/a');
      made.module('root/b');
    });
    await refresh();
    expect(names()).toEqual(['root']);
    rmSync(world.at('root/b/__manifest__.py'));
    world.module('root/b/c');
    expect([await refresh(), names(), modules()]).toEqual([true, ['root', 'b'], ['a', 'c']]);
  });

  it('sees another checkout behind a link', async () => {
    const { world, folder, refresh, modules, closed } = build((made) => {
      made.module('one/a');
      made.module('two/b');
      made.folder('root');
      made.link('one', 'current');
      made.link('../current', 'root/web');
    });
    await refresh();
    expect(modules()).toEqual(['a']);
    for (const repository of folder.repositories) for (const each of repository.unsettled()) each.settle();
    rmSync(world.at('current'));
    world.link('two', 'current');
    expect([await refresh(), modules()]).toEqual([true, ['b']]);
    expect(closed()).toBe(1);
  });

  it('sees a root replaced, and one that goes', async () => {
    const { world, refresh, modules, closed } = build(two);
    await refresh();
    renameSync(world.at('root'), world.at('old'));
    world.module('root/web/z');
    expect([await refresh(), modules()]).toEqual([true, ['z']]);
    rmSync(world.at('root'), { recursive: true });
    expect([await refresh(), modules()]).toEqual([true, []]);
    expect(closed()).toBe(0);
  });

  it.each([
    ['addons', ['a', 'x']],
    ['odoo/addons', ['a', 'x']],
    ['odoo/other', ['a']],
  ])('sees a module that comes in %s of a checkout', async (inner, expected) => {
    const { world, refresh, modules } = build((made) => {
      made.module('root/web/a');
      made.folder('root/web/odoo');
    });
    await refresh();
    world.module(`root/web/${inner}/x`);
    await refresh();
    expect(modules().sort()).toEqual(expected);
  });

  it('lists a checkout of Odoo each time', async () => {
    const { world, refresh, names } = build((made) => void made.module('root/odoo/addons/base'), {
      family: 'core',
    });
    await refresh();
    expect([await refresh(), names()]).toEqual([true, ['addons']]);
    world.module('root/addons/web');
    await refresh();
    expect(names()).toEqual(['addons', 'addons']);
    rmSync(world.at('root/odoo/addons/base'), { recursive: true });
    await refresh();
    expect(names()).toEqual(['root']);
  });

  it('lists again what changed just before it was listed', async () => {
    const { refresh } = build(two, { isLater: false });
    expect([await refresh(), await refresh()]).toEqual([true, true]);
  });

  it('that was interrupted after it had seen a change is made up for', async () => {
    const { world, refresh, names } = build((made) => {
      made.module('root/a');
      made.module('root/b');
    });
    await refresh();
    await refresh();
    rmSync(world.at('root/b/__manifest__.py'));
    const undo = patchFs('opendirSync', () => () => {
      throw Object.assign(new Error('no'), { code: 'EMFILE' });
    });
    await expect(refresh()).rejects.toThrow();
    undo();
    expect([await refresh(), names()]).toEqual([true, ['root', 'b']]);
  });

  it('that was interrupted is made up for', async () => {
    const { refresh, modules } = build(two);
    const undo = patchFs('openSync', () => () => {
      throw Object.assign(new Error('no'), { code: 'EMFILE' });
    });
    await expect(refresh()).rejects.toThrow();
    undo();
    expect([await refresh(), modules()]).toEqual([true, ['b', 'a']]);
    expect(await refresh()).toBe(false);
  });
});

it('closes what it watches, of a repository that is none any more, too', async () => {
  const { world, folder, refresh, closed } = build(two);
  await refresh();
  for (const repository of folder.repositories) for (const each of repository.unsettled()) each.settle();
  // It is a module itself now.
  world.file('root/crm/__manifest__.py', '{}');
  await refresh();
  expect(closed()).toBe(1);
  folder.close();
  expect(closed()).toBe(2);
});
