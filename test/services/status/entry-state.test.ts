import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ModuleOnPath, PathView } from '../../../src/addons/on-path.ts';
import { createPathMap } from '../../../src/base/path-map.ts';
import { TOOLS, toolSurface } from '../../../src/base/surface.ts';
import type { LinkState } from '../../../src/links/link-states.ts';
import { type LinkedModule, readLinkedModules } from '../../../src/services/linked-modules.ts';
import { createEntryStates, type EntryState } from '../../../src/services/status/entry-state.ts';
import { describeRemedy } from '../../../src/services/status/remedy.ts';
import {
  checkOut,
  type InstanceOptions,
  linkedModule,
  lookAround,
  makeInstance,
  succeeded,
} from '../../support/instance.ts';
import { noTurns } from '../../support/turns.ts';
import { createWorld, type World } from '../../support/world.ts';

/** What is said of each entry of the addons directories, by name; of a name in two of them, that of the last. */
async function judge(
  world: World,
  options: InstanceOptions = {},
  instance = makeInstance(world, options),
): Promise<Record<string, EntryState>> {
  const linked = succeeded(await readLinkedModules(instance, noTurns));
  const { view, sources } = await lookAround(instance);
  const surface = toolSurface({ instance: 'prod' });
  const judgeOne = await createEntryStates(instance, linked, view, { surface, sources }, noTurns);
  return Object.fromEntries(linked.map((module) => [module.name, judgeOne(module)]));
}

/** What `linked/x` is, and what may be wrong with it; its repository is `oca/web`. */
const PARTS = {
  'a real folder': (world: World) => world.module('linked/x', { license: 'none' }),
  'a foreign link': (world: World) => world.link(world.module('elsewhere/y'), 'linked/x'),
  'a foreign link that leads nowhere': (world: World) => world.link(world.at('elsewhere/x'), 'linked/x'),
  'a link that leads nowhere': (world: World) => world.link(world.at('oca/web/x'), 'linked/x'),
  'a link to another module': (world: World) => world.link(world.module('oca/web/y'), 'linked/x'),
  'a link': (world: World) => linkedModule(world, 'oca/web/x'),
  'a link to one that needs what is missing': (world: World) =>
    linkedModule(world, 'oca/web/x', { depends: ['missing'] }),
  'a link to one of another series': (world: World) =>
    linkedModule(world, 'oca/web/x', { version: '16.0.1.0.0', license: 'none', depends: ['missing'] }),
  'a link to one that is spoilt': (world: World) =>
    linkedModule(world, 'oca/web/x', { license: 'none', depends: ['missing'] }),
  'its name earlier on the path': (world: World) => world.module('first/x'),
  'a branch of another series': (world: World) => checkOut(world, 'oca/web', '16.0-fix'),
  'a branch of its series': (world: World) => checkOut(world, 'oca/web', '17.0-fix'),
  'a branch that names no series': (world: World) => checkOut(world, 'oca/web', 'main'),
};

describe('the state of an entry is the worst that fits', () => {
  const rest = ['its name earlier on the path', 'a branch of another series'] as const;
  it.each<[LinkState, (keyof typeof PARTS)[]]>([
    ['real_directory', ['a real folder', ...rest]],
    ['foreign', ['a foreign link', ...rest]],
    ['foreign', ['a foreign link that leads nowhere', ...rest]],
    ['broken', ['a link that leads nowhere', ...rest]],
    ['broken', ['a link to another module', ...rest]],
    ['shadowed', ['a link to one of another series', ...rest]],
    ['wrong_series', ['a link to one that is spoilt', 'a branch of another series']],
    ['wrong_series', ['a link to one of another series', 'a branch of its series']],
    ['verdict', ['a link to one that is spoilt', 'a branch of its series']],
    ['missing_dependency', ['a link to one that needs what is missing', 'a branch that names no series']],
    ['ok', ['a link', 'a branch of its series']],
    ['ok', ['a link', 'a branch that names no series']],
    ['ok', ['a link']],
  ])('%s: %j', async (state, parts) => {
    const world = createWorld();
    world.folder('oca/web');
    for (const part of parts) PARTS[part](world);
    const { x } = await judge(world, { dirs: ['first', 'linked'] });
    expect(x?.state).toBe(state);
    // Whatever is wrong is said with a way out, and nothing is said where nothing is.
    const said = state === 'ok' ? undefined : expect.stringMatching(/\.$/);
    expect([x?.problem, x?.remedy]).toEqual([said, said]);
  });
});

describe('a link of an Odoo that sees other paths', () => {
  it.each<[text: string, state: LinkState, problem: RegExp | null, remedy: RegExp | null]>([
    ['/mnt/oca/web/x', 'ok', null, null],
    ['../oca/web/x', 'ok', null, null],
    ['/mnt/oca/web/gone', 'broken', /does not exist/, /oca_link .*: another folder has the module/],
    ['HERE/srv/oca/web/x', 'broken', /is a path of this host/, /`odoo-link-mcp repair`, which writes/],
    ['HERE/away/x', 'broken', /no folder that `paths`/, /^Ask the operator to mount it/],
    ['/usr/lib/x', 'foreign', /where only Odoo sees/, /lacks a folder/],
    ['HERE/elsewhere', 'foreign', /where only Odoo sees/, /lacks a folder/],
    ['/mnt/gone', 'foreign', /leads nowhere/, /remove it/],
  ])('%s: %s', async (text, state, problem, remedy) => {
    const world = createWorld();
    for (const folder of ['srv/oca/web/x', 'away/x']) world.module(folder);
    world.folder('elsewhere');
    world.link(text.replace('HERE', world.path), 'srv/linked/x');
    const paths = createPathMap([{ host: world.at('srv'), odoo: '/mnt' }]);
    const instance = makeInstance(world, { dirs: ['srv/linked'], families: [], paths });
    const roots = [
      { family: 'oca', path: world.at('srv/oca') },
      { family: 'own', path: world.at('away') },
    ] as const;
    const { x } = await judge(
      world,
      {},
      { ...instance, roots: text.includes('away') ? roots : roots.slice(0, 1) },
    );
    const told = x && describeRemedy(x, ['x'], TOOLS);
    expect([x?.state, x?.problem, told]).toEqual([
      state,
      problem === null ? undefined : expect.stringMatching(problem),
      remedy === null ? null : expect.stringMatching(remedy),
    ]);
  });
});

describe('a module is as good as all that it needs', () => {
  const x = (world: World, ...depends: string[]) => linkedModule(world, 'oca/web/x', { depends });
  /** The states by name; each row lists only the modules it is about. */
  it.each<[string, (world: World) => void, Record<string, LinkState>]>([
    ["a module of Odoo's list", (world) => x(world, 'sale'), { x: 'ok' }],
    ['nothing at all', (world) => x(world), { x: 'ok' }],
    ['a module that is nowhere', (world) => x(world, 'a'), { x: 'missing_dependency' }],
    ['a name that is none', (world) => x(world, 'no name'), { x: 'missing_dependency' }],
    [
      'a module that a root has, and nobody linked',
      (world) => {
        x(world, 'a');
        world.module('oca/web/a');
      },
      { x: 'missing_dependency' },
    ],
    [
      'a linked module that is sound',
      (world) => {
        x(world, 'a');
        linkedModule(world, 'oca/web/a');
      },
      { x: 'ok', a: 'ok' },
    ],
    [
      'a linked module that is spoilt',
      (world) => {
        x(world, 'a');
        linkedModule(world, 'oca/web/a', { installable: false });
      },
      { x: 'missing_dependency', a: 'verdict' },
    ],
    [
      'a linked module of another branch',
      (world) => {
        x(world, 'a');
        linkedModule(world, 'oca/crm/a');
        checkOut(world, 'oca/crm', '16.0');
      },
      { x: 'missing_dependency', a: 'wrong_series' },
    ],
    [
      'a linked module that needs something that needs what is missing',
      (world) => {
        x(world, 'a');
        linkedModule(world, 'oca/web/a', { depends: ['b'] });
        linkedModule(world, 'oca/web/b', { depends: ['missing'] });
      },
      { x: 'missing_dependency', a: 'missing_dependency', b: 'missing_dependency' },
    ],
    ['itself', (world) => x(world, 'x'), { x: 'missing_dependency' }],
    [
      'a module that needs it in turn',
      (world) => {
        x(world, 'a');
        linkedModule(world, 'oca/web/a', { depends: ['x'] });
      },
      { x: 'missing_dependency', a: 'missing_dependency' },
    ],
    [
      'a module of a circle it is not in',
      (world) => {
        x(world, 'a');
        linkedModule(world, 'oca/web/a', { depends: ['b'] });
        linkedModule(world, 'oca/web/b', { depends: ['a'] });
      },
      { x: 'missing_dependency', b: 'missing_dependency' },
    ],
    [
      'a real folder that is sound',
      (world) => {
        x(world, 'a');
        world.module('linked/a');
      },
      { x: 'ok', a: 'real_directory' },
    ],
    [
      'a link to the folder of another module',
      (world) => {
        x(world, 'a');
        world.link(world.module('oca/web/b'), 'linked/a');
      },
      { x: 'missing_dependency', a: 'broken' },
    ],
  ])('where it needs %s', async (_, set, states) => {
    const world = createWorld();
    set(world);
    const judged = await judge(world);
    expect(Object.fromEntries(Object.keys(states).map((name) => [name, judged[name]?.state]))).toEqual(
      states,
    );
  });

  it.each<[string, LinkState, (world: World) => void]>([
    [
      'is sound, whatever it needs and whatever branch it is on',
      'ok',
      (world) => {
        world.module('core/addons/crm', { depends: ['missing'] });
        checkOut(world, 'core', '16.0');
      },
    ],
    ['is spoilt', 'missing_dependency', (world) => world.module('core/addons/crm', { license: 'none' })],
    ['is not there', 'missing_dependency', () => {}],
  ])('where it needs a module of a core root that %s: %s', async (_, state, set) => {
    const world = createWorld();
    world.module('core/odoo/addons/base', { depends: [] });
    world.folder('core/addons');
    set(world);
    linkedModule(world, 'oca/web/x', { depends: ['crm'] });
    const { x } = await judge(world, { families: ['oca', 'core'] });
    expect(x?.state).toBe(state);
  });

  it.each<[string, LinkState, Record<string, unknown>]>([
    ['is sound', 'ok', {}],
    ['is spoilt', 'missing_dependency', { installable: false }],
    ['needs what is missing', 'missing_dependency', { depends: ['missing'] }],
  ])('where it needs a module that only odoo.conf brings in, which %s: %s', async (_, state, manifest) => {
    const world = createWorld();
    world.module('theirs/a', manifest);
    linkedModule(world, 'oca/web/x', { depends: ['a'] });
    const odooConf = { addonsPath: [world.at('theirs')], dataDir: null };
    expect((await judge(world, { odooConf })).x?.state).toBe(state);
  });
});

describe('the remedy for a module that needs something', () => {
  it.each<[what: string, needed: string[], expected: (string | RegExp)[], set?: (world: World) => void]>([
    ['the OCA has', ['a', 'b'], ['Call oca_link {"module":["a","b"],"instance":"prod"}.']],
    ['Enterprise has', ['e'], ['Call ee_link {"modules":["e"],"instance":"prod"}.']],
    ['both have', ['a', 'e'], [/oca_link \{"module":"a"/, /ee_link \{"modules":\["e"\]/]],
    [
      'Enterprise should have',
      ['account_accountant'],
      [/^account_accountant: No root contains it.* roots\.ee\.$/],
    ],
    [
      'nobody has',
      ['missing'],
      ['Ask the operator to check out the repository that contains missing under roots.oca.'],
    ],
    ['is linked and bad', ['bad'], [/^Call link_status \{"module":\["bad"\],"instance":"prod"\}, and mend/]],
    ['is bad elsewhere', ['copied'], [/^Mend copied first\.$/]],
  ])('is about what is missing: what %s', async (_, depends, expected) => {
    const world = createWorld();
    for (const name of ['a', 'b']) world.module(`oca/web/${name}`);
    world.module('ee/e', { license: 'OEEL-1' });
    linkedModule(world, 'oca/web/bad', { installable: false });
    world.module('theirs/copied', { installable: false });
    linkedModule(world, 'oca/web/x', { depends });
    const odooConf = { addonsPath: [world.at('linked'), world.at('theirs')] };
    const { x } = await judge(world, { odooConf });
    expect(x?.state).toBe('missing_dependency');
    for (const one of expected)
      expect(x?.remedy).toEqual(typeof one === 'string' ? one : expect.stringMatching(one));
  });

  it('says doctor of what Odoo Community should have', async () => {
    const world = createWorld();
    world.module('core/odoo/addons/base', { depends: [] });
    linkedModule(world, 'oca/web/x', { depends: ['sale'] });
    const { x } = await judge(world, { families: ['oca', 'core'] });
    expect(x?.remedy).toMatch(/odoo-link-mcp doctor.* sale\.$/);
  });

  it('comes with what cannot be installed and what is missing, told apart, twenty of them', async () => {
    const world = createWorld();
    const depends = ['spoilt', ...Array.from({ length: 24 }, (_, index) => `m${index}`)];
    linkedModule(world, 'oca/web/x', { depends });
    linkedModule(world, 'oca/web/spoilt', { installable: false });
    const { x } = await judge(world);
    expect(x?.problem?.match(/\b(spoilt|m\d+)\b/g)).toEqual(depends.slice(0, 20));
    expect(x?.problem).toContain('5 more');
    expect(x?.problem?.match(/\(/g)).toHaveLength(1);
  });

  it('is not that of a module whose dependencies are too many to be looked at, which is not ok either', async () => {
    const found: ModuleOnPath = {
      by: 'core_list',
      entry: null,
      path: null,
      folder: null,
      family: 'core',
      assessment: null,
    };
    const view: PathView = {
      entries: [],
      find: () => found,
      findBefore: () => null,
      findWithout: () => null,
      learn: () => {},
    };
    const needs = (count: number) => {
      const depends = Array.from({ length: count }, (_, index) => `m${index}`);
      const judgement = { problems: [], fields: { depends } };
      const entry = { kind: 'link', target: '/srv/oca/web/x', source: '/srv/oca/web/x', family: 'oca' };
      const module = { name: 'x', dir: { path: '/linked' }, entry, family: 'oca', folder: '/srv/oca/web/x' };
      return { ...module, assessment: { judgement, refusals: [] } } as unknown as LinkedModule;
    };
    const instance = makeInstance(createWorld());
    const stateOf = async (count: number) => {
      const module = needs(count);
      // The view finds the module itself too, as one of Odoo's own, and does not follow it.
      const own = { ...view, find: (name: string) => (name === 'x' ? ownOf(module) : found) };
      return (await createEntryStates(instance, [module], own, {}, noTurns))(module);
    };
    const ownOf = ({ assessment }: LinkedModule): ModuleOnPath => {
      return { by: 'linked', entry: null, path: null, folder: null, family: 'oca', assessment };
    };
    expect((await stateOf(9_999)).state).toBe('ok');
    const judged = await stateOf(10_001);
    expect(judged.state).toBe('missing_dependency');
    expect(judged.problem).toContain('m9999');
    expect(judged.problem).not.toContain('m9998');
  });
});

describe('a broken link is to be repaired, or', () => {
  it.each([
    ['oca', 'x', true],
    ['ee', 'x', true],
    // No tool links a module of Odoo Community, nor one by a name that is none.
    ['core', 'x', false],
    ['oca', 'no name', false],
  ] as const)('of the family %s, as %s: with a tool %s', async (family, name, isLinked) => {
    const world = createWorld();
    world.folder(family, 'repo');
    world.link(world.at(family, 'repo', name), `linked/${name}`);
    const judged = await judge(world, { families: ['oca', 'ee', 'core'] });
    expect(judged[name]?.state).toBe('broken');
    expect(judged[name]?.call).toEqual(isLinked ? { tool: `${family}_unlink` } : undefined);
    expect(judged[name]?.remedy).toMatch(
      isLinked
        ? /^(no root has the module|Odoo Enterprise 17.0 is not known to have the module)/
        : /operator to remove it\.$/,
    );
    world.module(`${family}/other/${name}`);
    const moved = (await judge(world, { families: ['oca', 'ee', 'core'] }))[name];
    expect(moved?.call).toEqual(isLinked ? { tool: `${family}_link`, replace: true } : undefined);
  });

  it.each<[string, (world: World) => unknown, RegExp]>([
    [
      'gone',
      (world) => rmSync(world.at('oca'), { recursive: true }),
      /^The root \S+ no longer exists. Ask .* bring it back/,
    ],
    [
      'empty',
      (world) => rmSync(world.at('oca/repo'), { recursive: true }),
      /^The root \S+ is empty. Ask .* fill it/,
    ],
    ['there', () => {}, /^The folder it leads to does not exist. no root has the module/],
  ])('not, where its root is to come back: %s', async (_, change, expected) => {
    const world = createWorld();
    world.folder('oca/repo');
    world.link(world.at('oca/repo/x'), 'linked/x');
    const instance = makeInstance(world);
    change(world);
    const { x } = await judge(world, {}, instance);
    expect(`${x?.problem} ${x?.remedy}`).toMatch(expected);
  });
});

describe('what hides a module is named', () => {
  it.each<[string, string | null, InstanceOptions, (world: World) => void]>([
    [
      'an earlier addons directory',
      'first/x',
      { dirs: ['first', 'linked'] },
      (world) => world.module('first/x'),
    ],
    [
      'a core root',
      'core/odoo/addons/x',
      { families: ['oca', 'core'] },
      (world) => {
        world.module('core/odoo/addons/base');
        world.module('core/odoo/addons/x');
      },
    ],
  ])('%s by its path', async (_, path, options, set) => {
    const world = createWorld();
    set(world);
    linkedModule(world, 'oca/web/x');
    const { x } = await judge(world, options);
    expect(x).toMatchObject({
      state: 'shadowed',
      problem: expect.stringContaining(world.at(path as string)),
    });
  });

  it("without a path: Odoo's list, and a folder that only odoo.conf names", async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/sale');
    linkedModule(world, 'oca/web/x');
    world.module('theirs/x');
    const odooConf = { addonsPath: [world.at('theirs'), world.at('linked')], dataDir: null };
    const { sale, x } = await judge(world, { odooConf });
    expect([sale?.state, x?.state]).toEqual(['shadowed', 'shadowed']);
    expect(`${sale?.problem} ${x?.problem}`).not.toContain('/');
    // One is Odoo's own, the other is not.
    expect(sale?.problem).not.toBe(x?.problem);
  });
});
