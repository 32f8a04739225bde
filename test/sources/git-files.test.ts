import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparisonConfig } from '../../src/sources/comparison-config.ts';
import { readHead, replacesObjects } from '../../src/sources/git-head.ts';
import { readIndexFacts } from '../../src/sources/git-index.ts';
import { parseSettings } from '../../src/sources/git-settings.ts';
import { readInside } from '../../src/sources/read-inside.ts';
import { findGit, printsAnything } from '../../src/sources/run-git.ts';
import { createWorld } from '../support/world.ts';
import { git } from './states.ts';

const COMMIT = 'a'.repeat(40);

describe('a file of a git folder', () => {
  it('is read where it lies in that folder, and is no larger than asked for', () => {
    const world = createWorld();
    world.file('folder/deep/file', 'text');
    const read = (name: string, most = 4) => readInside(world.at('folder'), name, most);
    expect(read('deep/file')).toMatchObject({ bytes: Buffer.from('text') });
    expect(read('deep/file', 3)).toBe(null);
    expect(read('none')).toBe('absent');
    expect(read('deep')).toBe(null);
  });

  it('is not believed as a symlink, behind one, as a FIFO, or through ..', () => {
    const world = createWorld();
    world.file('outside/file', 'text');
    world.file('folder/file', 'text');
    world.link('file', 'folder/link');
    world.link('../outside', 'folder/behind');
    execFileSync('mkfifo', [world.at('folder/fifo')]);
    for (const name of ['link', 'behind/file', 'fifo', '../outside/file']) {
      expect([name, readInside(world.at('folder'), name, 99)]).toEqual([name, null]);
    }
  });
});

describe('HEAD', () => {
  const head = (files: Record<string, string>) => {
    const world = createWorld();
    for (const [name, text] of Object.entries(files)) world.file(`git/${name}`, text);
    const path = world.at('git');
    return readHead({ root: path, worktree: path, path, common: path });
  };

  it('names a branch, whose commit is in a file of its own or a packed one', () => {
    const HEAD = 'ref: refs/heads/17.0\n';
    expect(head({ HEAD, 'refs/heads/17.0': `${COMMIT}\n` })).toEqual({ branch: '17.0', commit: COMMIT });
    const packed = `# pack-refs with: peeled\n${'b'.repeat(40)} refs/heads/07.0\n${COMMIT} refs/heads/17.0\n^${'c'.repeat(40)}\n`;
    expect(head({ HEAD, 'packed-refs': packed })).toEqual({ branch: '17.0', commit: COMMIT });
    expect(head({ HEAD, 'packed-refs': `${COMMIT} refs/heads/17.0` })).toEqual({
      branch: '17.0',
      commit: COMMIT,
    });
    expect(head({ HEAD, 'packed-refs': packed.replace('17.0', '17.0-x') })).toEqual({
      branch: '17.0',
      commit: null,
    });
    expect(head({ HEAD })).toEqual({ branch: '17.0', commit: null });
  });

  it.each([
    ['in no order', `${COMMIT} refs/heads/b\n${COMMIT} refs/heads/17.0\n`],
    ['with a name twice', `${'b'.repeat(40)} refs/heads/17.0\n${COMMIT} refs/heads/17.0\n`],
    ['with a tab', `${COMMIT}\trefs/heads/17.0\n`],
    ['with a hash in capitals', `${COMMIT.toUpperCase()} refs/heads/17.0\n`],
    ['with a line of something else', `x\n${COMMIT} refs/heads/17.0\n`],
  ])('tells nothing where the packed refs are written as git does not: %s', (_, packed) => {
    expect(head({ HEAD: 'ref: refs/heads/17.0\n', 'packed-refs': packed })).toBe(null);
  });

  it('is not compared with where packed refs replace objects', () => {
    const world = createWorld();
    const path = world.folder('git');
    const gitFolder = { root: path, worktree: path, path, common: path };
    expect(replacesObjects(gitFolder)).toBe(false);
    world.file('git/packed-refs', `${COMMIT}\trefs/replace/${COMMIT}\n`);
    expect(replacesObjects(gitFolder)).toBe(true);
  });

  it('is a commit where it is detached, of 40 or 64 digits', () => {
    for (const commit of [COMMIT, 'b'.repeat(64)])
      expect(head({ HEAD: `${commit}\n` })).toEqual({ branch: null, commit });
  });

  it.each([
    'ref: refs/heads/../../secret\n',
    'ref: refs/heads/.invalid\n',
    'ref: refs/heads/a//b\n',
    'ref: refs/heads/a.lock\n',
    'ref: refs/heads/a\x1b[2J\n',
    'ref: refs/heads/a\nb\n',
    'ref: refs/heads/@{-1}\n',
    'ref: refs/remotes/origin/17.0\n',
    'ref:  refs/heads/17.0\n',
    `${'a'.repeat(41)}\n`,
    '',
  ])('that says %j tells nothing', (HEAD) => {
    expect(head({ HEAD, 'refs/heads/17.0': COMMIT })).toBe(null);
  });

  it('tells nothing where the branch is a file with something else in it', () => {
    expect(head({ HEAD: 'ref: refs/heads/a\n', 'refs/heads/a': 'ref: refs/heads/b\n' })).toBe(null);
  });

  it('does not follow a folder of refs that is a symlink', () => {
    const world = createWorld();
    world.file('git/HEAD', 'ref: refs/heads/a\n');
    world.file('secret/heads/a', COMMIT);
    world.link('../secret', 'git/refs');
    const path = world.at('git');
    expect(readHead({ root: path, worktree: path, path, common: path })).toBe(null);
  });
});

describe('an index', () => {
  it.each([2, 3, 4])('of version %i tells its submodules', (version) => {
    const world = createWorld();
    const path = world.folder('repo');
    git(path, 'init', '-q');
    for (const name of ['a', 'abc/def/long', 'abc/def/longer', 'z']) world.file(`repo/${name}`);
    git(path, 'add', '-A');
    for (const name of ['abc/sub', 'sub']) {
      git(path, 'update-index', '--add', '--cacheinfo', `160000,${COMMIT},${name}`);
    }
    // Only an entry with an extended flag makes an index version 3.
    if (version === 3) {
      world.file('repo/new');
      git(path, 'add', '-N', 'new');
    } else git(path, 'update-index', '--index-version', String(version));
    const bytes = readFileSync(join(path, '.git/index'));
    expect(bytes.readUInt32BE(4)).toBe(version);
    expect(readIndexFacts(bytes, 20)).toEqual({ submodules: ['abc/sub', 'sub'], shared: null });
  });

  it('tells the hash of the index that it shares', () => {
    const world = createWorld();
    const path = world.folder('repo');
    git(path, 'init', '-q');
    world.file('repo/a');
    git(path, 'add', '-A');
    git(path, 'update-index', '--split-index');
    const shared = readIndexFacts(readFileSync(join(path, '.git/index')), 20)?.shared;
    expect(readFileSync(join(path, `.git/sharedindex.${shared}`)).length).toBeGreaterThan(0);
  });

  it('is null, and no error, whatever else the bytes are', () => {
    const header = Buffer.from('DIRC\0\0\0\x04\0\0\xff\xff', 'latin1');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.constantFrom(2, 3, 4), (bytes, version) => {
        const index = Buffer.concat([header, bytes]);
        index[7] = version;
        readIndexFacts(index, 20);
        readIndexFacts(Buffer.from(bytes), 20);
      }),
    );
    expect(readIndexFacts(Buffer.from('DIRC'), 20)).toBe(null);
    expect(readIndexFacts(Buffer.alloc(200), 20)).toBe(null);
  });

  it('that is sparse, has a path that is no text, or extensions without end is given up', () => {
    const entry = (mode: number, name: Buffer) => {
      const bytes = Buffer.alloc((62 + name.length + 8) & ~7);
      bytes.writeUInt32BE(mode, 24);
      name.copy(bytes, 62);
      return bytes;
    };
    const index = (entries: readonly Buffer[], rest = Buffer.alloc(0)) => {
      const header = Buffer.from('DIRC\0\0\0\x02\0\0\0\0', 'latin1');
      header[11] = entries.length;
      return Buffer.concat([header, ...entries, rest, Buffer.alloc(20)]);
    };
    const extension = (name: string) => Buffer.concat([Buffer.from(name), Buffer.alloc(4)]);
    const sub = entry(0o160000, Buffer.from('sub'));
    expect(readIndexFacts(index([sub]), 20)).toEqual({ submodules: ['sub'], shared: null });
    expect(readIndexFacts(index([sub], extension('TREE')), 20)).toEqual({
      submodules: ['sub'],
      shared: null,
    });
    expect(readIndexFacts(index([sub], extension('sdir')), 20)).toBe(null);
    expect(readIndexFacts(index([entry(0o040000, Buffer.from('a/'))]), 20)).toBe(null);
    expect(readIndexFacts(index([entry(0o160000, Buffer.from([0xff]))]), 20)).toBe(null);
    expect(readIndexFacts(index([sub], Buffer.alloc(8 * 5000)), 20)).toBe(null);
  });

  it('whose paths grow without end is given up', () => {
    const entry = Buffer.concat([
      Buffer.alloc(62),
      Buffer.from([0]),
      Buffer.alloc(1000, 'x'),
      Buffer.from([0]),
    ]);
    const index = Buffer.concat([Buffer.from('DIRC\0\0\0\x04\0\0\0\x09', 'latin1'), ...Array(9).fill(entry)]);
    expect(readIndexFacts(index, 20)).toBe(null);
  });
});

describe('the configuration of a repository', () => {
  const parse = (text: string) => {
    const settings = new Map<string, string>();
    return parseSettings(text, settings) ? Object.fromEntries(settings) : null;
  };

  it('is read as git writes it', () => {
    const text =
      '[core]\n\tfileMode = false ; no\n\tbare\n# x\n[remote "origin"]\n\turl = a\\\nb\n\tfetch = c\n';
    expect(parse(text)).toEqual({
      'core.filemode': 'false ; no',
      'core.bare': 'true',
      'remote.*.url': 'a\\',
      'remote.*.fetch': 'c',
    });
  });

  it.each([
    'x = 1\n',
    '[core]bare = true\n',
    '[core\n',
    '[core]\nx = a # b \\\ny = 1\n',
    '[core]\n= 1\n',
    '<html>',
  ])('is not understood as %j', (text) => expect(parse(text)).toBe(null));

  it('is what git reads, or not understood', () => {
    const world = createWorld();
    const line = fc.constantFrom(
      '[core]',
      '[CORE]',
      '[core "x"]',
      '[core.x]',
      '[extensions]',
      'bare = true',
      'Bare=false # no',
      '\tworktree = ../x\\',
      'bare',
      ' ; bare = true \\',
      'worktree = "a b"',
      'fileMode = true\\\\',
      '',
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 7 }), (lines) => {
        const text = `${lines.join('\n')}\n`;
        const mine = parse(text);
        if (mine === null) return;
        world.file('config', text);
        for (const key of ['core.bare', 'core.worktree', 'core.filemode', 'extensions.bare']) {
          const get = ['config', '--file', world.at('config'), '--get', key];
          let real: string | undefined;
          try {
            real = git(world.path, ...get);
          } catch {
            real = undefined;
          }
          // Quotes, comments and what goes on in the next line stay as they are written, which no plain value is.
          if (/["#;\\]/.test(mine[key] ?? '')) continue;
          expect([text, key, mine[key] === 'true' ? '' : mine[key]]).toEqual([
            text,
            key,
            real === 'true' ? '' : real,
          ]);
        }
      }),
      { numRuns: 60 },
    );
  });

  const config = (
    settings: Record<string, string>,
    git = { root: '/r', worktree: '/r', path: '/r/.git', common: '/r/.git' },
  ) => comparisonConfig(git, new Map(Object.entries(settings)));

  it('gives git only what decides a comparison and names nothing', () => {
    const text = config({
      'core.filemode': 'false',
      'core.sshcommand': 'x',
      'filter.*.clean': 'x',
      'remote.*.url': 'x',
    });
    expect(text).toContain('fileMode = false');
    expect(text).not.toContain('x\n');
  });

  it.each([
    { 'include.path': 'x' },
    { 'includeif.*.path': 'x' },
    { 'extensions.refstorage': 'reftable' },
    { 'extensions.unknown': 'true' },
    { 'extensions.objectformat': 'md5' },
    { 'core.repositoryformatversion': '2' },
    { 'core.attributesfile': 'x' },
    { 'core.excludesfile': 'x' },
    { 'attr.tree': 'HEAD' },
    { 'sparse.expectfilesoutsideofpatterns': 'true' },
    { 'core.bare': 'true' },
    { 'core.worktree': '/elsewhere' },
    { 'core.filemode': 'true\n[alias]' },
    { 'core.autocrlf': 'maybe' },
    { 'status.showuntrackedfiles': 'no' },
  ] as Record<string, string>[])('decides nothing with %j', (settings) => {
    expect(config(settings)).toBe(null);
  });
});

describe('git', () => {
  it('is not found by a relative entry of the search path', () => {
    const world = createWorld();
    mkdirSync(world.at('bin'));
    writeFileSync(world.at('bin/git'), '#!/bin/sh\n', { mode: 0o755 });
    expect(findGit(world.at('bin'))).toBe(world.at('bin/git'));
    expect(findGit(`.:${''}:bin`)).toBe(null);
    expect(findGit(undefined)).toBe(null);
  });

  it('answers by printing or not, and not at all when it fails, hangs or is not there', async () => {
    const run = { cwd: '/', environment: {}, limit: 60_000 };
    const shell = (script: string, limit = run.limit) =>
      printsAnything('/bin/sh', ['-c', script], { ...run, limit });
    expect(await shell('echo x; exit 1')).toBe(true);
    expect(await shell(':')).toBe(false);
    expect(await shell('exit 128')).toBe(null);
    expect(await shell('while :; do :; done', 50)).toBe(null);
    expect(await printsAnything('/nowhere/git', [], run)).toBe(null);
    expect(await printsAnything('/bin/sh', ['-c', ':'], { ...run, cwd: '/nowhere' })).toBe(null);
  });

  it('gets nothing of the environment', async () => {
    const run = { cwd: '/', environment: { A: '1' }, limit: 60_000 };
    expect(await printsAnything('/bin/sh', ['-c', '[ -z "$HOME$USER$LOGNAME" ] && echo x'], run)).toBe(true);
  });
});
