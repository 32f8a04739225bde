import { describe, expect, it } from 'vitest';
import { isCalledAny, readOwners } from '../../src/addons/owners.ts';
import type { Root } from '../../src/addons/roots.ts';
import { repositoryName } from '../../src/base/repository-name.ts';
import { noTurns } from '../support/turns.ts';
import { createWorld, type World } from '../support/world.ts';

/** The names of the repositories that a folder belongs to. */
async function owners(world: World, path: string, ...roots: string[]): Promise<string[]> {
  const listed = roots.map((root): Root => ({ family: 'oca', path: world.at(root) }));
  return (await readOwners(listed, noTurns))(world.at(path)).map(({ name }) => name);
}

describe('a folder belongs to', () => {
  it('the repository that the root lists, however deep in it it lies and whatever the folders around are called', async () => {
    const world = createWorld();
    world.module('oca/good/a');
    world.module('oca/evil/good/b');
    expect(await owners(world, 'oca/good/a', 'oca')).toEqual(['good']);
    expect(await owners(world, 'oca/evil/good/b', 'oca')).toEqual(['evil']);
  });

  it('the repository by the name in the root, where that is a symlink', async () => {
    const world = createWorld();
    world.module('oca/.store/web-17/a');
    world.link('.store/web-17', 'oca/web');
    const ownersOf = await readOwners([{ family: 'oca', path: world.at('oca') }], noTurns);
    const [owner] = ownersOf(world.at('oca/.store/web-17/a'));
    expect(owner).toMatchObject({ name: 'web', path: world.at('oca/web') });
  });

  it('both repositories, the innermost first, where the roots list one in another', async () => {
    const world = createWorld();
    world.module('oca/evil/web/a');
    world.module('oca/evil/b');
    world.link('evil/web', 'oca/web');
    expect(await owners(world, 'oca/evil/web/a', 'oca')).toEqual(['web', 'evil']);
    expect(await owners(world, 'oca/evil/web/a', 'oca', 'oca/evil')).toEqual(['web', 'web', 'evil']);
  });

  it('the root, too, where that holds modules or is a checkout', async () => {
    const world = createWorld();
    world.module('single/good/a');
    expect(await owners(world, 'single/good/a', 'single')).toEqual(['good']);
    world.file('single/.git');
    expect(await owners(world, 'single/good/a', 'single')).toEqual(['good', 'single']);
    world.module('other/b');
    world.module('other/good/a');
    expect(await owners(world, 'other/good/a', 'other')).toEqual(['good', 'other']);
  });

  it('none where the roots list none around it', async () => {
    const world = createWorld();
    world.module('oca/web/a');
    world.module('oca/.hidden/b');
    world.module('oca/web-evil/c');
    expect(await owners(world, 'oca/.hidden/b', 'oca')).toEqual([]);
    expect(await owners(world, 'oca/web-evil/c', 'oca/web')).toEqual([]);
  });
});

describe('the repository web is called', () => {
  const web = [{ name: 'web', path: '/srv/oca/web' }];

  it.each([
    ['web', true],
    ['/srv/oca/web', true],
    ['OCA/web', true],
    ['oca/web', true],
    ['https://github.com/OCA/web', true],
    ['https://github.com/OCA/web.git', true],
    ['git@github.com:OCA/web.git', true],
    ['acme/web', false],
    ['https://github.com/acme/web', false],
    ['/srv/other/web', false],
    ['Web', false],
    ['web.git', false],
    ['', false],
  ])('%j: %s', (repo, isCalled) => {
    expect(isCalledAny(web, repo)).toBe(isCalled);
    // What a policy compares must be the folder's name, or a rule could be avoided by another spelling.
    if (isCalled) expect(repositoryName(repo)).toBe('web');
  });
});
