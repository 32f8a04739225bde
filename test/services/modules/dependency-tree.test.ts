import { describe, expect, it } from 'vitest';
import type { Assessment } from '../../../src/addons/assess.ts';
import type { ModuleOnPath, PathView } from '../../../src/addons/on-path.ts';
import type { Family } from '../../../src/addons/roots.ts';
import { readSources } from '../../../src/addons/sources.ts';
import { type AskedModule, dependencyTree, isOdoos } from '../../../src/services/modules/dependency-tree.ts';
import { type InstanceOptions, linkedModule, lookAround, makeInstance } from '../../support/instance.ts';
import { noTurns } from '../../support/turns.ts';
import { createWorld, type World } from '../../support/world.ts';

/** `x`, of which nothing is known but its place and what it needs. */
const asked = (depends: readonly string[], family: Family = 'oca'): AskedModule => {
  const judgement = { problems: [], fields: { depends, license: 'AGPL-3' } };
  return { name: 'x', family, repo: 'web', assessment: { judgement } as unknown as Assessment };
};

/** The tree of `x`, which needs these. */
async function tree(
  world: World,
  depends: readonly string[],
  options: InstanceOptions = {},
  family: Family = 'oca',
) {
  return dependencyTree([asked(depends, family)], await lookAround(makeInstance(world, options)));
}

describe('a dependency of `x`', () => {
  /** State, family, repository, whether it is sound, and whether it was followed to `e`. */
  it.each<
    [
      string,
      string,
      [string, Family | null, string | null, boolean, boolean],
      InstanceOptions,
      (world: World) => void,
    ]
  >([
    ["of Odoo's list", 'sale', ['core_list', 'core', null, true, false], {}, () => {}],
    [
      'of a core root',
      'd',
      ['core', 'core', null, true, false],
      { families: ['oca', 'core'] },
      (world) => {
        world.module('core/d', { depends: ['e'] });
      },
    ],
    [
      'that is linked',
      'd',
      ['linked', 'oca', null, true, true],
      {},
      (world) => linkedModule(world, 'oca/web/d', { depends: ['e'] }),
    ],
    // What it needs is told, as far as it can be read.
    [
      'that is linked and spoilt',
      'd',
      ['linked', 'oca', null, false, true],
      {},
      (world) => {
        linkedModule(world, 'oca/web/d', { depends: ['e'], installable: false });
      },
    ],
    [
      'that is linked from a core root',
      'd',
      ['linked', 'core', null, true, false],
      { families: ['oca', 'core'] },
      (world) => {
        world.module('core/odoo/addons/base');
        world.link(world.module('core/elsewhere/d', { depends: ['e'] }), 'linked/d');
      },
    ],
    [
      'that only odoo.conf brings in',
      'd',
      ['addons_path', null, null, true, true],
      { odooConf: { addonsPath: ['theirs'], dataDir: null } },
      (world) => {
        world.module('theirs/d', { depends: ['e'] });
      },
    ],
    [
      'that a root offers',
      'd',
      ['available', 'oca', 'crm', true, true],
      {},
      (world) => world.module('oca/crm/d', { depends: ['e'] }),
    ],
    [
      'that a root offers, spoilt',
      'd',
      ['available', 'oca', 'crm', false, true],
      {},
      (world) => {
        world.module('oca/crm/d', { depends: ['e'], installable: false });
      },
    ],
    [
      'of Enterprise, in a root',
      'd',
      ['available', 'ee', 'ee', true, true],
      {},
      (world) => world.module('ee/d', { depends: ['e'] }),
    ],
    [
      'of Enterprise, in the list alone',
      'account_accountant',
      ['missing', 'ee', null, false, false],
      {},
      () => {},
    ],
    [
      "of Odoo's list, where the core root does not have it",
      'sale',
      ['missing', 'core', null, false, false],
      { families: ['oca', 'core'] },
      () => {},
    ],
    ['that nobody knows', 'd', ['missing', null, null, false, false], {}, () => {}],
    ['that is no name', 'no name', ['missing', null, null, false, false], {}, () => {}],
  ])('%s', async (_, name, [state, family, repo, sound, isFollowed], { odooConf, ...options }, set) => {
    const world = createWorld();
    set(world);
    const conf = odooConf && {
      ...odooConf,
      addonsPath: (odooConf.addonsPath ?? []).map((folder) => world.at(folder)),
    };
    const { nodes } = await tree(world, [name], { ...options, ...(conf && { odooConf: conf }) });
    expect(nodes[1]).toMatchObject({ state, family, repo, sound });
    expect(nodes.some(({ module }) => module === 'e')).toBe(isFollowed);
  });

  it.each<[Family, string]>([
    ['oca', 'oca'],
    ['ee', 'ee'],
    // Neither has it, so the first does.
    ['core', 'oca'],
  ])('that several families offer is that of its own: %s takes %s', async (family, taken) => {
    const world = createWorld();
    world.module('ee/d');
    world.module('oca/web/d');
    const { nodes } = await tree(world, ['d'], {}, family);
    expect(nodes[1]?.family).toBe(taken);
  });
});

describe('the tree of a module', () => {
  it('begins with itself, nearest first, each once', async () => {
    const world = createWorld();
    world.module('oca/web/a', { depends: ['c', 'b'] });
    world.module('oca/web/b', { depends: [] });
    world.module('oca/web/c', { depends: ['a b'] });
    const { nodes, cycles, unexamined } = await tree(world, ['a', 'b']);
    expect(nodes.map(({ module, depends }) => [module, depends])).toEqual([
      ['x', ['a', 'b']],
      ['a', ['c', 'b']],
      ['b', []],
      ['c', ['"a b"']],
      ['"a b"', []],
    ]);
    expect(nodes[0]).toMatchObject({ state: 'asked', sound: true, family: 'oca', repo: 'web' });
    expect([cycles, unexamined]).toEqual([[], 0]);
  });

  it('tells circles, with those that the module is in', async () => {
    const world = createWorld();
    world.module('oca/web/a', { depends: ['x'] });
    world.module('oca/web/b', { depends: ['b'] });
    expect((await tree(world, ['a', 'b'])).cycles).toEqual([
      ['x', 'a', 'x'],
      ['b', 'b'],
    ]);
  });

  it('counts what it does not follow, where there is more than any Odoo has', async () => {
    const instance = makeInstance(createWorld());
    const sources = await readSources(instance.roots, instance.series, noTurns);
    const place = { entry: null, path: null, folder: null } as const;
    const found: ModuleOnPath = { by: 'core', ...place, family: 'core', assessment: null };
    const view = { find: () => found } as unknown as PathView;
    const depends = Array.from({ length: 10_009 }, (_, index) => `m${index}`);
    const { nodes, unexamined } = await dependencyTree([asked(depends)], {
      instance,
      sources,
      view,
      turns: noTurns,
    });
    expect([nodes.length, unexamined]).toEqual([10_000, 10]);
  });
});

describe('what is known of a module of the tree', () => {
  it('is its licence, as it counts, and what its manifest excludes and needs', async () => {
    const world = createWorld();
    const needs = { python: ['lxml'], bin: ['git'] };
    world.module('oca/web/a', { license: 'GPL-3', excludes: ['b'], external_dependencies: needs });
    world.module('ee/e', { license: 'LGPL-3' });
    linkedModule(world, 'oca/web/l', { excludes: ['m'] });
    world.module('oca/web/none', { license: null });
    world.file('oca/web/broken/__manifest__.py', '{');
    const names = ['a', 'e', 'l', 'sale', 'account_accountant', 'broken', 'nowhere'];
    const { reached } = await tree(world, names);
    const facts = reached.slice(1, 1 + names.length).map(({ name, value: { license, fields } }) => {
      return [name, license, fields?.excludes ?? null, fields?.externalDependencies ?? null];
    });
    const nothing = { python: [], bin: [] };
    expect(facts).toEqual([
      ['a', 'GPL-3', ['b'], needs],
      ['e', 'OEEL-1', [], nothing],
      ['l', 'AGPL-3', ['m'], nothing],
      ['sale', 'LGPL-3', null, null],
      ['account_accountant', 'OEEL-1', null, null],
      ['broken', '', null, null],
      ['nowhere', null, null, null],
    ]);
  });

  it('is of Odoo, unless Odoo could not install it', () => {
    const node = { state: 'core', family: 'core', sound: true } as const;
    expect(isOdoos(node)).toBe(true);
    expect(isOdoos({ ...node, state: 'linked' })).toBe(true);
    expect(isOdoos({ ...node, state: 'core_list' })).toBe(true);
    expect(isOdoos({ ...node, sound: false })).toBe(false);
    expect(isOdoos({ ...node, state: 'linked', family: 'oca' })).toBe(false);
  });
});

describe('the tree of several modules', () => {
  it('begins with all of them, and follows what they need once', async () => {
    const world = createWorld();
    world.module('oca/web/y', { depends: ['d'] });
    world.module('oca/web/d');
    const around = await lookAround(makeInstance(world));
    const y = { ...asked(['d', 'x']), name: 'y' };
    const { nodes } = await dependencyTree([asked(['d']), y], around);
    expect(nodes.map(({ module, state }) => `${module} ${state}`)).toEqual([
      'x asked',
      'y asked',
      'd available',
      'base core_list',
    ]);
  });
});
