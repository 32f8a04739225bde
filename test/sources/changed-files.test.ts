import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findChangedFiles } from '../../src/sources/changed-files.ts';
import { findGitFolder } from '../../src/sources/git-folder.ts';
import { createWorld, type World } from '../support/world.ts';

const git = (world: World, repo: string, ...args: string[]) => {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'commit.gpgsign=false'];
  return execFileSync('git', ['-C', world.at(repo), ...identity, ...args], {
    encoding: 'utf8',
    stdio: 'pipe',
  });
};

function commit(world: World, repo: string, ...files: string[]): void {
  for (const file of files) world.file(`${repo}/${file}`, `${file} ${Math.random()}`);
  git(world, repo, 'add', '-A');
  git(world, repo, 'commit', '-qm', 'x');
}

/** A repository whose branch `work` has left `17.0` at a commit, after which both went on. */
function build(): World {
  const world = createWorld();
  world.folder('repo');
  git(world, 'repo', 'init', '-q', '-b', '17.0');
  commit(world, 'repo', 'a/x', 'b/x', 'c/x', 'gone/x');
  git(world, 'repo', 'tag', '-a', 'start', '-m', 'x');
  git(world, 'repo', 'checkout', '-qb', 'work');
  commit(world, 'repo', 'a/x', 'new/x');
  git(world, 'repo', 'checkout', '-q', '17.0');
  commit(world, 'repo', 'b/x', 'later/x');
  git(world, 'repo', 'checkout', '-q', 'work');
  return world;
}

async function changed(world: World, base: string, repo = 'repo') {
  const found = findGitFolder(world.at(repo), '/');
  if (found === null) throw new Error('no git folder');
  const files = await findChangedFiles(found, base);
  return files.ok ? files.value.sort() : files.refusal;
}

describe('the files a branch touches', () => {
  it.each(['17.0', 'heads/17.0', 'refs/heads/17.0', 'start', 'HEAD~1', '@^'])(
    'are those since it left %s',
    async (base) => {
      expect(await changed(build(), base)).toEqual(['a/x', 'new/x']);
    },
  );

  it('are told for a commit, whole or short, and for a remote branch', async () => {
    const world = build();
    const hash = git(world, 'repo', 'rev-parse', '17.0').trim();
    expect(await changed(world, hash)).toEqual(['a/x', 'new/x']);
    expect(await changed(world, hash.slice(0, 8))).toEqual(['a/x', 'new/x']);
    git(world, 'repo', 'update-ref', 'refs/remotes/origin/main', hash);
    git(world, 'repo', 'pack-refs', '--all');
    expect(await changed(world, 'origin/main')).toEqual(['a/x', 'new/x']);
    expect(await changed(world, 'main')).toContain('did you mean origin/main?');
  });

  it('are also those of the work tree: staged, changed, removed, untracked; not what is ignored', async () => {
    const world = build();
    world.file('repo/c/x', 'changed');
    world.file('repo/staged/x');
    git(world, 'repo', 'add', 'staged');
    world.file('repo/untracked/é x');
    world.file('repo/.gitignore', 'ignored\n');
    world.file('repo/ignored/x');
    rmSync(world.at('repo/gone/x'));
    const all = ['.gitignore', 'a/x', 'c/x', 'gone/x', 'new/x', 'staged/x', 'untracked/é x'];
    expect(await changed(world, '17.0')).toEqual(all);
  });

  it('are found without running what the repository names', async () => {
    const world = build();
    const program = `!touch ${world.at('ran')}; cat`;
    for (const key of [
      'core.fsmonitor',
      'diff.external',
      'filter.x.clean',
      'filter.x.smudge',
      'diff.x.textconv',
    ])
      git(world, 'repo', 'config', key, program.slice(1));
    world.file('repo/.gitattributes', '* filter=x diff=x\n');
    world.file('repo/c/x', 'changed');
    expect(await changed(world, '17.0')).toContain('c/x');
    expect(existsSync(world.at('ran'))).toBe(false);
  });

  it.each([
    ['nothing', 'nowhere', /nowhere names no commit of .*git fetch origin nowhere/],
    ['a remote branch that was not fetched', 'origin/18.0', /git fetch origin 18\.0/],
    ['an option', '--output=x', /names no commit/],
    ['a path', '../../x', /names no commit/],
    ['more than a name and steps', 'start^{}', /names no commit/],
    ['a range', 'start..HEAD', /names no commit/],
    ['a hash of nothing', 'deadbeef', /names no commit/],
    ['more steps than there are', 'HEAD~9', /names no commit/],
    ['a line', '17.0\n', /names no commit/],
    ['nothing at all', '', /names no commit/],
  ])('are not known for %s', async (_, base, message) => {
    expect(await changed(build(), base)).toMatch(message);
  });

  it('are not known where a shallow clone does not have the common commit', async () => {
    const world = build();
    git(
      world,
      'repo',
      'clone',
      '-q',
      '--depth',
      '1',
      '--no-single-branch',
      `file://${world.at('repo')}`,
      world.at('shallow'),
    );
    expect(await changed(world, 'origin/17.0', 'shallow')).toMatch(
      /no common commit .* shallow.*fetch-depth: 0/s,
    );
    expect(await changed(world, 'HEAD~1', 'shallow')).toMatch(/names no commit.*fetch-depth: 0/s);
    git(world, 'shallow', 'fetch', '-q', '--unshallow');
    expect(await changed(world, 'origin/17.0', 'shallow')).toEqual(['a/x', 'new/x']);
  });

  it('are not known where histories have nothing in common, or there is no commit', async () => {
    const world = build();
    git(world, 'repo', 'checkout', '-q', '--orphan', 'other');
    commit(world, 'repo', 'z');
    expect(await changed(world, '17.0')).toMatch(/unrelated/);
    world.folder('empty');
    git(world, 'empty', 'init', '-q');
    expect(await changed(world, '17.0', 'empty')).toMatch(/has no commit/);
  });
});
