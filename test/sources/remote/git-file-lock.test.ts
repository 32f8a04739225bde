import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lockGitFile, movePacks } from '../../../src/sources/remote/git-file-lock.ts';
import { createWorld } from '../../support/world.ts';

describe('the lock of a file in a git folder', () => {
  it('has the new contents, which take effect at once, and is gone then', () => {
    const world = createWorld();
    const [git, scratch] = [world.folder('git'), world.folder('scratch')];
    world.file('git/refs/heads/a', 'old\n');
    const lock = lockGitFile(git, 'refs/heads/a', 'new\n', scratch);
    expect(readFileSync(world.at('git/refs/heads/a.lock'), 'utf8')).toBe('new\n');
    expect(readFileSync(world.at('git/refs/heads/a'), 'utf8')).toBe('old\n');
    lock?.put();
    expect(readFileSync(world.at('git/refs/heads/a'), 'utf8')).toBe('new\n');
    expect(readdirSync(world.at('git/refs/heads'))).toEqual(['a']);
    expect(readdirSync(scratch)).toEqual([]);
    // Somebody else has locked it since.
    world.file('git/refs/heads/a.lock', 'theirs');
    lock?.release();
    expect(readFileSync(world.at('git/refs/heads/a.lock'), 'utf8')).toBe('theirs');
  });

  it('makes the folders of a new file, and leaves nothing when it is released', () => {
    const world = createWorld();
    const lock = lockGitFile(world.folder('git'), 'refs/remotes/origin/a', 'new\n', world.folder('scratch'));
    lock?.release();
    expect(readdirSync(world.at('git/refs/remotes/origin'))).toEqual([]);
  });

  it('is had by one alone', () => {
    const world = createWorld();
    const [git, scratch] = [world.folder('git'), world.folder('scratch')];
    world.file('git/a.lock', 'theirs');
    expect(lockGitFile(git, 'a', 'mine', scratch)).toBeNull();
    expect(readFileSync(world.at('git/a.lock'), 'utf8')).toBe('theirs');
    expect(readdirSync(scratch)).toEqual([]);
  });

  it('is not taken where a symlink leads elsewhere, or a folder is in the place of the file', () => {
    const world = createWorld();
    const [git, scratch] = [world.folder('git'), world.folder('scratch')];
    world.folder('elsewhere');
    world.link(world.at('elsewhere'), 'git/refs');
    for (const name of ['refs/a', 'refs/remotes/origin/a'])
      expect(lockGitFile(git, name, 'x', scratch)).toBeNull();
    expect(readdirSync(world.at('elsewhere'))).toEqual([]);
    world.file('target', 'theirs');
    world.link(world.at('target'), 'git/b');
    world.folder('git/c');
    for (const name of ['b', 'c']) expect(lockGitFile(git, name, 'x', scratch)).toBeNull();
    expect(readdirSync(git).sort()).toEqual(['b', 'c', 'refs']);
  });
});

describe('packs', () => {
  const name = `pack-${'a'.repeat(40)}`;

  it('are moved with their index last, without what is none', () => {
    const world = createWorld();
    for (const end of ['idx', 'keep', 'pack', 'rev']) world.file(`from/${name}.${end}`, end);
    world.file('from/tmp_pack_x');
    expect(movePacks(world.at('from'), world.at('to'), readdirSync(world.at('from')))).toBe(true);
    expect(readdirSync(world.at('to'))).toEqual([`${name}.idx`, `${name}.pack`, `${name}.rev`]);
    expect(readdirSync(world.at('from'))).toEqual([`${name}.keep`, 'tmp_pack_x']);
  });

  it('that are there already stay', () => {
    const world = createWorld();
    for (const folder of ['from', 'to']) world.file(`${folder}/${name}.pack`, folder);
    movePacks(world.at('from'), world.at('to'), [`${name}.pack`]);
    expect(readFileSync(world.at(`to/${name}.pack`), 'utf8')).toBe('to');
  });

  it('are not moved to where a symlink leads', () => {
    const world = createWorld();
    world.file(`from/${name}.pack`);
    world.folder('elsewhere');
    symlinkSync(world.at('elsewhere'), world.at('to'));
    expect(movePacks(world.at('from'), world.at('to'), [`${name}.pack`])).toBe(false);
    expect(existsSync(world.at(`from/${name}.pack`))).toBe(true);
  });
});
