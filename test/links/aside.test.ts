import { execFileSync } from 'node:child_process';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { putBack, removeLink } from '../../src/links/aside.ts';
import { asidePath, isLink } from '../../src/links/site.ts';
import { systemError, type Watcher, watchChanges } from '../support/changes.ts';
import { snapshot } from '../support/snapshot.ts';
import { prepareSite } from './site.ts';

function watch(watcher: Watcher): void {
  onTestFinished(watchChanges(watcher));
}

/** A link `web`, and where it would be moved. */
function prepare() {
  const { world, site } = prepareSite();
  const path = world.link('/src/web', 'linked/web');
  return {
    world,
    site,
    path,
    aside: asidePath(site, 0),
    remove: () => removeLink(path, '/src/web', asidePath(site, 0), site),
  };
}

/** What others may put in the place of a link. */
const INTRUDERS: [string, (path: string) => void][] = [
  ['another link', (path) => symlinkSync('/other', path)],
  ['a file', (path) => writeFileSync(path, 'theirs')],
  ['a folder', (path) => mkdirSync(path)],
  ['a FIFO', (path) => execFileSync('mkfifo', [path])],
];

describe('a link that is removed', () => {
  it('goes by way of the state folder, and leaves nothing there', () => {
    const { world, path, aside, remove } = prepare();
    const seen: string[] = [];
    watch({ before: (verb, name) => void seen.push(`${verb} ${name}`) });
    expect(remove()).toBe('removed');
    expect(seen).toEqual([`renameSync ${path}`, `unlinkSync ${aside}`]);
    expect([readdirSync(world.at('linked')), readdirSync(world.at('state'))]).toEqual([[], []]);
  });

  it.each([...INTRUDERS, ['nothing', () => {}] as (typeof INTRUDERS)[number]])(
    'is not %s that has its name',
    (_, make) => {
      const { world, path, site, aside } = prepare();
      renameSync(path, world.at('away'));
      make(path);
      const before = snapshot(world.path);
      expect(removeLink(path, '/src/web', aside, site)).toBe('other');
      expect(snapshot(world.path)).toEqual(before);
    },
  );

  it.each(INTRUDERS)('is not %s that takes its place at the last moment, which comes back', (_, make) => {
    const { world, path, remove } = prepare();
    let ino = 0;
    let isDone = false;
    watch({
      before(verb) {
        if (verb !== 'renameSync' || isDone) return;
        isDone = true;
        renameSync(path, world.at('away'));
        make(path);
        ino = lstatSync(path).ino;
      },
    });
    expect(remove()).toBe('other');
    expect(lstatSync(path).ino).toBe(ino);
    expect(readdirSync(world.at('state'))).toEqual([]);
  });

  it.each(INTRUDERS)('is not %s whose name is taken before it can come back: it stays aside', (_, make) => {
    const { world, path, aside, remove } = prepare();
    let ino = 0;
    let isDone = false;
    let isTheirs = false;
    watch({
      before(verb) {
        if (verb !== 'renameSync' || isDone) return;
        isDone = true;
        isTheirs = true;
        renameSync(path, world.at('away'));
        make(path);
        ino = lstatSync(path).ino;
        isTheirs = false;
      },
      after(verb, name) {
        if (verb === 'renameSync' && name === path && !isTheirs) world.file('linked/web', 'a third');
      },
    });
    expect(remove()).toBe('kept');
    expect(lstatSync(aside).ino).toBe(ino);
    expect(snapshot(world.at('linked'))).toHaveLength(1);
  });

  it('goes at once where nothing can be renamed across file systems, which is tried once', () => {
    const { world, site, path, aside } = prepare();
    world.link('/src/sale', 'linked/sale');
    const renames: string[] = [];
    watch({
      before(verb, name) {
        if (verb !== 'renameSync') return;
        renames.push(name);
        throw systemError('EXDEV');
      },
    });
    expect(removeLink(path, '/src/web', aside, site)).toBe('removed');
    expect(site.isCrossing).toBe(true);
    expect(removeLink(world.at('linked/sale'), '/src/sale', asidePath(site, 1), site)).toBe('removed');
    expect(renames).toEqual([path]);
    expect([readdirSync(world.at('linked')), readdirSync(world.at('state'))]).toEqual([[], []]);
  });

  it.each(['EACCES', 'EIO', 'ENOSPC'])('stays when it cannot be moved for %s', (code) => {
    const { world, site, path, remove } = prepare();
    watch({
      before(verb) {
        if (verb === 'renameSync') throw systemError(code);
      },
    });
    expect(remove).toThrow(code);
    expect([site.isCrossing, isLink(path, '/src/web'), readdirSync(world.at('state'))]).toEqual([
      false,
      true,
      [],
    ]);
  });

  it('stays aside when it cannot be unlinked there', () => {
    const { aside, path, remove } = prepare();
    watch({
      before(verb) {
        if (verb === 'unlinkSync') throw systemError('EIO');
      },
    });
    expect(remove).toThrow('EIO');
    expect([isLink(aside, '/src/web'), isLink(path, '/src/web')]).toEqual([true, false]);
  });
});

describe('what was moved aside', () => {
  it.each(INTRUDERS)('gets its name again, and is the very same: %s', (_, make) => {
    const { world } = prepareSite();
    make(world.at('state/aside'));
    const { ino } = lstatSync(world.at('state/aside'));
    expect(putBack(world.at('state/aside'), world.at('linked/web'))).toBe(true);
    expect(lstatSync(world.at('linked/web'))).toMatchObject({ ino, nlink: expect.any(Number) });
    expect(readdirSync(world.at('state'))).toEqual([]);
  });

  it.each(INTRUDERS)('overwrites nothing that has its name: %s', (_, make) => {
    const { world } = prepareSite();
    world.link('/src/web', 'state/aside');
    make(world.at('linked/web'));
    const before = snapshot(world.path);
    expect(putBack(world.at('state/aside'), world.at('linked/web'))).toBe(false);
    expect(snapshot(world.path)).toEqual(before);
  });

  it.each(['link', 'file'])(
    'has both names when a process was killed, and loses the one aside: %s',
    (kind) => {
      const { world } = prepareSite();
      if (kind === 'link') world.link('/src/web', 'state/aside');
      else world.file('state/aside');
      linkSync(world.at('state/aside'), world.at('linked/web'));
      expect(putBack(world.at('state/aside'), world.at('linked/web'))).toBe(true);
      expect([readdirSync(world.at('linked')), readdirSync(world.at('state'))]).toEqual([['web'], []]);
    },
  );

  // Elsewhere link() would follow a symlink, so that one is renamed.
  const linked = process.platform === 'linux' ? ['a file', 'a link'] : ['a file'];
  it.each(linked)('overwrites nothing that takes its name this very moment: %s', (kind) => {
    const { world } = prepareSite();
    if (kind === 'a link') world.link('/src/web', 'state/aside');
    else world.file('state/aside', 'theirs');
    const before = snapshot(world.at('state'));
    watch({
      before(verb) {
        if (verb === 'linkSync') world.link('/other', 'linked/web');
      },
    });
    expect(putBack(world.at('state/aside'), world.at('linked/web'))).toBe(false);
    expect(readlinkSync(world.at('linked/web'))).toBe('/other');
    expect(snapshot(world.at('state'))).toEqual(before);
  });

  it.each(['EPERM', 'EMLINK'])('is renamed where link() fails with %s', (code) => {
    const { world } = prepareSite();
    world.link('/src/web', 'state/aside');
    watch({
      before(verb) {
        if (verb === 'linkSync') throw systemError(code);
      },
    });
    expect(putBack(world.at('state/aside'), world.at('linked/web'))).toBe(true);
    expect(readlinkSync(world.at('linked/web'))).toBe('/src/web');
    expect(readdirSync(world.at('state'))).toEqual([]);
  });

  it.each([
    ['a file', 'linkSync unlinkSync'],
    ['another link', process.platform === 'linux' ? 'linkSync unlinkSync' : 'renameSync'],
    ['a folder', 'renameSync'],
    ['a FIFO', 'renameSync'],
  ])('comes back by a call that cannot overwrite, where there is one: %s', (name, calls) => {
    const { world } = prepareSite();
    INTRUDERS.find(([kind]) => kind === name)?.[1](world.at('state/aside'));
    const seen: string[] = [];
    watch({ before: (verb) => void seen.push(verb) });
    putBack(world.at('state/aside'), world.at('linked/web'));
    expect(seen.join(' ')).toBe(calls);
  });

  it('is not put back when it is gone', () => {
    const { world } = prepareSite();
    expect(() => putBack(world.at('state/aside'), world.at('linked/web'))).toThrow('ENOENT');
  });
});
