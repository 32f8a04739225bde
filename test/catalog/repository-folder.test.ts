import { renameSync, rmSync } from 'node:fs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Root } from '../../src/addons/roots.ts';
import { RepositoryFolder } from '../../src/catalog/repository-folder.ts';
import type { FolderWatch } from '../../src/catalog/watch.ts';
import { noWatch } from '../support/catalog.ts';
import { patchFs } from '../support/patch-fs.ts';
import { noTurns } from '../support/turns.ts';
import { createWorld } from '../support/world.ts';

/** A watch that always works and reports nothing by itself. */
function quietWatch(): FolderWatch & { readonly closed: () => number } {
  let closed = 0;
  return {
    ...noWatch(true),
    watch: () => ({ isAlive: true, close: () => void closed++ }),
    closed: () => closed,
  };
}

function build({ isLater = true, watch = quietWatch() } = {}) {
  if (isLater) {
    const now = Date.now;
    const spy = vi.spyOn(Date, 'now').mockImplementation(() => now() + 3_600_000);
    onTestFinished(() => spy.mockRestore());
  }
  const world = createWorld();
  for (const name of ['b', 'a']) world.module(`oca/web/${name}`);
  world.folder('oca/web/none');
  const root: Root = { family: 'oca', path: world.at('oca') };
  const repository = { name: 'web', path: world.at('oca/web'), root };
  const folder = new RepositoryFolder(repository, { roots: [root], series: '17.0', watch });
  const names = () => folder.modules.map(({ name }) => name);
  const settle = () => {
    const settled = [...folder.unsettled()];
    for (const each of settled) each.settle();
    return settled.map(({ listed }) => listed.name);
  };
  return { world, folder, names, settle, watch };
}

/** Reads a repository, and takes the fingerprints of its modules: the first ones are taken only after the read. */
async function know(folder: RepositoryFolder): Promise<void> {
  await folder.refresh(noTurns);
  await folder.refresh(noTurns);
}

describe('a refresh', () => {
  it('lists the modules by name, and finds no change after that', async () => {
    const { folder, names } = build();
    expect(folder.modules).toEqual([]);
    expect([await folder.refresh(noTurns), names()]).toEqual(['listing', ['a', 'b']]);
    const { modules } = folder;
    expect(await folder.refresh(noTurns)).toBe('none');
    expect(folder.modules).toBe(modules);
  });

  it.each<[string, string, string[], (world: ReturnType<typeof build>['world']) => void]>([
    [
      'a manifest that says something else',
      'modules',
      ['a', 'b'],
      (world) => void world.module('oca/web/a', { name: 'x' }),
    ],
    ['a new module', 'listing', ['a', 'b', 'c'], (world) => void world.module('oca/web/c')],
    [
      'a module that is gone',
      'listing',
      ['b'],
      (world) => rmSync(world.at('oca/web/a'), { recursive: true }),
    ],
    [
      'a folder that becomes a module',
      'listing',
      ['a', 'b', 'none'],
      (world) => void world.module('oca/web/none'),
    ],
    [
      'a module that is none any more',
      'listing',
      ['b'],
      (world) => rmSync(world.at('oca/web/a/__manifest__.py')),
    ],
    ['a manifest that says the same', 'none', ['a', 'b'], (world) => void world.module('oca/web/a')],
  ])('finds %s: %s', async (_, change, names, make) => {
    const { world, folder, names: found } = build();
    await know(folder);
    make(world);
    expect([await folder.refresh(noTurns), found()]).toEqual([change, names]);
    expect(await folder.refresh(noTurns)).toBe('none');
  });

  it.each([true, false])(
    'finds an older folder in the place of one (settled before: %s)',
    async (isSettled) => {
      const { world, folder, settle } = build();
      world.module('new', { name: 'x' });
      await folder.refresh(noTurns);
      if (isSettled) settle();
      renameSync(world.at('oca/web/a'), world.at('old'));
      renameSync(world.at('new'), world.at('oca/web/a'));
      expect(await folder.refresh(noTurns)).toBe('listing');
      expect(folder.modules[0]?.assessment().judgement?.fields?.name).toBe('x');
    },
  );

  it('follows a symlink anew each time', async () => {
    const { world, folder, names } = build();
    for (const name of ['one', 'two']) world.module(`${name}/c`, { name });
    world.link('one', 'to');
    world.link('../../to/c', 'oca/web/c');
    await folder.refresh(noTurns);
    expect(names()).toEqual(['a', 'b', 'c']);
    expect(folder.modules[2]).toMatchObject({ family: null, path: world.at('one/c') });
    rmSync(world.at('to'));
    world.link('two', 'to');
    expect(await folder.refresh(noTurns)).toBe('listing');
    expect(folder.modules[2]?.path).toBe(world.at('two/c'));
  });

  it('lists again what changed just before it was listed', async () => {
    const { folder } = build({ isLater: false });
    expect([await folder.refresh(noTurns), await folder.refresh(noTurns)]).toEqual(['listing', 'listing']);
  });

  it('that was interrupted is made up for', async () => {
    const { world, folder, names } = build();
    await know(folder);
    world.module('oca/web/a', { name: 'x' });
    world.module('oca/web/b', { name: 'y' });
    const opened: string[] = [];
    const undo = patchFs(
      'openSync',
      (real) =>
        ((path: string, flags: number) => {
          if (opened.push(path) > 1) throw Object.assign(new Error('no'), { code: 'EMFILE' });
          return real(path, flags);
        }) as never,
    );
    await expect(folder.refresh(noTurns)).rejects.toThrow();
    undo();
    expect(await folder.refresh(noTurns)).toBe('listing');
    expect(names()).toEqual(['a', 'b']);
    expect(folder.modules.map((module) => module.assessment().judgement?.fields?.name)).toEqual(['x', 'y']);
    expect(await folder.refresh(noTurns)).toBe('none');
  });

  it('finds nothing where there is no such folder', async () => {
    const world = createWorld();
    const root: Root = { family: 'oca', path: world.at('oca') };
    const repository = { name: 'web', path: world.at('oca/web'), root };
    const folder = new RepositoryFolder(repository, { roots: [root], series: '17.0', watch: quietWatch() });
    expect([folder.path, await folder.refresh(noTurns), folder.modules]).toEqual([null, 'none', []]);
  });
});

describe('settling', () => {
  it('is offered for each folder once, and then nothing is looked at', async () => {
    const { world, folder, settle } = build();
    expect(settle()).toEqual([]);
    await folder.refresh(noTurns);
    expect(settle()).toEqual(['a', 'b', 'none']);
    expect(settle()).toEqual([]);
    await folder.refresh(noTurns);
    world.module('oca/web/a', { name: 'x' });
    // The watch says nothing, so nothing is seen before it is doubted.
    expect(await folder.refresh(noTurns)).toBe('none');
    folder.doubt();
    expect(await folder.refresh(noTurns)).toBe('modules');
    expect(settle()).toEqual(['a']);
  });

  it('is not offered while the listing is so recent that it is repeated', async () => {
    const { folder, settle } = build({ isLater: false });
    await folder.refresh(noTurns);
    expect(settle()).toEqual([]);
  });

  it('ends with the repository', async () => {
    const { folder, settle, watch } = build();
    await folder.refresh(noTurns);
    settle();
    folder.close();
    expect(watch.closed()).toBe(3);
  });

  it('ends for a folder that is gone or replaced', async () => {
    const { world, folder, settle, watch } = build();
    await folder.refresh(noTurns);
    settle();
    rmSync(world.at('oca/web/a'), { recursive: true });
    await folder.refresh(noTurns);
    expect(watch.closed()).toBeGreaterThanOrEqual(1);
  });
});
