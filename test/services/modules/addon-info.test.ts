import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ok, type Result, refuse } from '../../../src/base/refusal.ts';
import type { FoundPlace, ServiceContext } from '../../../src/services/context.ts';
import { linkModules } from '../../../src/services/link/link-modules.ts';
import { addonInfo, type InfoRequest } from '../../../src/services/modules/addon-info.ts';
import {
  type AddonInfo,
  isSeveral,
  type OneInfo,
  OneInfoSchema,
  type SeveralInfo,
  SeveralInfoSchema,
} from '../../../src/services/modules/info-schema.ts';
import {
  type InstanceOptions,
  linkedModule,
  makeContext,
  makeInstance,
  refusalsOf,
  succeeded,
} from '../../support/instance.ts';
import { pastOf } from '../../support/past.ts';
import { eachFolder } from '../../support/provenance.ts';
import { createWorld, type World } from '../../support/world.ts';

const ask = (
  world: World,
  request: InfoRequest,
  options: InstanceOptions = {},
  more: Partial<ServiceContext> = {},
) => addonInfo(request, makeContext(world, [makeInstance(world, options)], more));

/** The answer about one module. */
function one(result: Result<AddonInfo>): OneInfo {
  const info = succeeded(result);
  if (isSeveral(info)) throw new Error('it is about several');
  return OneInfoSchema.parse(info);
}

/** The answer about several. */
function several(result: Result<AddonInfo>): SeveralInfo {
  const info = succeeded(result);
  if (!isSeveral(info)) throw new Error('it is about one');
  return SeveralInfoSchema.parse(info);
}

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
    const found = told.ok ? one(told) : null;
    const said = told.ok ? `${found?.family} ${found?.repo} ${found?.verdict}` : told.refusal.code;
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
    const told = one(await ask(world, { module: 'x' }, { families: ['oca', 'ee', 'core'] }));
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
      expect(one(await ask(world, { module: 'x', repo })).linkable).toBe(linkable);
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
    const told = one(await ask(world, { module: 'x' }, { dirs: ['linked', 'more'] }));
    expect(told.linked).toEqual([
      { link: world.at('linked/x'), state: 'ok' },
      // Where a foreign link leads is not told.
      {
        link: world.at('more/x'),
        state: 'foreign',
        problem: expect.stringMatching(/^It leads outside/),
        remedy: expect.any(String),
      },
    ]);
    expect(told.needed_by).toEqual(['a', 'b']);
  });

  it('says what is wrong with a link, and where Odoo does not look', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/x', { depends: ['none'] });
    world.link(world.at('oca/web/x'), 'more/x');
    linkedModule(world, 'oca/web/fine');
    world.folder('conf');
    const options = {
      dirs: ['linked', 'more'],
      odooConf: { addonsPath: [world.at('linked'), world.at('conf')] },
    };
    const told = one(await ask(world, { module: 'x' }, options));
    expect(told.linked).toMatchObject([
      { state: 'missing_dependency', problem: 'It needs none.', remedy: expect.any(String) },
      { state: 'shadowed' },
    ]);
    expect(one(await ask(world, { module: 'fine' }, options)).linked).toEqual([
      { link: world.at('linked/fine'), state: 'ok' },
    ]);
    const elsewhere = { odooConf: { addonsPath: [world.at('conf')] } };
    expect(one(await ask(world, { module: 'fine' }, elsewhere)).linked).toMatchObject([
      {
        state: 'ok',
        problem: expect.stringMatching(/does not look/),
        remedy: expect.stringContaining('addons_path'),
      },
    ]);
  });

  it('tells who linked it, and when, from the trail', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/x');
    const asked: (string | undefined)[] = [];
    const readPast = (module: string | undefined) => {
      asked.push(module);
      return ok(pastOf({ modules: ['x'], links: ['create x'] }));
    };
    const { history } = one(await ask(world, { module: 'x' }, {}, { readPast }));
    expect(history?.changes).toMatchObject([{ action: 'create', tool: 'oca_link', client: 'test' }]);
    // Not more than the module that was asked for.
    expect(asked).toEqual(['x']);
  });

  it('tells the texts of a manifest as its own words, cut', async () => {
    const world = createWorld();
    world.module('oca/web/x', {
      name: `Two\nlines ${'x'.repeat(2000)}`,
      category: 'My own',
      depends: ['base', 'no name'],
      auto_install: ['base'],
      application: true,
    });
    const { manifest } = one(await ask(world, { module: 'x' }));
    expect(manifest).toMatchObject({
      license: 'AGPL-3',
      category: '"My own"',
      depends: ['base', '"no name"'],
      auto_install: ['base'],
      application: true,
    });
    expect(manifest?.name).toMatch(/^"Two lines x+…"$/);
    expect(manifest?.name.length).toBeLessThan(110);
  });

  it('tells how many exclusions it does not list', async () => {
    const world = createWorld();
    world.module('oca/web/x', { excludes: Array.from({ length: 53 }, (_, at) => `m${at}`) });
    const told = await ask(world, { module: 'x' });
    expect(told).toMatchObject({ value: { left_out: [{ what: '/conflicts', items: 3 }] } });
  });

  it('draws a graph when it is asked to', async () => {
    const world = createWorld();
    world.module('oca/web/x');
    expect(one(await ask(world, { module: 'x' })).graph).toBeNull();
    expect(one(await ask(world, { module: 'x', graph: 'dot' })).graph).toMatch(/^digraph/);
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

describe('what a module and all it needs need besides Odoo', () => {
  function build(world: World): void {
    const needs = (python: string[], bin: string[] = []) => ({ external_dependencies: { python, bin } });
    world.module('oca/web/x', { depends: ['d', 'l'], ...needs(['lxml>=4', '-r evil']) });
    world.module('oca/crm/d', { depends: ['e'], ...needs(['lxml'], ['git']) });
    linkedModule(world, 'oca/web/l', needs(['xlrd']));
    world.module('ee/e', needs(['yaml']));
  }

  it('is told with who needs it, linked or not, of every family', async () => {
    const world = createWorld();
    build(world);
    const { requirements } = one(await ask(world, { module: 'x' }));
    expect(requirements).toEqual({
      python: [
        { line: 'lxml>=4', modules: ['d', 'x'] },
        { line: 'PyYAML', modules: ['e'] },
        { line: 'xlrd', modules: ['l'] },
      ],
      bin: [{ line: 'git', modules: ['d'] }],
      other: [{ line: '"-r evil"', modules: ['x'] }],
    });
    expect(one(await ask(world, { module: 'e' })).requirements?.python).toHaveLength(1);
  });

  it('is told with what of it is there, where an interpreter is configured', async () => {
    const world = createWorld();
    build(world);
    const answer = '{"python": ["lxml", "-r evil"], "bin": ["git"]}';
    const python = world.file('python', `#!/bin/sh\ncat > /dev/null; echo '${answer}'\n`);
    chmodSync(python, 0o755);
    const { requirements } = one(await ask(world, { module: 'x' }, { python }));
    const rows = [requirements?.python, requirements?.bin, requirements?.other].flatMap((list) => list ?? []);
    expect(rows.map(({ line, installed }) => [line, installed])).toEqual([
      ['lxml>=4', false],
      ['PyYAML', true],
      ['xlrd', true],
      ['git', false],
      ['"-r evil"', false],
    ]);
  });

  it('is told alone, with a note, where the interpreter does not answer', async () => {
    const world = createWorld();
    build(world);
    const python = world.file('python', '#!/bin/sh\nexit 1\n');
    chmodSync(python, 0o755);
    const { requirements } = one(await ask(world, { module: 'x' }, { python }));
    expect(requirements?.note).toMatch(/does not answer/);
    expect(requirements?.python?.every((row) => !('installed' in row))).toBe(true);
  });

  it('is absent where nothing is needed, and cut where it is more than anything needs', async () => {
    const world = createWorld();
    world.module('oca/web/plain');
    expect(one(await ask(world, { module: 'plain' }))).not.toHaveProperty('requirements');
    const python = Array.from({ length: 130 }, (_, at) => `p${at}`);
    world.module('oca/web/x', { external_dependencies: { python, bin: [] } });
    const { requirements } = one(await ask(world, { module: 'x' }));
    expect(requirements?.python).toHaveLength(100);
    expect(requirements?.note).toMatch(/^30 /);
  });
});

describe('the dependencies of a module', () => {
  it("are told without Odoo's own, which are named", async () => {
    const world = createWorld();
    world.module('oca/web/x', { depends: ['sale', 'd', 'none'] });
    world.module('oca/crm/d', { depends: ['mail'], installable: false });
    const { dependencies, odoo_modules } = one(await ask(world, { module: 'x' }));
    expect(odoo_modules).toEqual(['sale', 'mail']);
    expect(dependencies).toEqual([
      { module: 'd', state: 'available', family: 'oca', repo: 'crm', depends: ['mail'], sound: false },
      { module: 'none', state: 'missing', family: null, repo: null, depends: [] },
    ]);
  });
});

describe('several modules', () => {
  it('have a row each, whether or not they are there', async () => {
    const world = createWorld();
    world.module('oca/web/fine', { depends: ['d'] });
    world.module('oca/crm/d', { depends: ['e'] });
    world.module('oca/crm/e');
    linkedModule(world, 'oca/web/there', { license: 'LGPL-3' });
    world.module('oca/web/spoilt', { installable: false });
    world.module('ee/paid', { license: 'OEEL-1' });
    for (const repo of ['web', 'crm']) world.module(`oca/${repo}/twice`);
    const module = ['fine', 'there', 'spoilt', 'paid', 'twice', 'sale', 'account_accountant', 'nowhere'];
    const told = several(await ask(world, { module }));
    expect(
      told.modules.map(({ module, exists, family, repo, linkable, linked }) => {
        return [module, exists, family, repo, linkable, linked.join()];
      }),
    ).toEqual([
      ['fine', true, 'oca', 'web', true, ''],
      ['there', true, 'oca', 'web', true, 'ok'],
      ['spoilt', true, 'oca', 'web', false, ''],
      ['paid', true, 'ee', 'ee', true, ''],
      ['twice', true, null, null, false, ''],
      ['sale', true, 'core', null, false, ''],
      ['account_accountant', false, 'ee', null, false, ''],
      ['nowhere', false, null, null, false, ''],
    ]);
    expect(told.modules.map(({ reasons }) => reasons.length)).toEqual([0, 0, 1, 0, 1, 1, 1, 1]);
    expect(told.modules[0]).toMatchObject({ version: '17.0.1.0.0', license: 'AGPL-3' });
    expect(told.comes_along).toEqual(['d', 'e']);
  });

  it('are told what else may be meant, in the row', async () => {
    const world = createWorld();
    world.module('oca/web/web_responsive');
    for (const repo of ['web', 'crm']) world.module(`oca/${repo}/twice`);
    const [typo, twice, none] = several(
      await ask(world, { module: ['web_responsiv', 'twice', 'none'] }),
    ).modules;
    expect(typo?.reasons).toEqual([
      expect.stringMatching(/contains web_responsiv\. Did you mean web_responsive\?$/),
    ]);
    expect(twice?.reasons).toEqual([expect.stringMatching(/2 places\. Call again with repo: /)]);
    expect(none?.reasons).toEqual(['No configured root contains none.']);
  });

  it('are linkable each for itself', async () => {
    const world = createWorld();
    world.module('oca/web/a', { depends: ['none'] });
    world.module('oca/web/b');
    world.module('oca/web/c', { depends: ['a'] });
    const { modules } = several(await ask(world, { module: ['a', 'b', 'c'] }));
    expect(modules.map(({ linkable }) => linkable)).toEqual([false, true, false]);
    expect(modules[2]?.reasons).toEqual([expect.stringContaining('c -> a')]);
  });

  it('are told three reasons each, and how many more', async () => {
    const world = createWorld();
    world.module('oca/web/a', { depends: ['n1', 'n2', 'n3', 'n4', 'n5'] });
    world.module('oca/web/b');
    const [a] = several(await ask(world, { module: ['a', 'b'] })).modules;
    expect(a?.reasons).toHaveLength(4);
    expect(a?.reasons[3]).toBe('And 2 more.');
  });

  it('have their needs, licences and exclusions told once, as of all together', async () => {
    const world = createWorld();
    const needs = { external_dependencies: { python: ['lxml'], bin: [] } };
    world.module('oca/web/a', { ...needs, excludes: ['b'] });
    world.module('oca/web/b', { ...needs, depends: ['d'], license: 'LGPL-3' });
    world.module('oca/web/d');
    const { requirements, conflicts } = several(await ask(world, { module: ['a', 'b'] }));
    expect(requirements?.python).toEqual([{ line: 'lxml', modules: ['a', 'b'] }]);
    expect(conflicts.map(({ kind, module }) => `${kind} ${module}`)).toEqual(['excludes a', 'license b']);
  });

  it('that are one are told as one is', async () => {
    const world = createWorld();
    world.module('oca/web/x');
    expect(one(await ask(world, { module: ['x', 'x'] })).module).toBe('x');
  });

  it('are refused if the policy does not let one of them be told', async () => {
    const world = createWorld();
    for (const name of ['a', 'b']) world.module(`oca/web/${name}`);
    const mayTell = ({ modules }: FoundPlace) =>
      modules.includes('b') ? refuse('policy_denied', 'No.') : ok(undefined);
    expect(await ask(world, { module: ['a', 'b'] }, {}, { mayTell })).toMatchObject({
      refusal: { code: 'policy_denied' },
    });
  });
});

describe('other instances', () => {
  /** `prod` of 17.0 and `old` of 16.0, with roots of their own. */
  function build(world: World) {
    const roots = [{ family: 'oca', path: world.folder('old_oca') }] as const;
    const old = makeInstance(world, { name: 'old', series: '16.0', dirs: ['old_linked'] });
    return [makeInstance(world), { ...old, roots }] as const;
  }
  const sixteen = { version: '16.0.1.0.0' };

  it('that have a module are told, unless it is the same folder', async () => {
    const world = createWorld();
    const instances = build(world);
    const shared = { ...instances[0], name: 'copy' };
    world.module('oca/web/x');
    world.module('old_oca/web/x', sixteen);
    const context = makeContext(world, [...instances, shared]);
    expect(one(await addonInfo({ module: 'x', instance: 'prod' }, context)).elsewhere).toEqual([
      { instance: 'old', series: '16.0', family: 'oca', repo: 'web', version: '16.0.1.0.0' },
    ]);
  });

  it.each<[string, RegExp, (world: World) => void]>([
    [
      'there is no checkout of it',
      /old \(Odoo 16\.0\) has x 16\.0\.1\.0\.0 \(oca\) in web\. Ask .*check out web for prod\.$/,
      () => {},
    ],
    [
      'the checkout does not have it',
      /web is checked out for prod, too, .* does not exist for 17\.0\.$/,
      (world) => world.module('oca/web/y'),
    ],
  ])('that have a module that is missing are told by the hint, where %s', async (_, hint, set) => {
    const world = createWorld();
    const context = makeContext(world, build(world));
    world.module('old_oca/web/x', sixteen);
    for (const folder of ['oca/other', 'ee']) world.module(`${folder}/filling`);
    set(world);
    const request = { module: 'x', instance: 'prod' };
    const absent = one(await addonInfo(request, context));
    expect(absent).toMatchObject({ on_disk: false, elsewhere: [{ instance: 'old', repo: 'web' }] });
    expect(absent.next).toMatch(hint);
    const options = { with_dependencies: true, replace: false, dry_run: true };
    const link = { ...options, instance: 'prod', modules: ['x'], argument: 'module' };
    for (const family of ['oca', 'ee'] as const) {
      const [refusal] = refusalsOf(await linkModules({ ...link, family }, context));
      expect(refusal?.hint).toMatch(hint);
    }
    const { modules } = several(await addonInfo({ ...request, module: ['x', 'y'] }, context));
    expect(modules[0]).toMatchObject({ exists: false, elsewhere: [{ instance: 'old' }] });
  });

  it('that have what a module needs are told by the reason', async () => {
    const world = createWorld();
    const context = makeContext(world, build(world));
    world.module('oca/web/x', { depends: ['d'] });
    world.module('old_oca/crm/d', { ...sixteen, installable: false });
    const { reasons } = one(await addonInfo({ module: 'x', instance: 'prod' }, context));
    expect(reasons).toEqual([expect.stringMatching(/x needs d, .*old \(Odoo 16\.0\) has d .* in crm\./)]);
  });

  it('of the same series are told to be newer, where the checkout here is of the same name', async () => {
    const world = createWorld();
    const [prod, old] = build(world);
    const context = makeContext(world, [prod, { ...old, series: '17.0' }]);
    world.module('old_oca/web/x');
    world.module('oca/web/y');
    const absent = one(await addonInfo({ module: 'x', instance: 'prod' }, context));
    expect(absent.next).toMatch(/does not contain it: ask the operator to update that\.$/);
  });

  it('are not told of where the policy does not let them be, nor where a root has moved', async () => {
    const world = createWorld();
    const instances = build(world);
    world.module('old_oca/web/x', sixteen);
    for (const folder of ['oca/other', 'ee']) world.module(`${folder}/filling`);
    const mayTell: ServiceContext['mayTell'] = (_, at) =>
      at?.name === 'old' ? refuse('policy_denied', 'No.') : ok(undefined);
    const request = { module: 'x', instance: 'prod' };
    expect(JSON.stringify(await addonInfo(request, makeContext(world, instances)))).toContain('16.0');
    const denied = await addonInfo(request, makeContext(world, instances, { mayTell }));
    expect(JSON.stringify(denied)).not.toContain('16.0');
    const [root] = instances[1].roots;
    const moved = {
      ...instances[1],
      roots: [{ ...root, configured: world.link(world.folder('new'), 'root') }],
    };
    const told = await addonInfo(request, makeContext(world, [instances[0], moved]));
    expect(JSON.stringify(told)).not.toContain('16.0');
  });
});
