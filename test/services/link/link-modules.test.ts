import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ok } from '../../../src/base/refusal.ts';
import type { ServiceContext } from '../../../src/services/context.ts';
import type { LinkRequest } from '../../../src/services/link/link-call.ts';
import { linkModules } from '../../../src/services/link/link-modules.ts';
import { entriesOf } from '../../support/batch.ts';
import {
  branches,
  type InstanceOptions,
  linkedModule,
  makeContext,
  makeInstance,
  refusalsOf,
  succeeded,
} from '../../support/instance.ts';
import { eachFolder } from '../../support/provenance.ts';
import { createWorld, type World } from '../../support/world.ts';

type Options = Partial<LinkRequest> & InstanceOptions;

function link(
  world: World,
  modules: readonly string[],
  options: Options = {},
  more: Partial<ServiceContext> = {},
) {
  const {
    family = 'oca',
    replace = false,
    dry_run = false,
    with_dependencies = true,
    repo,
    target_dir,
    allow_uninstallable,
    ...rest
  } = options;
  const request = {
    family,
    modules,
    argument: 'module',
    replace,
    dry_run,
    with_dependencies,
    repo,
    target_dir,
    allow_uninstallable,
  };
  return linkModules(request, makeContext(world, [makeInstance(world, rest)], more));
}

/** What was done as `action module`, or everything that is in the way as `code module`. */
async function outcome(
  world: World,
  modules: readonly string[],
  options: Options = {},
  more: Partial<ServiceContext> = {},
) {
  const done = await link(world, modules, options, more);
  if (done.ok) return done.value.links.map(({ module, action }) => `${action} ${module}`);
  return refusalsOf(done).map(({ code, module }) => `${code} ${module}`);
}

describe('a link call', () => {
  it.each<[string, readonly string[], string[], Options, (world: World) => void]>([
    ['links what is new', ['x'], ['create x'], {}, (world) => world.module('oca/web/x')],
    ['leaves what is there', ['x'], ['keep x'], {}, (world) => linkedModule(world, 'oca/web/x')],
    ['links modules of Enterprise', ['x'], ['create x'], { family: 'ee' }, (world) => world.module('ee/x')],
    [
      'links in the order of the call, then what is needed',
      ['y', 'x'],
      ['create y', 'create x', 'create d'],
      {},
      (world) => {
        world.module('oca/web/x', { depends: ['d'] });
        world.module('oca/web/y', { depends: [] });
        world.module('oca/crm/d', { depends: [] });
      },
    ],
    [
      'links without what is needed',
      ['x'],
      ['create x'],
      { with_dependencies: false },
      (world) => world.module('oca/web/x', { depends: ['none'] }),
    ],
    [
      'links a module once that is named twice',
      ['x', 'x'],
      ['create x'],
      {},
      (world) => world.module('oca/web/x'),
    ],
    [
      'links what is only to be loaded, if it is told so',
      ['x'],
      ['create x', 'create d'],
      { allow_uninstallable: true },
      (world) => {
        world.module('oca/web/x', { installable: false, depends: ['d'] });
        world.module('oca/web/d', { depends: [] });
      },
    ],
    [
      'does not link what is not installable for the sake of another module',
      ['x'],
      ['not_installable d'],
      { allow_uninstallable: true },
      (world) => {
        world.module('oca/web/x', { depends: ['d'] });
        world.module('oca/web/d', { installable: false, depends: [] });
      },
    ],
    [
      'does not re-point',
      ['x'],
      ['link_exists x'],
      {},
      (world) => {
        world.module('oca/web/x');
        world.link(world.at('oca/gone/x'), 'linked/x');
      },
    ],
    [
      're-points with replace',
      ['x'],
      ['replace x'],
      { replace: true },
      (world) => {
        world.module('oca/web/x');
        world.link(world.at('oca/gone/x'), 'linked/x');
      },
    ],
    [
      'takes the module of a repository',
      ['x'],
      ['create x'],
      { repo: 'crm' },
      (world) => {
        world.module('oca/web/x');
        world.module('oca/crm/x');
      },
    ],
    ['is refused for a name that is none', ['no name'], ['invalid_module_name undefined'], {}, () => {}],
    [
      'is refused for names and target at once',
      ['no name'],
      ['target_not_allowed undefined', 'invalid_module_name undefined'],
      { target_dir: '/elsewhere' },
      () => {},
    ],
    // Each is found out at another place: by the name, by the manifest, by the entry, by what it needs.
    [
      'is refused for all that is in the way, in the order of the call',
      ['a', 'b', 'c', 'd'],
      ['occupied a', 'not_installable b', 'module_not_found c', 'dependency_missing none'],
      {},
      (world) => {
        world.module('oca/web/a');
        world.module('linked/a');
        world.module('oca/web/b', { installable: false });
        world.module('oca/web/d', { depends: ['none'] });
      },
    ],
    [
      'is refused for what is needed, too',
      ['x'],
      ['foreign_link d'],
      {},
      (world) => {
        world.module('oca/web/x', { depends: ['d'] });
        world.module('oca/web/d');
        world.link('/nowhere', 'linked/d');
      },
    ],
    [
      'is refused for a checkout of another branch',
      ['x'],
      ['wrong_series x'],
      {},
      (world) => world.module('oca/old/x'),
    ],
  ])('%s', async (_, modules, expected, options, set) => {
    const world = createWorld();
    world.folder('linked');
    set(world);
    const before = entriesOf(world.at('linked'));
    const context = branches({ old: '16.0' });
    expect(await outcome(world, modules, { ...options, dry_run: true }, context)).toEqual(expected);
    expect(entriesOf(world.at('linked'))).toEqual(before);
    expect(await outcome(world, modules, options, context)).toEqual(expected);
    const isChanged = expected.some((line) => /^(create|replace) /.test(line));
    expect(JSON.stringify(entriesOf(world.at('linked'))) !== JSON.stringify(before)).toBe(isChanged);
  });

  it('works in the directory and the style of the instance', async () => {
    const world = createWorld();
    world.module('oca/web/x');
    const options: Options = { dirs: ['linked', 'more'], linkStyle: 'relative' };
    succeeded(await link(world, ['x'], { ...options, target_dir: world.at('more') }));
    expect([entriesOf(world.at('linked')), entriesOf(world.at('more'))]).toEqual([[], ['x -> ../oca/web/x']]);
  });

  it('is refused when the directory is gone', async () => {
    const world = createWorld();
    world.module('oca/web/x');
    const context = makeContext(world, [makeInstance(world)]);
    rmSync(world.at('linked'), { recursive: true });
    const request = { family: 'oca', modules: ['x'], argument: 'module', with_dependencies: true } as const;
    const done = await linkModules({ ...request, replace: false, dry_run: false }, context);
    expect(done).toMatchObject({ refusal: { code: 'target_unavailable' } });
  });

  it.each<[string, string[], (world: World) => InstanceOptions]>([
    ['the licences on the way', ['license_conflict'], () => ({})],
    [
      'what the interpreter does not have, where there is one',
      ['license_conflict', 'external_dependency_unknown'],
      () => ({ python: '/nowhere' }),
    ],
  ])('warns of %s', async (_, codes, options) => {
    const world = createWorld();
    world.module('oca/web/x', {
      license: 'LGPL-3',
      depends: ['d'],
      external_dependencies: { python: ['lxml'] },
    });
    world.module('oca/web/d', { depends: [] });
    const { warnings } = succeeded(await link(world, ['x'], { ...options(world), dry_run: true }));
    expect(warnings.map(({ code }) => code)).toEqual(codes);
  });

  it('names the instance in a hint, where there are several, and the directory, where it is not the first', async () => {
    const world = createWorld();
    world.module('oca/web/x', { depends: ['d'] });
    world.module('ee/d');
    const dirs = ['linked', 'more'];
    const prod = makeInstance(world, { dirs });
    const context = makeContext(world, [prod, { ...prod, name: 'test' }]);
    const elsewhere = await link(world, ['x'], { dirs, target_dir: world.at('more') });
    const call = `ee_link {"modules":["d"],"target_dir":"${world.at('more')}"}`;
    expect(refusalsOf(elsewhere)[0]?.hint).toContain(call);
    const request = { family: 'oca', modules: ['x'], argument: 'module', instance: 'prod' } as const;
    const done = await linkModules(
      { ...request, with_dependencies: true, replace: false, dry_run: true },
      context,
    );
    expect(refusalsOf(done)[0]?.hint).toContain('ee_link {"modules":["d"],"instance":"prod"}');
  });
});

it('git is asked again under the lock, where somebody said yes to the plan', async () => {
  const world = createWorld();
  world.module('oca/web/x');
  const asked: string[] = [];
  const readProvenance = eachFolder((folder) => {
    asked.push(folder);
    return null;
  });
  const guard = { review: async () => ok('look again' as const), begin: async () => ok(undefined) };
  succeeded(await link(world, ['x'], {}, { guard, readProvenance }));
  expect(asked).toEqual([world.at('oca/web/x'), world.at('oca/web/x')]);
});

describe('what changes between the plan and the lock', () => {
  /** Links `x`, which needs the linked `d`; the change is made once, after the plan. */
  it.each<[string, string[], number, (world: World) => void]>([
    ['nothing', ['create x'], 1, () => {}],
    ['nothing that matters', ['create x'], 1, (world) => world.link('/nowhere', 'linked/other')],
    ['its own link came', ['keep x'], 2, (world) => world.link(world.at('oca/web/x'), 'linked/x')],
    ['its name was taken', ['occupied x'], 2, (world) => world.module('linked/x')],
    ['what it needs was unlinked', ['create x', 'create d'], 2, (world) => rmSync(world.at('linked/d'))],
    [
      'what it needs was re-pointed',
      ['create x'],
      2,
      (world) => {
        rmSync(world.at('linked/d'));
        world.link(world.module('oca/other/d', { depends: [] }), 'linked/d');
      },
    ],
  ])('%s', async (_, expected, reviews, change) => {
    const world = createWorld();
    world.module('oca/web/x', { depends: ['d'] });
    linkedModule(world, 'oca/crm/d', { depends: [] });
    let count = 0;
    const guard = {
      review: async () => {
        if (++count === 1) change(world);
        return ok('as planned' as const);
      },
      begin: async () => ok(undefined),
    };
    expect(await outcome(world, ['x'], {}, { guard })).toEqual(expected);
    // A plan that is refused is not reviewed.
    expect(count).toBe(expected[0]?.startsWith('occupied') ? reviews - 1 : reviews);
  });
});

it('tells what dependencies need besides Odoo, also of those that are linked already', async () => {
  const world = createWorld();
  linkedModule(world, 'oca/web/there', { external_dependencies: { python: ['ldap'], bin: ['git'] } });
  world.module('oca/web/x', { depends: ['there'] });
  const report = succeeded(
    await linkModules(
      {
        family: 'oca',
        modules: ['x'],
        argument: 'module',
        with_dependencies: true,
        replace: false,
        allow_uninstallable: false,
        dry_run: true,
      },
      makeContext(world, [makeInstance(world)]),
    ),
  );
  expect(report.external_dependencies).toEqual({ python: ['ldap'], bin: ['git'] });
});
