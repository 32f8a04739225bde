import { expect, it } from 'vitest';
import { isOdooCheckout, odooFolders } from '../../src/addons/odoo-folders.ts';
import { createWorld } from '../support/world.ts';

/** A root of the family core, its folders in the package, and the others: paths in it. */
type Row = [string, string[], { inPackage: string[]; others: string[] }];

it.each<Row>([
  [
    'a source checkout',
    ['odoo/addons/base', 'addons/web'],
    { inPackage: ['odoo/addons'], others: ['addons'] },
  ],
  ['site-packages', ['odoo/addons/base', 'odoo/addons/web'], { inPackage: ['odoo/addons'], others: [] }],
  ['the package', ['addons/base', 'addons/web'], { inPackage: ['addons'], others: [] }],
  ['its folder addons', ['base', 'web'], { inPackage: [''], others: [] }],
  ['a folder that only contains modules', ['web', 'sale'], { inPackage: [], others: [''] }],
  [
    'a folder of checkouts',
    ['odoo/odoo/addons/base', 'odoo/addons/web', 'more/x'],
    { inPackage: ['odoo/odoo/addons'], others: ['odoo/addons', ''] },
  ],
  ['an empty folder', [], { inPackage: [], others: [''] }],
])('Odoo is found in %s', (_, modules, expected) => {
  const world = createWorld();
  world.folder('root');
  for (const module of modules) world.module(`root/${module}`);
  const inRoot = (path: string) => path.slice(world.at('root').length + 1);
  const { inPackage, others } = odooFolders(world.at('root'));
  expect({ inPackage: inPackage.map(inRoot), others: others.map(inRoot) }).toEqual(expected);
});

it('a root that is gone is searched like one that is empty', () => {
  expect(odooFolders('/nonexistent/core')).toEqual({ inPackage: [], others: ['/nonexistent/core'] });
});

it('a checkout of Odoo is told by its module base', () => {
  const world = createWorld();
  world.module('odoo/odoo/addons/base');
  world.module('other/odoo/addons/sale');
  expect([isOdooCheckout(world.at('odoo')), isOdooCheckout(world.at('other'))]).toEqual([true, false]);
});
