import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { LinkReport, LinkRequest } from '../../../src/services/link/link-call.ts';
import { linkModules } from '../../../src/services/link/link-modules.ts';
import { linkedModule, makeContext, makeInstance, succeeded } from '../../support/instance.ts';
import { createWorld, type World } from '../../support/world.ts';

const request: LinkRequest = {
  family: 'oca',
  modules: ['x'],
  argument: 'module',
  with_dependencies: true,
  replace: false,
  dry_run: false,
};

/** What a dry run, the call, and the same calls again warn of. */
async function warnings(world: World, options: Parameters<typeof makeInstance>[1] = {}) {
  const context = makeContext(world, [makeInstance(world, options)]);
  const told: LinkReport[] = [];
  for (const dry_run of [true, false, false, true]) {
    told.push(succeeded(await linkModules({ ...request, dry_run }, context)));
  }
  expect(told.map(({ status }) => status)).toEqual(['planned', 'linked', 'already_linked', 'planned']);
  return told.map((report) => report.warnings);
}

describe('a call that is repeated', () => {
  it.each<[string, string[], (world: World) => Parameters<typeof makeInstance>[1] | undefined]>([
    [
      'of what is worth knowing of a manifest, its own and of what it needs',
      ['license_missing x', 'key_misspelt d', 'license_conflict x'],
      (world) => {
        world.module('oca/web/x', { depends: ['d'], license: null });
        world.module('oca/crm/d', { sumary: 'x' });
      },
    ],
    [
      'of what installs itself, misses data, looks where it is, and is of no series',
      ['auto_install x', 'series_unproven d', 'data_missing d', 'realpath_of_file d', 'auto_install d'],
      (world) => {
        world.module('oca/web/x', { depends: ['d'], auto_install: true });
        const d = world.module('oca/crm/d', { version: '1.0', data: ['a.xml'], auto_install: true });
        world.file(`${d.slice(world.path.length + 1)}/a.py`, 'P = realpath(__file__)\nfile_open(P)\n');
      },
    ],
    [
      'of names that another family has',
      ['name_conflict x', 'name_conflict account_accountant'],
      (world) => {
        for (const folder of ['oca/web', 'ee'])
          world.module(`${folder}/x`, { depends: ['account_accountant'] });
        world.module('oca/web/account_accountant');
      },
    ],
    [
      'of what excludes and is excluded',
      ['excludes x', 'excludes d', 'excludes other'],
      (world) => {
        world.module('oca/web/x', { depends: ['d'], excludes: ['other'] });
        world.module('oca/web/d', { excludes: ['sale'] });
        linkedModule(world, 'oca/web/other', { excludes: ['d'] });
      },
    ],
    [
      'of licences, further down too',
      ['license_conflict x', 'license_conflict d'],
      (world) => {
        world.module('oca/web/x', { depends: ['d'], license: 'LGPL-3' });
        world.module('oca/web/d', { depends: ['e'], license: 'GPL-3' });
        world.module('oca/web/e', { license: 'AGPL-3' });
      },
    ],
    [
      'of what is missing in the environment of Odoo, by the first that needs it',
      ['external_dependency_missing d'],
      (world) => {
        const needs = { external_dependencies: { python: ['p'], bin: [] } };
        world.module('oca/web/x', { depends: ['b', 'd'] });
        linkedModule(world, 'oca/web/b', { depends: ['c'] });
        linkedModule(world, 'oca/web/c', needs);
        world.module('oca/web/d', needs);
        const python = world.file(
          'python',
          `#!/bin/sh\ncat > /dev/null; echo '{"python": ["p"], "bin": []}'\n`,
        );
        chmodSync(python, 0o755);
        return { python };
      },
    ],
  ])('warns again %s', async (_, expected, set) => {
    const world = createWorld();
    const [dryRun, ...others] = await warnings(world, set(world));
    expect(dryRun?.map(({ code, module }) => `${code} ${module}`)).toEqual(expected);
    for (const other of others) expect(other).toEqual(dryRun);
  });

  it('warns of a name that is hidden, too', async () => {
    const world = createWorld();
    world.module('oca/web/x');
    world.module('first/x');
    const told = await warnings(world, {
      dirs: ['linked', 'last'],
      odooConf: { addonsPath: [world.at('first')] },
    });
    expect(told.map((one) => one.map(({ code }) => code))).toEqual(Array(4).fill(['shadowed']));
  });

  it('warns of the licence of what is linked since before the operator forbade it', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/x', { depends: ['d'] });
    linkedModule(world, 'oca/web/d', { depends: ['e'], license: 'LGPL-3' });
    linkedModule(world, 'oca/web/e');
    const licenses = { conflicts: 'refuse', lgpl_on_proprietary: 'allow' } as const;
    const context = makeContext(world, [makeInstance(world, { licenses })]);
    const report = succeeded(await linkModules(request, context));
    expect(report.warnings).toMatchObject([{ code: 'license_conflict', module: 'd' }]);
  });

  it('does not look at what other tools link, nor at what lies elsewhere', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/x', { depends: ['y', 'z'] });
    linkedModule(world, 'ee/y', { auto_install: true, license: 'OEEL-1' });
    world.module('theirs/z', { auto_install: true });
    const options = { odooConf: { addonsPath: [world.at('theirs')] } };
    const context = makeContext(world, [makeInstance(world, options)]);
    const report = succeeded(await linkModules(request, context));
    expect(report.warnings.filter(({ code }) => code === 'auto_install')).toEqual([]);
  });
});
