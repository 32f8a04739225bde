import { cpSync, mkdtempSync, readdirSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildDriver, type Driver, untilDone } from '../../support/driver.ts';
import { ready, type Subject, update, webIn } from '../../support/updates.ts';
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

/** States of a work tree in the middle of an update, by what a killed git may have left. */
describe('an interrupted update', () => {
  const note = (path: string, rest = 'server gave up\ngit none\n') =>
    writeFileSync(
      join(path, '.git/index.lock'),
      `odoo-link-mcp update\nfrom ${commits.before}\nto ${commits.after}\n${rest}`,
    );
  it.each<[string, (path: string) => void, boolean]>([
    ['nothing', () => {}, true],
    ['a new version of a file', (path) => git(path, 'checkout', commits.after, '--', 'a'), true],
    ['the beginning of a file', (path) => writeFileSync(join(path, 'large.txt'), 'line\nli'), true],
    ['an empty file', (path) => writeFileSync(join(path, 'a/__manifest__.py'), ''), true],
    ['a missing file', (path) => rmSync(join(path, 'a/__manifest__.py')), true],
    ['a removed folder', (path) => rmSync(join(path, 'b'), { recursive: true }), true],
    ['a new file, of two', (path) => git(path, 'checkout', commits.after, '--', 'deep/d/__init__.py'), true],
    ['a file that somebody wrote', (path) => writeFileSync(join(path, 'a/__manifest__.py'), '{}'), false],
    ['a new file that somebody wrote', (path) => writeFileSync(join(path, 'large.txt'), 'mine'), false],
    ['a file that should go, changed', (path) => writeFileSync(join(path, 'b/__init__.py'), 'mine'), false],
  ])('that has left %s', async (_, leave, isUndone) => {
    const { path, web } = copyCheckout(`left-${Math.random()}`);
    git(path, 'fetch', '-q', '--depth=1', `${address}/web`, '17.0');
    leave(path);
    git(path, 'reset', '-q');
    note(path);
    const updated = await update(web);
    if (isUndone) {
      expect(updated).toMatchObject({ kind: 'moved', after: commits.after });
      expectDone(path);
    } else {
      expect(updated).toEqual({ kind: 'not moved', why: 'mixed' });
      expect(git(path, 'rev-parse', 'HEAD')).toBe(commits.before);
    }
  });
});
