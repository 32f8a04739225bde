import { describe, expect, it } from 'vitest';
import { refuse } from '../../../src/base/refusal.ts';
import type { FoundPlace, ServiceContext } from '../../../src/services/context.ts';
import { addonInfo, type InfoRequest } from '../../../src/services/modules/addon-info.ts';
import {
  type InstanceOptions,
  linkedModule,
  makeContext,
  makeInstance,
  refusalsOf,
  succeeded,
} from '../../support/instance.ts';
import { eachFolder } from '../../support/provenance.ts';
import { createWorld, type World } from '../../support/world.ts';

const ask = (
  world: World,
  request: InfoRequest,
  options: InstanceOptions = {},
  more: Partial<ServiceContext> = {},
) => addonInfo(request, makeContext(world, [makeInstance(world, options)], more));

describe('the module that addon_info tells of', () => {
  /** Family, repository and verdict; or the code of the refusal. */
  it.each<[string, InfoRequest, string, (world: World) => void]>([
    ['the one there is', { module: 'x' }, 'oca web installable', (world) => world.module('oca/web/x')],
    ['one of Enterprise', { module: 'x' }, 'ee ee installable', (world) => world.module('ee/x')],
    ['one of a core root', { module: 'x' }, 'core core installable', (world) => world.module('core/x')],
    [
      'one that is spoilt',
      { module: 'x' },
      'oca web uninstallable',
      (world) => world.module('oca/web/x', { installable: false }),
    ],
    [
      'one whose manifest is no file',
      { module: 'x' },
      'oca web invisible',
      (world) => world.folder('oca/web/x/__manifest__.py'),
    ],
    [
      'one whose manifest cannot be read',
      { module: 'x' },
      'oca web invisible',
      (world) => world.file('oca/web/x/__manifest__.py', '{'),
    ],
    [
      'the one of a repository',
      { module: 'x', repo: 'crm' },
      'oca crm installable',
      (world) => {
        world.module('oca/web/x');
        world.module('oca/crm/x');
      },
    ],
    [
      'the one of a family',
      { module: 'x', family: 'ee' },
      'ee ee installable',
      (world) => {
        world.module('oca/web/x');
        world.module('ee/x');
      },
    ],
    [
      'none of two repositories',
      { module: 'x' },
      'ambiguous_module',
      (world) => {
        world.module('oca/web/x');
        world.module('oca/crm/x');
      },
    ],
    [
      'none of two families',
      { module: 'x' },
      'ambiguous_module',
      (world) => {
        world.module('oca/web/x');
        world.module('ee/x');
      },
    ],
    [
      'none of another repository',
      { module: 'x', repo: 'crm' },
      'module_not_found',
      (world) => world.module('oca/web/x'),
    ],
    [
      'none of another family',
      { module: 'x', family: 'ee' },
      'module_not_found',
      (world) => world.module('oca/web/x'),
    ],
    [
      'one that only an addons directory has',
      { module: 'x' },
      'null null installable',
      (world) => world.module('linked/x'),
    ],
    [
      'not that, where a repository was asked for',
      { module: 'x', repo: 'web' },
      'module_not_found',
      (world) => world.module('linked/x'),
    ],
    [
      'not that, where a family was asked for',
      { module: 'x', family: 'oca' },
      'module_not_found',
      (world) => world.module('linked/x'),
    ],
    ['one of the list of Enterprise', { module: 'account_accountant' }, 'ee null null', () => {}],
    ['that one of its family', { module: 'account_accountant', family: 'ee' }, 'ee null null', () => {}],
    [
      'not that one of another',
      { module: 'account_accountant', family: 'oca' },
      'module_not_found',
      () => {},
    ],
    [
      "none of Odoo's list, where the core root does not have it",
      { module: 'sale' },
      'module_not_found',
      () => {},
    ],
    ['none that nobody has', { module: 'x' }, 'module_not_found', () => {}],
    [
      'none that leads out of the roots',
      { module: 'x' },
      'source_outside_roots',
      (world) => world.link(world.module('beyond/x'), 'oca/web/x'),
    ],
    ['none without a manifest', { module: 'x' }, 'manifest_missing', (world) => world.folder('oca/web/x')],
    [
      'none without a manifest, of Enterprise',
      { module: 'x', family: 'ee' },
      'manifest_missing',
      (world) => world.folder('ee/repo/x'),
    ],
    ['none by a name that is none', { module: 'no name' }, 'invalid_module_name', () => {}],
  ])('is %s', async (_, request, expected, set) => {
    const world = createWorld();
    world.folder('oca/web');
    set(world);
    const told = await ask(world, request, { families: ['oca', 'ee', 'core'] });
    const said = told.ok
      ? `${told.value.family} ${told.value.repo} ${told.value.verdict}`
      : told.refusal.code;
    expect(said).toBe(expected);
  });

  it("is one of Odoo's list, where there is no core root", async () => {
    const { value } = (await ask(createWorld(), { module: 'sale' })) as { value: unknown };
    expect(value).toMatchObject({
      family: 'core',
      path: null,
      verdict: null,
      manifest: null,
      linkable: false,
    });
  });

  it.each<[string, string, (world: World) => void]>([
    [
      'a family, where there are several',
      'family: "',
      (world) => {
        world.module('oca/web/x');
        world.module('ee/x');
      },
    ],
    [
      'a repository, where there are several of one family',
      'repo: "web"',
      (world) => {
        world.module('oca/web/x');
        world.module('oca/xyz/x');
      },
    ],
  ])('is chosen by a hint with %s', async (_, hint, set) => {
    const world = createWorld();
    set(world);
    const told = await ask(world, { module: 'x' });
    expect(told).toMatchObject({
      refusal: {
        details: { offers: [{ repo: expect.any(String) }, {}] },
        hint: expect.stringContaining(hint),
      },
    });
  });

  it('is told by names like it, where it is nowhere', async () => {
    const world = createWorld();
    world.module('oca/web/web_responsive');
    const [refusal] = refusalsOf(await ask(world, { module: 'web_responsiv' }));
    expect(refusal).toMatchObject({
      details: { nearest: ['web_responsive'] },
      hint: expect.stringContaining('web_responsive'),
    });
    const [none] = refusalsOf(await ask(world, { module: 'qqqqqqqq' }));
    expect(none).toMatchObject({ details: { nearest: [] }, hint: expect.any(String) });
  });

  it('is not told of, where the policy does not let it', async () => {
    const world = createWorld();
    world.module('oca/web/x');
    world.link(world.at('oca/web/x'), 'oca/web/alias');
    const places: FoundPlace[] = [];
    const mayTell = (place: FoundPlace) => {
      places.push(place);
      return refuse('policy_denied', 'No.');
    };
    expect(await ask(world, { module: 'alias' }, {}, { mayTell })).toMatchObject({
      refusal: { code: 'policy_denied' },
    });
    expect(places).toEqual([{ modules: ['alias', 'x'], family: 'oca', repos: ['web'] }]);
  });
});

describe('what addon_info tells', () => {
  it.each<[string, boolean, number, (world: World) => void]>([
    ['what can be linked', true, 0, (world) => world.module('oca/web/x')],
    ['what is linked', true, 0, (world) => linkedModule(world, 'oca/web/x')],
    [
      'what can be linked with what it needs',
      true,
      0,
      (world) => {
        world.module('oca/web/x', { depends: ['d'] });
        world.module('oca/crm/d');
      },
    ],
    ['what needs what is missing', false, 1, (world) => world.module('oca/web/x', { depends: ['none'] })],
    [
      'what needs two that are missing',
      false,
      2,
      (world) => world.module('oca/web/x', { depends: ['none', 'nothing'] }),
    ],
    ['what is spoilt', false, 1, (world) => world.module('oca/web/x', { installable: false })],
    [
      'what is in the place of a real folder',
      false,
      1,
      (world) => {
        world.module('oca/web/x');
        world.module('linked/x');
      },
    ],
    ['what no tool links', false, 1, (world) => world.module('core/x')],
  ])('says of %s whether it is linkable: %s', async (_, linkable, reasons, set) => {
    const world = createWorld();
    world.module('core/base', { depends: [] });
    set(world);
    const told = succeeded(await ask(world, { module: 'x' }, { families: ['oca', 'ee', 'core'] }));
    expect([told.linkable, told.reasons.length]).toEqual([linkable, reasons]);
  });

  it.each([
    ['web', false],
    ['crm', true],
  ])(
    'says of the module of the repository that was asked for, %s, whether it is linkable: %s',
    async (repo, linkable) => {
      const world = createWorld();
      world.module('oca/web/x', { installable: false });
      world.module('oca/crm/x');
      expect(succeeded(await ask(world, { module: 'x', repo })).linkable).toBe(linkable);
    },
  );

  it('says where it is linked, in which state, and who needs it, each once', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/x');
    world.link(world.module('beyond/x'), 'more/x');
    linkedModule(world, 'oca/web/b', { depends: ['x'] });
    linkedModule(world, 'oca/web/a', { depends: ['x', 'b'] });
    linkedModule(world, 'oca/web/other', { depends: ['a'] });
    world.link(world.at('oca/web/a'), 'more/a');
    const told = succeeded(await ask(world, { module: 'x' }, { dirs: ['linked', 'more'] }));
    expect(told.linked).toEqual([
      { link: world.at('linked/x'), state: 'ok', source: world.at('oca/web/x') },
      // Where a foreign link leads is not told.
      { link: world.at('more/x'), state: 'foreign', source: null },
    ]);
    expect(told.needed_by).toEqual(['a', 'b']);
  });

  it('tells the texts of a manifest as its own words, cut', async () => {
    const world = createWorld();
    world.module('oca/web/x', {
      name: `Two\nlines ${'x'.repeat(2000)}`,
      category: 'My own',
      depends: ['base', 'no name'],
      excludes: ['other'],
      auto_install: ['base'],
      external_dependencies: { python: ['lxml>=4'], bin: ['git'] },
    });
    const { manifest } = succeeded(await ask(world, { module: 'x' }));
    expect(manifest).toMatchObject({
      license: 'AGPL-3',
      category: '"My own"',
      depends: ['base', '"no name"'],
      excludes: ['other'],
      auto_install: ['base'],
      external_dependencies: { python: [expect.stringContaining('lxml')], bin: ['git'] },
    });
    expect(manifest?.name).not.toContain('\n');
    expect(manifest?.name.length).toBeLessThan(1100);
  });

  it('draws a graph when it is asked to', async () => {
    const world = createWorld();
    world.module('oca/web/x');
    expect(succeeded(await ask(world, { module: 'x' })).graph).toBeNull();
    expect(succeeded(await ask(world, { module: 'x', graph: 'dot' })).graph).toMatch(/^digraph/);
  });
});

describe('git', () => {
  /** A reader that writes down which folders it is asked about. */
  function open(world: World) {
    world.module('oca/web/head', { depends: ['beside', 'elsewhere'] });
    world.module('oca/web/beside');
    world.module('oca/crm/elsewhere');
    const asked: string[] = [];
    const readProvenance = eachFolder((folder) => {
      asked.push(folder);
      return { branch: `17.0-${asked.length}`, commit: null, dirty: null };
    });
    return { asked, readProvenance };
  }

  it('is asked about each module once, and anew at the next call', async () => {
    const world = createWorld();
    const { asked, readProvenance } = open(world);
    const folders = ['oca/crm/elsewhere', 'oca/web/beside', 'oca/web/head'].map((path) => world.at(path));
    for (const turn of [1, 2]) {
      const told = await ask(world, { module: 'head' }, {}, { readProvenance });
      expect(told).toMatchObject({ value: { linkable: true, branch: expect.any(String) } });
      expect(asked.toSorted()).toEqual(folders.flatMap((folder) => Array(turn).fill(folder)));
    }
  });

  it('is asked about a module that cannot be linked, too', async () => {
    const world = createWorld();
    const { asked, readProvenance } = open(world);
    world.module('oca/web/broken', { depends: ['nowhere'] });
    const told = await ask(world, { module: 'broken' }, {}, { readProvenance });
    expect(told).toMatchObject({ value: { linkable: false, branch: '17.0-1' } });
    expect(asked).toEqual([world.at('oca/web/broken')]);
  });
});
