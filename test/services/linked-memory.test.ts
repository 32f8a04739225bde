import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { lookAtFolders } from '../../src/addons/folder-look.ts';
import { createPathMap } from '../../src/base/path-map.ts';
import { createFolderWatch } from '../../src/catalog/watch.ts';
import type { Instance } from '../../src/config/instance.ts';
import type { AddonsDir } from '../../src/links/addons-dir.ts';
import { LinkedMemory } from '../../src/services/linked-memory.ts';
import { type LinkedModule, readLinkedModules } from '../../src/services/linked-modules.ts';
import { noWatch, pause, quickenClock } from '../support/catalog.ts';
import { linkedModule, makeInstance, succeeded } from '../support/instance.ts';
import { patchFs } from '../support/patch-fs.ts';
import { eventually } from '../support/patience.ts';
import fc from '../support/property.ts';
import { noTurns } from '../support/turns.ts';
import { createWorld, manifestText, type World } from '../support/world.ts';

/** What a call could tell of linked modules, for comparison. */
function told(linked: readonly LinkedModule[]) {
  return linked.map(({ name, entry, family, folder, assessment }) => {
    const { judgement = null, refusals = null } = assessment ?? {};
    return { name, entry, family, folder, fields: judgement?.fields, verdict: judgement?.verdict, refusals };
  });
}

const read = async (instance: Instance) => succeeded(await readLinkedModules(instance, noTurns));

/** What nobody who remembers anything would tell. */
const anew = (instance: Instance) => {
  const dirs = instance.addonsDirs.map((dir) => ({ ...dir }) as AddonsDir);
  return read({ ...instance, addonsDirs: dirs, roots: instance.roots.map((root) => ({ ...root })) });
};

/** The paths that are looked at while work is done. */
async function looksOf(work: () => Promise<unknown>): Promise<string[]> {
  const looks: string[] = [];
  const undo = (['lstatSync', 'statSync', 'readlinkSync', 'openSync', 'opendirSync'] as const).map((name) =>
    patchFs(name, (real) => (...args: never[]) => {
      looks.push(String(args[0]));
      return (real as (...given: never[]) => unknown)(...args);
    }),
  );
  await work();
  for (const off of undo) off();
  return looks;
}

describe('a link that is remembered', () => {
  it('is not looked at again, nor is what it leads to, once that is watched', async () => {
    quickenClock();
    const world = createWorld();
    for (const name of ['a', 'b', 'c']) linkedModule(world, `oca/web/${name}`);
    const instance = makeInstance(world);
    await pause();
    await eventually(async () => {
      const looks = await looksOf(() => read(instance));
      // The directory, twice; and the repository.
      expect(looks.filter((path) => /\/[abc]\b/.test(path))).toEqual([]);
      expect(looks).toHaveLength(3);
    });
  });

  it('is not looked at again where Odoo sees other paths, be it absolute or relative', async () => {
    quickenClock();
    const world = createWorld();
    world.folder('oca');
    world.link('/mnt/oca/web/a', 'linked/a');
    world.link('../oca/web/b', 'linked/b');
    for (const name of ['a', 'b']) world.module(`oca/web/${name}`);
    const paths = createPathMap([{ host: world.path, odoo: '/mnt' }]);
    const instance = makeInstance(world, { paths });
    await pause();
    await eventually(async () => {
      const looks = await looksOf(() => read(instance));
      expect(looks).toHaveLength(3);
    });
    const folders = (await read(instance)).map(({ folder }) => folder);
    expect(folders).toEqual([world.at('oca/web/a'), world.at('oca/web/b')]);
    rmSync(world.at('oca/web/a'), { recursive: true });
    expect((await read(instance)).map(({ folder }) => folder)).toEqual([null, world.at('oca/web/b')]);
  });

  it('is not looked at again where another link came or went', async () => {
    quickenClock();
    const world = createWorld();
    for (const name of ['a', 'b', 'c']) linkedModule(world, `oca/web/${name}`);
    world.module('oca/crm/d');
    const instance = makeInstance(world);
    await pause();
    await eventually(async () => {
      expect(await looksOf(() => read(instance))).toHaveLength(3);
    });
    world.link(world.at('oca/crm/d'), 'linked/d');
    const looks = await looksOf(() => read(instance));
    expect(looks.filter((path) => /linked\/[abc]$/.test(path))).toEqual([]);
    expect(looks).toContain(world.at('linked/d'));
    rmSync(world.at('linked/b'));
    const others = await looksOf(async () => {
      expect((await read(instance)).map(({ name }) => name)).toEqual(['a', 'c', 'd']);
    });
    expect(others.filter((path) => /linked\/[acd]$/.test(path))).toEqual([]);
  });

  it.each<[string, (world: World) => void]>([
    [
      'a link through a symlink',
      (world) => {
        world.module('beyond/web/a');
        world.link(world.at('beyond/web'), 'oca/linked');
        world.link(world.at('oca/linked/a'), 'linked/a');
      },
    ],
    [
      'a link in other words',
      (world) => {
        world.module('oca/web/a');
        world.link(`${world.at('oca/web')}/../web/a`, 'linked/a');
      },
    ],
    ['a foreign link', (world) => world.link(world.module('beyond/a'), 'linked/a')],
    ['a broken link', (world) => world.link(world.at('oca/web/a'), 'linked/a')],
    ['a real folder', (world) => world.module('linked/a')],
  ])('is not %s, which is looked at each time', async (_, make) => {
    quickenClock();
    const world = createWorld();
    make(world);
    const instance = makeInstance(world);
    await pause();
    await read(instance);
    expect(await looksOf(() => read(instance))).toContain(world.at('linked/a'));
  });
});

describe('what a link leads to is seen', () => {
  it('at its new place where a folder above it was moved, and a symlink left', async () => {
    quickenClock();
    const world = createWorld();
    linkedModule(world, 'oca/web/addons/a');
    const instance = makeInstance(world);
    await pause();
    await eventually(async () => {
      expect(await looksOf(() => read(instance))).not.toContain(world.at('linked/a'));
    });
    renameSync(world.at('oca/web'), world.at('oca/moved'));
    world.link('moved', 'oca/web');
    expect((await read(instance)).map(({ folder }) => folder)).toEqual([world.at('oca/moved/addons/a')]);
  });

  it('where the folder was moved away and another one put there, which is edited later', async () => {
    quickenClock();
    const world = createWorld();
    linkedModule(world, 'oca/web/a');
    const instance = makeInstance(world);
    const settled = () =>
      eventually(async () => {
        await pause();
        expect((await looksOf(() => read(instance))).filter((path) => /\/a\b/.test(path))).toEqual([]);
      });
    await settled();
    renameSync(world.at('oca/web/a'), world.at('aside'));
    world.module('oca/web/a', { summary: 'second' });
    await settled();
    writeFileSync(world.at('oca/web/a/__manifest__.py'), manifestText({ summary: 'third' }));
    const [module] = await read(instance);
    expect(module?.assessment?.judgement?.fields?.summary).toBe('third');
  });

  it('as its own checkout, once it is one', async () => {
    quickenClock();
    const world = createWorld();
    linkedModule(world, 'oca/web/a');
    const instance = makeInstance(world);
    await eventually(async () => {
      await pause();
      expect(await looksOf(() => read(instance))).toHaveLength(3);
    });
    expect((await read(instance))[0]?.checkout).toBe(world.at('oca/web'));
    world.folder('oca/web/a/.git');
    expect((await read(instance))[0]?.checkout).toBe(world.at('oca/web/a'));
  });

  it('where events may have been lost', async () => {
    quickenClock();
    const world = createWorld();
    linkedModule(world, 'oca/web/a');
    let isMuch = false;
    const real = createFolderWatch();
    // Tells of nothing, as a system does whose queue is full.
    const watch = {
      ...noWatch(true),
      watch: (path: string) => real.watch(path, () => {}),
      mayHaveMissed: () => isMuch,
    };
    const instance = makeInstance(world);
    const memory = new LinkedMemory(instance.addonsDirs[0] as AddonsDir, instance, watch);
    const find = async () => {
      const look = await memory.begin(lookAtFolders(instance.roots, noTurns));
      const found = look?.find('a') ?? (await look?.inspect('a'));
      look?.end(true);
      const source = found?.entry.kind === 'link' ? found.entry.source : null;
      return [source, found?.module?.assessment.judgement?.fields?.summary];
    };
    await pause();
    await find();
    // Until the folder is watched.
    await eventually(async () => {
      await find();
      expect((await looksOf(find)).filter((path) => path.endsWith('__manifest__.py'))).toEqual([]);
    });
    writeFileSync(world.at('oca/web/a/__manifest__.py'), manifestText({ summary: 'new' }));
    isMuch = true;
    expect(await find()).toEqual([world.at('oca/web/a'), 'new']);
    isMuch = false;
    world.module('oca/crm/a');
    rmSync(world.at('linked/a'));
    world.link(world.at('oca/crm/a'), 'linked/a');
    isMuch = true;
    expect(await find()).toEqual([world.at('oca/crm/a'), '']);
  });
});

/** A memory of one directory, and what it finds of a name; undefined for what it does not remember. */
function remember(world: World, watch = createFolderWatch()) {
  const instance = makeInstance(world);
  const memory = new LinkedMemory(instance.addonsDirs[0] as AddonsDir, instance, watch);
  return async (name: string, isInspected = true) => {
    const look = await memory.begin(lookAtFolders(instance.roots, noTurns));
    const found = look?.find(name);
    if (found === undefined && isInspected) await look?.inspect(name);
    look?.end(true);
    return found?.entry.kind === 'link' ? found.entry.source : undefined;
  };
}

describe('without a watch', () => {
  it.each([true, false])(
    'a link is remembered while it is the same, on a local file system: %s',
    async (isLocal) => {
      quickenClock();
      const world = createWorld();
      linkedModule(world, 'oca/web/a');
      await pause();
      const find = remember(world, noWatch(isLocal));
      expect(await find('a')).toBeUndefined();
      expect(await find('a')).toBe(world.at('oca/web/a'));
      world.link('nowhere', 'linked/b');
      expect(await find('a')).toBe(world.at('oca/web/a'));
      world.module('oca/crm/a');
      rmSync(world.at('linked/a'));
      world.link(world.at('oca/crm/a'), 'linked/a');
      expect(await find('a')).toBeUndefined();
    },
  );

  it('a link that was made a moment before is looked at again', async () => {
    const world = createWorld();
    linkedModule(world, 'oca/web/a');
    await pause();
    rmSync(world.at('linked/a'));
    world.link(world.at('oca/web/a'), 'linked/a');
    // What was changed before the pause is over, and the link is not.
    const { ctimeMs } = lstatSync(world.at('linked/a'));
    vi.spyOn(Date, 'now').mockReturnValue(ctimeMs + 2090);
    onTestFinished(() => void vi.restoreAllMocks());
    const find = remember(world, noWatch(true));
    await find('a');
    world.link('nowhere', 'linked/b');
    expect(await find('a')).toBeUndefined();
  });
});

it('a look sees what is there now, whatever changes between looks', async () => {
  quickenClock();
  const names = ['a', 'b'];
  const name = fc.constantFrom(...names);
  const repo = fc.constantFrom('web', 'crm');
  const change = fc.oneof(
    fc.record({ link: name, to: repo, as: name, isRelative: fc.boolean() }),
    fc.record({ unlink: name }),
    fc.record({ edit: name, in: repo, excludes: name }),
    fc.record({ back: name, in: repo, excludes: name }),
    fc.record({ module: name, in: repo }),
    fc.record({ remove: name, in: repo }),
    fc.record({ move: name, in: repo, to: repo }),
    fc.record({ moveRepo: repo, to: fc.constantFrom('web', 'crm', 'other') }),
    fc.record({ linkRepo: repo, to: fc.constantFrom('crm', 'other', '../beyond') }),
    fc.record({ folder: name }),
    fc.record({ gone: fc.constantFrom('__init__.py', '__manifest__.py'), from: name, in: repo }),
    fc.constant('wait' as const),
    fc.constant('wait' as const),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 4, maxLength: 16 }), async (changes) => {
      const world = createWorld();
      for (const path of ['oca/web/a', 'oca/web/b', 'oca/crm/a']) world.module(path);
      world.module('beyond/a');
      for (const one of names) world.link(world.at(`oca/web/${one}`), `linked/${one}`);
      const instance = makeInstance(world);
      await pause();
      for (const one of ['wait' as const, ...changes]) {
        if (one === 'wait') await pause();
        else attempt(() => apply(world, one));
        expect(told(await read(instance))).toEqual(told(await anew(instance)));
      }
      rmSync(world.path, { recursive: true });
    }),
    { numRuns: 60 },
  );
});

type Change =
  | { link: string; to: string; as: string; isRelative: boolean }
  | { unlink: string }
  | { edit: string; in: string; excludes: string }
  | { back: string; in: string; excludes: string }
  | { module: string; in: string }
  | { remove: string; in: string }
  | { move: string; in: string; to: string }
  | { moveRepo: string; to: string }
  | { linkRepo: string; to: string }
  | { folder: string }
  | { gone: string; from: string; in: string };

function apply(world: World, change: Change): void {
  const at = (...parts: string[]) => world.at('oca', ...parts);
  if ('link' in change) {
    const path = world.at('linked', change.link);
    const to = join(change.isRelative ? '../oca' : at(), change.to, change.as);
    rmSync(path, { force: true, recursive: true });
    symlinkSync(to, path);
  } else if ('unlink' in change) rmSync(world.at('linked', change.unlink), { recursive: true });
  else if ('edit' in change) {
    // In place: the folder does not change.
    writeFileSync(
      at(change.in, change.edit, '__manifest__.py'),
      manifestText({ excludes: [change.excludes] }),
    );
  } else if ('back' in change) {
    const path = at(change.in, change.back, '__manifest__.py');
    linkSync(path, world.at('aside'));
    writeFileSync(world.at('aside'), manifestText({ excludes: [change.excludes] }));
    utimesSync(path, 1, 1);
    rmSync(world.at('aside'));
  } else if ('module' in change) world.module(`oca/${change.in}/${change.module}`);
  else if ('remove' in change) rmSync(at(change.in, change.remove), { recursive: true });
  else if ('move' in change) renameSync(at(change.in, change.move), at(change.to, `${change.move}2`));
  else if ('moveRepo' in change) renameSync(at(change.moveRepo), at(change.to));
  else if ('linkRepo' in change) {
    const path = at(change.linkRepo);
    if (existsSync(path)) renameSync(path, world.at(`aside-${change.linkRepo}`));
    symlinkSync(change.to, path);
  } else if ('folder' in change) {
    const path = world.at('linked', change.folder);
    readlinkSync(path);
    rmSync(path);
    mkdirSync(path);
    writeFileSync(join(path, '__manifest__.py'), manifestText());
  } else rmSync(at(change.in, change.from, change.gone));
}

/** Not every change can be made. */
function attempt(work: () => void): void {
  try {
    work();
  } catch {}
}
