import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { expect, it } from 'vitest';
import { findPythonAddons } from '../../src/sources/python-addons.ts';
import { createWorld, type World } from '../support/world.ts';

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

it.each([
  ['prints garbage', 'echo hello'],
  ['prints no list', 'echo {}'],
  ['prints other things than paths', "echo '[1]'"],
  ['prints relative paths', 'echo \'["odoo/addons"]\''],
  ['prints more paths than anybody has', `printf '["/x"'; yes ',"/x"' | head -n 300; echo ']'`],
  ['ends with code 1', 'echo "[]"; exit 1'],
  ['hangs', 'exec sleep 90'],
])('are none where the interpreter %s', async (_, does) => {
  const world = createWorld();
  const program = world.file('python', `#!/bin/sh\n${does}\n`);
  chmodSync(program, 0o755);
  expect(await findPythonAddons(program)).toEqual([]);
});
