import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  describeOverrides,
  doesOdooLookIn,
  doubtOfPath,
  holdsModules,
  isFromElsewhere,
  remedyForOffPath,
  stateOfFolder,
} from '../../src/addons/where-odoo-looks.ts';
import { createPathMap } from '../../src/base/path-map.ts';
import { SERIES } from '../../src/manifest/series.ts';
import { patchFs } from '../support/patch-fs.ts';
import { createWorld, type World } from '../support/world.ts';

const isRoot = process.getuid?.() === 0;
const HERE = { series: '17.0', paths: null } as const;

type Conf = Parameters<typeof doesOdooLookIn>[1]['odooConf'];

function judge(world: World, odooConf: Conf, folder = 'linked') {
  const roots = [{ family: 'core' as const, path: world.folder('odoo') }];
  return doesOdooLookIn(world.folder(folder), {
    series: '17.0',
    roots,
    addonsDirs: [],
    odooConf,
    paths: null,
  });
}

describe('whether Odoo looks in a folder', () => {
  const doubt = 'it is far away';
  const conf = (world: World, addonsPath: string[], more: Partial<NonNullable<Conf>> = {}): Conf => {
    return { addonsPath: addonsPath.map((path) => world.at(path)), dataDir: null, doubt: null, ...more };
  };
  it.each<[what: string, expected: 'yes' | 'no' | RegExp, (world: World) => Conf, folder?: string]>([
    ['without an odoo.conf, on trust', 'yes', () => null],
    ['where addons_path has it', 'yes', (world) => conf(world, ['gone', 'linked'])],
    ['where addons_path has it by another name', 'yes', (world) => conf(world, ['alias'])],
    ['in the data directory', 'yes', (world) => conf(world, [], { dataDir: world.at('d') }), 'd/addons/17.0'],
    ['of Odoo itself', 'yes', (world) => conf(world, []), 'odoo/odoo/addons'],
    ['where addons_path is not set', 'no', (world) => conf(world, [])],
    ['where addons_path does not have it', 'no', (world) => conf(world, ['other', 'gone'])],
    ['where it is found, whatever else is in doubt', 'yes', (world) => conf(world, ['linked'], { doubt })],
    ['where an entry is in doubt', /far away/, (world) => conf(world, ['other'], { doubt })],
    [
      'where no directory of odoo.conf is there',
      /of a container, and the configuration has no `paths`$/,
      (world) => conf(world, ['gone']),
    ],
    [
      'where the data directory alone is there',
      'no',
      (world) => conf(world, ['gone'], { dataDir: world.folder('d') }),
    ],
    [
      'where neither is there',
      /of a container/,
      (world) => conf(world, ['gone'], { dataDir: world.at('gone') }),
    ],
    [
      "in a user's data folder, without data_dir",
      /data_dir/,
      (world) => conf(world, []),
      'home/.local/share/Odoo/addons/17.0',
    ],
    [
      "in a user's data folder, for another series",
      'no',
      (world) => conf(world, []),
      'home/.local/share/Odoo/addons/16.0',
    ],
    [
      "in a user's data folder, with another data_dir",
      'no',
      (world) => conf(world, [], { dataDir: world.folder('d') }),
      'home/.local/share/Odoo/addons/17.0',
    ],
  ])('%s: %s', (_, expected, make, folder) => {
    const world = createWorld();
    world.folder('other');
    world.link('linked', 'alias');
    world.module('odoo/odoo/addons/base');
    const onPath = judge(world, make(world), folder);
    if (expected instanceof RegExp) expect(onPath).toEqual({ doubt: expect.stringMatching(expected) });
    else expect(onPath).toBe(expected);
  });

  it.each<[what: string, addonsPath: string[], folder: string, expected: 'yes' | 'no']>([
    ['is listed', ['srv/linked'], 'srv/linked', 'yes'],
    ['is listed by a link that Odoo follows', ['srv/alias'], 'srv/linked', 'yes'],
    ['is listed by a link that only this host follows', ['srv/for_host'], 'srv/linked', 'no'],
    ['is not listed, and nothing that is exists here', ['srv/gone'], 'srv/linked', 'no'],
    ['is not seen', ['srv/linked'], 'other', 'no'],
    ['is not seen, whatever is listed', ['other'], 'other', 'no'],
  ])('that %s, where Odoo sees other paths: %s', (_, addonsPath, folder, expected) => {
    const world = createWorld();
    for (const one of ['srv/linked', 'other']) world.folder(one);
    world.link('/mnt/linked', 'srv/alias');
    world.link(world.at('srv/linked'), 'srv/for_host');
    const paths = createPathMap([{ host: world.at('srv'), odoo: '/mnt' }]);
    const facts = { series: '17.0', roots: [], addonsDirs: [], paths } as const;
    const odooConf = conf(world, addonsPath);
    expect(doesOdooLookIn(world.at(folder), { ...facts, odooConf })).toBe(expected);
    const onTrust = folder === 'other' ? 'no' : 'yes';
    expect(doesOdooLookIn(world.at(folder), { ...facts, odooConf: null })).toBe(onTrust);
    const seen = folder === 'other' ? /to `paths`/ : /^add \/mnt\/linked to addons_path/;
    expect(remedyForOffPath(world.at(folder), paths)).toMatch(seen);
    expect(remedyForOffPath('/a', null)).toMatch(/^add \/a to addons_path/);
  });

  it('shows no path of odoo.conf', () => {
    const world = createWorld();
    for (const conf of [{ addonsPath: ['/gone/secret'], dataDir: null, doubt: null }]) {
      expect(JSON.stringify(judge(world, conf))).not.toContain('secret');
    }
  });
});

describe('whether all of the search path is known', () => {
  const known = (path: string | null) => {
    const conf = { entries: [{ seen: '/odoo/addons', path }], dataDir: null, doubt: null };
    return { ...conf, addonsPath: path === null ? [] : [path] };
  };
  it.each<[what: string, doubt: RegExp | null, (world: World) => Partial<Parameters<typeof doubtOfPath>[0]>]>(
    [
      ['with an odoo.conf and a python', null, () => ({})],
      ['not without an odoo.conf', /names no odoo\.conf$/, () => ({ odooConf: null })],
      ['not without a python', /names no `python`/, () => ({ python: null })],
      [
        'not where an entry depends on what is not known',
        /^far away$/,
        (world) => ({ odooConf: { ...known(world.folder('linked')), doubt: 'far away' } }),
      ],
      ['not of a container', /^none of the directories/, () => ({ odooConf: known('/nonexistent/addons') })],
      [
        'not where a container has more than is mapped',
        /no entry of `paths` leads to$/,
        () => ({ odooConf: known(null) }),
      ],
    ],
  )('%s', (_, doubt, more) => {
    const world = createWorld();
    const facts = { ...HERE, roots: [], addonsDirs: [], python: '/usr/bin/python3' };
    const said = doubtOfPath({ ...facts, odooConf: known(world.folder('linked')), ...more(world) });
    if (doubt === null) expect(said).toBeNull();
    else expect(said).toMatch(doubt);
  });

  it('not where this user may not look', () => {
    const world = createWorld();
    const shut = world.folder('shut');
    const facts = { ...HERE, roots: [], addonsDirs: [], python: '/usr/bin/python3' };
    // Root may look everywhere.
    patchFs('statSync', (statSync) => (path: string, ...rest: [never]) => {
      if (path === shut) throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
      return statSync(path, ...rest);
    });
    expect(doubtOfPath({ ...facts, odooConf: known(shut) })).toMatch(/may not look at$/);
  });
});

describe('a path of odoo.conf on this host', () => {
  it('is a folder, something else, or missing', () => {
    const world = createWorld();
    world.folder('a');
    world.file('b');
    world.link('a', 'c');
    world.link('nowhere', 'd');
    const states = ['a', 'b', 'c', 'd', 'e', 'b/x'].map((path) => stateOfFolder(world.at(path)));
    expect(states).toEqual(['folder', 'no folder', 'folder', 'missing', 'missing', 'missing']);
  });

  it('is hidden behind a folder that this user may not enter', () => {
    const world = createWorld();
    world.folder('locked/a');
    chmodSync(world.at('locked'), 0o000);
    const path = world.at('locked/a');
    try {
      // root enters every folder.
      expect(stateOfFolder(path)).toBe(isRoot ? 'folder' : 'hidden');
      expect(
        isFromElsewhere({ odooConf: { addonsPath: [path], dataDir: null, doubt: null }, paths: null }),
      ).toBe(false);
      const conf = { addonsPath: [path, world.folder('other')], dataDir: null, doubt: null };
      const onPath = judge(world, conf);
      if (isRoot) expect(onPath).toBe('no');
      else expect(onPath).toEqual({ doubt: expect.stringContaining('may not look at') });
    } finally {
      chmodSync(world.at('locked'), 0o700);
    }
  });
});

/** `_is_addons_path` (odoo/tools/config.py): `__init__.py` and a manifest in one of the entries. */
describe('a directory of modules', () => {
  it.each<[what: string, upTo18: boolean, in19: boolean, (world: World) => void]>([
    ['nothing', false, false, () => {}],
    ['a file', false, false, (world) => world.file('linked/README')],
    ['a module', true, true, (world) => world.module('linked/x')],
    ['a link to one', true, true, (world) => world.link(world.module('oca/x'), 'linked/x')],
    ['a link to nothing', false, false, (world) => world.link('/nowhere', 'linked/x')],
    ['a folder without __init__.py', false, false, (world) => world.file('linked/x/__manifest__.py')],
    ['a folder without a manifest', false, false, (world) => world.file('linked/x/__init__.py')],
    [
      'an old manifest',
      true,
      false,
      (world) => {
        world.file('linked/x/__init__.py');
        world.file('linked/x/__openerp__.py');
      },
    ],
  ])('holds %s: %s, in 19.0 %s', (_, upTo18, in19, set) => {
    const world = createWorld();
    const folder = world.folder('linked');
    set(world);
    for (const series of SERIES)
      expect(holdsModules(folder, { series, paths: null })).toBe(series === '19.0' ? in19 : upTo18);
  });

  it('is not one without those that are removed', () => {
    const world = createWorld();
    world.module('linked/x');
    const folder = world.folder('linked');
    expect(holdsModules(folder, HERE, new Set(['x']))).toBe(false);
    world.module('linked/y');
    expect(holdsModules(folder, HERE, new Set(['x']))).toBe(true);
  });

  it('may hold links that only Odoo follows', () => {
    const world = createWorld();
    world.module('srv/oca/x');
    world.link('/mnt/oca/x', 'srv/linked/x');
    const paths = createPathMap([{ host: world.at('srv'), odoo: '/mnt' }]);
    expect(holdsModules(world.at('srv/linked'), { ...HERE, paths })).toBe(true);
    expect(holdsModules(world.at('srv/linked'), HERE)).toBe(false);
  });

  it('may be one that cannot be listed', () => {
    expect(holdsModules('/nowhere', HERE)).toBe(true);
  });
});

describe('what else decides', () => {
  // `_load_env_options` in odoo/tools/config.py came with 19.0.
  it.each(SERIES)('%s: the command line, another file, and since 19.0 the environment', (series) => {
    const said = describeOverrides(series);
    expect(said).toMatch(/--addons-path.*ODOO_RC/);
    expect(said.includes('ODOO_ADDONS_PATH')).toBe(series === '19.0');
  });
});
