import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Interruption } from '../../src/base/interruption.ts';
import { takeTurns } from '../../src/base/turns.ts';
import type { CatalogModule } from '../../src/catalog/catalog.ts';
import { WordIndex } from '../../src/catalog/word-index.ts';
import { openCatalog, pause, quickenClock } from '../support/catalog.ts';
import { catalogModule } from '../support/catalog-module.ts';
import { systemError } from '../support/changes.ts';
import { patchFs } from '../support/patch-fs.ts';
import { countTurns, noTurns } from '../support/turns.ts';
import { createWorld, type World } from '../support/world.ts';

const names = (answers: ReadonlyMap<CatalogModule, unknown>) =>
  [...answers.keys()].map(({ name }) => name).sort();

/** A catalog of the root `oca`, its index, and which descriptions were opened. */
function open(world: World) {
  const catalog = openCatalog([{ family: 'oca', path: world.folder('oca') }]);
  const index = new WordIndex();
  const opened: string[] = [];
  patchFs('openSync', (openSync) => (path: string, ...rest: [string]) => {
    const module = /\/([^/]+)\/readme\/DESCRIPTION/.exec(path)?.[1];
    if (module !== undefined) opened.push(module);
    return openSync(path, ...rest);
  });
  return {
    catalog,
    index,
    opened: () => opened.splice(0).sort(),
    async ask(query: string) {
      return names(await index.ask((await catalog.refresh()).modules, query, noTurns));
    },
  };
}

/** The same when what is in it counts as old: only then is a module known to be the same. */
async function settledOver(world: World) {
  quickenClock();
  const opened = open(world);
  await pause();
  await opened.catalog.refresh();
  await opened.catalog.refresh();
  return opened;
}

function addModule(world: World, name: string, text: string, manifest = {}) {
  world.module(`oca/web/${name}`, { name: '', ...manifest });
  world.file(`oca/web/${name}/readme/DESCRIPTION.md`, text);
}

describe('an index of words', () => {
  it('knows names, titles, summaries, categories and descriptions', async () => {
    const world = createWorld();
    world.module('oca/web/red_name');
    world.module('oca/web/a', { name: 'Red' });
    world.module('oca/web/b', { summary: 'Reds' });
    world.module('oca/web/c', { category: 'Red/Blue' });
    world.module('oca/web/d', { description: 'A <b>red</b> one' });
    addModule(world, 'e', 'The reds');
    addModule(world, 'f', 'Green', { description: 'Red' });
    world.module('oca/web/l10n_es');
    const { ask } = open(world);
    expect(await ask('red')).toEqual(['a', 'b', 'c', 'd', 'e', 'red_name']);
    expect(await ask('Spanish')).toEqual(['l10n_es']);
  });

  it('reads again only what has changed', async () => {
    const world = createWorld();
    for (const name of ['a', 'b', 'c', 'd']) addModule(world, name, 'Red');
    const { ask, opened } = await settledOver(world);
    expect([await ask('red'), opened()]).toEqual([
      ['a', 'b', 'c', 'd'],
      ['a', 'b', 'c', 'd'],
    ]);
    expect([(await ask('red')).length, opened()]).toEqual([4, []]);
    world.module('oca/web/a', { name: 'Blue' });
    rmSync(world.at('oca/web/b'), { recursive: true });
    addModule(world, 'e', 'Blue');
    world.file('oca/web/c/readme/DESCRIPTION.md', 'Deep blue');
    expect(await ask('blue')).toEqual(['a', 'c', 'e']);
    expect(opened()).toEqual(['a', 'c', 'e']);
    expect(await ask('red')).toEqual(['a', 'd']);
  });

  it('looks at a bounded number of descriptions again, and at all of them by and by', async () => {
    const world = createWorld();
    const all = Array.from({ length: 250 }, (_, at) => `m${at}`);
    for (const name of all) addModule(world, name, 'Red');
    const { ask, opened } = await settledOver(world);
    await ask('red');
    for (const name of all) world.file(`oca/web/${name}/readme/DESCRIPTION.md`, 'Deep blue');
    opened();
    await ask('blue');
    expect(opened().length).toBe(200);
    expect((await ask('blue')).length).toBe(250);
  });

  it('reads nothing outside the roots', async () => {
    const world = createWorld();
    world.module('outside/secret', { name: 'Red' });
    world.file('outside/secret/readme/DESCRIPTION.md', 'Red');
    world.link(world.at('outside/secret'), 'oca/web/secret');
    const { ask, opened } = open(world);
    expect([await ask('red'), opened()]).toEqual([[], []]);
  });

  it('keeps a bounded part of what a module says', async () => {
    const world = createWorld();
    addModule(world, 'a', `${'red '.repeat(1000)} needle`, { summary: `${'blue '.repeat(1000)} needle` });
    const { ask } = open(world);
    expect([await ask('red'), await ask('blue'), await ask('needle')]).toEqual([['a'], ['a'], []]);
  });
});

describe('the work on an index of words', () => {
  const modules = Array.from({ length: 200 }, (_, at) => catalogModule(`r/m${at}`, { summary: 'Red' }));

  it('lets others in between', async () => {
    const { turns, count } = countTurns();
    await new WordIndex().ask(modules, 'red', turns);
    expect(count()).toBeGreaterThanOrEqual(10);
  });

  it('is done once for all who wait for it, and goes on when one of them gives up', async () => {
    const index = new WordIndex();
    const controller = new AbortController();
    const first = index.ask(modules, 'red', takeTurns(controller.signal));
    const second = index.ask(modules, 'red', takeTurns());
    setImmediate(() => controller.abort());
    await expect(first).rejects.toThrow(Interruption);
    expect((await second).size).toBe(200);
  });

  it('is not lost when the system runs out of descriptors', async () => {
    const world = createWorld();
    for (const name of ['a', 'b']) addModule(world, name, 'Red');
    const { ask } = await settledOver(world);
    let isShort = true;
    patchFs('openSync', (openSync) => (path: string, ...rest: [string]) => {
      if (isShort && path.includes('/readme/')) throw systemError('EMFILE');
      return openSync(path, ...rest);
    });
    await expect(ask('red')).rejects.toThrow(Interruption);
    isShort = false;
    expect(await ask('red')).toEqual(['a', 'b']);
    for (const name of ['a', 'b']) world.file(`oca/web/${name}/readme/DESCRIPTION.md`, 'Deep blue');
    isShort = true;
    await expect(ask('blue')).rejects.toThrow(Interruption);
    isShort = false;
    expect(await ask('blue')).toEqual(['a', 'b']);
  });
});
