import { expect, it } from 'vitest';
import { manifestIn, topFolders } from '../../src/addons/modules-in-tree.ts';

const entry = (mode: string, name: string) => ({ mode, name, id: `id of ${name}` });

it('takes real folders at the top whose names are modules', () => {
  const top = [
    ...['web_x', 'a-b', '.github', 'setup', '__unported__', 'node_modules', '17x'].map((name) =>
      entry('40000', name),
    ),
    entry('120000', 'link'),
    entry('160000', 'submodule'),
    entry('100644', 'file'),
  ];
  expect(topFolders(top)).toEqual([{ name: 'web_x', id: 'id of web_x' }]);
});

it.each([
  ['a manifest', [entry('100644', '__manifest__.py')], 'id of __manifest__.py'],
  ['one that can be run', [entry('100755', '__manifest__.py')], 'id of __manifest__.py'],
  ['the old name', [entry('100644', '__openerp__.py')], 'id of __openerp__.py'],
  [
    'both names',
    [entry('100644', '__openerp__.py'), entry('100644', '__manifest__.py')],
    'id of __manifest__.py',
  ],
  [
    'a link and the old name',
    [entry('120000', '__manifest__.py'), entry('100644', '__openerp__.py')],
    'id of __openerp__.py',
  ],
  ['a link', [entry('120000', '__manifest__.py')], 'link'],
  ['a folder of that name', [entry('40000', '__manifest__.py')], null],
  ['none', [entry('100644', '__init__.py')], null],
] as const)('finds in a folder with %s what Odoo 17.0 reads: %s', (_, folder, expected) => {
  expect(manifestIn(folder, '17.0')).toBe(expected);
});

it('knows that Odoo 19.0 does not read the old name', () => {
  expect(manifestIn([entry('100644', '__openerp__.py')], '19.0')).toBeNull();
});
