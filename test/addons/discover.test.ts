import { renameSync, rmSync, symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { repositoriesIn, repositoriesOf } from '../../src/addons/discover.ts';
import { lookAtFolders } from '../../src/addons/folder-look.ts';
import { createOwners } from '../../src/addons/owners.ts';
import type { Family, Root } from '../../src/addons/roots.ts';
import { pause, quickenClock } from '../support/catalog.ts';
import fc from '../support/property.ts';
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

/** What is found with a memory, before and after a change, compared with what is found without one. */
async function afterChange(set: (world: World) => void, change: (world: World) => void): Promise<void> {
  quickenClock();
  const world = createWorld();
  world.module('oca/repo/x');
  set(world);
  const roots = [root(world), root(world, 'core')];
  await pause();
  for (const look of [() => {}, () => {}, change]) {
    look(world);
    expect(await seeAll(world, roots)).toEqual(
      await seeAll(
        world,
        roots.map((given) => ({ ...given })),
      ),
    );
  }
}

/** The repositories, and those to which some folders belong. */
async function seeAll(world: World, of: readonly Root[]) {
  const look = lookAtFolders(of, noTurns);
  const repositories = await repositoriesIn(of, noTurns, look);
  const ownersOf = await createOwners(repositories, noTurns, look);
  const folders = [
    'oca/web/a',
    'oca/crm/a',
    'oca/a',
    'beyond/z',
    'oca/web/addons/b',
    'core/odoo/addons/x',
    'moved/x',
    'core/x',
  ];
  const owned = folders.map((folder) => ownersOf(world.at(folder)).map(({ path }) => path));
  return [repositories.map(({ name, path }) => [name, path]), owned];
}

it.each<[string, (world: World) => void, (world: World) => void]>([
  [
    'a symlink leads to a folder at last',
    (world) => {
      world.module('oca/web/a');
      world.link('../late', 'oca/linked');
    },
    (world) => world.module('late/a'),
  ],
  [
    'the root turns out to be Odoo',
    (world) => world.folder('oca/odoo/addons/base'),
    (world) => world.module('oca/odoo/addons/base'),
  ],
  [
    'a repository turns out to be Odoo',
    (world) => world.folder('oca/web/odoo/addons/base'),
    (world) => world.module('oca/web/odoo/addons/base'),
  ],
  [
    'the folder of Odoo is another one',
    (world) => {
      world.module('core/odoo/addons/base');
      world.module('other/addons/base');
    },
    (world) => {
      renameSync(world.at('core/odoo/addons'), world.at('moved'));
      world.link(world.at('moved'), 'core/odoo/addons');
    },
  ],
  [
    'Odoo becomes a checkout',
    (world) => world.module('core/odoo/addons/base'),
    (world) => world.folder('core/.git'),
  ],
  ['the root becomes a checkout', (world) => world.module('oca/web/a'), (world) => world.folder('oca/.git')],
])('are seen anew when %s', (_, set, change) => afterChange(set, change));

it('are those that are there now, and belong to whom they belong, whatever changes between looks', async () => {
  quickenClock();
  const paths = [
    'web',
    'web/a',
    'web/addons',
    'web/addons/b',
    'web/odoo/addons/c',
    'crm',
    'crm/a',
    '.git',
    'a',
  ];
  const path = fc.constantFrom(...paths);
  const change = fc.oneof(
    fc.record({ module: path }),
    fc.record({ folder: path }),
    fc.record({ remove: path }),
    fc.record({ move: path, to: path }),
    fc.record({ link: path, to: fc.constantFrom('web', 'crm', '../beyond') }),
    fc.constant('odoo' as const),
    fc.constant('wait' as const),
    fc.constant('wait' as const),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 3, maxLength: 14 }), async (changes) => {
      const world = createWorld();
      for (const module of ['oca/web/a', 'oca/crm/a', 'beyond/z', 'ee/ee_x', 'core/odoo/addons/base'])
        world.module(module);
      const roots = [root(world), root(world, 'ee'), root(world, 'core')];
      await pause();
      for (const one of ['wait' as const, ...changes]) {
        if (one === 'wait') await pause();
        else if (one === 'odoo') attempt(() => void world.module('oca/web/odoo/addons/base'));
        else attempt(() => apply(world, one));
        expect(await seeAll(world, roots)).toEqual(
          await seeAll(
            world,
            roots.map((given) => ({ ...given })),
          ),
        );
      }
    }),
    { numRuns: 60 },
  );
});

type Change =
  | { module: string }
  | { folder: string }
  | { remove: string }
  | { move: string; to: string }
  | { link: string; to: string };

function apply(world: World, change: Change): void {
  if ('module' in change) world.module(`oca/${change.module}`);
  else if ('folder' in change) world.folder('oca', change.folder);
  else if ('remove' in change) rmSync(world.at('oca', change.remove), { recursive: true });
  else if ('move' in change) renameSync(world.at('oca', change.move), world.at('oca', change.to));
  else symlinkSync(change.to, world.at('oca', change.link));
}

/** Not every change can be made. */
function attempt(work: () => void): void {
  try {
    work();
  } catch {}
}
