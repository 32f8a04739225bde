import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type * as fs from 'node:fs';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import type { Family, Root } from '../../src/addons/roots.ts';
import { buildCatalog, type Catalog } from '../../src/catalog/catalog.ts';
import { createFolderWatch, type FolderWatch } from '../../src/catalog/watch.ts';
import {
  fromScratch,
  known,
  noWatch,
  openCatalog,
  pause,
  quickenClock,
  settled,
} from '../support/catalog.ts';
import { eventually } from '../support/patience.ts';
import { createWorld, manifestText, type World } from '../support/world.ts';

/** What was looked at or opened, and by which calls. */
const looks = new Map<string, Set<string>>();
vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  const noted = (call: 'lstatSync' | 'openSync') =>
    ((path: string, option: never) => {
      looks.set(path, (looks.get(path) ?? new Set()).add(call));
      return real[call](path, option);
    }) as never;
  return { ...real, lstatSync: noted('lstatSync'), openSync: noted('openSync') };
});

const rootsOf = (world: World, ...families: Family[]): Root[] =>
  families.map((family) => ({ family, path: world.folder(family) }));

const names = async (catalog: Catalog) => (await catalog.refresh()).modules.map(({ name }) => name);
const summary = async (catalog: Catalog, name: string) =>
  (await catalog.refresh()).named(name)[0]?.assessment().judgement?.fields?.summary;

/** A repository with three modules, all of them watched. */
async function watched() {
  quickenClock();
  const world = createWorld();
  for (const name of ['a', 'b', 'c']) world.module(`oca/web/${name}`, { summary: 'old' });
  const roots = rootsOf(world, 'oca');
  const watch = createFolderWatch();
  const catalog = openCatalog(roots, { watch });
  await settled(catalog, watch, 3);
  return { world, roots, watch, catalog };
}

describe('a catalog', () => {
  it('has the modules that one built from scratch has, in the same order', async () => {
    const world = createWorld();
    world.fixtures();
    const roots = (['oca', 'ee', 'core'] as const).map((family) => ({
      family,
      path: world.at('src', family),
    }));
    const view = await openCatalog(roots).refresh();
    expect(view.modules.length).toBeGreaterThan(5);
    expect(known(view.modules)).toEqual(await fromScratch(roots));
    expect(view.named('mail').map(({ family }) => family)).toEqual(['core']);
    expect(view.named('nothing')).toEqual([]);
  });

  it('is empty where a root, or a part of an Odoo checkout, is gone', async () => {
    const world = createWorld();
    world.module('core/odoo/addons/base');
    const roots = rootsOf(world, 'oca', 'core');
    rmSync(world.at('oca'), { recursive: true });
    expect((await buildCatalog(roots, '17.0')).map(({ name }) => name)).toEqual(['base']);
    expect(await names(openCatalog(roots))).toEqual(['base']);
  });

  it('answers with the same view as long as nothing changes', async () => {
    const { catalog, world } = await watched();
    const view = await catalog.refresh();
    expect(await catalog.refresh()).toBe(view);
    // Something happens, but nothing that matters.
    world.file('oca/web/a/models.py');
    expect(await catalog.refresh()).toBe(view);
    world.module('oca/web/a', { summary: 'new' });
    const next = await catalog.refresh();
    expect(next).not.toBe(view);
    expect(next.modules.map((module, index) => module === view.modules[index])).toEqual([false, true, true]);
  });

  it('looks at no module that is watched and of which nothing was heard', async () => {
    const { catalog, world } = await watched();
    looks.clear();
    await catalog.refresh();
    // The root twice, since its path may lead elsewhere.
    expect([...looks.keys()].sort()).toEqual([world.at('oca'), world.at('oca/web')]);
    world.file('oca/web/a/models.py');
    looks.clear();
    await catalog.refresh();
    expect([...looks.keys()]).toContain(world.at('oca/web/a'));
    expect([...looks.keys()].filter((path) => path.startsWith(world.at('oca/web/b')))).toEqual([]);
  });

  it('reads no manifest again that is the same, where nothing can be watched', async () => {
    quickenClock();
    const world = createWorld();
    world.module('oca/web/a');
    await pause();
    const catalog = openCatalog(rootsOf(world, 'oca'), { watch: noWatch(false) });
    for (const opened of [[world.at('oca/web/a/__manifest__.py')], []]) {
      looks.clear();
      await catalog.refresh();
      expect([...looks].filter(([, calls]) => calls.has('openSync')).map(([path]) => path)).toEqual(opened);
    }
  });

  it('watches no more after it was closed, and is true all the same', async () => {
    const { catalog, world, watch } = await watched();
    catalog.close();
    expect(watch.size).toBe(0);
    world.module('oca/web/a', { summary: 'new' });
    expect(await summary(catalog, 'a')).toBe('new');
    await pause();
    expect(watch.size).toBe(0);
  });

  it('lets the process end while it is watching', async () => {
    const { watch } = await watched();
    expect(watch.size).toBe(3);
    expect(process.getActiveResourcesInfo()).not.toContain('FSEventWrap');
  });
});

describe('a change made before the call', () => {
  it('is seen, three thousand times', async () => {
    const { catalog, world } = await watched();
    const file = world.at('oca/web/b/__manifest__.py');
    for (let round = 1000; round < 4000; round++) {
      writeFileSync(file, manifestText({ summary: `${round}` }));
      const seen = await summary(catalog, 'b');
      if (seen !== `${round}`) throw new Error(`saw ${seen} instead of ${round}`);
    }
  });

  it('is seen when another process made it and said so', async () => {
    const { catalog, world } = await watched();
    const file = world.at('oca/web/b/__manifest__.py');
    // The answer arrives while the event loop polls, which is where a call of a server begins.
    const script = `process.stdin.on('data', (text) => {
      require('fs').writeFileSync(process.argv[1], JSON.parse(text)); process.stdout.write('done'); })`;
    const child = spawn(process.execPath, ['-e', script, file]);
    for (let round = 1000; round < 2000; round++) {
      child.stdin.write(JSON.stringify(manifestText({ summary: `${round}` })));
      const seen = await new Promise((resolve) => {
        child.stdout.once('data', () => resolve(summary(catalog, 'b')));
      });
      if (seen !== `${round}`) throw new Error(`saw ${seen} instead of ${round}`);
    }
    child.kill();
    await once(child, 'exit');
  });

  it('is seen by the call after it, even if a refresh is under way', async () => {
    const { catalog, world } = await watched();
    for (let round = 0; round < 200; round++) {
      const running = catalog.refresh();
      // Some way into it.
      for (let turn = 0; turn < round % 7; turn++) await Promise.resolve();
      if (round % 3 === 0) await new Promise(setImmediate);
      world.module('oca/web/a', { summary: `${round}` });
      expect(await summary(catalog, 'a')).toBe(`${round}`);
      await running;
    }
  });

  it('is looked for once by calls that come together', async () => {
    const { catalog } = await watched();
    const first = catalog.refresh();
    expect(catalog.refresh()).toBe(first);
    await first;
    expect(catalog.refresh()).not.toBe(first);
  });

  it('is seen although the system dropped its event', async () => {
    const { catalog, world } = await watched();
    const queue = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
    for (let index = 0; index < queue + 100; index++) {
      utimesSync(world.at('oca/web', index % 2 === 0 ? 'a' : 'b', '__init__.py'), 1, 1);
    }
    world.module('oca/web/c', { summary: 'new' });
    expect(await summary(catalog, 'c')).toBe('new');
  });
});

type Changes = Record<string, (world: World) => void>;

/** Each starts from modules `a`, `b` and `c` in `oca/web`, `d` in `oca/crm` and a folder `elsewhere` beside the root. */
const CHANGES: Changes = {
  'a manifest written anew, in the same size': (world) => world.module('oca/web/a', { summary: 'new a' }),
  'a manifest written anew, with its old time': (world) => {
    const file = world.at('oca/web/a/__manifest__.py');
    const { atime, mtime } = lstatSync(file);
    world.module('oca/web/a', { summary: 'new' });
    utimesSync(file, atime, mtime);
  },
  'a manifest replaced by a renamed file': (world) => {
    writeFileSync(world.at('oca/web/a/x'), manifestText({ summary: 'new' }));
    renameSync(world.at('oca/web/a/x'), world.at('oca/web/a/__manifest__.py'));
  },
  'a manifest removed': (world) => unlinkSync(world.at('oca/web/a/__manifest__.py')),
  'a manifest in place of one of the old name': (world) => {
    writeFileSync(world.at('oca/crm/d/__manifest__.py'), manifestText({ summary: 'new' }));
  },
  'a manifest that became a symlink': (world) => {
    unlinkSync(world.at('oca/web/a/__manifest__.py'));
    world.link('../../crm/shared.py', 'oca/web/a/__manifest__.py');
  },
  '__init__.py removed': (world) => unlinkSync(world.at('oca/web/a/__init__.py')),
  '__init__.py that became a folder': (world) => {
    unlinkSync(world.at('oca/web/a/__init__.py'));
    mkdirSync(world.at('oca/web/a/__init__.py'));
  },
  'a new module': (world) => world.module('oca/web/aa'),
  'a new folder without a manifest, which then gets one': (world) => {
    world.folder('oca/web/aa');
    world.module('oca/web/aa');
  },
  'a manifest in a folder that had none': (world) => world.module('oca/web/empty'),
  'a module removed': (world) => rmSync(world.at('oca/web/a'), { recursive: true }),
  'a module removed and made again': (world) => {
    rmSync(world.at('oca/web/a'), { recursive: true });
    world.module('oca/web/a', { summary: 'new' });
  },
  'two modules that changed places': (world) => {
    renameSync(world.at('oca/web/a'), world.at('elsewhere/a'));
    renameSync(world.at('oca/web/b'), world.at('oca/web/a'));
    renameSync(world.at('elsewhere/a'), world.at('oca/web/b'));
  },
  'a module moved to another repository': (world) => renameSync(world.at('oca/web/a'), world.at('oca/crm/a')),
  'a module that became a symlink': (world) => {
    renameSync(world.at('oca/web/a'), world.at('oca/crm/a2'));
    world.link('../crm/a2', 'oca/web/a');
  },
  'a symlink to a module re-pointed': (world) => {
    unlinkSync(world.at('oca/web/linked'));
    world.link('../crm/d', 'oca/web/linked');
  },
  'the folder behind a symlink removed': (world) => rmSync(world.at('elsewhere/m'), { recursive: true }),
  'a folder above the target of a symlink exchanged': (world) => {
    renameSync(world.at('elsewhere'), world.at('old'));
    world.module('elsewhere/m', { summary: 'new' });
  },
  'a symlink that led nowhere': (world) => world.module('elsewhere/n'),
  'a symlink in the root that led nowhere': (world) => world.module('elsewhere/later/n'),
  'a symlink on the way to a repository': (world) => {
    world.module('elsewhere/other/far/f', { summary: 'new f' });
    unlinkSync(world.at('elsewhere/way'));
    world.link('other', 'elsewhere/way');
  },
  'the target of a manifest that is a symlink': (world) => {
    writeFileSync(world.at('oca/crm/shared.py'), manifestText({ summary: 'new' }));
  },
  'a manifest with two names, through the other one': (world) => {
    writeFileSync(world.at('elsewhere/second'), manifestText({ summary: 'new' }));
  },
  'a repository renamed': (world) => renameSync(world.at('oca/web'), world.at('oca/site')),
  'a repository replaced by another checkout': (world) => {
    world.module('elsewhere/checkout/a', { summary: 'new' });
    renameSync(world.at('oca/web'), world.at('elsewhere/web'));
    renameSync(world.at('elsewhere/checkout'), world.at('oca/web'));
  },
  'a repository that became a symlink': (world) => {
    renameSync(world.at('oca/web'), world.at('elsewhere/web'));
    world.link('../elsewhere/web', 'oca/web');
  },
  'two repositories that changed places': (world) => {
    renameSync(world.at('oca/web'), world.at('elsewhere/web'));
    renameSync(world.at('oca/crm'), world.at('oca/web'));
    renameSync(world.at('elsewhere/web'), world.at('oca/crm'));
  },
  'a new repository': (world) => world.module('oca/hr/x'),
  'a repository removed': (world) => rmSync(world.at('oca/web'), { recursive: true }),
  'a repository that became a module': (world) => world.module('oca/web'),
  'a module in the root itself': (world) => world.module('oca/stray'),
  'a checkout that rewrites all modules': (world) => {
    for (const name of ['a', 'b', 'c', 'e', 'f']) world.module(`oca/web/${name}`, { summary: 'branch' });
    rmSync(world.at('oca/web/b'), { recursive: true });
  },
  'the root exchanged': (world) => {
    renameSync(world.at('oca'), world.at('old'));
    world.module('oca/web/a', { summary: 'new' });
  },
  'the root removed': (world) => rmSync(world.at('oca'), { recursive: true }),
  'a root that became a symlink': (world) => {
    renameSync(world.at('oca'), world.at('old'));
    world.link('old', 'oca');
  },
};

const WATCHES: [string, () => FolderWatch, number][] = [
  // Symlinks to modules are not watched.
  ['while it is watched', createFolderWatch, 8],
  ['where nothing can be watched', () => noWatch(true), 0],
  ['on the file system of another machine', () => noWatch(false), 0],
];

describe.each(WATCHES)('what a catalog sees %s', (_, makeWatch, folders) => {
  it.each(Object.entries(CHANGES))('%s', async (_, change) => {
    quickenClock();
    const world = createWorld();
    for (const name of ['a', 'b', 'c']) world.module(`oca/web/${name}`, { summary: `old ${name}` });
    world.folder('oca/web/empty');
    world.file('oca/crm/d/__openerp__.py', manifestText({ summary: 'old d' }));
    world.module('elsewhere/m', { summary: 'old m' });
    world.link('../../elsewhere/m', 'oca/web/linked');
    world.link('../../elsewhere/n', 'oca/web/nowhere');
    world.file('oca/crm/shared.py', manifestText({ summary: 'old g' }));
    world.link('../shared.py', 'oca/crm/g/__manifest__.py');
    world.module('oca/crm/h', { summary: 'old h' });
    linkSync(world.at('oca/crm/h/__manifest__.py'), world.at('elsewhere/second'));
    world.link('../elsewhere/later', 'oca/later');
    world.module('elsewhere/one/far/f', { summary: 'old f' });
    world.link('one', 'elsewhere/way');
    world.link('../elsewhere/way/far', 'oca/far');
    const roots = rootsOf(world, 'oca');
    const watch = makeWatch();
    const catalog = openCatalog(roots, { watch });
    await catalog.refresh();
    await pause();
    await settled(catalog, watch, folders);
    await pause();
    const before = known((await catalog.refresh()).modules);
    change(world);
    const scratch = await fromScratch(roots);
    expect(scratch).not.toEqual(before);
    expect(known((await catalog.refresh()).modules)).toEqual(scratch);
    await pause();
    expect(known((await catalog.refresh()).modules)).toEqual(scratch);
  });
});

it('sees what happened between the reading and the beginning of the watch', async () => {
  quickenClock();
  const world = createWorld();
  world.module('oca/web/a', { summary: 'old' });
  await pause();
  const watch = createFolderWatch();
  const catalog = openCatalog(rootsOf(world, 'oca'), { watch });
  expect(await summary(catalog, 'a')).toBe('old');
  world.module('oca/web/a', { summary: 'new' });
  await eventually(() => expect(watch.size).toBe(1));
  expect(await summary(catalog, 'a')).toBe('new');
});

it('sees at once that an old checkout took the place of the one it read', async () => {
  quickenClock();
  const world = createWorld();
  world.module('oca/web/a', { summary: 'old' });
  world.module('elsewhere/a', { summary: 'new' });
  await pause();
  const catalog = openCatalog(rootsOf(world, 'oca'), { watch: noWatch(true) });
  expect(await summary(catalog, 'a')).toBe('old');
  renameSync(world.at('oca/web'), world.at('aside'));
  renameSync(world.at('elsewhere'), world.at('oca/web'));
  expect(await summary(catalog, 'a')).toBe('new');
});

it('sees that a folder above a root became a symlink to where it is now', async () => {
  quickenClock();
  const world = createWorld();
  world.module('src/oca/web/a');
  await pause();
  const roots = [{ family: 'oca', path: world.at('src/oca') }] as const;
  const catalog = openCatalog(roots);
  expect(known((await catalog.refresh()).modules)).toEqual(await fromScratch(roots));
  renameSync(world.at('src'), world.at('moved'));
  world.link('moved', 'src');
  expect(await fromScratch(roots)).toMatchObject([{ path: world.at('moved/oca/web/a'), family: null }]);
  expect(known((await catalog.refresh()).modules)).toEqual(await fromScratch(roots));
});

it('sees a README come that stands in for a description', async () => {
  const { catalog, world, roots } = await watched();
  world.file('oca/web/a/__manifest__.py', manifestText({ description: 1 }).replace('1,\n', 'None,\n'));
  expect(known((await catalog.refresh()).modules)).toEqual(await fromScratch(roots));
  const before = await fromScratch(roots);
  world.file('oca/web/a/README.rst');
  expect(await fromScratch(roots)).not.toEqual(before);
  expect(known((await catalog.refresh()).modules)).toEqual(await fromScratch(roots));
});

it('sees folders of a checkout of Odoo come and go', async () => {
  quickenClock();
  const world = createWorld();
  const roots = rootsOf(world, 'core');
  world.module('core/web/a');
  world.folder('core/odoo/addons');
  const catalog = openCatalog(roots);
  const changes = [
    () => {},
    () => world.module('core/odoo/addons/base'),
    () => world.module('core/addons/web'),
    () => rmSync(world.at('core/addons'), { recursive: true }),
    () => symlinkSync(world.at('core/web'), world.at('core/addons')),
    () => rmSync(world.at('core/odoo/addons/base'), { recursive: true }),
  ];
  const seen: string[][] = [];
  for (const change of changes) {
    await pause();
    await catalog.refresh();
    await pause();
    change();
    seen.push(await names(catalog));
  }
  // Without base it is a folder of modules, and `web` is none.
  expect(seen).toEqual([[], ['base'], ['base', 'web'], ['base'], ['base', 'a'], []]);
});

it('sees that a folder in a root is a module no more, but a repository', async () => {
  quickenClock();
  const world = createWorld();
  world.module('ee/a');
  world.module('ee/b');
  world.module('ee/b/inner');
  await pause();
  const watch = createFolderWatch();
  const catalog = openCatalog(rootsOf(world, 'ee'), { watch });
  await settled(catalog, watch, 2);
  unlinkSync(world.at('ee/b/__manifest__.py'));
  expect(await names(catalog)).toEqual(['a', 'inner']);
});

it('does not watch folders that have only just come, since more are likely to', async () => {
  const world = createWorld();
  world.module('oca/web/a');
  const watch = createFolderWatch();
  const catalog = openCatalog(rootsOf(world, 'oca'), { watch });
  await catalog.refresh();
  await pause();
  expect(watch.size).toBe(0);
});
