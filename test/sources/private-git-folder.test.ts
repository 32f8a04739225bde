import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type GitFolderContents, withPrivateGitFolder } from '../../src/sources/private-git-folder.ts';
import { systemError, watchChanges } from '../support/changes.ts';
import { createWorld } from '../support/world.ts';

const CONTENTS: GitFolderContents = {
  head: 'ref: refs/heads/a\n',
  config: '[core]\n',
  files: new Map([
    ['index', { bytes: Buffer.from([1, 2, 3]), modified: 1_600_000_000 }],
    ['info/exclude', { bytes: Buffer.from('*.pyc\n'), modified: 1_500_000_000 }],
  ]),
  objects: [
    { path: '/objects/own', parts: ['pack', '0a'] },
    { path: '/objects/borrowed', parts: [] },
  ],
};

/** A folder for temporary files of this test's own. */
function temporary() {
  const world = createWorld();
  const path = world.folder('tmp');
  const before = process.env.TMPDIR;
  onTestFinished(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  });
  process.env.TMPDIR = path;
  return { world, path };
}

describe('a private git folder', () => {
  it('holds what git is given, is closed to others, and goes when the work is done', async () => {
    const { path: tmp } = temporary();
    let made = '';
    const result = await withPrivateGitFolder(CONTENTS, async (path, lent) => {
      made = path;
      expect(readdirSync(tmp).map((name) => join(tmp, name))).toEqual([path]);
      expect(statSync(path).mode & 0o777).toBe(0o700);
      expect(readdirSync(path).sort()).toEqual([
        'HEAD',
        'config',
        'index',
        'info',
        'lent0',
        'lent1',
        'objects',
        'refs',
      ]);
      for (const empty of ['refs', 'objects', 'lent1']) expect(readdirSync(join(path, empty))).toEqual([]);
      expect(readFileSync(join(path, 'HEAD'), 'utf8')).toBe(CONTENTS.head);
      expect(readFileSync(join(path, 'config'), 'utf8')).toBe(CONTENTS.config);
      for (const [name, { bytes, modified }] of CONTENTS.files) {
        expect(readFileSync(join(path, name))).toEqual(bytes);
        expect([name, statSync(join(path, name)).mtimeMs]).toEqual([name, modified * 1000]);
      }
      expect(lent).toEqual([join(path, 'lent0'), join(path, 'lent1')]);
      expect(readdirSync(join(path, 'lent0')).sort()).toEqual(['0a', 'pack']);
      expect(readlinkSync(join(path, 'lent0/pack'))).toBe('/objects/own/pack');
      expect(readlinkSync(join(path, 'lent0/0a'))).toBe('/objects/own/0a');
      return 'answer';
    });
    expect(result).toBe('answer');
    expect([existsSync(made), readdirSync(tmp)]).toEqual([false, []]);
  });

  it('goes when the work fails, and when the folder cannot be filled', async () => {
    const { path: tmp } = temporary();
    const failing = async () => {
      throw new Error('of the work');
    };
    await expect(withPrivateGitFolder(CONTENTS, failing)).rejects.toThrow('of the work');
    const unwatch = watchChanges({
      before(verb, path) {
        if (verb === 'writeFileSync' && path.endsWith('/index')) throw systemError('ENOSPC');
      },
    });
    onTestFinished(unwatch);
    await expect(withPrivateGitFolder(CONTENTS, async () => 'answer')).rejects.toThrow('ENOSPC');
    expect(readdirSync(tmp)).toEqual([]);
  });

  it('goes with what git has written into it', async () => {
    const { path: tmp } = temporary();
    await withPrivateGitFolder(CONTENTS, async (path) =>
      mkdirSync(join(path, 'objects/ab/cd'), { recursive: true }),
    );
    expect(readdirSync(tmp)).toEqual([]);
  });

  it.each([
    [0o777, null],
    [0o1777, 'answer'],
    [0o775, null],
    [0o755, 'answer'],
  ])('among temporary files of mode %o is %j', async (mode, expected) => {
    const { path: tmp } = temporary();
    chmodSync(tmp, mode);
    let isAsked = false;
    const work = async () => {
      isAsked = true;
      return 'answer';
    };
    expect(await withPrivateGitFolder(CONTENTS, work)).toBe(expected);
    expect(isAsked).toBe(expected !== null);
    expect(readdirSync(tmp)).toEqual([]);
  });

  it('has an absolute path wherever temporary files are', async () => {
    const { path: tmp } = temporary();
    process.env.TMPDIR = relative(process.cwd(), tmp);
    const path = await withPrivateGitFolder(CONTENTS, async (path) => path);
    expect(path?.startsWith(`${tmp}/`)).toBe(true);
  });

  it('is not made where there is no folder for temporary files', async () => {
    const { world } = temporary();
    process.env.TMPDIR = world.at('none');
    await expect(withPrivateGitFolder(CONTENTS, async () => 'answer')).rejects.toThrow('ENOENT');
  });
});
