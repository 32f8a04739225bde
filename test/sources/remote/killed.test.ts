import { cpSync, mkdtempSync, readdirSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recoverUpdate } from '../../../src/sources/remote/recover-update.ts';
import { buildDriver, type Driver, untilDone } from '../../support/driver.ts';
import { look, ready, type Subject, update, webIn } from '../../support/updates.ts';
import { createUpstream, git } from '../../support/upstream.ts';
import { openWorld } from '../../support/world.ts';

const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'odoo-link-killed-')));
const template = join(scratch, 'template');
let run: Driver;
let commits: { before: string; after: string };
beforeAll(async () => {
  run = await buildDriver(scratch, 'sources/remote/driver.ts');
  const world = openWorld(template);
  const upstream = createUpstream(world);
  const before = upstream.commit('web', { a: {}, b: {}, c: {} });
  git(world.folder('root'), 'clone', '-q', '--depth=1', `file://${world.at('upstream/web')}`);
  git(world.at('root/web'), 'remote', 'set-url', 'origin', world.at('upstream/web'));
  world.file('upstream/web/large.txt', 'line\n'.repeat(20_000));
  const after = upstream.commit('web', { a: { version: '17.0.2.0.0' }, b: null, 'deep/d': {} });
  commits = { before, after };
});
afterAll(() => rmSync(scratch, { recursive: true }));

/** A checkout of its own, with the same upstream. */
function copyCheckout(name: string) {
  cpSync(join(template, 'root'), join(scratch, name, 'root'), { recursive: true, preserveTimestamps: true });
  const world = openWorld(join(scratch, name));
  const path = world.at('root/web');
  // What git has noted of the files is of others now.
  git(path, 'status');
  return { world, path, web: { ...webIn(world), address } };
}
const address = join(template, 'upstream');

/** What a person with git finds, whenever an update was interrupted: nothing is lost, and one of the two commits is there. */
function expectAccepted(path: string) {
  expect(git(path, 'fsck', '--no-dangling')).toBe('');
  expect(Object.values(commits)).toContain(git(path, 'rev-parse', 'HEAD'));
  git(path, 'status');
}

/** Updates again, if need be after the time for which a git that nobody knows may run. */
async function again(subject: Subject) {
  const state = ready(subject);
  if ('kind' in state) {
    expect(state).toEqual({ kind: 'git_running', about: ['index.lock'] });
    const lock = join(subject.path, '.git/index.lock');
    utimesSync(lock, 1, 1);
  }
  return update(subject);
}

function expectDone(path: string) {
  expect(git(path, 'rev-parse', 'HEAD', 'origin/17.0')).toBe(`${commits.after}\n${commits.after}`);
  expect(git(path, 'status', '--porcelain', '--untracked-files=all')).toBe('');
  expect(git(path, 'fsck', '--no-dangling')).toBe('');
  const left = readdirSync(join(path, '.git'), { recursive: true, encoding: 'utf8' });
  expect(left.filter((name) => /\.lock$|odoo-link/.test(name))).toEqual([]);
}

describe('an update', () => {
  it('leaves what git accepts and the next one ends, when the process is killed just before any change it makes', async () => {
    const found = new Set<string>();
    let killed = 0;
    await untilDone(async (number) => {
      const { world, path, web } = copyCheckout(`killed-${number}`);
      const { code, signal, stdout, stderr } = await run(world.path, address, number);
      expect(['', signal === 'SIGKILL' || code === 0]).toEqual([stderr, true]);
      // A git whose server was killed writes on for a moment.
      await new Promise((resolve) => setTimeout(resolve, 100));
      expectAccepted(path);
      found.add(git(path, 'rev-parse', 'HEAD') === commits.after ? 'after' : 'before');
      const updated = await again(web);
      expect(updated.kind).toMatch(/^(?:moved|same)$/);
      expectDone(path);
      rmSync(world.path, { recursive: true });
      if (signal === 'SIGKILL') {
        killed++;
        return 'more';
      }
      expect(JSON.parse(stdout)).toBe('moved');
      return 'done';
    });
    expect(found).toEqual(new Set(['before', 'after']));
    expect(killed).toBeGreaterThan(20);
  });
});

const AS_ME = ['-c', 'user.name=x', '-c', 'user.email=x'];

/** States of a work tree in the middle of an update, by what a killed git may have left. */
describe('an interrupted update', () => {
  const note = (path: string, to = commits.after) =>
    writeFileSync(
      join(path, '.git/index.lock'),
      `odoo-link-mcp update\nfrom ${commits.before}\nto ${to}\nserver gave up\ngit none\n`,
    );
  const theirs = (name: string) => (path: string) => writeFileSync(join(path, name), 'mine');
  const begun = (path: string) => git(path, 'checkout', commits.after, '--', 'deep/d/__init__.py');
  const both = (one: (path: string) => unknown, other: (path: string) => unknown) => (path: string) => {
    one(path);
    other(path);
  };
  const lockFile = (path: string, name: string, text: string) =>
    writeFileSync(join(path, '.git', `${name}.lock`), text);
  const MOVED = { kind: 'moved' };
  const MIXED = { kind: 'not moved', why: 'mixed' };
  const obstacle = (kind: string) => ({ kind: 'obstacle', obstacle: { kind } });

  it.each<[string, (path: string) => unknown, object]>([
    ['nothing', () => {}, MOVED],
    ['a new version of a file', (path) => git(path, 'checkout', commits.after, '--', 'a'), MOVED],
    ['the beginning of a file', (path) => writeFileSync(join(path, 'large.txt'), 'line\nli'), MOVED],
    ['an empty file', (path) => writeFileSync(join(path, 'a/__manifest__.py'), ''), MOVED],
    ['a lock of the ends of history', (path) => lockFile(path, 'shallow', `${commits.before}\n`), MOVED],
    ['a lock of its branch', (path) => lockFile(path, 'refs/heads/17.0', `${commits.after}\n`), MOVED],
    [
      "somebody's lock of its branch",
      (path) => lockFile(path, 'refs/heads/17.0', `${commits.before}\n`),
      obstacle('git_running'),
    ],
    ['a missing file', (path) => rmSync(join(path, 'a/__manifest__.py')), MOVED],
    ['a removed folder', (path) => rmSync(join(path, 'b'), { recursive: true }), MOVED],
    ['a new file, of two', begun, MOVED],
    ['a file that somebody wrote, and no other', theirs('a/__manifest__.py'), obstacle('changed')],
    ['a new file that somebody wrote, and no other', theirs('large.txt'), obstacle('in_the_way')],
    ['a file that should go, changed, and no other', theirs('b/__init__.py'), obstacle('changed')],
    ['a file that somebody wrote, among others', both(begun, theirs('a/__manifest__.py')), MIXED],
    ['a new file that somebody wrote, among others', both(begun, theirs('large.txt')), MIXED],
    ['a file that should go, changed, among others', both(begun, theirs('b/__init__.py')), MIXED],
    [
      'the beginning of a file, and one that somebody wrote',
      both((path) => writeFileSync(join(path, 'large.txt'), 'line\nli'), theirs('a/__manifest__.py')),
      MIXED,
    ],
    [
      'the new index, and a file that somebody wrote',
      both((path) => git(path, 'read-tree', commits.after), theirs('a/__manifest__.py')),
      MIXED,
    ],
    [
      'the new files and the new index',
      (path) => {
        git(path, 'read-tree', '-m', '-u', commits.before, commits.after);
      },
      MOVED,
    ],
  ])('that has left %s', async (_, leave, expected) => {
    const { path, web } = copyCheckout(`left-${Math.random()}`);
    git(path, 'fetch', '-q', '--depth=1', `${address}/web`, '17.0');
    const index = git(path, 'ls-files', '-s');
    leave(path);
    // Only what is about the index has changed that.
    if (/index/.test(_)) expect(git(path, 'ls-files', '-s')).not.toBe(index);
    else if (!/lock/.test(_)) git(path, 'reset', '-q');
    note(path);
    const was = git(path, 'status', '--porcelain');
    const updated = await update(web);
    expect(updated).toMatchObject(expected);
    if (updated.kind === 'moved') return expectDone(path);
    expect(git(path, 'rev-parse', 'HEAD')).toBe(commits.before);
    if (updated.kind === 'not moved') expect(git(path, 'status', '--porcelain')).toBe(was);
  });

  it('to a commit that is nowhere any more has written nothing', async () => {
    const { path, web } = copyCheckout('nowhere');
    note(path, '1'.repeat(40));
    expect(await update(web)).toMatchObject(MOVED);
    expectDone(path);
  });

  it('is undone, and where it made folders these go', async () => {
    const { path, web } = copyCheckout('folders');
    git(path, 'fetch', '-q', '--depth=1', `${address}/web`, '17.0');
    begun(path);
    git(path, 'reset', '-q');
    note(path);
    const looked = await look(web);
    if (looked.kind !== 'update') throw new Error(looked.kind);
    expect(await recoverUpdate(looked.update.folder)).toBe('undone');
    await looked.update.folder.close();
    expect(readdirSync(path).sort()).toEqual(['.git', 'a', 'b', 'c']);
  });

  it.each<[string, (path: string) => unknown]>([
    ['nothing', () => {}],
    ['a new version of a file', (path) => git(path, 'checkout', commits.after, '--', 'a/__manifest__.py')],
    ['everything', (path) => git(path, 'read-tree', '-m', '-u', commits.before, commits.after)],
  ])('that has done %s is undone with what the index notes besides', async (done, leave) => {
    const { path, web } = copyCheckout(`notes-${done}`);
    git(path, 'sparse-checkout', 'set', '--no-cone', '/c/', '/a/__manifest__.py');
    git(path, 'update-index', '--assume-unchanged', 'c/__init__.py');
    git(path, 'fetch', '-q', '--depth=1', `${address}/web`, '17.0');
    const seen = () => [readdirSync(path), readdirSync(join(path, 'a')), git(path, 'ls-files', '-v', '-s')];
    const was = seen();
    leave(path);
    if (done !== 'everything') git(path, 'reset', '-q', '--', 'a/__manifest__.py');
    note(path);
    const looked = await look(web);
    if (looked.kind !== 'update') throw new Error(looked.kind);
    expect(await recoverUpdate(looked.update.folder)).toBe('undone');
    await looked.update.folder.close();
    expect(seen()).toEqual(was);
    expect(git(path, 'status', '--porcelain')).toBe('');
    expect(await update(web)).toMatchObject(MOVED);
  });

  it.each([
    ['is undone', false],
    ['is not, where somebody has put files into it', true],
  ])('that has made the folder of a submodule of a file %s', async (_, isUsed) => {
    const { world, path, web } = copyCheckout(`submodule-${isUsed}`);
    git(world.path, 'clone', '-q', '--bare', `${address}/web`, 'upstream/web');
    git(path, 'remote', 'set-url', 'origin', world.at('upstream/web'));
    git(path, 'rm', '-q', '--cached', 'c/__init__.py');
    git(path, 'update-index', '--add', '--cacheinfo', `160000,${commits.before},c/__init__.py`);
    const tree = git(path, 'write-tree');
    git(path, 'reset', '-q');
    const after = git(path, ...AS_ME, 'commit-tree', tree, '-p', commits.before, '-m', 'x');
    rmSync(join(path, 'c/__init__.py'));
    const inside = world.folder('root/web/c/__init__.py');
    if (isUsed) writeFileSync(join(inside, 'mine'), 'mine');
    note(path, after);
    const updated = await update({ ...web, address: world.at('upstream') });
    expect(updated).toMatchObject(isUsed ? { kind: 'obstacle' } : MOVED);
    if (isUsed) expect(readdirSync(inside)).toEqual(['mine']);
    else expectDone(path);
  });

  it('goes nowhere else than to the commit that is checked out where nothing has come', async () => {
    const { path, web } = copyCheckout('own');
    expect(await update(web)).toMatchObject(MOVED);
    git(path, ...AS_ME, 'commit', '-q', '--allow-empty', '-m', 'own');
    const own = git(path, 'rev-parse', 'HEAD');
    note(path);
    const looked = await look(web);
    if (looked.kind !== 'update') throw new Error(looked.kind);
    expect(looked.update.after).toBe(own);
    await looked.update.folder.close();
  });
});
