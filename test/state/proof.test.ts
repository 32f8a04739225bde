import fs, { chmodSync, chownSync, lchownSync, lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeProvenFolder, makeStateFolder } from '../../src/state/folder.ts';
import { proveFolder, proveStateDir } from '../../src/state/proof.ts';
import { watchChanges } from '../support/changes.ts';
import { snapshot } from '../support/snapshot.ts';
import { unprivileged } from '../support/users.ts';
import { createWorld, type World } from '../support/world.ts';

const { uid, gid = 0 } = unprivileged;

/** A state directory below two folders, with what the server keeps in it. */
function prepare() {
  const world = createWorld();
  const stateDir = world.folder('above/home/state');
  for (const name of ['limits/1.journal', 'audit.jsonl']) {
    mkdirSync(join(stateDir, 'limits'), { recursive: true, mode: 0o700 });
    writeFileSync(join(stateDir, name), '', { mode: 0o600 });
  }
  return { world, stateDir };
}

const said = (stateDir: string, world: World) =>
  proveStateDir(stateDir).map(({ path, what }) => `${path.replace(world.path, '')} ${what}`);

/** A folder that belongs to somebody else: root can give one away, an ordinary user finds one. */
function anothers(world: World): string {
  if (uid === undefined) return '/usr';
  chownSync(world.folder('theirs'), uid, gid);
  return world.at('theirs');
}

describe('a state directory', () => {
  it('is proven when it is as the server makes it, or is not there yet', () => {
    const { world, stateDir } = prepare();
    expect(said(stateDir, world)).toEqual([]);
    expect(said(world.at('above/elsewhere/state'), world)).toEqual([]);
    expect(proveFolder(stateDir, stateDir)).toBeNull();
    expect(proveFolder(stateDir, join(stateDir, 'approvals'))).toBe('missing');
  });

  it('is not proven when it belongs to somebody else', () => {
    const { world } = prepare();
    const stateDir = anothers(world);
    expect(proveStateDir(stateDir)).toMatchObject([
      { path: stateDir, what: `belongs to another user (uid ${uid ?? 0})` },
    ]);
  });

  it('is proven with what was fetched from remotes, unless that is left out', () => {
    const { world, stateDir } = prepare();
    const folder = world.folder('above/home/state/sources/index/17.0');
    for (const path of ['sources', 'sources/index', 'sources/index/17.0'])
      chmodSync(join(stateDir, path), 0o700);
    expect(said(stateDir, world)).toEqual([]);
    chmodSync(folder, 0o777);
    expect(said(stateDir, world)).toEqual([
      '/above/home/state/sources/index/17.0 can be written by other users (mode 777)',
    ]);
    expect(proveStateDir(stateDir, { withSources: false })).toEqual([]);
    chmodSync(join(stateDir, 'sources'), 0o777);
    expect(proveStateDir(stateDir, { withSources: false })).toHaveLength(1);
  });

  it.each<[string, number]>([
    ['/above', 0o777],
    ['/above/home', 0o775],
  ])('is not proven below a folder that others may write to: %s', (path, mode) => {
    const { world, stateDir } = prepare();
    chmodSync(world.at(path), mode);
    expect(said(stateDir, world)).toEqual([
      `${path} can be written by other users (mode ${mode.toString(8)})`,
    ]);
    chmodSync(world.at(path), mode | 0o1000);
    expect(said(stateDir, world)).toEqual([]);
  });

  it('is not proven below a folder of somebody else, also on the way of a symlink', () => {
    const { world } = prepare();
    const theirs = anothers(world);
    const stateDir = join(theirs, 'state');
    world.link(theirs, 'above/alias');
    if (uid === undefined) {
      // Root may be above; nobody else is to be found for certain.
      expect(proveFolder(stateDir, stateDir)).toBe('missing');
      return;
    }
    for (const path of [stateDir, world.at('above/alias/state')])
      expect(said(path, world)).toEqual([`/theirs belongs to another user (uid ${uid})`]);
  });

  it('may lie behind a symlink of the user, whose way is proven too', () => {
    const { world } = prepare();
    const alias = world.link('above/../above/home', 'alias');
    expect(said(join(alias, 'state'), world)).toEqual([]);
    chmodSync(world.at('above'), 0o777);
    expect(said(join(alias, 'state'), world)).toEqual(['/above can be written by other users (mode 777)']);
    chmodSync(world.at('above'), 0o755);
    if (uid === undefined) return;
    lchownSync(alias, uid, gid);
    expect(said(join(alias, 'state'), world)).toEqual([`/alias belongs to another user (uid ${uid})`]);
  });

  it('may lie below folders whose owner has no number here, as those of root have none in a sandbox', () => {
    const world = createWorld();
    const above = world.folder('above');
    if (uid !== undefined) chownSync(above, uid, gid);
    const [owner, stateDir] = [lstatSync(above).uid, join(above, 'state')];
    const prove = () => proveFolder(stateDir, stateDir, owner + 1);
    const { readFileSync } = fs;
    onTestFinished(() => {
      fs.readFileSync = readFileSync;
      syncBuiltinESMExports();
    });
    const pretend = (map: string, overflow: number) => {
      const files = { '/proc/self/uid_map': map, '/proc/sys/kernel/overflowuid': `${overflow}\n` };
      fs.readFileSync = ((path: keyof typeof files, ...rest: []) =>
        files[path] ?? readFileSync(path, ...rest)) as typeof readFileSync;
      syncBuiltinESMExports();
    };
    pretend('         0          0 4294967295\n', owner);
    expect(prove()).toMatchObject({ what: `belongs to another user (uid ${owner})` });
    pretend('      1000       1000          1\n', owner + 2);
    expect(prove()).toMatchObject({ what: `belongs to another user (uid ${owner})` });
    pretend('      1000       1000          1\n', owner);
    expect(prove()).toBe('missing');
  });

  it('is no symlink itself, and does not lie behind a loop', () => {
    const { world, stateDir } = prepare();
    expect(said(world.link(stateDir, 'alias'), world)).toEqual(['/alias is a symlink']);
    world.link('loop', 'loop');
    expect(said(world.at('loop/state'), world)).toEqual(['/loop is a loop of symlinks']);
  });

  it('holds nothing that somebody else has made, whatever its name', () => {
    const { world, stateDir } = prepare();
    writeFileSync(join(stateDir, 'notes'), '');
    chmodSync(join(stateDir, 'notes'), 0o666);
    expect(said(stateDir, world)).toEqual([]);
    if (uid === undefined) return;
    chownSync(join(stateDir, 'notes'), uid, gid);
    expect(said(stateDir, world)).toEqual([`/above/home/state/notes belongs to another user (uid ${uid})`]);
  });

  it('says the first twenty things that are wrong', () => {
    const { world, stateDir } = prepare();
    for (let index = 0; index < 30; index++) {
      writeFileSync(join(stateDir, `limits/${index}`), '');
      chmodSync(join(stateDir, `limits/${index}`), 0o666);
    }
    expect(said(stateDir, world)).toHaveLength(20);
  });
});

describe('a folder of the state directory', () => {
  it('is not made where others may write', async () => {
    const { world, stateDir } = prepare();
    chmodSync(stateDir, 0o777);
    const found = snapshot(world.path);
    const folder = join(stateDir, 'addons-dirs/x');
    expect(await makeStateFolder(stateDir, folder)).toMatchObject({
      refusal: {
        code: 'io_error',
        message: expect.stringContaining('it can be written by other users (mode 777)'),
      },
    });
    expect(snapshot(world.path)).toEqual(found);
  });

  it('is not made behind a symlink', () => {
    const { world, stateDir } = prepare();
    world.folder('elsewhere');
    world.link(world.at('elsewhere'), 'above/home/state/addons-dirs');
    const found = snapshot(world.path);
    expect(makeProvenFolder(stateDir, join(stateDir, 'addons-dirs/x'))).toMatchObject({
      refusal: { what: 'is a symlink' },
    });
    expect(snapshot(world.path)).toEqual(found);
  });

  it('is looked at again when it was made: somebody else may have been quicker', () => {
    const { stateDir } = prepare();
    const folder = join(stateDir, 'approvals');
    const unwatch = watchChanges({
      before(verb) {
        if (verb !== 'mkdirSync') return;
        unwatch();
        mkdirSync(folder);
        chmodSync(folder, 0o777);
      },
    });
    expect(makeProvenFolder(stateDir, folder)).toMatchObject({ refusal: { path: folder } });
  });
});
