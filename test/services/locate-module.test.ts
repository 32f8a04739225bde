import { rmSync, unlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ModuleName } from '../../src/addons/module-name.ts';
import type { Family, Root, ToolFamily } from '../../src/addons/roots.ts';
import { readSources } from '../../src/addons/sources.ts';
import { locateModule } from '../../src/services/locate-module.ts';
import { git } from '../sources/states.ts';
import { noTurns } from '../support/turns.ts';
import { createWorld, type World } from '../support/world.ts';

const FAMILIES: readonly Family[] = ['oca', 'own', 'ee'];
const rootsOf = (world: World, families = FAMILIES): Root[] =>
  families.map((family) => ({ family, path: world.at(family) }));

/** What is answered, with paths in the world: the module's family, or code, message and hint of the refusal. */
async function locate(world: World, name: string, tool: ToolFamily = 'oca', families = FAMILIES) {
  const sources = await readSources(rootsOf(world, families), '17.0', noTurns);
  const found = await locateModule(name as ModuleName, tool, sources);
  if (found.ok) return found.value.family;
  const { code, message, hint, module } = found.refusal;
  expect(module).toBe(name);
  return `${code}: ${message} ${hint}`.replaceAll(`${world.path}/`, '');
}

/** Roots with a module each. */
function build(): World {
  const world = createWorld();
  for (const path of ['oca/web/web_a', 'own/acme/acme_a', 'ee/enterprise/ee_a']) world.module(path);
  return world;
}

describe('a module', () => {
  it.each<[string, ToolFamily, Family]>([
    ['web_a', 'oca', 'oca'],
    ['acme_a', 'oca', 'own'],
    ['ee_a', 'ee', 'ee'],
  ])('%s is found for %s_link in the family %s', async (name, tool, family) => {
    expect(await locate(build(), name, tool)).toBe(family);
  });

  it.each<[string, (world: World) => unknown, RegExp]>([
    [
      'its root is gone',
      (world) => rmSync(world.at('oca'), { recursive: true }),
      /^source_unavailable: x_mod was not found. The root oca no longer exists. Ask the operator to bring it back/,
    ],
    [
      'one of the roots that are searched is gone',
      (world) => rmSync(world.at('own'), { recursive: true }),
      /^source_unavailable: .*The root own no longer exists/,
    ],
    [
      'the root of another tool is gone',
      (world) => rmSync(world.at('ee'), { recursive: true }),
      /^module_not_found: No repository under roots.oca or roots.own contains x_mod. Ask the operator to check out/,
    ],
    [
      'all roots are empty',
      (world) => {
        for (const path of ['oca/web', 'own/acme']) rmSync(world.at(path), { recursive: true });
      },
      /^source_unavailable: .*The root oca is empty. Ask the operator to fill it/,
    ],
    [
      'one root is empty',
      (world) => rmSync(world.at('own/acme'), { recursive: true }),
      /^module_not_found: No repo/,
    ],
    [
      'it lies too deep',
      (world) => world.module('oca/OCA/web/x_mod'),
      /^module_not_found: x_mod lies in oca\/OCA\/web, which is too deep .* Ask the operator to add oca\/OCA\/web to roots.oca/,
    ],
    [
      'the root of another tool has it too deep',
      (world) => world.module('ee/OCA/web/x_mod'),
      /^module_not_found: No repository/,
    ],
    [
      'its folder has the name of an archive',
      (world) => world.module('own/acme/x_mod-17.0'),
      /^module_not_found: The folder own\/acme\/x_mod-17.0 may be x_mod, .* Ask the operator to rename it to x_mod/,
    ],
    [
      'git wrote a symlink as text',
      (world) => world.file('oca/web/x_mod', '../crm/x_mod'),
      /^module_not_found: x_mod in web is a text file with a path in it: git checked out .*core.symlinks true/,
    ],
    [
      'it was removed from the work tree',
      (world) => {
        world.module('oca/web/x_mod');
        const at = world.at('oca/web');
        git(at, 'init', '-q', '-b', '17.0');
        git(at, 'add', '-A');
        rmSync(world.at('oca/web/x_mod'), { recursive: true });
      },
      /^module_not_found: The repository web contains x_mod, but not in its work tree. .*"git restore x_mod" in oca\/web/,
    ],
    [
      'its checkout is sparse',
      (world) => {
        world.module('oca/web/x_mod');
        const at = world.at('oca/web');
        git(at, 'init', '-q', '-b', '17.0');
        git(at, 'add', '-A');
        git(at, 'commit', '-qm', 'x');
        git(at, 'sparse-checkout', 'set', 'web_a');
      },
      /^module_not_found: .* not in its work tree, because its checkout is sparse. .*"git sparse-checkout add x_mod"/,
    ],
    [
      'nothing is known of it',
      (world) => world.file('oca/web/x_mod', 'no link'),
      /^module_not_found: No repository under roots.oca or roots.own contains x_mod/,
    ],
    [
      'its folder has no manifest',
      (world) => world.folder('oca/web/x_mod'),
      /^manifest_missing: The folder x_mod in web has no manifest/,
    ],
  ])('is not found, because %s', async (_, change, expected) => {
    const world = build();
    change(world);
    expect(await locate(world, 'x_mod')).toMatch(expected);
  });

  it('is not found in a root that is a module', async () => {
    const world = createWorld();
    world.module('oca');
    expect(await locate(world, 'oca', 'oca', ['oca'])).toMatch(
      /^module_not_found: roots.oca names the folder of oca itself: \S+. Ask the operator to name the folder that contains it/,
    );
  });

  it('is explained for twenty names of a call', async () => {
    const world = build();
    world.module('oca/OCA/web/x_mod');
    const sources = await readSources(rootsOf(world), '17.0', noTurns);
    const messages = [];
    for (let at = 0; at < 21; at++) {
      const found = await locateModule('x_mod' as ModuleName, 'oca', sources);
      messages.push(found.ok ? '' : found.refusal.message.includes('too deep'));
    }
    expect(messages).toEqual([...Array(20).fill(true), false]);
  });
});

it('a root that leads to another folder than at startup ends the call', async () => {
  const world = build();
  world.folder('elsewhere');
  world.link('oca', 'current');
  const roots: Root[] = [{ family: 'oca', path: world.at('oca'), configured: world.at('current') }];
  await readSources(roots, '17.0', noTurns);
  unlinkSync(world.at('current'));
  world.link('elsewhere', 'current');
  await expect(readSources(roots, '17.0', noTurns)).rejects.toMatchObject({
    refusal: { code: 'target_unavailable', message: expect.stringContaining('leads to another folder') },
  });
});
