import { describe, expect, it } from 'vitest';
import { repositoriesIn, repositoriesOf } from '../../src/addons/discover.ts';
import type { Family, Root } from '../../src/addons/roots.ts';
import { noTurns } from '../support/turns.ts';
import { createWorld, type World } from '../support/world.ts';

const root = (world: World, family: Family = 'oca', path: string = family): Root => ({
  family,
  path: world.at(path),
});

describe('the repositories of a root', () => {
  const names = async (...given: Root[]) =>
    (await repositoriesIn(given, noTurns)).map(({ path, root }) => path.slice(root.path.length));

  it('are its folders, where none is a module', async () => {
    const world = createWorld();
    world.module('oca/web/a');
    world.folder('oca/empty');
    expect(await repositoriesOf(root(world), noTurns)).toEqual([
      { name: 'empty', path: world.at('oca/empty'), root: root(world) },
      { name: 'web', path: world.at('oca/web'), root: root(world) },
    ]);
  });

  it('are the root itself, where it holds a module, and first of all', async () => {
    const world = createWorld();
    world.module('oca/a');
    world.module('oca/web/b');
    expect(await names(root(world))).toEqual(['', '/web']);
    world.module('single/a');
    expect(await names(root(world, 'oca', 'single'))).toEqual(['']);
  });

  it.each<[string, string[], string[]]>([
    ['at the top of a checkout', ['web/a'], ['/web']],
    ['in its folder addons', ['web/addons/a'], ['/web', '/web/addons']],
    ['in odoo/addons', ['web/odoo/addons/a'], ['/web', '/web/odoo/addons']],
    [
      'in all three',
      ['web/a', 'web/addons/b', 'web/odoo/addons/c'],
      ['/web', '/web/addons', '/web/odoo/addons'],
    ],
    ['in the addons of a root that is a checkout', ['.git/', 'addons/a'], ['', '/addons']],
    ['in its odoo/addons', ['.git/', 'odoo/addons/a'], ['', '/odoo/addons', '/odoo']],
    ['in a folder addons among checkouts', ['addons/a', 'web/b'], ['/addons', '/web']],
    ['under setup, as links', ['web/setup/a/odoo/addons/a', 'web/a'], ['/web']],
    ['in a module that is called addons', ['web/addons'], ['/web']],
    ['beside Odoo, which is left out', ['odoo/odoo/addons/base', 'odoo/addons/sale', 'web/a'], ['/web']],
    [
      'not in Odoo below a root that is a checkout',
      ['.git/', 'odoo/odoo/addons/base', 'odoo/addons/sale'],
      [''],
    ],
    ['in Odoo itself, which is left out', ['odoo/addons/base', 'addons/sale'], []],
  ])('contain modules %s', async (_, modules, expected) => {
    const world = createWorld();
    for (const path of modules)
      path.endsWith('/') ? world.folder(`oca/${path}`) : world.module(`oca/${path}`);
    expect(await names(root(world))).toEqual(expected);
    const found = await repositoriesOf(root(world), noTurns);
    const inRoot = modules.includes('.git/');
    for (const { name, path } of found) {
      if (/addons$/.test(path) && path !== world.at('oca/addons')) expect(name).toBe(inRoot ? 'oca' : 'web');
    }
  });

  it('are the two folders of a checkout of Odoo, of the family core alone', async () => {
    const world = createWorld();
    world.module('core/odoo/addons/base');
    world.module('core/addons/web');
    expect(await names(root(world, 'core'))).toEqual(['/odoo/addons', '/addons']);
    expect(await names(root(world, 'oca', 'core'))).toEqual([]);
    world.module('plain/web');
    expect(await names(root(world, 'core', 'plain'))).toEqual(['']);
  });

  it('are none where it cannot be read or is empty, and come in the order of the roots', async () => {
    const world = createWorld();
    world.folder('empty');
    world.module('oca/web/a');
    world.module('ee/sale/b');
    expect(await names(root(world, 'oca', 'gone'), root(world, 'oca', 'empty'))).toEqual([]);
    expect(await names(root(world), root(world, 'ee'))).toEqual(['/web', '/sale']);
  });
});
