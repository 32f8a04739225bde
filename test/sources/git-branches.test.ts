import { describe, expect, it } from 'vitest';
import { heldBranches } from '../../src/sources/git-branches.ts';
import { findGitFolder } from '../../src/sources/git-folder.ts';
import { createUpstream, git } from '../support/upstream.ts';
import { createWorld, type World } from '../support/world.ts';

const labels = (world: World, folder: string, isWanted = (_: string) => true) => {
  const found = findGitFolder(world.at(folder), world.path);
  if (found === null) throw new Error('no git folder');
  return heldBranches(found, isWanted).branches.map(({ label, name }) =>
    label === name ? label : `${label} (${name})`,
  );
};

/** A clone with branches of its own and of two remotes, packed and loose. */
function build() {
  const world = createWorld();
  const upstream = createUpstream(world);
  const old = upstream.commit('web', { a: {} }, '16.0');
  const now = upstream.commit('web', { b: {} }, '17.0');
  git(world.path, 'clone', '-q', `${upstream.folder}/web`, world.at('web'));
  const clone = (...args: string[]) => git(world.at('web'), ...args);
  clone('branch', '17.0-mig/a', now);
  clone('pack-refs', '--all');
  clone('branch', 'topic', now);
  clone('update-ref', 'refs/remotes/fork/16.0', now);
  clone('update-ref', 'refs/tags/17.0', now);
  return { world, clone, old, now };
}

describe('the branches that a checkout holds', () => {
  it('are its own, and those of its remotes, be they packed or not', () => {
    const { world } = build();
    expect(labels(world, 'web')).toEqual([
      ...['17.0', '17.0-mig/a', 'topic'],
      ...['fork/16.0 (16.0)', 'origin/16.0 (16.0)', 'origin/17.0 (17.0)'],
    ]);
    expect(labels(world, 'web', (name) => name === '16.0')).toEqual([
      'fork/16.0 (16.0)',
      'origin/16.0 (16.0)',
    ]);
  });

  it('have the commits that git has, also where a packed one has moved on, and in a worktree', () => {
    const { world, clone, old } = build();
    clone('update-ref', 'refs/remotes/origin/17.0', old);
    clone('worktree', 'add', '-q', '-b', 'other', world.at('tree'));
    for (const folder of ['web', 'tree']) {
      const { branches: found } = heldBranches(
        findGitFolder(world.at(folder), world.path) as never,
        () => true,
      );
      for (const { label, commit } of found) expect(commit).toBe(clone('rev-parse', label));
      expect(found.map(({ label }) => label)).toContain('other');
    }
  });

  it('are none where there are too many, or refs are not as git writes them', () => {
    const { world } = build();
    for (let index = 0; index < 250; index++)
      world.file(`web/.git/refs/heads/x${index}`, `${'0'.repeat(40)}\n`);
    expect(labels(world, 'web')).toEqual([]);
    expect(labels(world, 'web', (name) => name === '16.0')).toHaveLength(2);
    const other = build();
    other.world.file(
      'web/.git/packed-refs',
      `${'0'.repeat(40)} refs/heads/b\n${'0'.repeat(40)} refs/heads/a\n`,
    );
    expect(labels(other.world, 'web')).toEqual([]);
  });

  it('are not what lies elsewhere, names no commit, or could be no branch', () => {
    const { world } = build();
    const hash = `${'1'.repeat(40)}\n`;
    world.file('outside/19.0', hash);
    world.link(world.at('outside'), 'web/.git/refs/remotes/evil');
    world.link(world.at('outside/19.0'), 'web/.git/refs/heads/19.0');
    for (const name of ['a.lock', '..x', 'a b', '-', '.hidden'])
      world.file(`web/.git/refs/heads/${name}`, hash);
    world.file('web/.git/refs/heads/words', 'no hash\n');
    world.file('web/.git/refs/heads/symbolic', 'ref: refs/heads/17.0\n');
    world.file(`web/.git/refs/heads/${'d/'.repeat(10)}deep`, hash);
    expect(labels(world, 'web')).toEqual([
      ...['-', '17.0', '17.0-mig/a', 'topic'],
      ...['fork/16.0 (16.0)', 'origin/16.0 (16.0)', 'origin/17.0 (17.0)'],
    ]);
  });
});
