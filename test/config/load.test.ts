import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { Result } from '../../src/base/refusal.ts';
import { openInstances } from '../../src/config/instance.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Overrides } from '../../src/config/settings.ts';
import { createWorld, type World } from '../support/world.ts';

function load(world: World, overrides: Overrides, env: Record<string, string> = {}) {
  return loadConfig(overrides, { env: { HOME: world.path, ...env }, cwd: world.path });
}

function loaded(world: World, overrides: Overrides, env: Record<string, string> = {}) {
  const result = load(world, overrides, env);
  if (!result.ok) throw new Error(result.refusal.join('\n'));
  return result.value;
}

async function open(world: World, overrides: Overrides, env: Record<string, string> = {}) {
  return openInstances(loaded(world, overrides, env), { HOME: world.path, ...env });
}

function problems(result: Result<unknown, string[]>): string[] {
  return result.ok ? [] : result.refusal;
}

describe('a configuration file', () => {
  it('may have comments and trailing commas; paths resolve against its folder', () => {
    const world = createWorld();
    const config = world.file(
      'conf/odoo-link.json',
      `{
        // the only one
        "instances": {
          "prod": {
            "series": "17.0",
            "addonsDirs": ["../linked", "~/more", "\${BASE}/third"],
            "roots": { "oca": ["src/*"], },
            "linkStyle": "relative"
          }
        },
        "policy": "policy.json"
      }`,
    );
    expect(loaded(world, { config }, { BASE: '/base' })).toMatchObject({
      instances: {
        prod: {
          addonsDirs: [world.at('linked'), world.at('more'), '/base/third'],
          roots: { oca: [world.at('conf/src/*')] },
          linkStyle: 'relative',
          licenses: 'warn',
        },
      },
      policy: world.at('conf/policy.json'),
      stateDir: world.at('.local/state/odoo-link-mcp'),
      file: config,
    });
  });

  it('is looked for under XDG_CONFIG_HOME, never in the working directory', () => {
    const world = createWorld();
    const text = JSON.stringify({ instances: { prod: { series: '17.0', addonsDirs: ['/x'], roots: {} } } });
    world.file('odoo-link.json', text);
    expect(problems(load(world, {}))[0]).toMatch(/^No instance is configured/);
    world.file('.config/odoo-link-mcp/odoo-link.json', text);
    expect(Object.keys(loaded(world, {}).instances)).toEqual(['prod']);
    world.file('xdg/odoo-link-mcp/odoo-link.json', text.replace('prod', 'other'));
    expect(Object.keys(loaded(world, {}, { XDG_CONFIG_HOME: world.at('xdg') }).instances)).toEqual(['other']);
  });

  it('is refused with positions, pointers and the nearest valid key', () => {
    const world = createWorld();
    const config = world.file(
      'odoo-link.json',
      `{
  "instances": {
    "prod": {
      "serie": "17.0",
      "addonsDirs": "/x",
      "roots": { "oca": ["/a"], "core": [3] },
      "linkStyle": "relativ"
    }
  },
  "stateDirectory": "/s"
}`,
    );
    expect(problems(load(world, { config })).map((line) => line.replace(config, 'F'))).toEqual([
      'F:3:5: /instances/prod/series is missing; it must be "14.0" or "15.0" or "16.0" or "17.0" or "18.0" or "19.0".',
      'F:5:7: /instances/prod/addonsDirs must be an array.',
      'F:6:42: /instances/prod/roots/core/0 must be a string.',
      'F:7:7: /instances/prod/linkStyle must be "absolute" or "relative". Did you mean "relative"?',
      'F:4:7: /instances/prod/serie is not known here. Did you mean "series"?',
      'F:10:3: /stateDirectory is not known here. Did you mean "stateDir"?',
    ]);
  });

  it.each([
    ['{"a": 1,, }', /^F:1:9: property name expected/],
    ['{"instances": {}, "instances": {}}', /^F:1:19: the key "instances" appears twice/],
    ['[]', /^F:1:1: \/ must be an object/],
    [
      '{"instances": {"bad name": {"series": "17.0", "addonsDirs": ["/x"], "roots": {}}}}',
      /bad name.*short name/,
    ],
    ['{"__proto__": {"series": 1}}', /__proto__ is not known here/],
  ])('is refused: %s', (text, expected) => {
    const world = createWorld();
    const config = world.file('odoo-link.json', text);
    expect(problems(load(world, { config }))[0]?.replace(config, 'F')).toMatch(expected);
  });

  it('that is named but missing, or names an unset variable, is an error', () => {
    const world = createWorld();
    expect(problems(load(world, { config: 'nowhere.json' }))).toEqual([
      `${world.at('nowhere.json')}: does not exist.`,
    ]);
    const config = world.config({ addonsDirs: ['${' + 'NOT_SET}/linked'] });
    expect(problems(load(world, { config }))).toEqual([
      expect.stringMatching(
        /\/instances\/prod\/addonsDirs\/0: the environment variable NOT_SET is not set\.$/,
      ),
    ]);
  });
});

describe('flags and environment', () => {
  it('describe an instance named default without a file; flags win', () => {
    const world = createWorld();
    const env = {
      ODOO_LINK_SERIES: '16.0',
      ODOO_LINK_OCA: '/a:/b',
      ODOO_LINK_ADDONS_DIR: '/x',
      ODOO_LINK_EE: '',
    };
    expect(loaded(world, { series: '18.0', ee: ['ee'] }, env)).toMatchObject({
      instances: {
        default: { series: '18.0', addonsDirs: ['/x'], roots: { oca: ['/a', '/b'], ee: [world.at('ee')] } },
      },
      file: null,
    });
  });

  it('expand what no shell has expanded, in variables', () => {
    const world = createWorld();
    const env = {
      HOME: '/home/me',
      SRC: '/src',
      ODOO_LINK_SERIES: '17.0',
      ODOO_LINK_OCA: '~/oca:${' + 'SRC}/b:$SRC/c:',
      ODOO_LINK_ADDONS_DIR: '$HOME/linked',
    };
    expect(loaded(world, {}, env).instances.default).toMatchObject({
      addonsDirs: ['/home/me/linked'],
      roots: { oca: ['/home/me/oca', '/src/b', '/src/c'] },
    });
    // A shell has expanded what is given as a flag.
    expect(loaded(world, { oca: ['/a/$SRC'] }, env).instances.default?.roots.oca).toEqual(['/a/$SRC']);
  });

  it.each([
    ['/a::/b', 'ODOO_LINK_OCA has an empty entry: remove the ":" too many.'],
    [':/a', 'ODOO_LINK_OCA has an empty entry: remove the ":" too many.'],
    ['$NOT_SET/a', 'ODOO_LINK_OCA: the environment variable NOT_SET is not set.'],
  ])('name what is wrong with a variable: %s', (oca, problem) => {
    const world = createWorld();
    const env = { ODOO_LINK_SERIES: '17.0', ODOO_LINK_ADDONS_DIR: '/x', ODOO_LINK_OCA: oca };
    expect(problems(load(world, {}, env))).toEqual([problem]);
  });

  it('win over the file', () => {
    const world = createWorld();
    const instance = { series: '17.0', addonsDirs: ['/x'], roots: { oca: ['/a'], ee: ['/e'] } };
    const config = world.file(
      'odoo-link.json',
      JSON.stringify({
        instances: { default: instance, other: instance },
        stateDir: 'one',
        policy: 'p.json',
      }),
    );
    const result = loaded(world, { config, oca: ['/b'], 'state-dir': 'two' }, { ODOO_LINK_POLICY: 'q.json' });
    expect(result).toMatchObject({
      instances: {
        default: { series: '17.0', roots: { oca: ['/b'], ee: ['/e'] } },
        other: { roots: { oca: ['/a'] } },
      },
      policy: world.at('q.json'),
      stateDir: world.at('two'),
    });
  });

  it('that describe only half an instance are refused, each gap by the name of its flag', () => {
    expect(problems(load(createWorld(), { series: '13.0', oca: ['/a'] }))).toEqual([
      '--series (or ODOO_LINK_SERIES) must be "14.0" or "15.0" or "16.0" or "17.0" or "18.0" or "19.0". Did you mean "14.0"?',
      '--addons-dir (or ODOO_LINK_ADDONS_DIR) is missing.',
    ]);
  });

  it('that describe half an instance beside those of a file say whose are there without them', () => {
    const world = createWorld();
    const beside = (...names: string[]) => {
      const one = { series: '17.0', addonsDirs: ['/x'], roots: {} };
      const instances = Object.fromEntries(names.map((name) => [name, one]));
      const config = world.file('two.json', JSON.stringify({ instances, stateDir: 'one' }));
      const found = load(world, { config, series: '17.0' });
      return found.ok ? [] : problems(found);
    };
    const [missing, told, ...more] = beside('prod');
    expect([missing, more]).toEqual(['--addons-dir (or ODOO_LINK_ADDONS_DIR) is missing.', []]);
    expect(told).toMatch(/named default\. Leave them out to use the instance prod of .*two\.json alone\.$/);
    expect(beside('prod', 'test')[1]).toContain('to use the instances prod, test of ');
    expect(beside('default')).toEqual([]);
  });
});

describe('nothing makes the working directory mean anything', () => {
  it.each(['addons-dir', 'oca', 'state-dir', 'policy', 'config', 'series'] as const)(
    'an empty --%s is refused',
    (flag) => {
      const many = flag === 'addons-dir' || flag === 'oca';
      expect(problems(load(createWorld(), { [flag]: many ? [''] : '' }))).toEqual([
        expect.stringMatching(new RegExp(`^--${flag} \\(or ODOO_LINK_[A-Z_]+\\) is empty\\.$`)),
      ]);
    },
  );

  it('an empty HOME or a relative XDG folder does not', () => {
    const world = createWorld();
    const text = JSON.stringify({ instances: { prod: { series: '17.0', addonsDirs: ['/x'], roots: {} } } });
    world.file('.config/odoo-link-mcp/odoo-link.json', text);
    for (const env of [{ HOME: '' }, { HOME: world.at('elsewhere'), XDG_CONFIG_HOME: '.config' }]) {
      const result = loadConfig({}, { env, cwd: world.path });
      expect(JSON.stringify(result)).not.toContain(world.at('.config'));
    }
  });
});

describe('a file that is named', () => {
  const bad = async (world: World, path: string) => {
    const named = world.config({ odooConf: path });
    return [...problems(load(world, { config: path })), ...problems(await open(world, { config: named }))];
  };

  it('is a regular file of at most a MiB, or a symlink to one', async () => {
    const world = createWorld();
    execFileSync('mkfifo', [world.at('fifo')]);
    world.link('/dev/zero', 'zero');
    world.file('large', ' '.repeat(1024 * 1024 + 1));
    for (const name of ['fifo', 'zero', 'linked']) {
      world.folder('linked');
      const told = await bad(world, world.at(name));
      expect(told).toEqual([
        `${world.at(name)}: is not a regular file.`,
        expect.stringContaining(`${world.at(name)} is not a regular file.`),
      ]);
    }
    expect(await bad(world, world.at('large'))).toEqual([
      `${world.at('large')}: is larger than 1 MiB.`,
      expect.stringContaining('is larger than 1 MiB.'),
    ]);
    world.link(world.file('odoo.conf', '[options]\naddons_path = /a'), 'link.conf');
    expect(problems(await open(world, { config: world.config({ odooConf: 'link.conf' }) }))).toEqual([]);
  });

  it('names at most a thousand roots, by paths that could be opened', async () => {
    const world = createWorld();
    const many = Array.from({ length: 1001 }, (_, index) => `/r${index}`);
    const named = (oca: string[]) => {
      const instance = { series: '17.0', addonsDirs: ['linked'], roots: { oca } };
      return world.file('c.json', JSON.stringify({ instances: { prod: instance } }));
    };
    expect(problems(load(world, { config: named(many) }))).toEqual([
      expect.stringContaining('must have at most 1000 elements'),
    ]);
    expect(problems(load(world, { config: named([`/${'x'.repeat(4096)}`]) }))).toEqual([
      expect.stringContaining('is longer than 4096 characters'),
    ]);
    const gone = problems(await open(world, { config: named(many.slice(1)) }));
    expect(gone.filter((problem) => problem.includes('does not exist'))).toHaveLength(1001);
  });
});

describe('a variable that would make a path too long', () => {
  const path = (...parts: string[]) => `/${parts.map((name) => `\${${name}}`).join('')}`;
  const secret = 'SECRET'.repeat(20_000);

  it.each([
    ['one long value', [path('A')]],
    ['a long value many times', [path(...Array(1000).fill('A'))]],
    ['a short value many times', [path(...Array(1000).fill('B'))]],
    ['many such paths', Array(200).fill(path(...Array(1000).fill('A')))],
    ['the home folder', ['~/x']],
  ])('%s: is told by its place, and its value is not', (_, oca) => {
    const world = createWorld();
    const config = world.config({ roots: { oca } });
    const env = { HOME: `/${secret}`, A: secret, B: 'SECRET' };
    const told = problems(load(world, { config }, env));
    expect(told).toHaveLength(oca.length);
    for (const line of told) {
      expect(line).toMatch(
        /roots\/oca\/\d+: .* is longer than 4096 characters with its variables expanded\.$/,
      );
      expect(line).not.toContain('SECRET');
      expect(line.length).toBeLessThan(500);
    }
  });

  it('is not looked at to its end', () => {
    const world = createWorld();
    const config = world.config({ roots: { oca: [path(...Array(1000).fill('B'))] } });
    let asked = 0;
    const env = new Proxy<Record<string, string>>(
      { HOME: world.path, B: 'b'.repeat(100) },
      {
        get: (target, name) => {
          if (name === 'B') asked++;
          return target[String(name)];
        },
      },
    );
    expect(problems(loadConfig({ config }, { env, cwd: world.path }))).toHaveLength(1);
    expect(asked).toBeLessThan(50);
  });

  it('is cut in a message when it is short enough to be a path', async () => {
    const world = createWorld();
    const long = path('C');
    for (const settings of [
      { roots: { oca: [long] } },
      { odooConf: long },
      { python: long },
      { addonsDirs: [long] },
    ]) {
      const config = world.config(settings);
      const told = problems(await open(world, { config }, { C: 'c'.repeat(4000) }));
      expect(told).toHaveLength(1);
      expect(told[0]?.length).toBeLessThan(600);
    }
  });

  it('is one that is set, not what every object has', () => {
    const world = createWorld();
    const config = world.config({ roots: { oca: [path('toString')] } });
    expect(problems(load(world, { config }))).toEqual([
      expect.stringContaining('the environment variable toString is not set.'),
    ]);
  });
});

describe('a working directory that is gone', () => {
  const lost = (overrides: Overrides, env: Record<string, string> = {}) => {
    const world = createWorld();
    return problems(loadConfig(overrides, { env: { HOME: world.path, ...env }, cwd: null }));
  };

  it('does not matter to absolute paths', () => {
    const world = createWorld();
    const config = world.config();
    const loadedHere = loadConfig({ config }, { env: { HOME: world.path }, cwd: null });
    expect(loadedHere.ok && loadedHere.value.stateDir).toBe(world.at('state'));
    const flags = { series: '17.0', 'addons-dir': ['/a'], oca: ['/o'], 'state-dir': '/s' };
    expect(lost(flags)).toEqual([]);
  });

  it('does not matter to the options of a command, which stand among the settings', () => {
    const own = { json: true, 'dry-run': true, limit: '5', toString: 'x' } as Overrides;
    expect(lost({ series: '17.0', 'addons-dir': ['/a'], ...own })).toEqual([]);
    expect(lost({ series: '17.0', 'addons-dir': ['/a'], tool: '' } as Overrides)).toEqual([
      '--tool is empty.',
    ]);
  });

  it('is named where a path depends on it', () => {
    expect(
      lost({ config: 'c.json', oca: ['/o', 'src'], policy: '/p' }, { ODOO_LINK_ADDONS_DIR: 'l' }),
    ).toEqual(
      [
        ['config', 'ODOO_LINK_CONFIG', 'c.json'],
        ['oca', 'ODOO_LINK_OCA', 'src'],
        ['addons-dir', 'ODOO_LINK_ADDONS_DIR', 'l'],
      ].map(([flag, variable, path]) => {
        const why = 'is a relative path, but the working directory no longer exists; give an absolute path.';
        return `--${flag} (or ${variable}): ${path} ${why}`;
      }),
    );
  });
});
