import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, constants, fstatSync, linkSync, readSync, truncateSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ok, refused } from '../../src/base/refusal.ts';
import { ownUser } from '../../src/state/proof.ts';
import { openRegular, readAt, readOwn } from '../../src/state/regular-file.ts';
import { systemError } from '../support/changes.ts';
import { nextDescriptor, patchFs } from '../support/patch-fs.ts';
import { createWorld } from '../support/world.ts';

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL } = constants;
const MiB = 1024 * 1024;

function prepare() {
  const world = createWorld();
  chmodSync(world.file('file', 'text'), 0o600);
  world.folder('folder');
  world.link('file', 'link');
  world.link('none', 'broken');
  world.link('loop', 'loop');
  execFileSync('mkfifo', [world.at('fifo')]);
  return world;
}

describe('a file of the state directory', () => {
  it.each([
    ['file', O_RDONLY, 'open'],
    ['file', O_RDWR, 'open'],
    ['new', O_RDWR | O_CREAT | O_EXCL, 'open'],
    ['none', O_RDONLY, 'absent'],
    ['none/file', O_RDONLY, 'absent'],
    ['folder', O_RDONLY, 'irregular'],
    ['folder', O_RDWR, 'irregular'],
    ['link', O_RDONLY, 'irregular'],
    ['link', O_RDWR, 'irregular'],
    ['broken', O_RDWR | O_CREAT, 'irregular'],
    ['loop', O_RDONLY, 'irregular'],
    ['fifo', O_RDONLY, 'irregular'],
    // It has no reader: open() fails.
    ['fifo', O_WRONLY, 'irregular'],
  ])('%s with the flags %i is %s', (name, flags, expected) => {
    const world = prepare();
    const free = nextDescriptor();
    const opened = openRegular(world.at(name), flags);
    if (expected !== 'open') expect(opened).toBe(expected);
    else closeSync(opened as number);
    expect(nextDescriptor()).toBe(free);
  });

  it("can be read, and is the user's alone when it is made", () => {
    const world = prepare();
    const fd = openRegular(world.at('file'), O_RDONLY) as number;
    const bytes = Buffer.alloc(4);
    expect([readSync(fd, bytes), bytes.toString()]).toEqual([4, 'text']);
    closeSync(fd);
    const made = openRegular(world.at('new'), O_RDWR | O_CREAT | O_EXCL) as number;
    expect(fstatSync(made).mode & 0o777).toBe(0o600);
    closeSync(made);
  });

  it.each(['EACCES', 'EEXIST', 'EMFILE', 'ENOTDIR'])('that cannot be opened for %s is an error', (code) => {
    const world = prepare();
    patchFs('openSync', () => () => {
      throw systemError(code);
    });
    expect(() => openRegular(world.at('file'), O_RDONLY)).toThrow(code);
  });
});

describe('the text of a file', () => {
  const own = ownUser();
  const stranger = (own ?? 0) + 1;

  it.each<[string, string, number, number | null, boolean | 'absent']>([
    ['is read', 'file', 0o600, own, true],
    ['is read where others may read it', 'file', 0o644, own, true],
    ['is not read where the group may write it', 'file', 0o620, own, false],
    ['is not read where others may write it', 'file', 0o602, own, false],
    ['is not read where it belongs to another user', 'file', 0o600, stranger, false],
    ['is read whosever it is where there are no users', 'file', 0o666, null, true],
    ['is absent', 'none', 0o600, own, 'absent'],
    ['is absent where there are no users', 'none', 0o600, null, 'absent'],
    ['is not read of a folder', 'folder', 0o700, own, false],
    ['is not read of a folder where there are no users', 'folder', 0o700, null, false],
    ['is not read of a link', 'link', 0o600, own, false],
    ['is not read of a FIFO', 'fifo', 0o600, own, false],
  ])('%s', (_, name, mode, owner, expected) => {
    const world = prepare();
    if (name !== 'none') chmodSync(world.at(name), mode);
    const free = nextDescriptor();
    const read = readOwn(world.at(name), owner);
    if (expected === true) expect(read).toEqual(ok('text'));
    else if (expected === 'absent') expect(read).toEqual(ok(null));
    else expect(read).toEqual(refused(expect.any(String)));
    expect(nextDescriptor()).toBe(free);
  });

  it.each([
    [0o600, true],
    [0o640, false],
    [0o604, false],
  ])('of a hard link with mode %o is read: %j', (mode, isRead) => {
    const world = prepare();
    linkSync(world.at('file'), world.at('backup'));
    chmodSync(world.at('file'), mode);
    const read = readOwn(world.at('file'), own);
    expect(read.ok).toBe(isRead);
  });

  it('is read up to 32 MiB', () => {
    const world = prepare();
    const read = (size: number) => {
      truncateSync(world.at('file'), size);
      const result = readOwn(world.at('file'), own);
      return result.ok ? result.value?.length : result;
    };
    expect(read(32 * MiB)).toBe(32 * MiB);
    expect(read(32 * MiB + 1)).toEqual(refused(expect.stringContaining('32 MiB')));
  });

  it.each([
    [0, 4, 'text'],
    [1, 2, 'ex'],
    [3, 4, 't'],
    [4, 1, ''],
  ])(
    'is read from byte %i on, %i bytes if it has them, however few the system gives at once',
    (from, length, expected) => {
      const fd = openRegular(prepare().at('file'), O_RDONLY) as number;
      patchFs(
        'readSync',
        (real: typeof readSync) => (fd: number, bytes: Buffer, at: number, _: number, from: number) => {
          return real(fd, bytes, at, 1, from);
        },
      );
      expect(readAt(fd, from, length).toString()).toBe(expected);
      closeSync(fd);
    },
  );
});
