import { describe, expect, it } from 'vitest';
import type { Family } from '../../../src/addons/roots.ts';
import type { ManifestFields } from '../../../src/manifest/judgement.ts';
import {
  describeCycle,
  findModuleConflicts,
  licenseConflicts,
  toConflict,
} from '../../../src/services/conflicts/module-conflicts.ts';
import { readLinkedModules } from '../../../src/services/linked-modules.ts';
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

describe('the conflicts of one module', () => {
  const find = async (
    world: World,
    name: string,
    fields: Partial<ManifestFields> | null,
    cycles: readonly string[][] = [],
    options: InstanceOptions = {},
  ) => {
    const scope = await scopeOf(world, options);
    const found = await findModuleConflicts(name, 'oca', fields && fieldsOf(fields), cycles, scope);
    return found.map(({ kind, module }) => `${kind} ${module}`);
  };

  it.each<[string, string[], (world: World) => Promise<string[]>]>([
    ['nothing', [], (world) => find(world, 'x', {})],
    ['nothing but a name in a list, of a module that no root has', [], (world) => find(world, 'sale', null)],
    [
      'another repository of the family with its name',
      ['same_name x'],
      (world) => {
        world.module('oca/web/x');
        world.module('oca/crm/x');
        return find(world, 'x', {});
      },
    ],
    [
      'another family with its name',
      ['families x'],
      (world) => {
        world.module('oca/web/x');
        world.module('ee/x');
        return find(world, 'x', {});
      },
    ],
    [
      'a module of the list with its name',
      ['core sale'],
      (world) => {
        world.module('oca/web/sale');
        return find(world, 'sale', {});
      },
    ],
    [
      'what it excludes',
      ['excludes x'],
      (world) => {
        linkedModule(world, 'oca/web/other');
        return find(world, 'x', { excludes: ['other', 'missing'] });
      },
    ],
    [
      'what excludes it, and not what excludes others',
      ['excludes other'],
      (world) => {
        linkedModule(world, 'oca/web/other', { excludes: ['x'] });
        linkedModule(world, 'oca/web/third', { excludes: ['other'] });
        return find(world, 'x', {});
      },
    ],
    ['its licence', ['license x'], (world) => find(world, 'x', { depends: ['account_accountant'] })],
    [
      'circles it leads into',
      ['cycle x', 'cycle a'],
      (world) =>
        find(world, 'x', {}, [
          ['x', 'y', 'x'],
          ['a', 'a'],
        ]),
    ],
    [
      'everything at once: names, what is excluded, licences, circles',
      ['same_name x', 'excludes x', 'license x', 'cycle x'],
      (world) => {
        world.module('oca/web/x');
        world.module('oca/crm/x');
        return find(world, 'x', { excludes: ['sale'], depends: ['account_accountant'] }, [['x', 'x']]);
      },
    ],
    [
      'what does not need its manifest, where that cannot be read',
      ['same_name x', 'excludes other'],
      (world) => {
        world.module('oca/web/x');
        world.module('oca/crm/x');
        linkedModule(world, 'oca/web/other', { excludes: ['x'] });
        return find(world, 'x', null);
      },
    ],
  ])('%s: %j', async (_, conflicts, look) => {
    expect(await look(createWorld())).toEqual(conflicts);
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
