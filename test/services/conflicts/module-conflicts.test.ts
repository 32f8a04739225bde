import { describe, expect, it } from 'vitest';
import type { ModuleName } from '../../../src/addons/module-name.ts';
import type { Family } from '../../../src/addons/roots.ts';
import type { ManifestFields } from '../../../src/manifest/judgement.ts';
import {
  describeCycle,
  findModuleConflicts,
  licenseConflicts,
  toConflict,
} from '../../../src/services/conflicts/module-conflicts.ts';
import { readLinkedModules } from '../../../src/services/linked-modules.ts';
import { dependencyTree } from '../../../src/services/modules/dependency-tree.ts';
import { findModule } from '../../../src/services/modules/find-module.ts';
import { openCatalog } from '../../support/catalog.ts';
import {
  type InstanceOptions,
  linkedModule,
  lookAround,
  makeInstance,
  succeeded,
} from '../../support/instance.ts';
import { noTurns } from '../../support/turns.ts';
import { createWorld, type World } from '../../support/world.ts';

async function scopeOf(world: World, options: InstanceOptions = {}) {
  const instance = makeInstance(world, options);
  const linked = succeeded(await readLinkedModules(instance, noTurns));
  return { ...(await lookAround(instance)), linked };
}

const fieldsOf = (fields: Partial<ManifestFields>) =>
  ({ license: 'AGPL-3', depends: [], excludes: [], ...fields }) as ManifestFields;

describe('the licences of the dependencies of a module', () => {
  /** What `x` of this family and licence needs, and whether it may. */
  it.each<[string, Family | null, string, string, boolean]>([
    ['a linked module whose licence asks for less', 'oca', 'AGPL-3', 'linked_lgpl', true],
    ['a linked module whose licence asks for more', 'oca', 'LGPL-3', 'linked_agpl', false],
    ['a linked module of its own licence', 'oca', 'AGPL-3', 'linked_agpl', true],
    ["one of Odoo's list", 'oca', 'LGPL-3', 'sale', true],
    ['one that only a root has', 'oca', 'LGPL-3', 'offered_agpl', false],
    ['one that only a root has, whose licence fits', 'oca', 'AGPL-3', 'offered_agpl', true],
    ['a module of Enterprise in a root, whatever its manifest says', 'oca', 'AGPL-3', 'offered_ee', false],
    ['a module that only the list of Enterprise knows', 'oca', 'AGPL-3', 'account_accountant', false],
    ['the same from Enterprise, whatever the manifest says', 'ee', 'AGPL-3', 'account_accountant', true],
    ['a linked module of Enterprise, whatever its manifest says', 'oca', 'AGPL-3', 'linked_ee', false],
    ['a module of the OCA from Enterprise', 'ee', 'AGPL-3', 'linked_agpl', false],
    ['the same from outside all roots', null, 'AGPL-3', 'linked_agpl', true],
    ['one with a licence that Odoo does not know', 'oca', 'LGPL-3', 'linked_odd', true],
    ['one that is nowhere', 'oca', 'LGPL-3', 'missing', true],
    ['a name that is none', 'oca', 'LGPL-3', 'no name', true],
  ])('%s (%s, %s): %s is fine: %s', async (_, family, license, dependency, isFine) => {
    const world = createWorld();
    linkedModule(world, 'oca/web/linked_lgpl', { license: 'LGPL-3' });
    linkedModule(world, 'oca/web/linked_agpl');
    linkedModule(world, 'oca/web/linked_odd', { license: 'WTFPL' });
    linkedModule(world, 'ee/linked_ee', { license: 'LGPL-3' });
    world.module('oca/web/offered_agpl');
    world.module('ee/offered_ee', { license: 'LGPL-3' });
    const scope = await scopeOf(world);
    const conflicts = await licenseConflicts(
      'x',
      family,
      fieldsOf({ license, depends: [dependency] }),
      scope,
    );
    expect(conflicts.map(({ kind, module }) => [kind, module])).toEqual(isFine ? [] : [['license', 'x']]);
    if (!isFine) expect(conflicts[0]?.message).toContain(dependency);
  });

  it('are told two hundred of, at most', async () => {
    const world = createWorld();
    const names = Array.from({ length: 205 }, (_, index) => `m${index}`);
    for (const name of names) world.module(`oca/web/${name}`);
    const scope = await scopeOf(world);
    const conflicts = await licenseConflicts(
      'x',
      'oca',
      fieldsOf({ license: 'LGPL-3', depends: names }),
      scope,
    );
    expect(conflicts).toHaveLength(200);
  });
});

describe('the conflicts of a module', () => {
  /** What is told of `name`, found or not: the kinds and modules. */
  const find = async (world: World, name: string, options: InstanceOptions = {}) => {
    const scope = await scopeOf(world, options);
    const found = await findModule(name as ModuleName, { repo: 'web' }, scope);
    const modules = found.ok ? [found.value] : [];
    const fields = modules[0]?.assessment?.judgement?.fields ?? null;
    const tree = await dependencyTree(modules, scope);
    const catalog = await openCatalog(scope.instance.roots).refresh();
    const asked = [{ name, fields }];
    const { conflicts } = await findModuleConflicts({ asked, tree }, { ...scope, catalog });
    return conflicts.map(({ kind, module }) => `${kind} ${module}`);
  };
  const x = (world: World, manifest: Record<string, unknown> = {}) => {
    world.module('oca/web/x', manifest);
    return find(world, 'x');
  };

  it.each<[string, string[], (world: World) => Promise<string[]>]>([
    ['nothing', [], (world) => x(world)],
    ['nothing but a name in a list, of a module that no root has', [], (world) => find(world, 'sale')],
    [
      'another repository of the family with its name',
      ['same_name x'],
      (world) => {
        world.module('oca/crm/x');
        return x(world);
      },
    ],
    [
      'another family with its name',
      ['families x'],
      (world) => {
        world.module('ee/x');
        return x(world);
      },
    ],
    [
      'a module of the list with its name',
      ['core sale'],
      (world) => {
        world.module('oca/web/sale');
        return find(world, 'sale');
      },
    ],
    [
      'what it excludes, wherever that is',
      ['excludes x', 'excludes x', 'excludes x'],
      (world) => {
        linkedModule(world, 'oca/web/other');
        world.module('oca/crm/offered');
        return x(world, { excludes: ['other', 'offered', 'missing', 'x', 'other'] });
      },
    ],
    [
      'what excludes it, linked or not, and not what excludes others',
      ['excludes other', 'excludes offered'],
      (world) => {
        linkedModule(world, 'theirs/other', { excludes: ['x'] });
        linkedModule(world, 'oca/web/third', { excludes: ['other'] });
        world.module('oca/crm/offered', { excludes: ['x'] });
        return x(world);
      },
    ],
    [
      'nothing outside all roots that excludes it',
      [],
      (world) => {
        world.link(world.module('beyond/y', { excludes: ['x'] }), 'oca/web/y');
        return x(world);
      },
    ],
    [
      'the same of a name that no root has',
      ['excludes offered'],
      (world) => {
        world.module('oca/crm/offered', { excludes: ['account_accountant'] });
        return find(world, 'account_accountant');
      },
    ],
    [
      'what a dependency and Odoo exclude of one another, and not what could be linked besides',
      ['excludes d', 'excludes d', 'excludes linked'],
      (world) => {
        world.module('oca/web/d', { excludes: ['linked', 'sale', 'offered'] });
        world.module('oca/web/offered', { excludes: ['d'] });
        linkedModule(world, 'oca/web/linked', { excludes: ['d'] });
        return x(world, { depends: ['d'] });
      },
    ],
    [
      'two dependencies that exclude one another',
      ['excludes d'],
      (world) => {
        world.module('oca/web/d', { excludes: ['e'] });
        world.module('oca/web/e');
        return x(world, { depends: ['d', 'e'] });
      },
    ],
    ['its licence', ['license x'], (world) => x(world, { depends: ['account_accountant'] })],
    [
      'the licence of what it needs',
      ['license d'],
      (world) => {
        world.module('oca/web/d', { license: 'LGPL-3', depends: ['e'] });
        world.module('oca/web/e');
        return x(world, { depends: ['d'] });
      },
    ],
    [
      'circles it leads into',
      ['cycle x', 'cycle a'],
      (world) => {
        world.module('oca/web/y', { depends: ['x'] });
        world.module('oca/web/a', { depends: ['a'] });
        return x(world, { depends: ['y', 'a'] });
      },
    ],
    [
      'everything at once: names, what is excluded, licences, circles',
      ['same_name x', 'excludes x', 'license x', 'cycle x'],
      (world) => {
        world.module('oca/crm/x');
        return x(world, { excludes: ['sale'], depends: ['account_accountant', 'x'] });
      },
    ],
    [
      'what does not need its manifest, where that cannot be read',
      ['same_name x', 'excludes other'],
      (world) => {
        world.file('oca/web/x/__manifest__.py', '{');
        world.module('oca/crm/x');
        linkedModule(world, 'oca/web/other', { excludes: ['x'] });
        return find(world, 'x');
      },
    ],
  ])('%s: %j', async (_, conflicts, look) => {
    expect(await look(createWorld())).toEqual(conflicts);
  });
});

describe('a pair of which one excludes the other', () => {
  const pair = async (world: World, asked: string) => {
    const scope = await scopeOf(world, { families: ['oca', 'ee'] });
    const found = await findModule(asked as ModuleName, {}, scope);
    const modules = found.ok ? [found.value] : [];
    const fields = modules[0]?.assessment?.judgement?.fields ?? null;
    const tree = await dependencyTree(modules, scope);
    const catalog = await openCatalog(scope.instance.roots).refresh();
    return findModuleConflicts({ asked: [{ name: asked, fields }], tree }, { ...scope, catalog });
  };

  it.each<[string, string, object, RegExp, (world: World) => void]>([
    [
      'linked',
      'y',
      { state: 'linked', family: 'oca', repo: null },
      /^x excludes y \(linked\):/,
      (world) => linkedModule(world, 'oca/web/y'),
    ],
    [
      'available',
      'y',
      { state: 'available', family: 'ee', repo: 'ee' },
      /^x excludes y \(Odoo Enterprise, not linked, in ee\):/,
      (world) => world.module('ee/y'),
    ],
    [
      'not on disk, of Enterprise',
      'account_asset',
      { state: 'missing', family: 'ee', repo: null },
      /^x excludes account_asset \(Odoo Enterprise, not on disk\):/,
      () => {},
    ],
    [
      'not on disk',
      'y',
      { state: 'missing', family: null, repo: null },
      /^x excludes y \(not on disk\):/,
      () => {},
    ],
    [
      "Odoo's own",
      'sale',
      { state: 'core_list', family: 'core', repo: null },
      /^x excludes sale \(one of Odoo's own modules\):/,
      () => {},
    ],
  ])('says of the other that it is %s', async (_, other, place, said, set) => {
    const world = createWorld();
    set(world);
    world.module('oca/web/x', { excludes: [other] });
    const [conflict] = (await pair(world, 'x')).conflicts;
    expect(conflict).toMatchObject({ kind: 'excludes', module: 'x', other: { module: other, ...place } });
    expect(conflict?.message).toMatch(said);
  });

  it('says it the other way round, where the other was asked about', async () => {
    const world = createWorld();
    world.module('oca/web/x', { excludes: ['account_asset'] });
    const [conflict] = (await pair(world, 'account_asset')).conflicts;
    expect(conflict).toMatchObject({ module: 'x', other: { module: 'x', state: 'available', repo: 'web' } });
    expect(conflict?.message).toMatch(/^x \(not linked, in web\) excludes account_asset:/);
  });

  it('is told fifty times at most, and by no words of its own', async () => {
    const world = createWorld();
    const names = Array.from({ length: 60 }, (_, index) => `m${index} \n`);
    world.module('oca/web/x', { excludes: names });
    const { conflicts, more } = await pair(world, 'x');
    expect([conflicts.length, more]).toEqual([50, 10]);
    expect(conflicts[0]?.message).toContain('excludes "m0 \\u{a}"');
    expect(conflicts[0]?.other?.module).toBe('"m0 \\u{a}"');
  });
});

describe('a conflict is told', () => {
  it('by a way through the circle, shortened where it is long', () => {
    expect(describeCycle(['a', 'b c', 'a'])).toMatch(/^a -> "b c" -> a\b/);
    const long = describeCycle(Array.from({ length: 50 }, (_, index) => `m${index}`));
    expect(long).toMatch(/^m0 -> .*m9 -> .* -> m40 -> .*m49\b/);
    expect(long).not.toContain('m25');
  });

  it('without offers, where it is not of names', () => {
    expect(toConflict('cycle', 'a', 'm')).toEqual({ kind: 'cycle', module: 'a', message: 'm', offers: [] });
  });
});
