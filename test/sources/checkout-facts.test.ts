import {
  chmodSync,
  cpSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCheckoutFacts } from '../../src/sources/checkout-facts.ts';
import { findGitFolder, type GitFolder } from '../../src/sources/git-folder.ts';
import { readHead, readRef } from '../../src/sources/git-head.ts';
import { readCommit } from '../../src/sources/read-commit.ts';
import { isSurelyClean } from '../../src/sources/surely-clean.ts';
import { createUpstream, git } from '../support/upstream.ts';
import { createWorld } from '../support/world.ts';

/** A clone whose files are older than its index, as git leaves them after a while. */
function cloned(...options: string[]) {
  const world = createWorld();
  const upstream = createUpstream(world);
  upstream.commit('web', { a: {}, b: {}, 'deep/c': {} });
  git(world.folder('root'), 'clone', '-q', ...options, `file://${world.at('upstream/web')}`);
  const path = world.at('root/web');
  settle(path);
  return { world, upstream, path, facts: () => factsOf(path), isClean: () => isClean(path) };
}

/** Gives the files an old time, and lets git note that. */
function settle(path: string) {
  for (const name of git(path, 'ls-files').split('\n')) utimesSync(join(path, name), 1e9, 1e9);
  git(path, 'status');
}

function gitAt(path: string): GitFolder {
  const found = findGitFolder(path, path);
  if (found === null) throw new Error('no git');
  return found;
}

function isClean(path: string): boolean {
  return isSurelyClean(gitAt(path), git(path, 'rev-parse', 'HEAD^{tree}'));
}

function factsOf(path: string) {
  const found = gitAt(path);
  const head = readHead(found) as NonNullable<ReturnType<typeof readHead>>;
  const tracked = readRef(found, 'refs/remotes/origin/17.0') ?? null;
  return readCheckoutFacts(found, head, tracked, 20_000);
}

describe('a commit', () => {
  const packsOf = (path: string) =>
    readdirSync(join(path, '.git/objects/pack'))
      .filter((name) => name.endsWith('.idx'))
      .map((name) => join(path, '.git/objects/pack', name));
  const told = (path: string, commit = 'HEAD') => {
    const [tree = '', date = ''] = git(path, 'log', '-1', '--format=%T %ct', commit).split(' ');
    return { tree, date: Number(date) };
  };
  const read = (path: string, commit = git(path, 'rev-parse', 'HEAD')) => readCommit(gitAt(path), commit);

  it('is read loose, packed, and from where the repository borrows', () => {
    const { world, path } = cloned();
    git(path, 'config', 'user.name', 'Zoë <é>');
    git(path, 'config', 'user.email', 'z@example.com');
    git(path, 'commit', '-q', '--allow-empty', '-m', 'committer Mallory <m> 1 +0000\n\ntree 0');
    expect(read(path)).toEqual(told(path));
    for (let number = 0; number < 40; number++) git(path, 'commit', '-q', '--allow-empty', '-m', `${number}`);
    const commits = git(path, 'rev-list', 'HEAD').split('\n');
    git(path, 'gc', '-q');
    expect(read(path)).toEqual(told(path));
    // Some are stored as they are, others as the difference from another one.
    expect(git(path, 'verify-pack', '-v', ...packsOf(path))).toMatch(/ commit \d+ \d+ \d+ [1-9]/);
    for (const commit of commits) expect(read(path, commit)).toEqual(told(path, commit));
    git(world.at('root'), 'clone', '-q', '--shared', path, 'other');
    expect(
      readCommit({ ...gitAt(world.at('root/other')), root: world.at('root') }, commits[0] as string),
    ).toEqual(told(path));
  });

  it('is no other file, and no other object', () => {
    const { path } = cloned();
    expect(read(path, '1'.repeat(40))).toBeNull();
    expect(read(path, git(path, 'rev-parse', 'HEAD^{tree}'))).toBeNull();
    expect(read(path, 'HEAD')).toBeNull();
    git(path, 'config', 'user.name', 'x');
    git(path, 'config', 'user.email', 'x');
    git(path, 'commit', '-q', '--allow-empty', '-m', 'x');
    const own = git(path, 'rev-parse', 'HEAD');
    const place = (commit: string) => join(path, '.git/objects', commit.slice(0, 2), commit.slice(2));
    const other = '1234'.repeat(10);
    cpSync(place(own), place(other), { recursive: true });
    expect(read(path, other)).toBeNull();
    rmSync(place(own));
    writeFileSync(place(own), 'not deflated');
    expect(read(path, own)).toBeNull();
  });

  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['is cut', (bytes) => bytes.subarray(0, 1100)],
    ['is empty', () => Buffer.alloc(0)],
    [
      'is of another version',
      (bytes) => Buffer.concat([Buffer.from([255, 116, 79, 99, 0, 0, 0, 3]), bytes.subarray(8)]),
    ],
    [
      'claims more objects than there are',
      (bytes) => Buffer.concat([bytes.subarray(0, 8), Buffer.alloc(1024, 255), bytes.subarray(1032)]),
    ],
  ])('is not read where the index of its pack %s', (_, spoil) => {
    const { path } = cloned();
    git(path, 'gc', '-q');
    const commit = git(path, 'rev-parse', 'HEAD');
    for (const file of packsOf(path)) {
      chmodSync(file, 0o644);
      writeFileSync(file, spoil(readFileSync(file)));
    }
    expect(read(path, commit)).toBeNull();
  });
});

describe('the tracked files of a checkout', () => {
  it.each(['2', '4'])(
    'are surely clean when nothing has changed since git noted them, in version %s',
    (version) => {
      const { world, isClean: clean } = cloned('-c', `index.version=${version}`);
      expect(readFileSync(world.at('root/web/.git/index')).readUInt32BE(4)).toBe(Number(version));
      expect(clean()).toBe(true);
      world.file('root/web/untracked.txt');
      expect(clean()).toBe(true);
    },
  );

  it.each<[string, (path: string) => unknown]>([
    [
      'content of the same size and time',
      (path) => {
        writeFileSync(join(path, 'a/__init__.py'), '');
        utimesSync(join(path, 'a/__init__.py'), 1e9, 1e9);
      },
    ],
    ['another content', (path) => writeFileSync(join(path, 'a/__init__.py'), 'x')],
    ['a missing file', (path) => rmSync(join(path, 'a/__init__.py'))],
    [
      'a symlink',
      (path) => {
        rmSync(join(path, 'a/__init__.py'));
        symlinkSync('x', join(path, 'a/__init__.py'));
      },
    ],
    [
      'a folder behind a symlink',
      (path) => {
        renameSync(join(path, 'deep'), `${path}.deep`);
        symlinkSync(`${path}.deep`, join(path, 'deep'));
      },
    ],
    [
      'a staged file',
      (path) => {
        writeFileSync(join(path, 'new'), '');
        git(path, 'add', 'new');
      },
    ],
    ['a file that git leaves out', (path) => git(path, 'sparse-checkout', 'set', 'a')],
    [
      'a new file that is only announced',
      (path) => {
        writeFileSync(join(path, 'new'), '');
        git(path, 'add', '-N', 'new');
      },
    ],
    [
      'a submodule',
      (path) => git(path, 'update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},sub`),
    ],
    ['a shared index', (path) => git(path, 'update-index', '--split-index')],
    ['no index', (path) => rmSync(join(path, '.git/index'))],
    ['a broken index', (path) => writeFileSync(join(path, '.git/index'), 'DIRC')],
    [
      'another commit',
      (path) => {
        git(path, 'config', 'user.name', 'x');
        git(path, 'config', 'user.email', 'x');
        git(path, 'rm', '-q', '--cached', 'a/__init__.py');
        git(path, 'commit', '-q', '-m', 'x');
        git(path, 'reset', '-q', '--soft', 'HEAD^');
      },
    ],
  ])('are not surely clean with %s', (_, spoil) => {
    const { path, isClean: clean } = cloned();
    expect(clean()).toBe(true);
    spoil(path);
    expect(clean()).toBe(false);
  });

  it('are compared by their content while they are as new as the index', () => {
    const { path, isClean: clean } = cloned();
    const now = Date.now() / 1000 + 60;
    const touch = () => utimesSync(join(path, 'a/__manifest__.py'), now, now);
    touch();
    git(path, 'update-index', '--refresh');
    expect(clean()).toBe(true);
    // Where git goes by seconds, it looks at such a file, too.
    const text = readFileSync(join(path, 'a/__manifest__.py'), 'utf8');
    writeFileSync(join(path, 'a/__manifest__.py'), text.toUpperCase());
    touch();
    expect(clean()).toBe(false);
    expect(git(path, 'status', '--porcelain')).toBe('M a/__manifest__.py');
  });
});

describe('the facts of a checkout', () => {
  it('are told without git where nothing has changed', async () => {
    const { path, facts } = cloned();
    const date = Number(git(path, 'log', '-1', '--format=%ct'));
    const before = process.env.PATH;
    try {
      process.env.PATH = '';
      expect(await facts()).toEqual({ date, ahead: 0, behind: 0, changed: false });
      writeFileSync(join(path, 'a/__init__.py'), 'x');
      expect(await facts()).toEqual({ date, ahead: 0, behind: 0, changed: null });
    } finally {
      process.env.PATH = before;
    }
    expect(await facts()).toEqual({ date, ahead: 0, behind: 0, changed: true });
  });

  it('say how many commits are on each side', async () => {
    const { upstream, path, facts } = cloned();
    upstream.commit('web', { d: {} });
    upstream.commit('web', { e: {} });
    git(path, 'fetch', '-q');
    expect(await facts()).toMatchObject({ ahead: 0, behind: 2, changed: false });
    git(path, 'config', 'user.name', 'x');
    git(path, 'config', 'user.email', 'x');
    git(path, 'commit', '-q', '--allow-empty', '-m', 'own');
    expect(await facts()).toMatchObject({ ahead: 1, behind: 2 });
    git(path, 'update-ref', '-d', 'refs/remotes/origin/17.0');
    expect(await facts()).toMatchObject({ ahead: null, behind: null, changed: false });
  });

  it('do not count where a shallow history was cut', async () => {
    const { upstream, path, facts } = cloned('--depth=1');
    upstream.commit('web', { d: {} });
    git(path, 'fetch', '-q', '--depth=1', 'origin', '+17.0:refs/remotes/origin/17.0');
    expect(await facts()).toMatchObject({ ahead: null, behind: null });
  });

  it('leave open whether files were changed that a program would have to convert', async () => {
    const { world, path, facts } = cloned();
    world.file('root/web/.git/info/attributes', '*.py filter=lfs\n');
    expect(await facts()).toMatchObject({ changed: false });
    writeFileSync(join(path, 'a/__init__.py'), 'x');
    expect(await facts()).toMatchObject({ changed: null });
  });
});
