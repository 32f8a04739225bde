import { chmodSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  describeObstacle,
  OBSTACLES,
  type ObstacleKind,
  remedyFor,
} from '../../../src/sources/remote/obstacle.ts';
import { snapshot } from '../../support/snapshot.ts';
import { type Subject, update, webIn } from '../../support/updates.ts';
import { createUpstream, git, type Upstream } from '../../support/upstream.ts';
import { createWorld, type World } from '../../support/world.ts';

interface Scene {
  readonly world: World;
  readonly upstream: Upstream;
  readonly path: string;
}

/** A clone whose upstream has gone on; `spoil` makes it one that cannot be updated. */
function scene(): Scene & { readonly web: Subject } {
  const world = createWorld();
  const upstream = createUpstream(world);
  upstream.commit('web', { a: {}, b: {} });
  const path = world.at('root/web');
  git(world.folder('root'), 'clone', '-q', `file://${world.at('upstream/web')}`);
  git(path, 'remote', 'set-url', 'origin', world.at('upstream/web'));
  git(path, 'config', 'user.email', 'me@example.com');
  git(path, 'config', 'user.name', 'Me');
  return { world, upstream, path, web: webIn(world) };
}

const commitHere = (path: string) => git(path, 'commit', '-q', '--allow-empty', '-m', 'own');

/** Who cannot be updated: what is done to the checkout, and what is said of it. */
const SPOILED: readonly (readonly [string, ObstacleKind, unknown, (scene: Scene) => void])[] = [
  [
    'a changed file',
    'changed',
    ['a/__manifest__.py'],
    ({ world }) => world.file('root/web/a/__manifest__.py', '{}'),
  ],
  ['a removed file', 'changed', ['b/__init__.py'], ({ path }) => rmSync(`${path}/b/__init__.py`)],
  ['another mode', 'changed', ['b/__init__.py'], ({ path }) => chmodSync(`${path}/b/__init__.py`, 0o755)],
  [
    'a staged file',
    'changed',
    ['new.txt'],
    ({ world, path }) => {
      world.file('root/web/new.txt');
      git(path, 'add', 'new.txt');
    },
  ],
  [
    'a folder behind a symlink',
    'changed',
    ['b/__init__.py', 'b/__manifest__.py'],
    ({ world, path }) => {
      renameSync(`${path}/b`, world.at('elsewhere'));
      symlinkSync(world.at('elsewhere'), `${path}/b`);
    },
  ],
  [
    'a file in the way',
    'in_the_way',
    ['c/__init__.py'],
    ({ world }) => world.file('root/web/c/__init__.py', 'mine'),
  ],
  [
    'an ignored file in the way',
    'in_the_way',
    ['c/__init__.py'],
    ({ world }) => {
      world.file('root/web/.git/info/exclude', 'c\n');
      world.file('root/web/c/__init__.py', 'mine');
    },
  ],
  ['a file where a folder comes', 'in_the_way', ['c'], ({ world }) => world.file('root/web/c', 'mine')],
  [
    'a symlink where a folder comes',
    'in_the_way',
    ['c'],
    ({ world }) => world.link(world.path, 'root/web/c'),
  ],
  [
    'a folder where a file comes',
    'in_the_way',
    ['file.txt/mine'],
    ({ world }) => world.file('root/web/file.txt/mine', 'mine'),
  ],
  [
    'another branch',
    'other_branch',
    ['17.0-topic'],
    ({ path }) => git(path, 'checkout', '-q', '-b', '17.0-topic'),
  ],
  ['no branch', 'detached', undefined, ({ path }) => git(path, 'checkout', '-q', '--detach')],
  ['no commit', 'no_commit', undefined, ({ path }) => git(path, 'update-ref', '-d', 'refs/heads/17.0')],
  [
    'another origin',
    'other_origin',
    ['a local folder'],
    ({ path }) => git(path, 'remote', 'set-url', 'origin', 'https://github.com/acme/web'),
  ],
  ['no origin', 'no_origin', undefined, ({ path }) => git(path, 'remote', 'rename', 'origin', 'upstream')],
  ['a merge', 'in_progress', ['MERGE_HEAD'], ({ path }) => git(path, 'update-ref', 'MERGE_HEAD', 'HEAD')],
  ['a rebase', 'in_progress', ['rebase-merge'], ({ world }) => world.folder('root/web/.git/rebase-merge')],
  ['a git at work', 'git_running', ['index.lock'], ({ world }) => world.file('root/web/.git/index.lock')],
  [
    'a git that moves the branch',
    'git_running',
    ['refs/heads/17.0.lock'],
    ({ world }) => world.file('root/web/.git/refs/heads/17.0.lock'),
  ],
  [
    'included files',
    'unusual',
    undefined,
    ({ path }) => git(path, 'config', 'include.path', '/etc/gitconfig'),
  ],
  [
    'a partial clone',
    'unusual',
    undefined,
    ({ path }) => git(path, 'config', 'remote.origin.promisor', 'true'),
  ],
  [
    'refs behind a symlink that leads out of the root',
    'unusual',
    undefined,
    ({ world, path }) => {
      git(path, 'pack-refs', '--all');
      rmSync(`${path}/.git/refs/remotes`, { recursive: true });
      world.link(world.folder('elsewhere'), 'root/web/.git/refs/remotes');
    },
  ],
  ['another work tree', 'unusual', undefined, ({ path }) => git(path, 'config', 'core.worktree', '/tmp')],
  [
    'objects from elsewhere',
    'unknown',
    undefined,
    ({ world }) => world.file('root/web/.git/objects/info/alternates', `${world.folder('elsewhere')}\n`),
  ],
  [
    'a filter',
    'converted',
    ['a/__init__.py', 'a/__manifest__.py', 'b/__init__.py', 'b/__manifest__.py'],
    ({ world }) => world.file('root/web/.git/info/attributes', '*.py filter=lfs\n'),
  ],
  [
    'a filter that comes',
    'converted',
    ['.gitattributes'],
    ({ world, upstream }) => {
      world.file('upstream/web/.gitattributes', '*.bin filter=lfs\n');
      upstream.commit('web', {});
    },
  ],
  [
    'a file that comes under a filter that is there',
    'converted',
    ['new.bin'],
    ({ world, upstream }) => {
      world.file('root/web/.git/info/attributes', '*.bin filter=lfs\n');
      world.file('upstream/web/new.bin', 'version https://git-lfs.github.com/spec/v1\n');
      upstream.commit('web', {});
    },
  ],
  [
    'a filter of a folder above that comes to hold',
    'converted',
    ['sub/x.bin'],
    ({ world, upstream, path }) => {
      world.file('upstream/web/.gitattributes', '*.bin filter=lfs\n');
      world.file('upstream/web/sub/.gitattributes', '*.bin -filter\n');
      world.file('upstream/web/sub/x.bin', 'plain');
      upstream.commit('web', {});
      git(path, 'pull', '-q', '--ff-only', world.at('upstream/web'), '17.0');
      rmSync(world.at('upstream/web/sub/.gitattributes'));
      upstream.commit('web', {});
    },
  ],
  [
    'an ignored file in the way whose name is not UTF-8',
    'odd_names',
    ['caf\ufffd.txt'],
    ({ world, upstream, path }) => {
      const [theirs, mine] = [world.at('upstream/web'), path].map((folder) =>
        Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9]), Buffer.from('.txt')]),
      );
      writeFileSync(theirs as Buffer, 'theirs');
      upstream.commit('web', {});
      world.file('root/web/.git/info/exclude', '*.txt\n');
      writeFileSync(mine as Buffer, 'mine');
    },
  ],
  ['own commits', 'own_commits', 1, ({ path }) => commitHere(path)],
  [
    'a history that was rewritten',
    'rewritten',
    undefined,
    ({ upstream }) => {
      upstream.git('web', 'checkout', '-q', '--orphan', 'other');
      upstream.git('web', 'commit', '-q', '-m', 'anew');
      upstream.git('web', 'branch', '-q', '-M', '17.0');
    },
  ],
  [
    'own commits, and a history that was rewritten',
    'diverged',
    2,
    ({ upstream, path }) => {
      commitHere(path);
      upstream.git('web', 'checkout', '-q', '--orphan', 'other');
      upstream.git('web', 'commit', '-q', '-m', 'anew');
      upstream.git('web', 'branch', '-q', '-M', '17.0');
    },
  ],
  [
    'submodules that are checked out',
    'submodules',
    ['sub'],
    ({ world, path }) => {
      git(path, 'update-index', '--add', '--cacheinfo', `160000,${git(path, 'rev-parse', 'HEAD')},sub`);
      commitHere(path);
      world.file('root/web/sub/file');
    },
  ],
];

describe('a checkout that cannot be updated', () => {
  it.each(SPOILED)('is left as it is: %s', async (_, kind, about, spoil) => {
    const { web, ...rest } = scene();
    rest.world.file('upstream/web/file.txt');
    rest.upstream.commit('web', { c: {} });
    spoil(rest);
    const was = snapshot(rest.world.at('root'));
    const updated = await update(web);
    expect(updated).toMatchObject({ kind: 'obstacle' });
    const obstacle = updated.kind === 'obstacle' ? updated.obstacle : null;
    expect(obstacle).toEqual({ kind, ...(about !== undefined && { about }) });
    expect(snapshot(rest.world.at('root'))).toEqual(was);
  });

  it('is a shallow one that does not meet the branch any more', async () => {
    const world = createWorld();
    const upstream = createUpstream(world);
    upstream.commit('web', { a: {} });
    git(world.folder('root'), 'clone', '-q', '--depth=1', `file://${world.at('upstream/web')}`);
    git(world.at('root/web'), 'remote', 'set-url', 'origin', world.at('upstream/web'));
    upstream.git('web', 'checkout', '-q', '--orphan', 'other');
    upstream.git('web', 'commit', '-q', '-m', 'anew');
    upstream.git('web', 'branch', '-q', '-M', '17.0');
    expect(await update(webIn(world))).toMatchObject({ kind: 'obstacle', obstacle: { kind: 'not_met' } });
  });

  it('is a shallow one whose commit the branch does not have any more', async () => {
    const world = createWorld();
    const upstream = createUpstream(world);
    upstream.commit('web', { a: {} }, '17.0', '2026-03-01T12:00:00Z');
    upstream.commit('web', { b: {} }, '17.0', '2026-03-02T12:00:00Z');
    git(world.folder('root'), 'clone', '-q', '--depth=1', `file://${world.at('upstream/web')}`);
    git(world.at('root/web'), 'remote', 'set-url', 'origin', world.at('upstream/web'));
    upstream.git('web', 'reset', '-q', '--hard', 'HEAD^');
    // Nothing has come since its own commit, which git takes for a fault of the request.
    expect(await update(webIn(world))).toMatchObject({ kind: 'obstacle', obstacle: { kind: 'not_met' } });
  });

  it("is another user's, as git has it", async () => {
    const { upstream, web } = scene();
    upstream.commit('web', { c: {} });
    vi.spyOn(process, 'geteuid').mockReturnValue(4711);
    onTestFinished(() => void vi.restoreAllMocks());
    expect(await update(web)).toMatchObject({ kind: 'obstacle', obstacle: { kind: 'other_owner' } });
  });

  it('is a worktree of another one, or lies above its root', async () => {
    const { world, upstream, path, web } = scene();
    upstream.commit('web', { c: {} });
    git(path, 'worktree', 'add', '-q', '-b', 'other', '../tree');
    const layout = { kind: 'obstacle', obstacle: { kind: 'other_layout' } };
    expect(await update({ ...web, path: world.at('root/tree') })).toMatchObject(layout);
    expect(
      await update({ ...web, root: world.at('root/web/a'), path: world.at('root/web/a') }),
    ).toMatchObject(layout);
    git(path, 'worktree', 'remove', world.at('root/tree'));
    git(path, 'init', '-q', '--separate-git-dir', world.at('root/.separate'));
    expect(await update(web)).toMatchObject(layout);
    rmSync(`${path}/.git`);
    renameSync(world.at('root/.separate'), `${path}/.git`);
    world.link('web', 'root/linked');
    expect(await update({ ...web, path: world.at('root/linked') })).toMatchObject({ kind: 'moved' });
  });

  it('has a git folder that leads elsewhere', async () => {
    const { world, upstream, path, web } = scene();
    upstream.commit('web', { c: {} });
    git(world.path, 'clone', '-q', '--bare', path, 'elsewhere');
    rmSync(`${path}/.git/refs`, { recursive: true });
    symlinkSync(world.at('elsewhere/refs'), `${path}/.git/refs`);
    const was = snapshot(world.at('elsewhere'));
    expect((await update(web)).kind).not.toBe('moved');
    expect(snapshot(world.at('elsewhere'))).toEqual(was);
  });

  it('has commits of its own, and nothing new to get', async () => {
    const { path, web } = scene();
    commitHere(path);
    expect(await update(web)).toEqual({ kind: 'same', ahead: 1 });
  });

  it('has a changed file, and nothing new to get', async () => {
    const { path, web } = scene();
    writeFileSync(`${path}/a/__init__.py`, 'changed');
    expect(await update(web)).toEqual({ kind: 'same', ahead: 0 });
  });
});

describe('what is said of an obstacle', () => {
  it.each(Object.keys(OBSTACLES) as ObstacleKind[])('%s: is one sentence with a next step', (kind) => {
    const said = describeObstacle({ kind, about: OBSTACLES[kind].includes('commit') ? 2 : ['a b', 'c'] });
    expect(said).toMatch(/^(?:is|has|belongs|comes|was|cannot) /);
    expect(said).not.toMatch(/\{|\.$|undefined/);
    expect(remedyFor({ kind })).toMatch(/\.$/);
  });

  it('names three, quoted, and counts the rest', () => {
    const about = ['a', 'b\nc', 'd', 'e', 'f'];
    expect(describeObstacle({ kind: 'changed', about })).toBe(
      'has files that were changed: a, "b\\u{a}c", d and 2 more',
    );
    expect(describeObstacle({ kind: 'own_commits', about: 1 })).toContain('1 commit of its own');
  });
});
