import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { findPythonAddons } from '../../src/sources/python-addons.ts';
import { pause, quickenClock } from '../support/catalog.ts';
import { createWorld, type World } from '../support/world.ts';

vi.mock('node:child_process', async (original) => {
  const real = await original<typeof import('node:child_process')>();
  return { ...real, spawn: vi.fn(real.spawn) };
});

const python3 = execFileSync('sh', ['-c', 'command -v python3'], { encoding: 'utf8' }).trim();

/** An environment of its own: the interpreter and the folder of its packages, inside the world. */
function environment(world: World): { python: string; site: string } {
  execFileSync(python3, ['-m', 'venv', '--without-pip', world.at('venv')]);
  const print = 'import sysconfig; print(sysconfig.get_path("purelib"))';
  const site = execFileSync(world.at('venv/bin/python'), ['-c', print]).toString().trim();
  return { python: world.at('venv/bin/python'), site: site.slice(world.path.length + 1) };
}

it('are none where pip has installed no modules', async () => {
  expect(await findPythonAddons(environment(createWorld()).python)).toEqual([]);
});

it('are the folders odoo/addons of the path, and of .pth files, without running Odoo or a module', async () => {
  const world = createWorld();
  const { python, site } = environment(world);
  const fails = 'raise SystemExit(3)\n';
  world.file(`${site}/odoo/__init__.py`, fails);
  world.file(`${site}/odoo/addons/__init__.py`, fails);
  world.file(`${site}/odoo/addons/installed/__init__.py`, fails);
  world.file('build/odoo/addons/editable/__init__.py', fails);
  world.folder('other/odoo');
  world.file(`${site}/editable.pth`, `${world.at('build')}\n${world.at('other')}\n${world.at('gone')}\n`);
  expect(await findPythonAddons(python)).toEqual([
    world.at(site, 'odoo/addons'),
    world.at('build/odoo/addons'),
  ]);
});

/** What the script prints. */
function told(folders: string, relied = '', program = '/p'): string {
  return `{"folders":[${folders}],"relied":[${relied}],"program":"${program}"}`;
}

it.each([
  ['prints garbage', 'echo hello'],
  ['prints no list', 'echo {}'],
  ['prints other things than paths', "echo '[1]'"],
  ['prints relative paths', `echo '${told('"odoo/addons"')}'`],
  [
    'prints more paths than anybody has',
    `printf '{"relied":[],"program":"/p","folders":["/x"'; yes ',"/x"' | head -n 300; echo ']}'`,
  ],
  ['ends with code 1', `echo '${told('"/x"')}'; exit 1`],
  ['hangs', 'exec sleep 90'],
])('are none where the interpreter %s', async (_, does) => {
  const world = createWorld();
  const program = world.file('python', `#!/bin/sh\n${does}\n`);
  chmodSync(program, 0o755);
  expect(await findPythonAddons(program)).toEqual([]);
});

describe('the answer is kept', () => {
  /** An environment with modules, whose files are long unchanged, and how often its interpreter was started. */
  async function open() {
    quickenClock();
    const world = createWorld();
    const { python, site } = environment(world);
    world.file(`${site}/odoo/addons/installed/__init__.py`);
    world.file(`${site}/more.pth`, `${world.at('build')}\n`);
    world.folder('build');
    await pause();
    const spawned = vi.mocked(spawn);
    spawned.mockClear();
    const find = async () =>
      (await findPythonAddons(python)).map((folder) => folder.slice(world.path.length + 1));
    return { world, python, site, find, started: () => spawned.mock.calls.length };
  }

  it('while nothing has changed', async () => {
    const { site, find, started } = await open();
    expect(await find()).toEqual([`${site}/odoo/addons`]);
    expect(await find()).toEqual([`${site}/odoo/addons`]);
    expect(started()).toBe(1);
  });

  it.each<[string, (world: World, site: string) => unknown, (site: string) => string[]]>([
    [
      'a package came',
      (world) => world.folder('build/odoo/addons'),
      (site) => [`${site}/odoo/addons`, 'build/odoo/addons'],
    ],
    ['modules went', (world, site) => rmSync(world.at(site, 'odoo'), { recursive: true }), () => []],
    [
      'the last module went',
      (world, site) => rmSync(world.at(site, 'odoo/addons'), { recursive: true }),
      () => [],
    ],
    [
      'a .pth file came',
      (world, site) => {
        world.folder('late/odoo/addons');
        world.file(`${site}/late.pth`, `${world.at('late')}\n`);
      },
      (site) => [`${site}/odoo/addons`, 'late/odoo/addons'],
    ],
    [
      'a .pth file was written',
      (world, site) => {
        world.folder('late/odoo/addons');
        writeFileSync(world.at(site, 'more.pth'), `${world.at('late')}\n`);
      },
      (site) => [`${site}/odoo/addons`, 'late/odoo/addons'],
    ],
    ['the environment is another one', (world) => rmSync(world.at('venv/pyvenv.cfg')), () => []],
  ])('until %s', async (_, change, expected) => {
    const { world, site, find, started } = await open();
    await find();
    change(world, site);
    expect(await find()).toEqual(expected(site));
    expect(started()).toBe(2);
  });

  it('not where something changed a moment before', async () => {
    const { world, site, find, started } = await open();
    vi.mocked(Date.now).mockReturnValue(statSync(world.at(site, 'more.pth')).ctimeMs);
    await find();
    await find();
    expect(started()).toBe(2);
  });

  it('not where a script stands before the interpreter', async () => {
    const { world, python, find, started } = await open();
    const script = world.file('script', `#!/bin/sh\nexec ${python} "$@"\n`);
    chmodSync(script, 0o755);
    await pause();
    expect(await findPythonAddons(script)).toHaveLength(1);
    expect(await findPythonAddons(script)).toHaveLength(1);
    expect(started()).toBe(2);
    await find();
  });
});
