import { rmSync } from 'node:fs';
import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findModule } from '../../../src/addons/lookup.ts';
import type { ModuleName } from '../../../src/addons/module-name.ts';
import type { ToolFamily } from '../../../src/addons/roots.ts';
import { type FoundModule, lookAtSource } from '../../../src/services/link/resolve-modules.ts';
import { type Excusable, readProvenances, vouchForModules } from '../../../src/services/link/vouch.ts';
import type { Provenance } from '../../../src/sources/provenance.ts';
import { lookAround, makeInstance, succeeded } from '../../support/instance.ts';
import { eachFolder } from '../../support/provenance.ts';
import { createWorld, type World } from '../../support/world.ts';

const git = (branch: string | null, more: Partial<Provenance> = {}): Provenance => {
  return { branch, commit: 'c0ffee', dirty: false, ...more };
};

/** A module of the world, as a call finds it. */
async function find(
  world: World,
  name: string,
  { family = 'oca' as ToolFamily, requiredBy = [] as string[] } = {},
): Promise<FoundModule> {
  const instance = makeInstance(world);
  const { sources } = await lookAround(instance);
  const source = succeeded(await findModule(name as ModuleName, family, sources));
  return { ...lookAtSource(source, instance), requiredBy, chain: () => requiredBy };
}

describe('a module that was found', () => {
  it.each<[string, string, Provenance | null, Record<string, unknown>]>([
    ['is vouched for outside git', 'linked', null, {}],
    ['is vouched for on a branch of the series', 'linked', git('17.0'), {}],
    ['is vouched for on a topic of the series', 'linked', git('17.0-fix'), {}],
    ['is vouched for on a branch that names no series', 'linked', git('main'), {}],
    ['is vouched for without a branch', 'linked', git(null), {}],
    ['is vouched for with warnings', 'linked', null, { license: null }],
    ['is refused on a branch of another series', 'wrong_series', git('16.0'), {}],
    ['is refused for its version', 'wrong_series', null, { version: '16.0.1.0.0' }],
    ['is refused for a licence that Odoo does not know', 'breaks_update', git('17.0'), { license: 'none' }],
    ['is refused when it is not installable', 'not_installable', null, { installable: false }],
    ['is refused when its manifest is none', 'manifest_invalid', null, { depends: 'base, web' }],
    // The same would be said twice: what is on another branch was made for another series.
    ['is refused once for both', 'wrong_series', git('16.0'), { version: '16.0.1.0.0', license: 'none' }],
  ])('%s: %s', async (_, outcome, provenance, manifest) => {
    const world = createWorld();
    world.module('oca/web/x', manifest);
    const found = await find(world, 'x');
    const { modules, refusals } = await vouchForModules(
      [found],
      makeInstance(world),
      eachFolder(() => provenance),
    );
    const said = [...modules.map(() => 'linked'), ...refusals.map(({ code }) => code)];
    expect(said).toEqual([outcome]);
    expect(refusals.map(({ module }) => module)).toEqual(outcome === 'linked' ? [] : ['x']);
  });

  it('is refused for everything that is wrong with it', async () => {
    const world = createWorld();
    world.module('oca/web/x', { installable: false });
    rmSync(world.at('oca/web/x/__init__.py'));
    const { refusals } = await vouchForModules(
      [await find(world, 'x')],
      makeInstance(world),
      eachFolder(() => null),
    );
    expect(refusals.map(({ code }) => code)).toEqual(['not_installable', 'not_importable']);
  });

  it.each<[string, Excusable, Record<string, unknown>, string[], boolean]>([
    ['asked for, which says only that', 'asked', { installable: false }, [], true],
    ['that nobody asked to excuse', 'on request', { installable: false }, [], false],
    ['that another one needs', 'asked', { installable: false }, ['y'], false],
    ['of another series', 'asked', { installable: false, version: '16.0.1.0.0' }, [], false],
    ['that is broken otherwise', 'asked', { installable: false, depends: 'base, web' }, [], false],
    ['that would break the update', 'asked', { installable: false, license: 'none' }, [], false],
  ])(
    'that is not installable, %s (%s), is excused: %s',
    async (_, excusable, manifest, requiredBy, isExcused) => {
      const world = createWorld();
      world.module('oca/web/x', manifest);
      const found = await find(world, 'x', { requiredBy });
      const vouch = (how: Excusable) =>
        vouchForModules(
          [found],
          makeInstance(world),
          eachFolder(() => null),
          how,
        );
      const { modules } = await vouch(excusable);
      expect(modules.map(({ isServerWide }) => isServerWide)).toEqual(isExcused ? [true] : []);
      expect((await vouch('none')).modules).toEqual([]);
    },
  );

  it('that is not installable is not excused where a module of the call needs it', async () => {
    const world = createWorld();
    world.module('oca/web/x', { installable: false });
    world.module('oca/web/y', { depends: ['x'] });
    const found = [await find(world, 'x'), await find(world, 'y')];
    const { refusals } = await vouchForModules(
      found,
      makeInstance(world),
      eachFolder(() => null),
      'asked',
    );
    expect(refusals.map(({ code }) => code)).toEqual(['not_installable']);
    expect(refusals[0]?.hint).not.toContain('allow_uninstallable');
  });

  it('that is not installable has the way on in its hint, if there is one', async () => {
    const world = createWorld();
    world.module('oca/web/x', { installable: false });
    world.module('oca/web/y', { installable: false, version: '16.0.1.0.0' });
    const hintOf = async (name: string) => {
      const found = [await find(world, name)];
      return (
        await vouchForModules(
          found,
          makeInstance(world),
          eachFolder(() => null),
          'on request',
        )
      ).refusals[0]?.hint;
    };
    expect(await hintOf('x')).toContain('call again with allow_uninstallable: true');
    expect(await hintOf('y')).not.toContain('allow_uninstallable');
  });

  it('is refused with branch and series, and the branch to check out', async () => {
    const world = createWorld();
    world.module('oca/web/x');
    const read = eachFolder(() => git('16.0-fix it'));
    const { refusals } = await vouchForModules([await find(world, 'x')], makeInstance(world), read);
    expect(refusals[0]).toMatchObject({
      details: { branch: '"16.0-fix it"', made_for: '16.0', series: '17.0' },
      hint: expect.stringContaining('17.0'),
    });
  });

  it.each<[string, string[], boolean]>([
    ['that was asked for', [], false],
    ['that others need', ['a', 'b'], true],
  ])('%s is refused with the way that leads to it', async (_, requiredBy, isTold) => {
    const world = createWorld();
    world.module('oca/web/x', { license: 'none' });
    const found = await find(world, 'x', { requiredBy });
    const { refusals } = await vouchForModules(
      [found],
      makeInstance(world),
      eachFolder(() => null),
    );
    expect(refusals[0]?.details?.chain).toEqual(isTold ? requiredBy : undefined);
    expect(refusals[0]?.message.includes('a -> b')).toBe(isTold);
    // What the manifest is refused for is there either way.
    expect(refusals[0]?.details?.problems).toHaveLength(1);
  });

  it('is vouched for with all that an approval is bound to', async () => {
    const world = createWorld();
    world.module('oca/web/x', { license: null });
    const found = await find(world, 'x', { requiredBy: ['a'] });
    const provenance = git('17.0', { dirty: true });
    const { modules } = await vouchForModules(
      [found],
      makeInstance(world),
      eachFolder(() => provenance),
    );
    expect(modules).toEqual([
      {
        source: found.source,
        fields: found.assessment.judgement?.fields,
        problems: [expect.objectContaining({ code: 'license_missing' })],
        literal: found.assessment.judgement?.literal,
        provenance,
        state: {
          repos: ['web'],
          commit: 'c0ffee',
          dirty: true,
          manifest: found.assessment.sha256,
          folders: found.folders,
        },
        requiredBy: ['a'],
        isServerWide: false,
      },
    ]);
  });
});

describe('git', () => {
  it('is asked about each module, in the folder it really is in', async () => {
    const world = createWorld();
    for (const path of ['web/x', 'web/y', 'crm/z', 'own']) world.module(`oca/${path}`);
    world.folder('oca/own/.git');
    world.folder('oca/.git');
    world.link(world.at('oca/web/x'), 'oca/links/x');
    const found = await Promise.all(['x', 'y', 'z', 'own'].map((name) => find(world, name)));
    const asked: string[][] = [];
    const read = eachFolder((folder, root) => {
      asked.push([relative(world.path, folder), relative(world.path, root)]);
      return folder.includes('web') ? git('17.0') : null;
    });
    const answers = await readProvenances(
      found.map(({ source }) => source),
      read,
    );
    expect(asked).toEqual([
      ['oca/web/x', 'oca'],
      ['oca/web/y', 'oca'],
      ['oca/crm/z', 'oca'],
      ['oca/own', 'oca'],
    ]);
    expect([...answers].map(([path, answer]) => [relative(world.path, path), answer?.branch])).toEqual([
      ['oca/web/x', '17.0'],
      ['oca/web/y', '17.0'],
      ['oca/crm/z', undefined],
      ['oca/own', undefined],
    ]);
  });

  it('names the module where that is the checkout', async () => {
    const world = createWorld();
    world.module('oca/x');
    world.folder('oca/x/.git');
    const found = [await find(world, 'x')];
    const { refusals } = await vouchForModules(
      found,
      makeInstance(world),
      eachFolder(() => git('16.0')),
    );
    expect(refusals[0]?.message).toBe('The checkout of x is on branch 16.0, which is not for 17.0.');
  });

  it('says of each module what its own checkout is', async () => {
    const world = createWorld();
    world.module('oca/web/x');
    world.module('oca/crm/y');
    const found = [await find(world, 'x'), await find(world, 'y')];
    const read = eachFolder((folder) => (folder.endsWith('crm/y') ? git('16.0') : git('17.0')));
    const { modules, refusals } = await vouchForModules(found, makeInstance(world), read);
    expect([modules.map(({ source }) => source.name), refusals.map(({ module }) => module)]).toEqual([
      ['x'],
      ['y'],
    ]);
  });
});
