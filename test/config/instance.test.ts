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
  readonly paths?: Record<string, string>;
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

  it.each([
    ['oca/linked', 'is inside'],
    ['oca', 'is also'],
    ['.', 'contains'],
  ])('the addons directory %s %s a root: it is said where links are to be', async (dir, how) => {
    const world = build();
    world.folder('oca/linked');
    const refused = await open(world, { prod: { addonsDirs: [dir], roots: { oca: ['oca'] } } });
    const [problem] = refused.ok ? [] : refused.refusal;
    expect(problem).toMatch(/: links need a folder of their own, outside the sources\.$/);
    expect(problem).toContain(` ${how} the root ${world.at('oca')}`);
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

describe('the paths at which Odoo sees folders', () => {
  const variable = (name: string) => `$\{${name}}`;

  it('are mapped from real paths, with variables in both', async () => {
    const world = build();
    world.link('oca', 'alias');
    const paths = {
      [`${variable('W')}/alias`]: `${variable('THERE')}/oca/`,
      [world.at('linked')]: '/mnt/linked',
    };
    const [instance] = await opened(world, { a: { paths } }, 'state', { W: world.path, THERE: '/opt' });
    expect(instance?.paths?.mounts).toEqual([
      { host: world.at('oca'), odoo: '/opt/oca' },
      { host: world.at('linked'), odoo: '/mnt/linked' },
    ]);
    expect((await opened(world, { a: {} }))[0]?.paths).toBeNull();
    expect((await opened(world, { a: { paths: {} } }))[0]?.paths).toBeNull();
  });

  it('make of odoo.conf what it means on this host', async () => {
    const world = build();
    world.file(
      'odoo.conf',
      '[options]\naddons_path = /usr/lib/odoo,/mnt/linked,/mnt/linked/\ndata_dir = /var/lib/odoo\n',
    );
    const paths = { [world.path]: '/mnt', [world.at('other')]: '/var/lib/odoo' };
    const [instance] = await opened(world, { a: { paths, odooConf: 'odoo.conf' } });
    expect(instance?.odooConf).toMatchObject({
      addonsPath: [world.at('linked')],
      dataDir: world.at('other'),
      doubt: null,
    });
    expect(instance?.odooConf?.entries).toMatchObject([
      { seen: '/usr/lib/odoo', path: null },
      { seen: '/mnt/linked', path: world.at('linked') },
    ]);
  });

  it.each<[what: string, paths: Record<string, string>, pointers: string[], said: RegExp]>([
    ['a folder that is missing', { 'HERE/gone': '/mnt' }, ['paths/HERE/gone'], /does not exist/],
    ['a file', { 'HERE/file': '/mnt' }, ['paths/HERE/file'], /is not a directory/],
    ['a relative folder', { oca: '/mnt' }, ['paths/oca'], /not an absolute path: each key/],
    [
      'a relative path of Odoo',
      { 'HERE/oca': 'mnt' },
      ['paths/HERE/oca'],
      /not an absolute path: each value/,
    ],
    [
      'a home folder of Odoo',
      { 'HERE/oca': '~/mnt' },
      ['paths/HERE/oca'],
      /not an absolute path: each value/,
    ],
    ['a variable that is not set', { 'HERE/oca': `/${variable('NO')}` }, ['paths/HERE/oca'], /NO is not set/],
    [
      'a variable in the folder',
      { [`${variable('NO')}/oca`]: '/mnt' },
      [`paths/${variable('NO')}/oca`],
      /NO is not set/,
    ],
    [
      'one path for two folders',
      { 'HERE/oca': '/mnt', 'HERE/ee': '/mnt/' },
      ['paths/HERE/ee'],
      /cannot see both .*oca and .*ee at \/mnt/,
    ],
    ['one folder twice', { 'HERE/oca': '/a', 'HERE/alias': '/b' }, ['paths/HERE/alias'], /named twice/],
    ['several', { 'HERE/gone': '/a', oca: '/b' }, ['paths/HERE/gone', 'paths/oca'], /gone does not exist/],
  ])('are refused by their place: %s', async (_, given, pointers, said) => {
    const world = build();
    world.file('file');
    world.link('oca', 'alias');
    const here = (text: string) => text.replace('HERE', world.path);
    const paths = Object.fromEntries(Object.entries(given).map(([folder, seen]) => [here(folder), seen]));
    const result = await open(world, { prod: { paths } });
    const lines = result.ok ? [] : result.refusal;
    expect(lines.map((line) => line.slice(0, line.indexOf(': ')))).toEqual(
      pointers.map((pointer) => `/instances/prod/${here(pointer)}`),
    );
    expect(lines[0]).toMatch(said);
  });

  it.each<[what: string, paths: Record<string, string>, isRefused: boolean]>([
    ['lie alike', { linked: '/mnt/linked', oca: '/mnt/oca' }, false],
    ['are mounted together', { '.': '/mnt' }, false],
    ['lie apart', { linked: '/mnt/linked', oca: '/opt/oca' }, true],
    ['are not both seen, which doctor tells', { linked: '/mnt/linked' }, false],
  ])(
    'are refused for relative links where sources and addons directory %s: %j',
    async (_, given, isRefused) => {
      const world = build();
      const paths = Object.fromEntries(
        Object.entries(given).map(([folder, seen]) => [world.at(folder), seen]),
      );
      const instance = { paths, roots: { oca: ['oca'], core: ['core'] } };
      expect(await pointersOf(world, { a: { ...instance, linkStyle: 'relative' } })).toEqual(
        isRefused ? ['/instances/a/linkStyle'] : [],
      );
      expect(await pointersOf(world, { a: { ...instance, linkStyle: 'absolute' } })).toEqual([]);
    },
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
