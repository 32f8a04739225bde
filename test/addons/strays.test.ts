import { describe, expect, it } from 'vitest';
import { repositoriesOf } from '../../src/addons/discover.ts';
import type { Root } from '../../src/addons/roots.ts';
import { findStrays, isFolderOf } from '../../src/addons/strays.ts';
import { noTurns } from '../support/turns.ts';
import { createWorld } from '../support/world.ts';

describe('modules that are not found', () => {
  it.each<[string, string[], string[]]>([
    ['none in repositories', ['web/a', 'web/addons/b', 'web/odoo/addons/c'], []],
    ['one in a folder of folders of checkouts', ['OCA/web/a'], ['OCA/web/a']],
    ['one in an archive that was extracted twice', ['web-17.0/web-17.0/a'], ['web-17.0/web-17.0/a']],
    ['one whose folder has the name of an archive', ['a-17.0', 'web/b'], ['a-17.0']],
    ['one in a repository, too', ['web/a-17.0', 'web/b'], ['web/a-17.0']],
    ['none in modules', ['web/a', 'web/a/tests/b'], []],
    [
      'none in folders that are left out',
      ['web/setup/a/odoo/addons/a', 'web/__unported__/b', 'web/.git/c'],
      [],
    ],
    ['none of Odoo itself', ['odoo/odoo/addons/base', 'odoo/addons/sale'], []],
    ['the root itself', ['.'], ['.']],
  ])('are %s', async (_, modules, expected) => {
    const world = createWorld();
    for (const path of modules) world.module(`oca/${path}`);
    const root: Root = { family: 'oca', path: world.at('oca') };
    const found = await findStrays([root], await repositoriesOf(root, noTurns), noTurns);
    expect(found).toEqual({
      modules: expected.map((path) => ({ path: world.at('oca', path), root })),
      unreadable: [],
    });
  });

  it('are not looked for behind symlinks, nor deeper than six levels', async () => {
    const world = createWorld();
    world.module('beyond/a');
    world.module('oca/1/2/3/4/5/sixth');
    world.module('oca/1/2/3/4/5/6/seventh');
    world.link(world.at('beyond'), 'oca/linked');
    const root: Root = { family: 'oca', path: world.at('oca') };
    const { modules } = await findStrays([root], [], noTurns);
    expect(modules.map(({ path }) => path)).toEqual([world.at('oca/1/2/3/4/5/sixth')]);
  });
});

it.each([
  ['/r/web_x', true],
  ['/r/web_x-17.0', true],
  ['/r/web_x-17.0.1.0.0', true],
  ['/r/web_x_v17.0', true],
  ['/r/web_x 17.0 (1)', true],
  ['/r/web_x_17', false],
  ['/r/web_xy-17.0', false],
  ['/r/my_web_x-17.0', false],
  ['/r/web_x.bak', false],
])('%s is the folder of web_x: %j', (path, expected) => {
  expect(isFolderOf(path, 'web_x')).toBe(expected);
});
