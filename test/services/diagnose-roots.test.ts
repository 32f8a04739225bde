import { expect, it } from 'vitest';
import type { Family, Root } from '../../src/addons/roots.ts';
import { createPathMap } from '../../src/base/path-map.ts';
import { buildCatalog } from '../../src/catalog/catalog.ts';
import { diagnoseRoot } from '../../src/services/diagnose-roots.ts';
import type { ReadProvenance } from '../../src/sources/provenance.ts';
import { branches, checkOut, makeInstance } from '../support/instance.ts';
import { askAboutOne, eachFolder } from '../support/provenance.ts';
import { noTurns } from '../support/turns.ts';
import { createWorld, type World } from '../support/world.ts';

/** The findings about the first root, with paths in the world; `text -> remedy`. */
async function diagnose(
  world: World,
  roots: readonly Root[],
  look?: ReadProvenance,
  mounts: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const paths = createPathMap(Object.entries(mounts).map(([host, odoo]) => ({ host: world.at(host), odoo })));
  const isMapped = Object.keys(mounts).length > 0;
  const instance = { ...makeInstance(world, { families: [] }), roots, paths: isMapped ? paths : null };
  const catalog = await buildCatalog(roots, '17.0', noTurns);
  const found = await diagnoseRoot(
    roots[0] as Root,
    instance,
    catalog,
    look ?? eachFolder(() => null),
    noTurns,
  );
  const said = found.map(({ level, text, remedy = '' }) => `${level} ${text} -> ${remedy}`);
  return said.map((line) => line.replaceAll(`${world.path}/`, ''));
}
const root = (world: World, family: Family, path: string = family): Root => ({
  family,
  path: world.at(path),
});
const of = (family: Family) => (world: World) => [root(world, family)];

type Row = [string, (world: World) => unknown, (world: World) => Root[], (string | RegExp)[]];

it.each<Row>([
  [
    'a root with modules',
    (world) => world.module('oca/web/x'),
    of('oca'),
    ['ok oca oca: 1 module, 1 repository -> '],
  ],
  [
    'a root that was sorted',
    (world) => world.module('own/x'),
    (world) => [{ ...root(world, 'own'), because: 'it is ours' }],
    ['ok own own (sorted: it is ours): 1 module, 1 repository -> '],
  ],
  [
    'a root without modules',
    (world) => world.folder('oca/empty'),
    of('oca'),
    [/^warn oca oca: 0 modules.* -> check out/],
  ],
  ['a root that is empty', (world) => world.folder('oca'), of('oca'), [/^warn oca oca is empty -> fill it/]],
  ['a root that is gone', () => {}, of('oca'), [/^fail oca oca no longer exists -> bring it back/]],
  [
    'a root that leads elsewhere now',
    (world) => {
      world.module('two/x');
      world.link('two', 'oca');
    },
    of('oca'),
    [/^fail oca oca leads to another folder .* -> restart the server/],
  ],
  [
    'few modules that would be refused',
    (world) => {
      for (const name of ['a', 'b', 'c']) world.module(`oca/web/${name}`);
      world.module('oca/crm/d', { installable: false });
    },
    of('oca'),
    [
      'ok oca oca: 4 modules, 2 repositories, 1 would be refused (odoo-link-mcp check oca --series 17.0 says why) -> ',
    ],
  ],
  [
    'mostly modules that would be refused',
    (world) => {
      world.module('oca/web/a');
      for (const name of ['b', 'c']) world.module(`oca/web/${name}`, { version: '16.0.1.0.0' });
    },
    of('oca'),
    [
      /^fail oca oca: 3 modules, 1 repository, 2 would be refused -> run odoo-link-mcp check oca --series 17.0/,
    ],
  ],
  [
    'a root that is a module',
    (world) => world.module('oca'),
    of('oca'),
    [
      /^warn oca oca: 0 modules/,
      'fail oca is a module itself -> name the folder that contains it under roots.oca',
    ],
  ],
  [
    'modules that lie too deep',
    (world) => {
      world.module('oca/web/x');
      world.module('oca/github/crm/y');
    },
    of('oca'),
    [
      /^ok/,
      'warn oca/github/crm contains 1 module (y), but is too deep to be searched -> add it to roots.oca',
    ],
  ],
  [
    'folders of an archive',
    (world) => {
      world.module('oca/web/x');
      world.module('oca/y-17.0');
    },
    of('oca'),
    [/^ok/, /^warn oca contains modules that cannot be imported under their names: y-17.0 -> rename/],
  ],
  [
    'many folders like these, which are not all named',
    (world) => {
      world.module('oca/web/x');
      for (let at = 0; at < 9; at++) world.module(`oca/deep/${at}/y`);
    },
    of('oca'),
    [
      /^ok/,
      ...Array.from({ length: 5 }, (_, at) => new RegExp(`^warn oca/deep/${at} contains`)),
      /^warn and 4 more folders/,
    ],
  ],
  [
    'Odoo itself under another family',
    (world) => {
      world.module('oca/web/x');
      world.module('oca/odoo/odoo/addons/base');
    },
    of('oca'),
    [/^ok/, /^warn oca\/odoo is Odoo itself: its modules are left out -> name it under roots.core/],
  ],
  [
    'Odoo Enterprise under another family',
    (world) => {
      world.module('oca/web/x');
      world.module('oca/enterprise/web_studio', { license: 'OEEL-1' });
    },
    of('oca'),
    [
      /^ok/,
      /^warn oca\/enterprise contains 1 module of Odoo Enterprise.*: web_studio -> name the repository under roots.ee/,
    ],
  ],
  [
    'AGPL-3 among Enterprise',
    (world) => {
      world.module('ee/enterprise/web_studio', { license: 'OEEL-1' });
      world.module('ee/web/x');
    },
    of('ee'),
    [
      /^ok/,
      /^warn ee\/web contains 1 module under AGPL-3.*: x -> name the repository under roots.oca or roots.own/,
    ],
  ],
  [
    'all of Odoo',
    (world) => {
      world.module('core/odoo/addons/base');
      world.module('core/addons/web');
      world.file('core/odoo/release.py', "version_info = (17, 0, 0, FINAL, 0, '')\n");
    },
    of('core'),
    ['ok core core: 2 modules -> '],
  ],
  [
    'Odoo of another series',
    (world) => {
      world.module('core/odoo/addons/base');
      world.module('core/addons/web');
      world.file('core/odoo/release.py', "version_info = (16, 0, 0, FINAL, 0, '')\n");
    },
    of('core'),
    [/^fail core core: 2 modules, of Odoo 16.0, not 17.0 -> check out the branch 17.0/],
  ],
  [
    'a part of Odoo',
    (world) => {
      world.module('odoo/odoo/addons/base');
      world.module('odoo/addons/web');
    },
    (world) => [root(world, 'core', 'odoo/addons')],
    [
      'fail core odoo/addons: 1 module: it lacks base, so it is not Odoo, or only a part of it -> name odoo instead',
    ],
  ],
  [
    'a part of Odoo whose rest is nowhere',
    (world) => world.module('core/sale'),
    of('core'),
    [/^fail core core: 1 module: it lacks base and web, .* -> name a checkout of Odoo/],
  ],
  [
    'a part of Odoo whose rest is another root',
    (world) => {
      world.module('odoo/odoo/addons/base');
      world.module('odoo/addons/web');
    },
    (world) => [root(world, 'core', 'odoo/addons'), root(world, 'core', 'odoo/odoo/addons')],
    ['ok core odoo/addons: 1 module -> '],
  ],
])('%s', async (_, set, roots, expected) => {
  const world = createWorld();
  set(world);
  expect(await diagnose(world, roots(world))).toEqual(
    expected.map((one) => (typeof one === 'string' ? one : expect.stringMatching(one))),
  );
});

it('checkouts with the same finding share a line, and a module may be a checkout', async () => {
  const world = createWorld();
  for (const path of ['old/a', 'older/b', 'web/c', 'dirty/d', 'single/e']) world.module(`oca/${path}`);
  world.folder('oca/single/e/.git');
  const { readProvenance } = branches({ old: '16.0', older: '16.0', e: '15.0' });
  const look = eachFolder((folder, at) =>
    folder.endsWith('dirty')
      ? { branch: '17.0', commit: null, dirty: true }
      : askAboutOne(readProvenance)(folder, at),
  );
  expect(await diagnose(world, of('oca')(world), look)).toEqual([
    expect.stringMatching(/^ok/),
    'warn dirty: with local changes -> ',
    'warn old, older: on branch 16.0, so the modules are refused as wrong_series -> check out the branch 17.0',
    'warn e: on branch 15.0, so the modules are refused as wrong_series -> check out the branch 17.0',
  ]);
});

it('a repository whose git data cannot be read is told', async () => {
  const world = createWorld();
  world.module('oca/web/x');
  world.file('oca/web/.git', 'gitdir: /nowhere');
  const [, finding] = await diagnose(world, of('oca')(world));
  expect(finding).toMatch(/^warn web: branch and commit are unknown/);
});

it('git that is too slow is told as that, in one line for all repositories, and without a false cause', async () => {
  const world = createWorld();
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) world.module(`oca/${name}/${name}_x`);
  const look = eachFolder(() => ({ branch: '17.0', commit: 'c0ffee', dirty: null, timedOut: 10_000 }));
  const lines = (await diagnose(world, of('oca')(world), look)).filter((line) => line.includes('git'));
  expect(lines).toEqual([
    'warn 7 repositories, a, b, c, d, e and 2 more: git timed out after 10 s, so local changes are not known -> links can be made; run doctor again when the machine is less busy',
  ]);
});

it.each<[what: string, Record<string, string>, (string | RegExp)[]]>([
  ['all of it', { oca: '/mnt' }, []],
  ['what is around it', { '.': '/mnt' }, []],
  [
    'parts of it',
    { 'oca/web': '/mnt/web', 'oca/crm': '/mnt/crm' },
    [/^ok oca oca: of it, Odoo sees oca\/web, oca\/crm/],
  ],
  [
    'something else',
    { linked: '/mnt' },
    [/^warn oca oca: Odoo does not see it, .* -> mount it where Odoo runs/],
  ],
])('a root of which Odoo sees %s', async (_, mounts, expected) => {
  const world = createWorld();
  world.module('oca/web/x');
  const [, ...found] = await diagnose(world, of('oca')(world), undefined, mounts);
  expect(found).toEqual(expected.map((one) => expect.stringMatching(one)));
  // Odoo's own modules are in its image, whatever stands for them here.
  world.module('core/odoo/addons/base');
  world.module('core/addons/web');
  expect(await diagnose(world, of('core')(world), undefined, mounts)).toEqual([expect.stringMatching(/^ok/)]);
});

it.each<[string, string, readonly string[], string | RegExp]>([
  [
    'of a later series beside one of its own',
    '18.0',
    ['oca', 'own'],
    'ok oca oca: 1 module, on branches for Odoo 18.0: none is linked for 17.0, and `migrate --to 18.0` looks among them -> ',
  ],
  [
    'of an earlier series beside one of its own',
    '16.0',
    ['oca', 'own'],
    'ok oca oca: 1 module, on branches for Odoo 16.0: none is linked for 17.0 -> ',
  ],
  ['of another series alone', '18.0', ['oca'], /^fail oca oca: .* 1 would be refused/],
])('a root %s', async (_, branch, families, said) => {
  const world = createWorld();
  world.module('oca/web/x', { version: `${branch}.1.0.0` });
  checkOut(world, 'oca/web', branch);
  world.module('own/web/y');
  const [first] = await diagnose(
    world,
    families.map((family) => root(world, family as Family)),
  );
  expect(first).toEqual(typeof said === 'string' ? said : expect.stringMatching(said));
});
