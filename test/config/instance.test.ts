import { describe, expect, it } from 'vitest';
import { type Instance, openInstances } from '../../src/config/instance.ts';
import { InstanceSchema } from '../../src/config/schema.ts';
import { createWorld, type World } from '../support/world.ts';

/** An instance as a test writes it: paths may be relative, and have defaults. */
interface Given extends Record<string, unknown> {
  readonly addonsDirs?: string[];
  readonly roots?: Record<string, string[]>;
  readonly odooConf?: string;
  readonly odooCwd?: string;
  readonly python?: string;
}

/** Opens instances whose paths are in a world; a place in the configuration is its pointer alone. */
function open(world: World, instances: Record<string, Given>, stateDir = 'state', env = {}) {
  const absolute = (value: unknown): unknown => {
    if (typeof value === 'string') return value.startsWith('/') ? value : world.at(value);
    return Array.isArray(value) ? value.map(absolute) : value;
  };
  const paths = (given: object) =>
    Object.fromEntries(Object.entries(given).map(([key, value]) => [key, absolute(value)]));
  const configured = Object.entries(instances).map(([name, given]) => {
    const {
      addonsDirs = ['linked'],
      roots = { oca: ['oca'] },
      odooConf,
      odooCwd,
      python,
      ...rest
    } = given as Given;
    const resolved = {
      addonsDirs: absolute(addonsDirs),
      roots: paths(roots),
      ...paths({ odooConf, odooCwd, python }),
    };
    return [name, InstanceSchema.parse({ series: '17.0', ...resolved, ...rest })];
  });
  const where = (path: readonly PropertyKey[]) => `/${path.join('/')}`;
  const config = { policy: null, sources: null, file: null, where, stateDir: absolute(stateDir) as string };
  return openInstances({ ...config, instances: Object.fromEntries(configured) }, env);
}

function build(): World {
  const world = createWorld();
  for (const folder of ['linked', 'other', 'oca', 'ee', 'core']) world.folder(folder);
  return world;
}

async function opened(...given: Parameters<typeof open>): Promise<Instance[]> {
  const result = await open(...given);
  if (!result.ok) throw new Error(result.refusal.join('\n'));
  return result.value;
}

/** The pointers of the problems. */
async function pointersOf(...given: Parameters<typeof open>): Promise<string[]> {
  const result = await open(...given);
  if (result.ok) return [];
  for (const line of result.refusal) expect(line).toMatch(/^\/\S+: .*\.$/);
  return result.refusal.map((line) => line.slice(0, line.indexOf(': ')));
}

describe('an instance', () => {
  it('has every folder by its real path, patterns expanded', async () => {
    const world = build();
    world.link('linked', 'alias');
    for (const name of ['web', 'crm']) world.folder(`oca/${name}`);
    world.file('odoo.conf', '[options]\naddons_path = $EXTRA/addons,rel\n');
    const [instance] = await opened(
      world,
      {
        prod: {
          addonsDirs: ['alias', 'other'],
          roots: { oca: ['oca/*'], core: ['core'] },
          odooConf: 'odoo.conf',
          odooCwd: 'other',
        },
      },
      'state',
      { EXTRA: '/opt' },
    );
    expect(instance).toMatchObject({
      name: 'prod',
      series: '17.0',
      addonsDirs: [
        { path: world.at('linked'), configured: world.at('alias') },
        { path: world.at('other'), configured: world.at('other') },
      ],
      roots: [
        { family: 'oca', path: world.at('oca/crm') },
        { family: 'oca', path: world.at('oca/web') },
        { family: 'core', path: world.at('core') },
      ],
      odooConf: { addonsPath: ['/opt/addons', world.at('other/rel')], dataDir: null },
      linkStyle: 'absolute',
      licenses: { conflicts: 'warn', lgpl_on_proprietary: 'allow' },
      python: null,
    });
  });

  it('has no odoo.conf and Python unless it names them', async () => {
    const world = build();
    const rest = { linkStyle: 'relative', python: process.execPath };
    const [plain, other] = await opened(world, { a: {}, b: { addonsDirs: ['other'], ...rest } });
    expect(plain).toMatchObject({ name: 'a', odooConf: null, python: null });
    expect(other).toMatchObject({ name: 'b', ...rest });
  });
});

it.each([
  ['refuse', { conflicts: 'refuse', lgpl_on_proprietary: 'allow' }],
  [{}, { conflicts: 'warn', lgpl_on_proprietary: 'allow' }],
  [{ lgpl_on_proprietary: 'refuse' }, { conflicts: 'warn', lgpl_on_proprietary: 'refuse' }],
  [{ conflicts: 'refuse' }, { conflicts: 'refuse', lgpl_on_proprietary: 'allow' }],
])('the setting licenses: %j means %j', async (licenses, rules) => {
  const [instance] = await opened(build(), { a: { licenses } });
  expect(instance?.licenses).toEqual(rules);
});

describe('a problem is told by its place', () => {
  const at = (rest: string) => [`/instances/prod/${rest}`];
  it.each<[what: string, instance: Given, pointers: string[]]>([
    ['a missing addons directory', { addonsDirs: ['linked', 'nowhere'] }, at('addonsDirs/1')],
    ['a file as addons directory', { addonsDirs: ['file'] }, at('addonsDirs/0')],
    ['the file system root as addons directory', { addonsDirs: ['/'] }, at('addonsDirs/0')],
    ['a loop of symlinks', { addonsDirs: ['loop'] }, at('addonsDirs/0')],
    ['a missing root', { roots: { oca: ['oca', 'nowhere'] } }, at('roots/oca/1')],
    ['a file as root', { roots: { ee: ['file'] } }, at('roots/ee/0')],
    ['a pattern without a match', { roots: { oca: ['oca/none*'] } }, at('roots/oca/0')],
    ['one folder as root of two families', { roots: { oca: ['oca'], ee: ['oca'] } }, at('roots/ee')],
    ['an addons directory in a root', { addonsDirs: ['oca/linked'] }, at('addonsDirs')],
    ['an addons directory that is a root', { addonsDirs: ['oca'] }, at('addonsDirs')],
    ['an addons directory around a root', { roots: { oca: ['linked/oca'] } }, at('addonsDirs')],
    ['the same addons directory twice', { addonsDirs: ['linked', 'alias'] }, at('addonsDirs')],
    ['a missing odoo.conf', { odooConf: 'nowhere.conf' }, at('odooConf')],
    ['a broken odoo.conf', { odooConf: 'file' }, at('odooConf')],
    ['an odoo.conf with a byte-order mark', { odooConf: 'marked' }, at('odooConf')],
    ['a Python that cannot be run', { python: 'file' }, at('python')],
    ['a missing Python', { python: 'nowhere' }, at('python')],
    [
      'several',
      { addonsDirs: ['nowhere'], roots: { oca: ['gone'] }, python: 'file' },
      [...at('addonsDirs/0'), ...at('roots/oca/0'), ...at('python')],
    ],
  ])('%s', async (_, instance, pointers) => {
    const world = build();
    for (const folder of ['oca/linked', 'linked/oca']) world.folder(folder);
    world.file('file', 'text');
    world.file('marked', '\ufeff[options]\n');
    world.link('loop', 'loop');
    world.link('linked', 'alias');
    expect(await pointersOf(world, { prod: instance })).toEqual(pointers);
  });

  it('between instances, too', async () => {
    const world = build();
    world.folder('oca/linked');
    const shared = { a: {}, b: {} };
    expect(await pointersOf(world, shared)).toEqual(['/instances/b/addonsDirs']);
    // A link in the root of another instance would become a source there.
    const inside = { a: {}, b: { addonsDirs: ['oca/linked'], roots: { ee: ['ee'] } } };
    expect(await pointersOf(world, inside)).toEqual(['/instances/b/addonsDirs']);
  });
});

it('takes folders whose names begin alike for different ones', async () => {
  const world = build();
  for (const folder of ['oca-linked', 'linked-state']) world.folder(folder);
  expect(await pointersOf(world, { prod: { addonsDirs: ['oca-linked', 'linked'] } }, 'linked-state')).toEqual(
    [],
  );
});

describe('the state directory', () => {
  it.each<[what: string, stateDir: string, isRefused: boolean]>([
    ['elsewhere', 'state', false],
    ['elsewhere, not there yet', 'new/deep/state', false],
    ['in an addons directory', 'linked/state', true],
    ['in an addons directory, not there yet', 'linked/new/state', true],
    ['that is an addons directory', 'linked', true],
    ['in a root', 'oca/state', true],
    ['in a folder of addons_path, by another name', 'alias/state', true],
    ['in the data directory', 'data/addons/17.0/state', true],
    ['around everything', '.', true],
  ])('%s', async (_, stateDir, isRefused) => {
    const world = build();
    world.folder('extra');
    world.folder('data/addons/17.0');
    world.link('extra', 'alias');
    world.file('odoo.conf', `[options]\naddons_path = extra\ndata_dir = data\n`);
    const pointers = await pointersOf(world, { prod: { odooConf: 'odoo.conf', odooCwd: '.' } }, stateDir);
    expect(pointers).toEqual(isRefused ? ['/stateDir'] : []);
  });

  it('is told once, however many folders it is in the way of', async () => {
    const world = build();
    const instances = { a: {}, b: { addonsDirs: ['other'] } };
    expect(await pointersOf(world, instances, '.')).toEqual(['/stateDir']);
  });
});
