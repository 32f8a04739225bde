import { rmSync, unlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeFaults, faultOf, stopAtMovedRoots } from '../../src/addons/root-faults.ts';
import type { Root } from '../../src/addons/roots.ts';
import { Interruption } from '../../src/base/interruption.ts';
import { createWorld, type World } from '../support/world.ts';

const root = (world: World, name = 'oca'): Root => ({ family: 'oca', path: world.at(name) });
/** A root behind a symlink, as it was at startup. */
const linked = (world: World): Root => ({ ...root(world, 'one'), configured: world.at('current') });

type Change = (world: World) => unknown;
const WAYS: [string, Change, ReturnType<typeof faultOf>][] = [
  ['is as it was', () => {}, null],
  [
    'was made anew at the same path',
    (world) => rmSync(world.at('one/web'), { recursive: true }) ?? world.folder('one/crm'),
    null,
  ],
  ['is gone behind its link', (world) => rmSync(world.at('one'), { recursive: true }), 'gone'],
  ['has lost its link', (world) => unlinkSync(world.at('current')), 'gone'],
  ['is a file now', (world) => unlinkSync(world.at('current')) ?? world.file('current'), 'moved'],
  ['is empty', (world) => rmSync(world.at('one/web'), { recursive: true }), 'empty'],
  [
    'leads to another folder',
    (world) => {
      unlinkSync(world.at('current'));
      world.link('two', 'current');
    },
    'moved',
  ],
  [
    'leads to a folder around it',
    (world) => {
      unlinkSync(world.at('current'));
      world.link('.', 'current');
    },
    'moved',
  ],
];

describe('a root', () => {
  it.each(WAYS)('that %s', (_, change, fault) => {
    const world = createWorld();
    world.folder('one/web');
    world.folder('two/web');
    world.link('one', 'current');
    change(world);
    const checked = linked(world);
    expect(faultOf(checked)).toBe(fault);
    expect(describeFaults([checked])).toHaveLength(fault === null ? 0 : 1);
    const stop = () => stopAtMovedRoots([checked]);
    if (fault === 'moved') expect(stop).toThrow(Interruption);
    else expect(stop).not.toThrow();
  });

  it('that is a folder without a link counts as moved when a link takes its place', () => {
    const world = createWorld();
    world.folder('elsewhere/web');
    world.link('elsewhere', 'oca');
    expect(faultOf(root(world))).toBe('moved');
  });
});

it('empty roots are told only if there are no others', () => {
  const world = createWorld();
  world.folder('oca');
  world.folder('own');
  expect(describeFaults([root(world), root(world, 'own')])).toEqual([
    expect.stringMatching(/^The root \S+oca is empty\. Ask the operator to fill it/),
    expect.stringMatching(/^The root \S+own is empty/),
  ]);
  world.folder('own/acme');
  expect(describeFaults([root(world), root(world, 'own')])).toEqual([]);
  expect(describeFaults([root(world, 'gone'), root(world)])).toEqual([
    expect.stringMatching(/^The root \S+gone no longer exists\. Ask the operator to bring it back/),
  ]);
});
