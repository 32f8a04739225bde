import { describe, expect, it } from 'vitest';
import type { ModuleName } from '../../../src/addons/module-name.ts';
import type { ToolFamily } from '../../../src/addons/roots.ts';
import { resolveModules } from '../../../src/services/link/resolve-modules.ts';
import { type InstanceOptions, linkedModule, lookAround, makeInstance } from '../../support/instance.ts';
import { createWorld, type World } from '../../support/world.ts';

interface Options extends InstanceOptions {
  readonly family?: ToolFamily;
  readonly repo?: string;
  readonly with_dependencies?: boolean;
  readonly replace?: boolean;
}

async function resolve(world: World, names: readonly string[], options: Options = {}) {
  const { family = 'oca', repo, with_dependencies = true, replace = false, ...rest } = options;
  const around = await lookAround(makeInstance(world, rest));
  return resolveModules(names as ModuleName[], { family, repo, with_dependencies, replace }, around);
}

/** What is to be linked, what is there (`name by`), and what is refused (`code module`). */
async function outcome(world: World, names: readonly string[], options: Options = {}) {
  const { modules, satisfied, refusals } = await resolve(world, names, options);
  return {
    modules: modules.map(({ source }) => source.path.slice(world.path.length + 1)),
    satisfied: satisfied.map(({ module, by }) => `${module} ${by}`),
    refusals: refusals.map(({ code, module }) => `${code} ${module}`),
  };
}

describe('a module that is asked for', () => {
  it.each<[string, ToolFamily, readonly string[], string[], string[]]>([
    ['is found in its family', 'oca', ['x'], ['oca/web/x'], []],
    ['comes in the order of the call', 'oca', ['y', 'x'], ['oca/web/y', 'oca/web/x'], []],
    ['is refused when nobody has it', 'oca', ['none'], [], ['module_not_found none']],
    ['is refused when another family has it', 'ee', ['x'], [], ['wrong_family x']],
    ['does not keep others from being found', 'oca', ['none', 'x'], ['oca/web/x'], ['module_not_found none']],
  ])('%s', async (_, family, names, modules, refusals) => {
    const world = createWorld();
    world.module('oca/web/x');
    world.module('oca/web/y');
    expect(await outcome(world, names, { family })).toMatchObject({ modules, refusals });
  });

  it('is the one of the repository that was asked for', async () => {
    const world = createWorld();
    world.module('oca/web/x');
    world.module('oca/crm/x');
    expect((await outcome(world, ['x'])).refusals).toEqual(['ambiguous_module x']);
    expect((await outcome(world, ['x'], { repo: 'crm' })).modules).toEqual(['oca/crm/x']);
  });

  it('is said to be missing once, though another one needs it, too', async () => {
    const world = createWorld();
    world.module('oca/web/x', { depends: ['none'] });
    expect((await outcome(world, ['x', 'none'])).refusals).toEqual(['module_not_found none']);
    expect((await outcome(world, ['x'])).refusals).toEqual(['dependency_missing none']);
  });
});

describe('what `x` needs', () => {
  const x = (world: World, ...depends: string[]) => world.module('oca/web/x', { depends });
  const ours = { modules: ['oca/web/x'], satisfied: [], refusals: [] };

  it.each<[string, object, Options, (world: World) => void]>([
    [
      'is linked along from its family',
      { ...ours, modules: ['oca/web/x', 'oca/crm/d'] },
      {},
      (world) => {
        x(world, 'd');
        world.module('oca/crm/d', { depends: [] });
      },
    ],
    [
      'is linked along all the way down',
      { ...ours, modules: ['oca/web/x', 'oca/crm/d', 'oca/crm/e'] },
      {},
      (world) => {
        x(world, 'd');
        world.module('oca/crm/d', { depends: ['e'] });
        world.module('oca/crm/e', { depends: [] });
      },
    ],
    [
      'is not looked at when the caller does not want it',
      ours,
      { with_dependencies: false },
      (world) => x(world, 'd', 'none'),
    ],
    [
      "is there, when it is of Odoo's list",
      { ...ours, satisfied: ['sale core_list'] },
      {},
      (world) => x(world, 'sale'),
    ],
    [
      'is there, when a core root has it; that is not followed',
      { ...ours, satisfied: ['d core'] },
      { families: ['oca', 'core'] },
      (world) => {
        x(world, 'd');
        world.module('core/d', { depends: ['none'] });
      },
    ],
    [
      'is there, when odoo.conf brings it in; that is followed',
      { ...ours, satisfied: ['d addons_path'], refusals: ['dependency_missing none'] },
      { odooConf: { addonsPath: ['theirs'], dataDir: null } },
      (world) => {
        x(world, 'd');
        world.module('theirs/d', { depends: ['none'] });
      },
    ],
    [
      'is there, when it is linked; that is followed',
      { modules: ['oca/web/x', 'oca/crm/e'], satisfied: ['d linked'], refusals: [] },
      {},
      (world) => {
        x(world, 'd');
        linkedModule(world, 'oca/crm/d', { depends: ['e'] });
        world.module('oca/crm/e', { depends: [] });
      },
    ],
    [
      'is there, when a module of Enterprise is linked',
      { ...ours, satisfied: ['d linked'] },
      {},
      (world) => {
        x(world, 'd');
        linkedModule(world, 'ee/d', { depends: [] });
      },
    ],
    [
      'is there, when a real folder has it',
      { ...ours, satisfied: ['d linked'] },
      {},
      (world) => {
        x(world, 'd');
        world.module('linked/d', { depends: [] });
      },
    ],
    [
      'counts as Odoo finds it, though a root has a better one',
      { ...ours, refusals: ['dependency_missing d'] },
      {},
      (world) => {
        x(world, 'd');
        linkedModule(world, 'oca/crm/d', { installable: false });
      },
    ],
    // The link itself is spoilt, so there is nothing to re-point it to.
    [
      'is looked for in the roots with replace, and found where it is',
      { ...ours, modules: ['oca/web/x', 'oca/crm/d'] },
      { replace: true },
      (world) => {
        x(world, 'd');
        linkedModule(world, 'oca/crm/d', { depends: [], installable: false });
      },
    ],
    [
      'is looked for in the roots with replace, when its link leads to another module',
      { ...ours, modules: ['oca/web/x', 'oca/crm/d'] },
      { replace: true },
      (world) => {
        x(world, 'd');
        world.link(world.module('oca/web/other'), 'linked/d');
        world.module('oca/crm/d', { depends: [] });
      },
    ],
    [
      'is not re-pointed without replace',
      { ...ours, refusals: ['dependency_missing d'] },
      {},
      (world) => {
        x(world, 'd');
        world.link(world.module('oca/web/other'), 'linked/d');
        world.module('oca/crm/d', { depends: [] });
      },
    ],
    [
      'is not re-pointed in another directory',
      { ...ours, refusals: ['dependency_missing d'] },
      { replace: true, dirs: ['linked', 'more'] },
      (world) => {
        x(world, 'd');
        world.link(world.module('oca/web/other'), 'more/d');
        world.module('oca/crm/d', { depends: [] });
      },
    ],
    [
      'is not re-pointed when it is of another family',
      { ...ours, refusals: ['dependency_missing d'] },
      { replace: true },
      (world) => {
        x(world, 'd');
        linkedModule(world, 'ee/d', { installable: false });
        world.module('oca/crm/d', { depends: [] });
      },
    ],
    [
      'is not there as a real folder that is spoilt',
      { ...ours, refusals: ['dependency_missing d'] },
      { replace: true },
      (world) => {
        x(world, 'd');
        world.module('linked/d', { installable: false });
        world.module('oca/crm/d', { depends: [] });
      },
    ],
    [
      'is refused when nobody has it',
      { ...ours, refusals: ['dependency_missing none'] },
      {},
      (world) => x(world, 'none'),
    ],
    [
      'is refused when it is no name',
      { ...ours, refusals: ['dependency_missing "no name"'] },
      {},
      (world) => x(world, 'no name'),
    ],
    [
      'is refused when it is of Enterprise',
      { ...ours, refusals: ['dependency_needs_enterprise d'] },
      {},
      (world) => {
        x(world, 'd');
        world.module('ee/d');
      },
    ],
    [
      'is refused when several repositories have it',
      { ...ours, refusals: ['ambiguous_module d'] },
      {},
      (world) => {
        x(world, 'd');
        world.module('oca/one/d');
        world.module('oca/two/d');
      },
    ],
    [
      'is the one of the repository of the call, where that has it',
      { ...ours, modules: ['oca/web/x', 'oca/web/d'] },
      { repo: 'web' },
      (world) => {
        x(world, 'd');
        world.module('oca/web/d', { depends: [] });
        world.module('oca/two/d', { depends: [] });
      },
    ],
    [
      'is from another repository, where that of the call does not have it',
      { ...ours, modules: ['oca/web/x', 'oca/two/d'] },
      { repo: 'web' },
      (world) => {
        x(world, 'd');
        world.module('oca/two/d', { depends: [] });
      },
    ],
    [
      'is refused when it needs `x` in turn',
      { ...ours, modules: ['oca/web/x', 'oca/web/d'], refusals: ['dependency_cycle x'] },
      {},
      (world) => {
        x(world, 'd');
        world.module('oca/web/d', { depends: ['x'] });
      },
    ],
    [
      'is refused when its licence does not fit, and the operator wants that',
      { ...ours, modules: ['oca/web/x', 'oca/web/d'], refusals: ['license_conflict x'] },
      { licenses: { conflicts: 'refuse', lgpl_on_proprietary: 'allow' } },
      (world) => {
        world.module('oca/web/x', { license: 'LGPL-3', depends: ['d'] });
        world.module('oca/web/d', { depends: [] });
      },
    ],
  ])('%s', async (_, expected, { odooConf, ...options }, set) => {
    const world = createWorld();
    set(world);
    const conf = odooConf && {
      ...odooConf,
      addonsPath: (odooConf.addonsPath ?? []).map((folder) => world.at(folder)),
    };
    expect(await outcome(world, ['x'], { ...options, ...(conf && { odooConf: conf }) })).toEqual(expected);
  });

  it('may have a licence that does not fit, with a warning', async () => {
    const world = createWorld();
    world.module('oca/web/x', { license: 'LGPL-3', depends: ['d'] });
    linkedModule(world, 'oca/web/d', { depends: [] });
    const { warnings, refusals } = await resolve(world, ['x']);
    expect([refusals, warnings]).toMatchObject([[], [{ code: 'license_conflict', module: 'x' }]]);
  });

  it('has the licence of its family: a core root is LGPL-3, whatever a manifest says', async () => {
    const world = createWorld();
    world.module('oca/web/x', { license: 'LGPL-3', depends: ['d'] });
    world.module('core/d', { depends: [] });
    expect((await resolve(world, ['x'], { families: ['oca', 'core'] })).warnings).toEqual([]);
  });
});

describe('what a resolution tells', () => {
  it('says who needs a module, and the way to it; nobody needs one that was asked for', async () => {
    const world = createWorld();
    world.module('oca/web/x', { depends: ['d', 'y'] });
    world.module('oca/web/y', { depends: ['d'] });
    world.module('oca/web/d', { depends: [] });
    const { modules } = await resolve(world, ['x', 'y']);
    expect(modules.map(({ source, requiredBy, chain }) => [source.name, requiredBy, chain()])).toEqual([
      ['x', [], []],
      ['y', [], []],
      ['d', ['x', 'y'], ['x']],
    ]);
  });

  it('names a circle by the way through it, and asks nobody but its maintainers', async () => {
    const world = createWorld();
    world.module('oca/web/x', { depends: ['y'] });
    world.module('oca/web/y', { depends: ['x'] });
    const { refusals } = await resolve(world, ['x']);
    expect(refusals).toMatchObject([{ module: 'x', details: { cycle: ['x', 'y', 'x'] } }]);
    expect(refusals[0]?.hint).not.toContain('_link');
  });

  it.each<[string, boolean, boolean]>([
    ['leads to another module, and a root has it', true, true],
    ['leads to another module, and no root has it', false, false],
  ])('offers replace where it helps: the link %s: %s', async (_, isThere, isOffered) => {
    const world = createWorld();
    world.module('oca/web/x', { depends: ['d'] });
    world.link(world.module('oca/web/other'), 'linked/d');
    if (isThere) world.module('oca/crm/d');
    const { refusals } = await resolve(world, ['x']);
    expect(refusals[0]?.hint?.includes('replace: true')).toBe(isOffered);
  });

  it('does not offer replace for a link that would lead to the same folder', async () => {
    const world = createWorld();
    world.module('oca/web/x', { depends: ['d'] });
    linkedModule(world, 'oca/crm/d', { installable: false });
    const { refusals } = await resolve(world, ['x']);
    expect(refusals[0]?.hint).not.toContain('replace: true');
  });

  it.each<[string, (world: World) => void, number]>([
    ['a link in an addons directory', (world) => linkedModule(world, 'oca/web/d', { depends: [] }), 1],
    ['a real folder there', (world) => world.module('linked/d', { depends: [] }), 1],
    ['a module of a core root', (world) => world.module('core/d', { depends: [] }), 0],
  ])('relies on %s', async (_, set, count) => {
    const world = createWorld();
    world.module('oca/web/x', { depends: ['d'] });
    set(world);
    const { premises, satisfied } = await resolve(world, ['x'], { families: ['oca', 'core'] });
    expect(satisfied).toHaveLength(1);
    expect(premises.map(({ module, dir }) => [module, dir.path])).toEqual(
      Array(count).fill(['d', world.at('linked')]),
    );
  });

  it('tells the path of what is there, but not where only odoo.conf has it', async () => {
    const world = createWorld();
    world.module('oca/web/x', { depends: ['d', 'e'] });
    linkedModule(world, 'oca/web/d', { depends: [] });
    world.module('theirs/e', { depends: [] });
    const odooConf = { addonsPath: [world.at('theirs')], dataDir: null };
    expect((await resolve(world, ['x'], { odooConf })).satisfied).toEqual([
      { module: 'd', by: 'linked', path: world.at('linked/d') },
      { module: 'e', by: 'addons_path', path: null },
    ]);
  });
});
