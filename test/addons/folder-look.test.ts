import { mkdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { hasEntry, lookAtFolders } from '../../src/addons/folder-look.ts';
import { pause, quickenClock } from '../support/catalog.ts';
import { patchFs } from '../support/patch-fs.ts';
import fc from '../support/property.ts';
import { noTurns } from '../support/turns.ts';
import { createWorld } from '../support/world.ts';

it('tells folders and symlinks from files, and a module from other folders', async () => {
  const world = createWorld();
  world.module('repo/a');
  world.link('nowhere', 'repo/link');
  for (const name of ['file', '.git/HEAD', 'setup/a']) world.file(`repo/${name}`);
  const look = lookAtFolders({}, noTurns);
  expect(await look.list(world.at('repo'))).toEqual({
    folders: new Set(['a']),
    links: new Set(['link']),
    isModule: false,
  });
  expect((await look.list(world.at('repo/a')))?.isModule).toBe(true);
  for (const path of ['repo/file', 'gone']) expect(await look.list(world.at(path))).toBeNull();
});

it('reads a folder once, and again only after it has changed', async () => {
  quickenClock();
  const world = createWorld();
  world.folder('repo/a');
  const owner = {};
  let opened = 0;
  patchFs('opendirSync', (real) => ((path: string) => ++opened && real(path)) as never);
  const list = () => lookAtFolders(owner, noTurns).list(world.at('repo'));
  // Changed just now: there may be another change that its times do not show.
  const clock = vi.spyOn(Date, 'now').mockReturnValue(statSync(world.at('repo')).ctimeMs);
  await list();
  await list();
  expect(opened).toBe(2);
  clock.mockRestore();
  quickenClock();
  await pause();
  const known = await list();
  expect(await list()).toBe(known);
  expect(opened).toBe(3);
  await lookAtFolders({}, noTurns).list(world.at('repo'));
  expect(opened).toBe(4);
  world.folder('repo/b');
  expect((await list())?.folders).toEqual(new Set(['a', 'b']));
});

it('reads what a path leads to now, if that was not touched for long either', async () => {
  quickenClock();
  const world = createWorld();
  world.folder('old/a');
  world.folder('other/b');
  world.link('old', 'repo');
  await pause();
  const owner = {};
  const list = async () => (await lookAtFolders(owner, noTurns).list(world.at('repo')))?.folders;
  expect(await list()).toEqual(new Set(['a']));
  rmSync(world.at('repo'));
  world.link('other', 'repo');
  expect(await list()).toEqual(new Set(['b']));
});

it('knows the real path of a folder that was listed, and follows a symlink', async () => {
  const world = createWorld();
  world.folder('repo/a/inner');
  world.link('repo', 'there');
  world.link('a', 'repo/b');
  const look = lookAtFolders({}, noTurns);
  let followed = 0;
  await look.list(world.at('there'));
  patchFs('realpathSync', (real) => Object.assign(real, { native: count(real.native) }) as never);
  function count(real: (path: string) => string) {
    return (path: string) => ++followed && real(path);
  }
  expect(await look.real(world.at('there/a'))).toBe(world.at('repo/a'));
  expect(followed).toBe(1);
  expect(await look.real(world.at('there/b'))).toBe(world.at('repo/a'));
  expect(await look.real(world.at('there/a/inner'))).toBe(world.at('repo/a/inner'));
  expect(followed).toBe(3);
  expect(await look.real(world.at('there/gone'))).toBeNull();
});

it('sees what a look without a memory sees, whatever changes between looks', async () => {
  const paths = ['x', 'x/a', 'x/b', 'y', 'y/a'];
  const path = fc.constantFrom(...paths);
  const change = fc.oneof(
    fc.record({ make: path }),
    fc.record({ remove: path }),
    fc.record({ from: path, to: path }),
    fc.record({ link: path, target: path }),
    fc.record({ manifestIn: path }),
    fc.constant('wait' as const),
  );
  quickenClock();
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 12 }), async (changes) => {
      const world = createWorld();
      const owner = {};
      const see = async (of: object) => {
        const look = lookAtFolders(of, noTurns);
        const seen = [];
        for (const one of paths) {
          const listing = await look.list(world.at(one));
          const has = listing === null ? null : ['a', 'b'].filter((name) => hasEntry(listing, name));
          seen.push([one, has, listing, await look.real(world.at(one))]);
        }
        return seen;
      };
      for (const one of changes) {
        if (one === 'wait') await pause();
        else attempt(() => apply(world.path, one));
        expect(await see(owner)).toEqual(await see({}));
      }
    }),
    { numRuns: 60 },
  );
});

type Change =
  | { make: string }
  | { remove: string }
  | { from: string; to: string }
  | { link: string; target: string }
  | { manifestIn: string };

function apply(at: string, change: Change): void {
  if ('make' in change) mkdirSync(join(at, change.make));
  else if ('remove' in change) rmSync(join(at, change.remove), { recursive: true });
  else if ('from' in change) renameSync(join(at, change.from), join(at, change.to));
  else if ('link' in change) symlinkSync(join(at, change.target), join(at, change.link));
  else writeFileSync(join(at, change.manifestIn, '__manifest__.py'), '{}');
}

/** Not every change can be made. */
function attempt(work: () => void): void {
  try {
    work();
  } catch {}
}
