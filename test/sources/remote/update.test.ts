import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readIndexFacts } from '../../../src/sources/git-index.ts';
import { fastForward } from '../../../src/sources/remote/fast-forward.ts';
import { isSurelyClean } from '../../../src/sources/surely-clean.ts';
import { systemError } from '../../support/changes.ts';
import { patchFs } from '../../support/patch-fs.ts';
import { snapshot } from '../../support/snapshot.ts';
import { gitOf, look, update, webIn } from '../../support/updates.ts';
import { createUpstream, git, gitAt, type Upstream } from '../../support/upstream.ts';
import { createWorld, type World } from '../../support/world.ts';

/** A world with an upstream of one commit, and a clone of it as people make them. */
function cloned(...options: string[]) {
  const world = createWorld();
  const upstream = createUpstream(world);
  const before = upstream.commit('web', { a: {}, b: {} });
  clone(world, ...options);
  return { world, upstream, before, web: webIn(world), path: world.at('root/web') };
}

function clone(world: World, ...options: string[]) {
  const path = world.at('root/web');
  git(world.folder('root'), 'clone', '-q', ...options, `file://${world.at('upstream/web')}`);
  git(path, 'remote', 'set-url', 'origin', world.at('upstream/web'));
}

/** What plain git says of a checkout that is in order; the objects of a shallow one, too. */
function expectSound(path: string, commit: string) {
  expect(git(path, 'fsck', '--strict', '--no-dangling')).toBe('');
  expect(git(path, 'status', '--porcelain=v2', '--branch', '--untracked-files=all')).toBe(
    [
      `# branch.oid ${commit}`,
      '# branch.head 17.0',
      '# branch.upstream origin/17.0',
      '# branch.ab +0 -0',
    ].join('\n'),
  );
  const left = readdirSync(`${path}/.git`, { recursive: true, encoding: 'utf8' });
  expect(left.filter((name) => /\.lock$|odoo-link|tmp_/.test(name))).toEqual([]);
}

/** The date of the test's Nth day. */
const day = (number: number) => `2026-03-${String(number).padStart(2, '0')}T12:00:00Z`;

/** Commits on a branch of its own, and merges that. */
function mergeBranch(upstream: Upstream, from: string, name: string, time: string): string {
  const folder = `${upstream.folder}/web`;
  git(folder, 'checkout', '-q', '-b', `topic-${name}`, from);
  writeFileSync(`${folder}/${name}.txt`, name);
  git(folder, 'add', '-A');
  gitAt(time, folder, 'commit', '-q', '-m', name);
  git(folder, 'checkout', '-q', '17.0');
  gitAt(time, folder, 'merge', '-q', '--no-ff', '-m', `Merge ${name}`, `topic-${name}`);
  return git(folder, 'rev-parse', 'HEAD');
}

describe('an update', () => {
  it.each([
    ['whole', [], 3],
    ['shallow', ['--depth=1'], null],
  ] as const)('of a %s clone leaves what git would', async (_, options, commits) => {
    const { world, upstream, web, path } = cloned(...options);
    upstream.commit('web', { a: { version: '17.0.2.0.0' }, 'deep/er/c': {} });
    upstream.commit('web', { b: null });
    const after = upstream.commit('web', { 'deep/d': {} });
    expect(await update(web)).toEqual({ kind: 'moved', after, commits });
    expectSound(path, after);
    expect(git(path, 'rev-parse', 'origin/17.0')).toBe(after);
    expect(existsSync(world.at('root/web/b'))).toBe(false);
    expect(existsSync(world.at('root/web/deep/er/c/__manifest__.py'))).toBe(true);
    expect(git(path, 'pull', '--ff-only')).toContain('Already up to date');
    expect(readdirSync(world.at('root'))).toEqual(['web']);
    // And again, and from a packed state.
    expect(await update(web)).toEqual({ kind: 'same', ahead: 0 });
    git(path, 'gc', '-q');
    const last = upstream.commit('web', { e: {} });
    expect(await update(web)).toMatchObject({ kind: 'moved', after: last });
    expectSound(path, last);
  });

  it('changes nothing before it is made', async () => {
    const { world, upstream, before, web } = cloned();
    const after = upstream.commit('web', { c: {} });
    const was = snapshot(world.at('root'));
    const looked = await look(web);
    if (looked.kind !== 'update') throw new Error(looked.kind);
    expect(looked.update).toMatchObject({ after, commits: 1, date: expect.stringMatching(/^\d{4}-/) });
    expect(looked.update.changes).toEqual([
      { path: 'c/__init__.py', kind: 'added', type: 'file' },
      { path: 'c/__manifest__.py', kind: 'added', type: 'file' },
    ]);
    expect(git(world.at('root/web'), 'rev-parse', 'HEAD')).toBe(before);
    await looked.update.folder.close();
    expect(snapshot(world.at('root'))).toEqual(was);
    expect(readdirSync(world.at('scratch')).filter((name) => !name.startsWith('tip-'))).toEqual([]);
  });

  it('leaves nothing where it could not be begun', async () => {
    const { world, upstream, web } = cloned();
    upstream.commit('web', { c: {} });
    const was = snapshot(world.at('root'));
    const undo = patchFs('mkdirSync', (real) => (...args: Parameters<typeof real>) => {
      if (String(args[0]).endsWith('objects/pack') && String(args[0]).startsWith(web.path))
        throw systemError('ENOSPC');
      return real(...args);
    });
    await expect(look(web)).rejects.toThrow('ENOSPC');
    undo();
    expect(snapshot(world.at('root'))).toEqual(was);
  });

  it('gets of a shallow clone what came since, and not the history of what was merged', async () => {
    const world = createWorld();
    const upstream = createUpstream(world);
    const commits = [1, 2, 3, 4].map((one) =>
      upstream.commit('web', { a: { version: `17.0.${one}.0.0` } }, '17.0', day(one)),
    );
    clone(world, '--depth=1');
    // A branch that began long before the commit that is checked out.
    const after = mergeBranch(upstream, commits[1] as string, 'late', day(5));
    expect(await update(webIn(world))).toMatchObject({ kind: 'moved', after });
    const path = world.at('root/web');
    expectSound(path, after);
    expect(existsSync(world.at('root/web/late.txt'))).toBe(true);
    // It ends where it did, and at the one commit of the branch.
    const ends = readFileSync(world.at('root/web/.git/shallow'), 'utf8').trim().split('\n');
    expect(ends).toEqual([commits[3], git(path, 'rev-parse', 'HEAD^2')]);
    expect(git(path, 'rev-list', '--count', 'HEAD')).toBe('3');
  });

  it('does not shorten a clone that has more history', async () => {
    const world = createWorld();
    const upstream = createUpstream(world);
    for (const one of [1, 2, 3, 4, 5])
      upstream.commit('web', { a: { version: `17.0.${one}.0.0` } }, '17.0', day(one));
    clone(world, '--depth=3');
    const path = world.at('root/web');
    expect(git(path, 'rev-list', '--count', 'HEAD')).toBe('3');
    const after = upstream.commit('web', { c: {} });
    expect(await update(webIn(world))).toMatchObject({ kind: 'moved', after });
    expectSound(path, after);
    expect(git(path, 'rev-list', '--count', 'HEAD')).toBe('4');
  });

  it('finds the way of a shallow clone where a commit in between is dated long before', async () => {
    const { upstream, web, path } = cloned('--depth=1');
    upstream.commit('web', { old: {} }, '17.0', day(1));
    const after = upstream.commit('web', { c: {} });
    expect(await update(web)).toMatchObject({ kind: 'moved', after });
    expectSound(path, after);
  });

  it('gets further where git notes an end of history that it did not get', async () => {
    const world = createWorld();
    const upstream = createUpstream(world);
    upstream.commit('web', { a: {} }, '17.0', day(1));
    const fork = upstream.commit('web', { b: {} }, '17.0', day(6));
    upstream.commit('web', { c: {} }, '17.0', day(5));
    clone(world, '--depth=1');
    upstream.commit('web', { d: {} }, '17.0', day(2));
    const after = mergeBranch(upstream, fork, 'side', day(8));
    expect(await update(webIn(world))).toMatchObject({ kind: 'moved', after });
    const path = world.at('root/web');
    expectSound(path, after);
    expect(readFileSync(world.at('root/web/.git/shallow'), 'utf8')).not.toContain(fork);
    // A person's git gets further, too.
    git(path, 'fetch', '-q', '--unshallow', `file://${world.at('upstream/web')}`);
    expect(git(path, 'rev-list', '--count', 'HEAD')).toBe('6');
  });

  it.each<[string, string, (path: string) => unknown]>([
    [
      'the index has changed',
      'touched',
      (path) => {
        writeFileSync(`${path}/new.txt`, '');
        git(path, 'add', 'new.txt');
      },
    ],
    ['another branch was checked out', 'touched', (path) => git(path, 'checkout', '-q', '-b', 'other')],
    [
      'its branch has moved',
      'touched',
      (path) =>
        git(path, '-c', 'user.name=x', '-c', 'user.email=x', 'commit', '-q', '--allow-empty', '-m', 'x'),
    ],
    ['another git works there', 'locked', (path) => writeFileSync(`${path}/.git/index.lock`, '')],
    [
      'another git moves the branch',
      'locked',
      (path) => writeFileSync(`${path}/.git/refs/heads/17.0.lock`, ''),
    ],
    [
      'its folder of packs leads elsewhere',
      'failed',
      (path) => {
        renameSync(`${path}/.git/objects/pack`, `${path}/../packs`);
        symlinkSync(`${path}/../packs`, `${path}/.git/objects/pack`);
      },
    ],
    [
      'a file that it would replace has changed',
      'failed',
      (path) => writeFileSync(`${path}/a/__manifest__.py`, 'mine'),
    ],
    [
      'a file is in its way',
      'failed',
      (path) => mkdirSync(`${path}/c`) === undefined && writeFileSync(`${path}/c/__init__.py`, 'mine'),
    ],
  ])('leaves everything as it is where, since it was looked at, %s', async (_, why, meanwhile) => {
    const { world, upstream, web, path } = cloned();
    upstream.commit('web', { a: { version: '17.0.2.0.0' }, c: {} });
    const looked = await look(web);
    if (looked.kind !== 'update') throw new Error(looked.kind);
    meanwhile(path);
    const was = snapshot(world.at('root')).filter((line) => !/objects\/pack|odoo-link/.test(line));
    const { folder, after } = looked.update;
    expect(await fastForward(folder, after)).toEqual({ ok: false, refusal: why });
    await folder.close();
    expect(snapshot(world.at('root')).filter((line) => !/objects\/pack/.test(line))).toEqual(was);
  });

  it('does not write over a change that only the content tells', async () => {
    const { upstream, web, path } = cloned();
    git(path, 'config', 'core.trustctime', 'false');
    const file = `${path}/a/__manifest__.py`;
    const text = readFileSync(file, 'utf8');
    utimesSync(file, 1e9, 1e9);
    git(path, 'status');
    upstream.commit('web', { a: { version: '17.0.2.0.0' } });
    const looked = await look(web);
    if (looked.kind !== 'update') throw new Error(looked.kind);
    const { folder, after } = looked.update;
    // As if the index had been written in the second of the file's last change: then the content counts.
    utimesSync(`${folder.path}/index`, 1e9, 1e9);
    writeFileSync(file, text.toUpperCase());
    utimesSync(file, 1e9, 1e9);
    expect(await fastForward(folder, after)).toEqual({ ok: false, refusal: 'failed' });
    await folder.close();
    expect(readFileSync(file, 'utf8')).toBe(text.toUpperCase());
  });

  it('takes an index that git has split, and leaves a whole one', async () => {
    const { upstream, web, path } = cloned();
    for (const modules of [{ a: { version: '17.0.2.0.0' } }, { c: {} }, { b: null }]) {
      // The entries of files that are as old as the index are all written anew.
      const files = git(path, 'ls-files').split('\n');
      for (const file of files) utimesSync(`${path}/${file}`, 1e9, 1e9);
      git(path, 'update-index', '--refresh');
      git(path, 'update-index', '--split-index');
      const after = upstream.commit('web', modules);
      expect(await update(web)).toMatchObject({ kind: 'moved', after });
      expect(readIndexFacts(readFileSync(`${path}/.git/index`), 20)?.shared).toBeNull();
      expectSound(path, after);
    }
  });

  it('notes no end of history that is not there', async () => {
    const { world, upstream, web, path } = cloned('--depth=1');
    const after = upstream.commit('web', { c: {} });
    const looked = await look(web);
    if (looked.kind !== 'update') throw new Error(looked.kind);
    const { folder } = looked.update;
    appendFileSync(`${folder.path}/shallow`, `${'1'.repeat(40)}\n`);
    expect(await fastForward(folder, after)).toEqual({ ok: true, value: undefined });
    await folder.close();
    expectSound(path, after);
    expect(readFileSync(world.at('root/web/.git/shallow'), 'utf8')).not.toContain('1'.repeat(40));
  });

  it('writes files as the checkout has been told to', async () => {
    const { world, upstream, web, path } = cloned();
    git(path, 'config', 'core.fileMode', 'false');
    git(path, 'config', 'core.autocrlf', 'true');
    git(path, 'rm', '-q', '--cached', '-r', '.');
    git(path, 'reset', '-q', '--hard');
    const after = upstream.commit('web', { c: {} });
    expect(await update(web)).toMatchObject({ kind: 'moved', after });
    expect(readFileSync(world.at('root/web/c/__manifest__.py'), 'utf8')).toContain('\r\n');
    expect(git(path, 'status', '--porcelain')).toBe('');
  });

  it('leaves what git is told to leave out', async () => {
    const { upstream, web, path } = cloned();
    git(path, 'sparse-checkout', 'set', 'a');
    const after = upstream.commit('web', { a: { version: '17.0.2.0.0' }, b: { version: '17.0.2.0.0' } });
    expect(await update(web)).toMatchObject({ kind: 'moved', after });
    expect(readdirSync(path).sort()).toEqual(['.git', 'a']);
    expect(git(path, 'status', '--porcelain')).toBe('');
  });

  it('keeps files that git does not track, and what is in folders that go', async () => {
    const { world, upstream, web, path } = cloned();
    world.file('root/web/b/__pycache__/x.pyc', 'compiled');
    world.file('root/web/notes.txt', 'mine');
    const after = upstream.commit('web', { b: null, c: {} });
    expect(await update(web)).toMatchObject({ kind: 'moved', after });
    expect(readFileSync(world.at('root/web/b/__pycache__/x.pyc'), 'utf8')).toBe('compiled');
    expect(git(path, 'status', '--porcelain', '--untracked-files=all')).toBe(
      ['?? b/__pycache__/x.pyc', '?? notes.txt'].join('\n'),
    );
  });

  it('leaves an index that says without git that nothing has changed', async () => {
    const { upstream, web, path } = cloned();
    upstream.commit('web', { c: {} });
    await update(web);
    expect(isSurelyClean(gitOf(web), git(path, 'rev-parse', 'HEAD^{tree}'))).toBe(true);
  });

  it('keeps the files that did not change, with their times', async () => {
    const { world, upstream, web } = cloned();
    const file = world.at('root/web/a/__manifest__.py');
    const was = lstatSync(file, { bigint: true });
    upstream.commit('web', { c: {} });
    await update(web);
    const now = lstatSync(file, { bigint: true });
    expect([now.ino, now.mtimeNs, now.ctimeNs]).toEqual([was.ino, was.mtimeNs, was.ctimeNs]);
  });

  it('is refused by a remote that does not have the branch, or is not there', async () => {
    const { web } = cloned();
    expect(await update({ ...web, branch: '17.0', address: `${web.address}` })).toEqual({
      kind: 'same',
      ahead: 0,
    });
    const gone = { ...web, address: web.address };
    git(`${web.address}/web`, 'branch', '-m', '17.0', '18.0');
    expect(await update(gone)).toMatchObject({ kind: 'fault', fault: { kind: 'no_branch' } });
  });

  it('is refused by a remote that is shallow, and ends between', async () => {
    const { world, upstream, web, path } = cloned();
    for (const name of ['c', 'd', 'e']) upstream.commit('web', { [name]: {} });
    git(world.folder('mirror'), 'clone', '-q', '--depth=2', `file://${world.at('upstream/web')}`);
    git(path, 'remote', 'set-url', 'origin', world.at('mirror/web'));
    const was = snapshot(path);
    expect(await update({ ...web, address: world.at('mirror') })).toMatchObject({
      kind: 'fault',
      fault: { kind: 'damaged' },
    });
    expect(snapshot(path)).toEqual(was);
  });

  it('ends where it would take too much, and when it is cancelled', async () => {
    const { world, upstream, before, web, path } = cloned();
    world.file('upstream/web/large.bin', 'x'.repeat(3_000_000));
    upstream.commit('web', {});
    const was = snapshot(world.at('root'));
    expect(await update({ ...web, maxBytes: 1_000_000 })).toMatchObject({
      kind: 'fault',
      fault: { kind: 'too_large' },
    });
    expect(await update({ ...web, signal: AbortSignal.abort() })).toMatchObject({
      kind: 'fault',
      fault: { kind: 'cancelled' },
    });
    expect(snapshot(world.at('root'))).toEqual(was);
    expect(git(path, 'rev-parse', 'HEAD')).toBe(before);
  });
});
