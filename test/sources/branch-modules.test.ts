import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isUnread, readModules, recallModules } from '../../src/sources/branch-modules.ts';
import { findGitFolder, type GitFolder } from '../../src/sources/git-folder.ts';
import { snapshot } from '../support/snapshot.ts';
import { git } from '../support/upstream.ts';
import { createWorld, type World } from '../support/world.ts';

const DAY = '2023-05-06';

/** A repository with modules in each place, and with what is none. */
function build(format = 'sha1') {
  const world = createWorld();
  const repo = (...args: string[]) => git(world.folder('web'), ...args);
  repo('init', '-q', '-b', '17.0', `--object-format=${format}`);
  for (const path of [
    'a',
    'addons/b',
    'odoo/addons/c',
    'inner/d',
    'setup/e/odoo/addons/e',
    'a/tests/f',
    '1st',
    'with-dash',
  ])
    world.module(`web/${path}`);
  world.file('web/old/__openerp__.py', '{}');
  world.file('web/static/description.html');
  world.link('a', 'web/alias');
  commit(world, 'web');
  return { world, repo };
}

/** Commits everything, as of a day. */
function commit(world: World, folder: string, date = `${DAY}T23:30:00 -0500`): void {
  git(world.at(folder), 'add', '-A');
  const who = ['NAME', 'EMAIL'].flatMap((what) =>
    ['AUTHOR', 'COMMITTER'].map((role) => [`GIT_${role}_${what}`, 'x']),
  );
  const env = { PATH: process.env.PATH, ...Object.fromEntries(who), GIT_COMMITTER_DATE: date };
  execFileSync('git', ['commit', '-qm', 'x'], { cwd: world.at(folder), env });
}

const open = (world: World, folder = 'web') => findGitFolder(world.at(folder), world.path) as GitFolder;

async function read(world: World, folder = 'web') {
  const found = open(world, folder);
  const head = git(world.at(folder), 'rev-parse', 'HEAD');
  await readModules(found, [head], 60_000);
  return recallModules(found, head);
}

describe('the modules of a commit', () => {
  it.each(['sha1', 'sha256'])(
    'are the folders with a manifest, where a repository has modules (%s)',
    async (format) => {
      const { world } = build(format);
      // The day is told in UTC.
      expect(await read(world)).toEqual({ day: '2023-05-07', modules: ['a', 'b', 'c', 'old'] });
    },
  );

  it('are the same where objects are packed, borrowed, or fetched without files', async () => {
    const { world, repo } = build();
    repo('config', 'uploadpack.allowFilter', 'true');
    git(
      world.path,
      'clone',
      '-q',
      '--filter=blob:none',
      '--no-checkout',
      `file://${world.at('web')}`,
      world.at('partial'),
    );
    git(world.path, 'clone', '-q', '--shared', '--no-checkout', world.at('web'), world.at('shared'));
    repo('gc', '-q');
    for (const folder of ['web', 'partial', 'shared'])
      expect((await read(world, folder))?.modules, folder).toEqual(['a', 'b', 'c', 'old']);
  });

  it('are not known where a tree is missing, and nothing is fetched', async () => {
    const { world, repo } = build();
    repo('config', 'uploadpack.allowFilter', 'true');
    git(
      world.path,
      'clone',
      '-q',
      '--filter=tree:0',
      '--no-checkout',
      `file://${world.at('web')}`,
      world.at('partial'),
    );
    const before = snapshot(world.at('partial'));
    expect(await read(world, 'partial')).toBeUndefined();
    // It is not tried again at once.
    expect(isUnread(open(world, 'partial'), git(world.at('web'), 'rev-parse', 'HEAD'))).toBe(false);
    expect(snapshot(world.at('partial'))).toEqual(before);
  });

  it('are of today where the commit says that it is of tomorrow', async () => {
    const { world } = build();
    world.module('web/z');
    commit(world, 'web', '2090-01-01T00:00:00Z');
    expect((await read(world))?.day).toBe(new Date().toISOString().slice(0, 10));
  });

  it('are read once, also when the repository is gone then', async () => {
    const { world } = build();
    const found = open(world);
    const head = git(world.at('web'), 'rev-parse', 'HEAD');
    expect([recallModules(found, head), isUnread(found, head)]).toEqual([undefined, true]);
    const told = await read(world);
    expect(isUnread(found, head)).toBe(false);
    rmSync(world.at('web/.git/objects'), { recursive: true });
    expect(recallModules(found, head)).toBe(told);
  });

  it('are none of what is no commit', async () => {
    const { world, repo } = build();
    for (const id of [
      repo('rev-parse', 'HEAD^{tree}'),
      repo('rev-parse', 'HEAD:a/__manifest__.py'),
      'f'.repeat(40),
    ]) {
      await readModules(open(world), [id], 60_000);
      expect(recallModules(open(world), id)).toBeUndefined();
    }
  });
});

describe('git is run for them', () => {
  it('without anything of the repository but its objects, and writes nothing', async () => {
    const { world, repo } = build();
    const canary = world.at('canary');
    const script = world.file('run.sh', `#!/bin/sh\ntouch ${canary}\n`);
    execFileSync('chmod', ['+x', script]);
    for (const key of [
      'core.fsmonitor',
      'core.sshCommand',
      'core.gitProxy',
      'core.hooksPath',
      'core.pager',
      'alias.cat-file',
    ])
      repo('config', key, key === 'alias.cat-file' ? `!${script}` : script);
    repo('config', 'extensions.partialClone', 'origin');
    repo('config', 'remote.origin.url', `ext::${script}`);
    for (const hook of ['post-checkout', 'fsmonitor-watchman', 'reference-transaction'])
      execFileSync('cp', [script, world.at('web/.git/hooks', hook)]);
    world.file('web/.gitattributes', '* filter=evil diff=evil\n');
    repo('config', 'filter.evil.smudge', script);
    const before = snapshot(world.path);
    expect((await read(world))?.modules).toEqual(['a', 'b', 'c', 'old']);
    expect(existsSync(canary)).toBe(false);
    expect(snapshot(world.path)).toEqual(before);
  });

  it('with no replaced object, and no objects of another repository', async () => {
    const { world, repo } = build();
    const head = repo('rev-parse', 'HEAD');
    world.module('web/z');
    commit(world, 'web');
    const other = repo('rev-parse', 'HEAD');
    repo('reset', '-q', '--hard', head);
    repo('replace', head, other);
    expect((await read(world))?.modules).toEqual(['a', 'b', 'c', 'old']);
    // Another user's repository, whose objects the checkout claims to borrow.
    const secret = createWorld();
    git(secret.folder('repo'), 'init', '-q', '-b', '17.0');
    secret.module('repo/secret');
    commit(secret, 'repo');
    const theirs = git(secret.at('repo'), 'rev-parse', 'HEAD');
    world.file('web/.git/objects/info/alternates', `${secret.at('repo/.git/objects')}\n`);
    await readModules(open(world), [theirs], 60_000);
    expect(recallModules(open(world), theirs)).toBeUndefined();
  });

  it('in vain where trees are huge', async () => {
    const { world } = build();
    for (let index = 0; index < 2100; index++) world.file(`web/m${index}/__manifest__.py`, '{}');
    commit(world, 'web');
    expect(await read(world)).toBeUndefined();
  });
});
