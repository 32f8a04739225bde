import { describe, expect, it } from 'vitest';
import { describeLinks } from '../../../src/services/link/link-report.ts';
import { linkedModule } from '../../support/instance.ts';
import { type FactOptions, factsOf } from '../../support/link-facts.ts';
import { createWorld, type World } from '../../support/world.ts';

const reportOf = async (world: World, names: readonly string[], options: FactOptions = {}) =>
  describeLinks(await factsOf(world, names, options));

describe('the report of a plan', () => {
  it.each<[string, string, boolean, string[], (world: World) => void]>([
    ['linked', 'a link is new', false, ['create'], (world) => world.module('oca/web/x')],
    ['already_linked', 'all were there', false, ['keep'], (world) => linkedModule(world, 'oca/web/x')],
    [
      'linked',
      'a link is re-pointed',
      false,
      ['replace'],
      (world) => {
        world.module('oca/web/x');
        world.link(world.at('oca/old/x'), 'linked/x');
      },
    ],
    ['planned', 'it is a dry run', true, ['create'], (world) => world.module('oca/web/x')],
    [
      'planned',
      'it is a dry run, and all were there',
      true,
      ['keep'],
      (world) => linkedModule(world, 'oca/web/x'),
    ],
  ])('is %s where %s', async (status, _, isDryRun, actions, set) => {
    const world = createWorld();
    set(world);
    const facts = await factsOf(world, ['x']);
    const report = await describeLinks({ ...facts, isDryRun });
    expect(report.status).toBe(status);
    expect(report.links.map(({ action }) => action)).toEqual(actions);
  });

  it('has the step to install what is missing where a warning names it', async () => {
    const world = createWorld();
    world.module('oca/web/x');
    const facts = await factsOf(world, ['x']);
    const lacking = { code: 'external_dependency_missing', module: 'x', message: '' };
    const stepsAfter = async (...warnings: (typeof lacking)[]) =>
      (await describeLinks({ ...facts, warnings })).next_steps.join();
    expect(await stepsAfter(lacking)).toContain('the missing packages and programs');
    expect(await stepsAfter()).not.toContain('missing packages');
  });

  it('is linked where one of several is new', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/x');
    world.module('oca/web/y');
    expect((await reportOf(world, ['x', 'y'])).status).toBe('linked');
  });

  it('tells all of a link', async () => {
    const world = createWorld();
    const provenance = { branch: '17.0 x', commit: 'c0ffee', dirty: true };
    world.module('oca/web/x', {
      auto_install: true,
      external_dependencies: { python: ['a b'], bin: ['git'] },
    });
    const report = await reportOf(world, ['x'], { provenance });
    expect(report).toMatchObject({
      instance: 'prod',
      series: '17.0',
      target_dir: world.at('linked'),
      satisfied: [],
      external_dependencies: { python: ['"a b"'], bin: ['git'] },
      warnings: [{ code: 'auto_install' }],
    });
    expect(report.links).toEqual([
      {
        module: 'x',
        action: 'create',
        link: world.at('linked/x'),
        source: world.at('oca/web/x'),
        family: 'oca',
        repo: 'web',
        branch: '"17.0 x"',
        commit: 'c0ffee',
        dirty: true,
        version: '17.0.1.0.0',
        license: 'AGPL-3',
        auto_install: true,
        required_by: [],
      },
    ]);
  });

  it.each([
    [true, true],
    [false, false],
    [['base'], true],
    [[], true],
  ] as const)('says of auto_install %j: %s', async (auto_install, isAuto) => {
    const world = createWorld();
    world.module('oca/web/x', { auto_install });
    expect((await reportOf(world, ['x'])).links[0]?.auto_install).toBe(isAuto);
  });

  it('has null where nothing is known of git', async () => {
    const world = createWorld();
    world.module('oca/web/x');
    const unknown = { branch: null, commit: null, dirty: null };
    expect((await reportOf(world, ['x'])).links[0]).toMatchObject(unknown);
    expect((await reportOf(world, ['x'], { provenance: unknown })).links[0]).toMatchObject(unknown);
  });

  it.each<[string, (world: World) => FactOptions['odooConf'], boolean]>([
    ['without an odoo.conf, on trust', () => null, true],
    ['where odoo.conf has it', (world) => ({ addonsPath: [world.at('linked')], dataDir: null }), true],
    ['where odoo.conf does not have it', () => ({ addonsPath: [], dataDir: null }), false],
  ])('takes the directory for one on the path %s', async (_, odooConf, isOnPath) => {
    const world = createWorld();
    world.module('oca/web/x');
    const { next_steps } = await reportOf(world, ['x'], { odooConf: odooConf(world) ?? null });
    expect(next_steps.some((step) => step.includes(world.at('linked')))).toBe(!isOnPath);
  });

  it.each([
    ['nothing', (world: World) => world.file('linked/README'), true],
    ['a module', (world: World) => world.module('linked/other'), false],
    ['a link to a module', (world: World) => linkedModule(world, 'oca/web/other'), false],
  ] as const)('sees, on 19.0, that the directory holds %s', async (_, set, isEmpty) => {
    const world = createWorld();
    world.module('oca/web/x', { version: '19.0.1.0.0' });
    set(world);
    const { next_steps } = await reportOf(world, ['x'], { series: '19.0' });
    expect(next_steps.some((step) => step.includes('leaves out an addons directory'))).toBe(isEmpty);
  });

  it('tells the next steps what they depend on', async () => {
    const world = createWorld();
    for (const name of ['new', 'mended', 'back']) world.module(`oca/web/${name}`);
    world.folder('oca/web/new/static');
    world.link(world.at('oca/old/mended'), 'linked/mended');
    linkedModule(world, 'oca/web/kept');
    world.folder('oca/web/kept/static');
    const facts = await factsOf(world, ['new', 'mended', 'back', 'kept']);
    const { stepFacts } = await describeLinks({ ...facts, unlinked: new Set(['back', 'kept']) });
    const said = stepFacts?.links.map(({ module, action, isMended, wasUnlinked, hasStatic }) => {
      return [module, action, { isMended, wasUnlinked, hasStatic }];
    });
    const none = { isMended: false, wasUnlinked: false, hasStatic: false };
    expect(said).toEqual([
      ['new', 'create', { ...none, hasStatic: true }],
      ['mended', 'replace', { ...none, isMended: true }],
      ['back', 'create', { ...none, wasUnlinked: true }],
      ['kept', 'keep', { ...none, wasUnlinked: true }],
    ]);
  });
});
