import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openInstances } from '../../src/config/instance.ts';
import { InstanceSchema } from '../../src/config/schema.ts';
import { SERIES, type Series } from '../../src/manifest/series.ts';
import { diagnoseInstance } from '../../src/services/diagnose.ts';
import { eachFolder } from '../support/provenance.ts';
import { createWorld, type World } from '../support/world.ts';

/** What a host has: its odoo.conf, and the configuration of its instance; paths are in the world. */
interface Host {
  readonly conf: string | readonly string[];
  readonly series?: Series;
  readonly addonsDir?: string;
  readonly confPath?: string;
  readonly cwd?: string;
  readonly home?: string;
  /** Folders of the world, and where Odoo sees them. */
  readonly paths?: Readonly<Record<string, string>>;
  readonly root?: string;
}

/** What `doctor` says of the addons directory and of odoo.conf, each as `level: text`; `@` is the world's path. */
async function doctor(world: World, host: Host): Promise<string[]> {
  const {
    conf,
    series = '17.0',
    addonsDir = 'srv/linked',
    confPath = 'etc/odoo/odoo.conf',
    cwd,
    home,
    paths = {},
    root = 'srv/oca',
  } = host;
  const text = typeof conf === 'string' ? conf : ['[options]', ...conf, ''].join('\n');
  const config = InstanceSchema.parse({
    series,
    addonsDirs: [world.folder(addonsDir)],
    roots: { oca: [world.folder(root)] },
    paths: Object.fromEntries(Object.entries(paths).map(([folder, seen]) => [world.folder(folder), seen])),
    odooConf: world.file(confPath, text.replaceAll('@', world.path)),
    ...(cwd !== undefined && { odooCwd: cwd.startsWith('/') ? cwd : world.at(cwd) }),
  });
  const where = (path: readonly PropertyKey[]) => `/${path.join('/')}`;
  const loaded = {
    instances: { prod: config },
    policy: null,
    sources: null,
    file: null,
    where,
    stateDir: world.at('state'),
  };
  const env = { HOME: world.at(home ?? 'home/odoo') };
  const opened = await openInstances(loaded, env);
  if (!opened.ok) return opened.refusal.map((problem) => `refused: ${problem}`.replaceAll(world.path, '@'));
  const [instance] = opened.value;
  if (instance === undefined) throw new Error('there is one');
  const sections = await diagnoseInstance(
    instance,
    eachFolder(() => null),
  );
  return sections
    .filter(({ section }) => ['addons directories', 'odoo.conf'].includes(section))
    .flatMap(({ findings }) => findings)
    .filter(
      ({ level, text }) => level !== 'ok' || text.startsWith('addons_path') || text.startsWith('server_'),
    )
    .map(({ level, text }) => `${level}: ${text}`.replaceAll(world.path, '@'));
}

const levelsOf = (lines: readonly string[]) => lines.map((line) => line.slice(0, line.indexOf(':')));
const faults = (lines: readonly string[]) => lines.filter((line) => !line.startsWith('ok: '));

describe('doctor on a plain host', () => {
  const plain = ['addons_path = @/opt/odoo/addons,@/srv/linked', 'data_dir = @/var/lib/odoo'];
  const host = () => {
    const world = createWorld();
    world.module('opt/odoo/addons/web');
    world.module('srv/linked/x');
    return world;
  };

  it.each(SERIES)('%s: finds nothing wrong', async (series) => {
    expect(faults(await doctor(host(), { conf: plain, series }))).toEqual([]);
  });

  it.each<[fault: string, conf: Host['conf'], expected: RegExp[]]>([
    [
      'the addons directory is not in addons_path',
      ['addons_path = @/opt/odoo/addons'],
      [/^fail: @\/srv\/linked: Odoo does not look there$/],
    ],
    ['addons_path is not set', ['workers = 2'], [/^fail: .* does not look there$/]],
    [
      'there is no section [options]',
      'addons_path = @/srv/linked\n',
      [/^refused: .*Odoo does not start with it: line 1 /],
    ],
    [
      'the section has another name',
      '[Options]\naddons_path = @/srv/linked\n',
      [/^fail: /, /^warn: .*no section \[options\]/],
    ],
    ['a byte-order mark', '\ufeff[options]\naddons_path = @/srv/linked\n', [/^refused: .*byte-order mark/]],
    ['an option twice', [...plain, 'data_dir = /x'], [/^refused: .*line 4 sets data_dir a second time/]],
    [
      'quotes',
      ['addons_path = @/opt/odoo/addons,"@/srv/linked"'],
      [/^fail: .*does not look there/, /^warn: addons_path: "\\"@\/srv\/linked\\"" does not exist/],
    ],
    [
      'a comment at the end',
      ['addons_path = @/opt/odoo/addons,@/srv/linked ; ours'],
      [/^fail: /, /^warn: addons_path: @\/srv\/linked ; ours does not exist/],
    ],
    [
      'a comma is missing at the end of a line',
      ['addons_path = @/opt/odoo/addons', '  @/srv/linked'],
      // No path of the file exists then, but it is not that of a container.
      [/^warn: addons_path: .*does not exist/s],
    ],
    [
      'a variable',
      ['addons_path = @/opt/odoo/addons,$NOT_SET/linked'],
      [/^warn: .*a variable that is not set here/],
    ],
  ])('tells that %s', async (_, conf, expected) => {
    const lines = faults(await doctor(host(), { conf }));
    expect(lines).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
  });

  /** odoo/modules/module.py, `get_modules`; odoo/http.py, `load_addons` and `statics`; 19.0: `_check_addons_path`. */
  it.each<[Series, missing: RegExp, file: RegExp]>([
    ['14.0', /no static files, and cannot update/, /no static files, and cannot update/],
    ['15.0', /no static files, and cannot update/, /no static files, and cannot update/],
    ['16.0', /requests for static files .* with an error$/, /with an error, and cannot update/],
    ['17.0', /requests for static files .* with an error$/, /with an error, and cannot update/],
    ['18.0', /requests for static files .* with an error$/, /with an error, and cannot update/],
    ['19.0', /leaves it out, with a line in its log$/, /leaves it out, with a line in its log$/],
  ])('%s: says what a directory that is missing or a file does', async (series, missing, file) => {
    const world = host();
    world.file('a-file');
    const conf = ['addons_path = @/srv/linked,@/gone,@/a-file'];
    const [first, second, ...others] = faults(await doctor(world, { conf, series }));
    expect(others).toEqual([]);
    expect(first).toMatch(missing);
    expect(first).toContain('@/gone does not exist');
    expect(second).toMatch(file);
    expect(second).toContain('@/a-file is not a directory');
    expect(`${first} ${second}`).not.toMatch(/refuses to start/);
  });

  it.each<[Series, Host['conf'], RegExp[]]>([
    [
      '18.0',
      ['addons_path = @/srv/linked,'],
      [/empty entry: Odoo looks for modules in its working directory too/],
    ],
    ['17.0', ['addons_path = @/srv/linked,,@/opt/odoo/addons'], [/empty entry/]],
    ['19.0', ['addons_path = @/srv/linked,'], []],
  ])('%s: tells of an empty entry: %j', async (series, conf, expected) => {
    const lines = faults(await doctor(host(), { conf, series }));
    expect(lines).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
  });

  it.each(SERIES)('%s: tells of a directory without a module', async (series) => {
    const world = host();
    const conf = ['addons_path = @/srv/empty,@/srv/linked'];
    world.folder('srv/empty');
    const [line = ''] = (await doctor(world, { conf, series })).filter((one) => one.includes('empty'));
    if (series === '19.0')
      expect(line).toMatch(/^warn: .*holds no module: Odoo 19.0 leaves it out when it starts$/);
    else expect(line).toMatch(/^ok: .*holds no module, which Odoo would refuse in --addons-path\)$/);
  });

  it('tells of a directory it may not look at', async () => {
    const world = host();
    world.folder('locked/addons');
    chmodSync(world.at('locked'), 0o000);
    try {
      const conf = ['addons_path = @/srv/linked,@/locked/addons'];
      const lines = faults(await doctor(world, { conf }));
      // root looks everywhere.
      const expected =
        process.getuid?.() === 0 ? [] : [expect.stringMatching(/^warn: .* cannot be looked at by /)];
      expect(lines).toEqual(expected);
    } finally {
      chmodSync(world.at('locked'), 0o700);
    }
  });

  it.each<[Series, modules: string, expected: string[]]>([
    ['17.0', 'base,web', []],
    ['19.0', 'base,rpc,web', []],
    ['17.0', 'base,web,x', ['ok: server_wide_modules: x (linked)']],
    [
      '17.0',
      'x,theirs',
      ['ok: server_wide_modules: x (linked)', 'ok: server_wide_modules: theirs (addons_path)'],
    ],
    [
      '17.0',
      'web,gone',
      [
        'warn: server_wide_modules: gone is not on the addons path: Odoo logs an error at each start, and runs without it',
      ],
    ],
    [
      '17.0',
      'base,web,rpc',
      [
        'warn: server_wide_modules: rpc is not on the addons path: Odoo logs an error at each start, and runs without it',
      ],
    ],
  ])('%s: tells of server_wide_modules %s: %j', async (series, modules, expected) => {
    const world = host();
    world.module('opt/odoo/addons/theirs');
    const lines = await doctor(world, { conf: [...plain, `server_wide_modules = ${modules}`], series });
    expect(lines.filter((line) => line.includes('server_'))).toEqual(expected);
  });
});

describe('doctor with the odoo.conf of a container', () => {
  it.each<[what: string, conf: Host['conf']]>([
    ['the official image', ['addons_path = @/mnt/extra-addons', 'data_dir = @/var/lib/odoo-there']],
    ['doodba', ['addons_path = @/container/auto/addons', 'server_wide_modules = base,web,queue_job']],
  ])('%s: says so in one line, and fails nothing', async (_, conf) => {
    const lines = faults(await doctor(createWorld(), { conf }));
    expect(lines).toEqual([
      expect.stringMatching(/^warn: these are the paths of a container: none of .* exists on this host/),
    ]);
  });

  it('doodba, inside: its links are where Odoo looks', async () => {
    const world = createWorld();
    world.link(world.module('opt/odoo/custom/src/web/x'), 'opt/odoo/auto/addons/x');
    const conf = [
      '; Addons in priority order',
      'addons_path = @/opt/odoo/auto/addons',
      'data_dir = @/var/lib/odoo',
    ];
    const host = { conf, confPath: 'opt/odoo/auto/odoo.conf' };
    expect(faults(await doctor(world, { ...host, addonsDir: 'opt/odoo/auto/addons' }))).toEqual([]);
    expect(levelsOf(faults(await doctor(world, host)))).toEqual(['fail']);
  });
});

describe('doctor with the odoo.conf of a container, and `paths`', () => {
  const paths = { srv: '/mnt' };
  const host = () => {
    const world = createWorld();
    world.module('srv/linked/x');
    return world;
  };
  const official = [
    'addons_path = /usr/lib/python3/dist-packages/odoo/addons,/mnt/linked',
    'data_dir = /var/lib/odoo',
  ];

  it.each(SERIES)('%s: finds nothing wrong, and tells both paths', async (series) => {
    expect(await doctor(host(), { conf: official, paths, series })).toEqual([
      expect.stringMatching(/^ok: addons_path: @\/srv\/linked \(for Odoo \/mnt\/linked\)$/),
      expect.stringMatching(/^ok: addons_path: \/usr\/lib\/.* not checked: .* only Odoo sees/),
    ]);
  });

  it.each<[fault: string, more: Omit<Host, 'conf'> & Partial<Host>, expected: RegExp[]]>([
    [
      'the addons directory is not in addons_path, by its path there',
      { conf: ['addons_path = /mnt/oca,@/srv/linked'] },
      [/^fail: @\/srv\/linked \(for Odoo \/mnt\/linked\): Odoo does not look there$/],
    ],
    [
      'Odoo does not see the addons directory',
      { addonsDir: 'other/linked' },
      [/^fail: @\/other\/linked: Odoo does not see it, because it lies in no folder that `paths` maps$/],
    ],
    [
      'a directory is missing that should be here',
      { conf: [`${official[0]},/mnt/gone`] },
      [/^warn: addons_path: @\/srv\/gone \(for Odoo \/mnt\/gone\) does not exist: /],
    ],
    [
      'no directory lies where paths leads',
      { conf: ['addons_path = /opt/odoo/auto/addons'] },
      [
        /^fail: .* does not look there/,
        /^warn: none of the directories it names, such as \/opt\/odoo\/auto\/addons, .*: \/mnt$/,
      ],
    ],
    [
      'a variable is not known there, whatever it is here',
      { conf: ['addons_path = $HOME/addons'] },
      [/^warn: .*environment of Odoo's container is not known here/],
    ],
    [
      'a home folder is not known there',
      { conf: ['addons_path = ~/addons'] },
      [/^warn: .*names a home folder/],
    ],
    ['a relative path needs odooCwd', { conf: ['addons_path = linked'] }, [/^warn: .*odooCwd/]],
  ])('tells that %s', async (_, more, expected) => {
    const lines = faults(await doctor(host(), { conf: official, paths, ...more }));
    expect(lines).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
  });

  it('follows relative paths from the working directory of Odoo, as Odoo sees it', async () => {
    expect(faults(await doctor(host(), { conf: ['addons_path = linked'], paths, cwd: '/mnt' }))).toEqual([]);
  });

  it('knows the modules in a data directory that is mounted', async () => {
    const world = host();
    const conf = ['addons_path = /mnt/oca', 'data_dir = /var/lib/odoo'];
    const addonsDir = 'data/addons/17.0';
    world.module(`${addonsDir}/x`);
    expect(
      faults(await doctor(world, { conf, paths: { ...paths, data: '/var/lib/odoo' }, addonsDir })),
    ).toEqual([]);
  });
});

describe('doctor with the Debian package', () => {
  // Its odoo.conf leaves addons_path and data_dir to their defaults.
  const conf = [
    '; admin_passwd = admin',
    'db_host = False',
    'db_port = False',
    'db_user = odoo',
    ';addons_path = /usr/lib',
  ];
  const usual = 'var/lib/odoo/.local/share/Odoo/addons/17.0';

  it('cannot tell whether the data folder of its user is meant', async () => {
    const lines = faults(await doctor(createWorld(), { conf, addonsDir: usual }));
    expect(lines).toEqual([expect.stringMatching(/^warn: .*does not set data_dir/)]);
  });

  it('can tell where data_dir is set', async () => {
    const set = [...conf, 'data_dir = @/var/lib/odoo/.local/share/Odoo'];
    expect(faults(await doctor(createWorld(), { conf: set, addonsDir: usual }))).toEqual([]);
  });

  it('fails for another directory', async () => {
    expect(levelsOf(faults(await doctor(createWorld(), { conf })))).toEqual(['fail']);
  });
});

describe('doctor with a source checkout and relative paths', () => {
  const conf = ['addons_path = odoo/addons, srv/linked'];
  const host = () => {
    const world = createWorld();
    world.module('odoo/addons/web');
    world.module('srv/linked/x');
    return world;
  };

  it.each(SERIES)('%s: cannot tell where they lead, and says how it could', async (series) => {
    const lines = await doctor(host(), { conf, series });
    expect(faults(lines)).toEqual([
      expect.stringMatching(
        /^warn: @\/srv\/linked: .* cannot be told from here, because relative paths .*odooCwd/,
      ),
    ]);
    expect(lines).toContainEqual(
      expect.stringMatching(/^ok: addons_path: odoo\/addons, srv\/linked not checked/),
    );
  });

  it('follows them from the working directory of Odoo', async () => {
    expect(faults(await doctor(host(), { conf, cwd: '.' }))).toEqual([]);
    expect(levelsOf(faults(await doctor(host(), { conf: ['addons_path = odoo/addons'], cwd: '.' })))).toEqual(
      ['fail'],
    );
    const missing = faults(await doctor(host(), { conf: ['addons_path = srv/linked, gone'], cwd: '.' }));
    expect(missing).toEqual([expect.stringMatching(/^warn: addons_path: @\/gone does not exist/)]);
  });
});

describe('doctor in a home folder as on odoo.sh', () => {
  const conf = ['addons_path = ~/src/odoo/addons,~/src/enterprise,~/src/user', 'data_dir = ~/data'];
  const place = { addonsDir: 'home/odoo/src/user', confPath: 'home/odoo/.config/odoo/odoo.conf' };
  const host = () => {
    const world = createWorld();
    for (const module of ['odoo/addons/web', 'enterprise/web_enterprise', 'user/x']) {
      world.module(`home/odoo/src/${module}`);
    }
    return world;
  };

  it('finds nothing wrong', async () => {
    for (const series of SERIES) expect(faults(await doctor(host(), { conf, series, ...place }))).toEqual([]);
  });

  it('tells what is', async () => {
    const themes = ['addons_path = ~/src/odoo/addons,~/src/themes'];
    expect(levelsOf(faults(await doctor(host(), { conf: themes, ...place })))).toEqual(['fail', 'warn']);
    const others = ['addons_path = ~/src/odoo/addons,~somebody/src/user'];
    expect(faults(await doctor(host(), { conf: others, ...place }))).toEqual([
      expect.stringMatching(/^warn: .*home folder of another user/),
    ]);
  });
});
