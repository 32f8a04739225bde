import { describe, expect, it } from 'vitest';
import { sortRepositories } from '../../src/config/sort-roots.ts';
import { git } from '../sources/states.ts';
import { noTurns } from '../support/turns.ts';
import { createWorld, type World } from '../support/world.ts';

const OCA = { author: 'Acme, Odoo Community Association (OCA)' };
const clone = (world: World, path: string, url: string) => {
  git(world.at(path), 'init', '-q', '-b', '17.0');
  git(world.at(path), 'remote', 'add', 'origin', url);
};

/** How the repositories of `src` are sorted: `path family because`. */
async function sort(world: World, isRepository = false): Promise<string[]> {
  const roots = await sortRepositories(world.at('src'), isRepository, '17.0', noTurns);
  return roots.map(
    ({ path, family, because }) => `${path.slice(world.path.length + 1)} ${family}: ${because}`,
  );
}

describe('a repository is sorted', () => {
  it.each<[string, (world: World) => unknown, string[]]>([
    [
      'into core',
      (world) => world.module('src/odoo/odoo/addons/base'),
      ['src/odoo core: it contains odoo/addons/base'],
    ],
    [
      'into ee',
      (world) => world.module('src/enterprise/web_enterprise'),
      ['src/enterprise ee: it contains web_enterprise'],
    ],
    [
      'into ee, by most of its modules',
      (world) => {
        world.module('src/part/web_studio', { license: 'OEEL-1' });
        world.module('src/part/account_accountant', { license: 'OEEL-1' });
        world.module('src/part/x');
      },
      ['src/part ee: most of its modules are of Odoo Enterprise'],
    ],
    ...[
      'https://github.com/OCA/web',
      'https://github.com/OCA/web.git',
      'git@github.com:OCA/web.git',
      'ssh://git@github.com/OCA/web',
    ].map((url): [string, (world: World) => unknown, string[]] => [
      `into oca, cloned from ${url}`,
      (world) => {
        world.module('src/web/x');
        clone(world, 'src/web', url);
      },
      ['src/web oca: it was cloned from the OCA'],
    ]),
    [
      'into oca, by most of its authors',
      (world) => {
        world.module('src/fork/x', OCA);
        world.module('src/fork/y', { author: ['Acme', 'Odoo Community Association (OCA)'] });
        world.module('src/fork/z');
        clone(world, 'src/fork', 'https://github.com/acme/web');
      },
      ['src/fork oca: most of its manifests name the OCA as an author'],
    ],
    [
      'into own',
      (world) => {
        world.module('src/private/acme_base', { author: 'Acme' });
        world.module('src/private/acme_sale', { license: 'OEEL-1', author: 'Acme' });
      },
      ['src/private own: most of its manifests name neither the OCA nor Odoo Enterprise'],
    ],
    [
      'into own, whatever address only looks like the OCA',
      (world) => {
        world.module('src/web/x');
        clone(world, 'src/web', 'https://evil.example/github.com/OCA/web');
      },
      ['src/web own: most of its manifests name neither the OCA nor Odoo Enterprise'],
    ],
    [
      'with its modules in addons',
      (world) => world.module('src/project/addons/x', OCA),
      [expect.stringMatching('^src/project oca')],
    ],
    ['without modules into none', (world) => world.folder('src/empty'), []],
    [
      'itself, if it is the folder',
      (world) => world.module('src/x', OCA),
      [expect.stringMatching('^src oca')],
    ],
    [
      'with what cannot be read as no proof',
      (world) => {
        world.module('src/web/x');
        world.file('src/web/x/__manifest__.py', 'import os');
      },
      [expect.stringMatching('^src/web own')],
    ],
  ])('%s', async (_, set, expected) => {
    const world = createWorld();
    world.folder('src');
    set(world);
    expect(await sort(world)).toEqual(expected);
  });

  it.each<[string, boolean, (world: World) => unknown]>([
    ['a checkout', false, (world) => world.folder('src/.git')],
    ['a folder that a pattern matches', true, () => {}],
  ])('but nothing in %s becomes a root, neither a folder nor a symlink', async (_, isRepository, set) => {
    const world = createWorld();
    set(world);
    world.module('src/web/x', OCA);
    world.link(world.at('elsewhere'), 'src/linked');
    world.module('elsewhere/stolen');
    expect(await sort(world, isRepository)).toEqual([]);
  });

  it('beside Odoo, whose modules lie in odoo/addons of the folder, and a folder of addons', async () => {
    const world = createWorld();
    world.module('src/odoo/odoo/addons/base');
    world.module('src/odoo/addons/web');
    world.module('src/addons/x', OCA);
    world.module('src/enterprise/web_studio', { license: 'OEEL-1' });
    expect(await sort(world)).toEqual([
      expect.stringMatching('^src/addons oca'),
      expect.stringMatching('^src/enterprise ee'),
      expect.stringMatching('^src/odoo core'),
    ]);
  });

  it('beside those of other families, by name, also through a symlink', async () => {
    const world = createWorld();
    world.module('elsewhere/x', OCA);
    world.module('src/odoo/odoo/addons/base');
    world.module('src/private/acme_base');
    world.link(world.at('elsewhere'), 'src/linked');
    expect(await sort(world)).toEqual([
      expect.stringMatching('^elsewhere oca'),
      expect.stringMatching('^src/odoo core'),
      expect.stringMatching('^src/private own'),
    ]);
  });
});
