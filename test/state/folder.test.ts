import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  fstatSync,
  lchownSync,
  lstatSync,
  openSync,
  readFileSync,
  statSync,
  type writeSync,
} from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ok } from '../../src/base/refusal.ts';
import {
  discardOwn,
  makeProvenFolder,
  makeStateFolder,
  syncFolder,
  syncFolderNow,
  syncHandle,
  writeNew,
} from '../../src/state/folder.ts';
import { ownUser } from '../../src/state/proof.ts';
import { systemError, type Watcher, watchChanges } from '../support/changes.ts';
import { nextDescriptor, patchFs } from '../support/patch-fs.ts';
import { snapshot } from '../support/snapshot.ts';
import { unprivileged } from '../support/users.ts';
import { createWorld } from '../support/world.ts';

function watch(watcher: Watcher): () => void {
  const unwatch = watchChanges(watcher);
  onTestFinished(unwatch);
  return unwatch;
}

/** Folders that are waited for, in order, by the descriptors they are opened with. */
function watchSyncs(): string[] {
  const names = new Map<number, string>();
  const synced: string[] = [];
  patchFs('openSync', (real) => (path: string, ...rest: [number]) => {
    const fd = real(path, ...rest);
    names.set(fd, path);
    return fd;
  });
  watch({ after: (verb, fd) => void (/^fsync/.test(verb) && synced.push(names.get(Number(fd)) ?? fd)) });
  return synced;
}

describe('a folder of the state directory', () => {
  it('is made with those above it, for the user alone, and all of them are on the disk', async () => {
    const world = createWorld();
    const stateDir = world.at('a/state');
    const synced = watchSyncs();
    expect(await makeStateFolder(stateDir, world.at('a/state/b/c'))).toEqual({ ok: true, value: undefined });
    for (const name of ['a', 'a/state', 'a/state/b', 'a/state/b/c'])
      expect([name, statSync(world.at(name)).mode & 0o777]).toEqual([name, 0o700]);
    expect(synced).toEqual(['a/state/b', 'a/state', 'a', '.'].map((name) => world.at(name)));
  });

  it('is made in a state directory that is there, and only what is new is waited for', async () => {
    const world = createWorld();
    chmodSync(world.folder('state'), 0o755);
    const synced = watchSyncs();
    expect((await makeStateFolder(world.at('state'), world.at('state/b'))).ok).toBe(true);
    expect(synced).toEqual([world.at('state')]);
    synced.length = 0;
    expect((await makeStateFolder(world.at('state'), world.at('state/b'))).ok).toBe(true);
    expect(synced).toEqual([]);
    expect(makeProvenFolder(world.at('state'), world.at('state/b'))).toEqual(ok(undefined));
    expect(makeProvenFolder(world.at('state'), world.at('state/c/d'))).toEqual(ok(world.at('state/c')));
  });

  it('is not made where the system knows no such folder, and nobody waits for it', () => {
    // Without /proc, the nearest to it: a folder below a file.
    const below = createWorld().file('file', '');
    const [parent, error] = existsSync('/proc/self') ? ['/proc/self', /ENOENT/] : [below, /ENOTDIR|EEXIST/];
    expect(() => makeProvenFolder(`${parent}/none`, `${parent}/none/a`)).toThrow(error);
  });

  it('is not made where a file has the name', () => {
    const world = createWorld();
    world.folder('state');
    world.file('state/b', '');
    expect(() => makeProvenFolder(world.at('state'), world.at('state/b'))).toThrow(/EEXIST/);
  });

  it("is not made where it would not be the server's own", async () => {
    const world = createWorld();
    chmodSync(world.folder('state'), 0o777);
    const before = snapshot(world.path);
    expect(makeProvenFolder(world.at('state'), world.at('state/a'))).toMatchObject({
      refusal: { path: world.at('state') },
    });
    const made = await makeStateFolder(world.at('state'), world.at('state/a'));
    expect(made).toMatchObject({ ok: false, refusal: { code: 'io_error' } });
    expect(snapshot(world.path)).toEqual(before);
  });

  it.each(['a', 'a/b'])('is not made where a file has the name: %s', (name) => {
    const world = createWorld();
    world.folder('state');
    chmodSync(world.file('state/a'), 0o600);
    expect(() => makeProvenFolder(world.at('state'), world.at('state', name))).toThrow(/EEXIST|ENOTDIR/);
  });

  it('is looked at again once it was made', () => {
    const world = createWorld();
    world.folder('state');
    watch({
      after(verb, path) {
        if (verb === 'mkdirSync') chmodSync(path, 0o777);
      },
    });
    expect(makeProvenFolder(world.at('state'), world.at('state/a'))).toMatchObject({
      refusal: { path: world.at('state/a') },
    });
  });

  it('is made without a proof where the system knows no users', () => {
    const world = createWorld();
    chmodSync(world.folder('state'), 0o777);
    expect(makeProvenFolder(world.at('state'), world.at('state/a'), null)).toEqual(ok(world.at('state/a')));
    expect(makeProvenFolder(world.at('state'), world.at('state/a'), null)).toEqual(ok(undefined));
  });
});

describe('waiting for the disk', () => {
  it.each(['EINVAL', 'ENOTSUP'])('is as good as can be where the file system says %s', async (code) => {
    const world = createWorld();
    watch({
      before() {
        throw systemError(code);
      },
    });
    await syncFolder(world.path);
    expect(() => syncFolderNow(world.path)).toThrow(code);
  });

  it.each(['EIO', 'EBADF'])('fails for %s, and leaves nothing open', async (code) => {
    const world = createWorld();
    const free = nextDescriptor();
    watch({
      before() {
        throw systemError(code);
      },
    });
    await expect(syncFolder(world.path)).rejects.toThrow(code);
    expect(() => syncFolderNow(world.path)).toThrow(code);
    expect(nextDescriptor()).toBe(free);
  });

  it('is for folders, and for what is open', async () => {
    const world = createWorld();
    const file = world.file('file');
    await expect(syncFolder(file)).rejects.toThrow('ENOTDIR');
    expect(() => syncFolderNow(file)).toThrow('ENOTDIR');
    await expect(syncFolder(world.at('none'))).rejects.toThrow('ENOENT');
    const free = nextDescriptor();
    await syncFolder(world.path);
    syncFolderNow(world.path);
    expect(nextDescriptor()).toBe(free);
    const fd = openSync(file, 'r+');
    await syncHandle(fd);
    closeSync(fd);
    await expect(syncHandle(fd)).rejects.toThrow('EBADF');
  });
});

describe('a new file', () => {
  it('is written as a whole, for the user alone, and on the disk', () => {
    const world = createWorld();
    const free = nextDescriptor();
    const seen: string[] = [];
    watch({ after: (verb) => void seen.push(verb) });
    writeNew(world.at('file'), Buffer.from('text'), (fd) => {
      seen.push('finish');
      expect(fstatSync(fd).size).toBe(4);
    });
    expect(seen).toEqual(['openSync', 'writeSync', 'finish', 'fsyncSync']);
    expect(readFileSync(world.at('file'), 'utf8')).toBe('text');
    expect(statSync(world.at('file')).mode & 0o777).toBe(0o600);
    writeNew(world.at('empty'), Buffer.alloc(0));
    expect(statSync(world.at('empty')).size).toBe(0);
    expect(nextDescriptor()).toBe(free);
  });

  it.each<[string, (path: string) => void]>([
    ['a file', (path) => execFileSync('touch', [path])],
    ['a link', (path) => execFileSync('ln', ['-s', 'none', path])],
    ['a folder', (path) => execFileSync('mkdir', [path])],
  ])('is not written where %s has the name', (_, make) => {
    const world = createWorld();
    make(world.at('file'));
    const before = snapshot(world.path);
    expect(() => writeNew(world.at('file'), Buffer.from('text'))).toThrow('EEXIST');
    expect(snapshot(world.path)).toEqual(before);
  });

  it('is an error when only a part of it could be written', () => {
    const world = createWorld();
    const free = nextDescriptor();
    patchFs(
      'writeSync',
      (real: typeof writeSync) => (fd: number, bytes: Buffer) => real(fd, bytes, 0, bytes.length - 1),
    );
    expect(() => writeNew(world.at('file'), Buffer.from('text'))).toThrow(
      expect.objectContaining({ code: 'ENOSPC' }),
    );
    expect(nextDescriptor()).toBe(free);
  });
});

describe('what is no longer needed', () => {
  const { uid, gid = 0 } = unprivileged;

  it.each([
    ['file', 'file', false],
    ['file', 'link', true],
    ['link', 'link', false],
    ['link', 'file', true],
    ['folder', 'file', true],
    ['folder', 'link', true],
    ['fifo', 'file', true],
    ['fifo', 'link', true],
  ] as const)('that is a %s and to be a %s stays: %j', (name, kind, stays) => {
    const world = createWorld();
    world.file('file');
    world.link('file', 'link');
    world.folder('folder');
    execFileSync('mkfifo', [world.at('fifo')]);
    discardOwn(world.at(name), kind);
    expect(lstatSync(world.at(name), { throwIfNoEntry: false }) !== undefined).toBe(stays);
    expect(existsSync(world.at('file'))).toBe(name !== 'file' || stays);
  });

  it('is a file where nothing else is said, and may be gone already', () => {
    const world = createWorld();
    world.file('file');
    world.link('none', 'link');
    for (const name of ['file', 'link', 'none']) discardOwn(world.at(name));
    expect(snapshot(world.path)).toHaveLength(1);
  });

  it('stays when it belongs to another user', () => {
    // Only root can give something away.
    if (uid === undefined) return;
    const world = createWorld();
    for (const path of [world.file('file'), world.link('none', 'link')]) lchownSync(path, uid, gid);
    discardOwn(world.at('file'));
    discardOwn(world.at('link'), 'link');
    expect(snapshot(world.path)).toHaveLength(2);
  });

  it('goes whosever it is where the system knows no users', () => {
    const { geteuid } = process;
    onTestFinished(() => {
      Object.assign(process, { geteuid });
    });
    const world = createWorld();
    world.file('file');
    Object.assign(process, { geteuid: undefined });
    expect(ownUser()).toBe(null);
    discardOwn(world.at('file'));
    expect(existsSync(world.at('file'))).toBe(false);
  });
});
