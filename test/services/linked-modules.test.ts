import { execFileSync } from 'node:child_process';
import { renameSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  digestOf,
  listEntries,
  lookAtEntries,
  lookAtNames,
  readLinkedModules,
} from '../../src/services/linked-modules.ts';
import { linkedModule, makeInstance, succeeded } from '../support/instance.ts';
import { noTurns } from '../support/turns.ts';
import { createWorld, type World } from '../support/world.ts';

describe('what is linked in an addons directory', () => {
  /** Kind, family, folder and the code of the first refusal of what a name stands for; null when it is left out. */
  it.each<[string, [string, string | null, string | null, string | null] | null, (world: World) => void]>([
    ['a link', ['link', 'oca', 'oca/web/x', null], (world) => linkedModule(world, 'oca/web/x')],
    ['a link of Enterprise', ['link', 'ee', 'ee/x', null], (world) => linkedModule(world, 'ee/x')],
    [
      'a link to a module that is spoilt',
      ['link', 'oca', 'oca/web/x', 'not_installable'],
      (world) => linkedModule(world, 'oca/web/x', { installable: false }),
    ],
    [
      'a link to another module',
      ['link', 'oca', 'oca/web/y', null],
      (world) => world.link(world.module('oca/web/y'), 'linked/x'),
    ],
    ['a broken link', ['link', 'oca', null, null], (world) => world.link(world.at('oca/web/x'), 'linked/x')],
    [
      'a foreign link',
      ['link', null, 'beyond/x', null],
      (world) => world.link(world.module('beyond/x'), 'linked/x'),
    ],
    [
      'a foreign link that leads nowhere',
      ['link', null, null, null],
      (world) => world.link('/nowhere/x', 'linked/x'),
    ],
    ['a loop', ['link', null, null, null], (world) => world.link('x', 'linked/x')],
    ['a real folder', ['occupied', null, 'linked/x', null], (world) => world.module('linked/x')],
    ['an empty folder', null, (world) => world.folder('linked/x')],
    ['what is left of a module', null, (world) => world.folder('linked/x/__pycache__')],
    ['a file', null, (world) => world.file('linked/x')],
    ['a FIFO', null, (world) => execFileSync('mkfifo', [world.at('linked/x')])],
    ['nothing', null, () => {}],
  ])('%s', async (_, expected, set) => {
    const world = createWorld();
    const instance = makeInstance(world);
    set(world);
    const [found, ...others] = succeeded(await readLinkedModules(instance, noTurns));
    expect(others).toEqual([]);
    const { entry, family = null, folder, assessment } = found ?? {};
    const shown = folder?.slice(world.path.length + 1) ?? null;
    const said = found && [entry?.kind, family, shown, assessment?.refusals[0]?.code ?? null];
    expect(said ?? null).toEqual(expected);
    expect(found?.assessment === null).toBe(expected !== null && expected[2] === null);
  });

  it('comes sorted, directory by directory, without hidden names and the directories themselves', async () => {
    const world = createWorld();
    for (const name of ['b', 'B', 'a10', 'a2', 'inner/z']) world.module(`linked/${name}`);
    for (const name of ['.git', '__pycache__', 'lost+found']) world.folder('linked', name);
    const instance = makeInstance(world, { dirs: ['linked', 'linked/inner'] });
    const listed = succeeded(await listEntries(instance, noTurns));
    expect(listed.map(({ dir, name }) => `${dir.path.slice(world.path.length + 1)} ${name}`)).toEqual([
      'linked B',
      'linked a10',
      'linked a2',
      'linked b',
      'linked/inner z',
    ]);
    const [first] = instance.addonsDirs;
    const some = succeeded(await listEntries(instance, noTurns, first && [first]));
    expect(some).toEqual(listed.slice(0, 4));
  });

  it.each<[string, (world: World) => void]>([
    ['gone', (world) => rmSync(world.at('linked'), { recursive: true })],
    [
      'another folder now',
      (world) => {
        renameSync(world.at('linked'), world.at('before'));
        world.folder('linked');
      },
    ],
  ])('is not told when the directory is %s', async (_, change) => {
    const world = createWorld();
    const instance = makeInstance(world);
    change(world);
    const read = await readLinkedModules(instance, noTurns);
    expect(read).toMatchObject({
      refusal: { code: 'target_unavailable', message: expect.stringContaining(world.at('linked')) },
    });
    expect(await lookAtEntries(instance, noTurns)).toBe('refused target_unavailable');
  });
});

describe('a look at an addons directory', () => {
  it.each<[string, boolean, (world: World) => void]>([
    ['nothing has changed', true, () => {}],
    ['a file came', true, (world) => world.file('linked/file')],
    ['the manifest behind a link changed', true, (world) => world.module('oca/web/x', { depends: ['y'] })],
    ['a link came', false, (world) => linkedModule(world, 'oca/web/z')],
    ['a module came', false, (world) => world.module('linked/z')],
    ['a folder came', true, (world) => world.folder('linked/z')],
    ['a link went', false, (world) => rmSync(world.at('linked/x'))],
    [
      'a link was re-pointed',
      false,
      (world) => {
        rmSync(world.at('linked/x'));
        world.link(world.at('oca/web/y'), 'linked/x');
      },
    ],
    [
      'a link was written in another way',
      false,
      (world) => {
        rmSync(world.at('linked/x'));
        world.link('../oca/web/x', 'linked/x');
      },
    ],
    ['what a link leads to went', false, (world) => rmSync(world.at('oca/web/x'), { recursive: true })],
    ['another directory changed', false, (world) => world.module('more/z')],
  ])('sees the same where %s: %s', async (_, isSame, change) => {
    const world = createWorld();
    linkedModule(world, 'oca/web/x');
    world.module('oca/web/y');
    const instance = makeInstance(world, { dirs: ['linked', 'more'] });
    const before = await lookAtEntries(instance, noTurns);
    const listed = succeeded(await listEntries(instance, noTurns));
    expect(await digestOf(listed, noTurns)).toBe(before);
    change(world);
    expect((await lookAtEntries(instance, noTurns)) === before).toBe(isSame);
  });

  it('may be at one directory alone', async () => {
    const world = createWorld();
    const instance = makeInstance(world, { dirs: ['linked', 'more'] });
    const [first] = instance.addonsDirs;
    const look = () => lookAtEntries(instance, noTurns, first && [first]);
    const before = await look();
    world.module('more/z');
    expect(await look()).toBe(before);
    world.module('linked/z');
    expect(await look()).not.toBe(before);
  });

  it('may be for some names, there or not', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/x');
    world.file('linked/file');
    const instance = makeInstance(world);
    const [dir] = instance.addonsDirs;
    if (dir === undefined) throw new Error('there is one');
    const entries = await lookAtNames(dir, ['x', 'none', 'file'], instance, noTurns);
    expect([...entries].map(([name, { kind }]) => `${name} ${kind}`)).toEqual([
      'x link',
      'none absent',
      'file occupied',
    ]);
  });
});
