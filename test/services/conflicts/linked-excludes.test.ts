import { linkSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { excludesOf, readLinkedExcludes } from '../../../src/services/conflicts/linked-excludes.ts';
import { pause, quickenClock } from '../../support/catalog.ts';
import { linkedModule, makeInstance } from '../../support/instance.ts';
import { noTurns } from '../../support/turns.ts';
import { createWorld, manifestText, type World } from '../../support/world.ts';

/** Modules that were written long ago, as far as the clock of the test says. */
async function build() {
  quickenClock();
  const world = createWorld();
  linkedModule(world, 'oca/web/a', { excludes: ['b'] });
  linkSync(world.at('oca/web/a/__manifest__.py'), world.at('elsewhere'));
  linkedModule(world, 'oca/web/b');
  const instance = makeInstance(world);
  await pause();
  const read = async () => {
    const found = await readLinkedExcludes(instance, noTurns);
    return found.map(({ name, excludes }) => `${name}!${excludes.join()}`);
  };
  return { world, read };
}

describe('what linked modules exclude', () => {
  it.each<[string, (world: World) => unknown, string[]]>([
    ['nothing changed', () => {}, ['a!b', 'b!']],
    ['a link came', (world) => linkedModule(world, 'oca/web/c', { excludes: ['a'] }), ['a!b', 'b!', 'c!a']],
    ['a link went', (world) => rmSync(world.at('linked/a')), ['b!']],
    [
      'a manifest changed',
      (world) => world.file('oca/web/b/__manifest__.py', manifestText({ excludes: ['x'] })),
      ['a!b', 'b!x'],
    ],
    [
      'a manifest was replaced by one of the same size and time',
      (world) => {
        const path = world.at('oca/web/a/__manifest__.py');
        const { atime, mtime } = statSync(path);
        writeFileSync(`${path}.new`, manifestText({ excludes: ['c'] }));
        utimesSync(`${path}.new`, atime, mtime);
        renameSync(`${path}.new`, path);
      },
      ['a!c', 'b!'],
    ],
    [
      'a manifest was written through another hard link',
      (world) => writeFileSync(world.at('elsewhere'), manifestText({ excludes: ['y'] })),
      ['a!y', 'b!'],
    ],
    [
      'a link leads to another folder',
      (world) => {
        world.module('oca/other/a', { excludes: ['z'] });
        rmSync(world.at('linked/a'));
        world.link(world.at('oca/other/a'), 'linked/a');
      },
      ['a!z', 'b!'],
    ],
    [
      'a folder behind a link went',
      (world) => rmSync(world.at('oca/web/a'), { recursive: true }),
      ['a!', 'b!'],
    ],
    ['a manifest went', (world) => rmSync(world.at('oca/web/a/__manifest__.py')), ['a!', 'b!']],
    ['a real folder came', (world) => world.module('linked/c', { excludes: ['a'] }), ['a!b', 'b!', 'c!a']],
  ])('is known after %s', async (_, change, expected) => {
    const { world, read } = await build();
    expect(await read()).toEqual(['a!b', 'b!']);
    expect(await read()).toEqual(['a!b', 'b!']);
    change(world);
    expect(await read()).toEqual(expected);
    expect(await read()).toEqual(expected);
  });

  it('is nothing of a link that leads nowhere, or whose manifest cannot be read', () => {
    expect(excludesOf({ name: 'a', assessment: null })).toEqual({ name: 'a', excludes: [] });
    const assessment = { judgement: null, refusals: [], sha256: null };
    expect(excludesOf({ name: 'b', assessment })).toEqual({ name: 'b', excludes: [] });
  });
});
