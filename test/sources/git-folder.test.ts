import { execFileSync } from 'node:child_process';
import { chownSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isInside } from '../../src/base/paths.ts';
import { findGitFolder, pointsBackBySetting } from '../../src/sources/git-folder.ts';
import { unprivileged } from '../support/users.ts';
import { createWorld, type World } from '../support/world.ts';

/** Makes the files, folders (a name that ends in `/`) and links (a text that begins with `->`). */
function build(entries: Readonly<Record<string, string>>): World {
  const world = createWorld();
  for (const [name, text] of Object.entries(entries)) {
    const given = text.replaceAll('WORLD', world.path);
    if (name.endsWith('/')) world.folder(name);
    else if (given.startsWith('->')) world.link(given.slice(2), name);
    else world.file(name, given);
  }
  return world;
}

/** What is found from a folder below the root, as paths in the world; null for nothing. */
function find(world: World, folder: string, root = 'root') {
  const found = findGitFolder(world.at(folder), world.at(root));
  if (found === null) return null;
  const { worktree, path, common } = found;
  expect(found.root).toBe(isInside(worktree, world.at(root)) ? world.at(root) : worktree);
  return [worktree, path, common].map((path) => path.slice(world.path.length + 1));
}

type Row = [string, Record<string, string>, string, string[] | null, string?];
const OWN = ['root/repo', 'root/repo/.git', 'root/repo/.git'];
const OF_ROOT = ['root', 'root/.git', 'root/.git'];
/** A linked worktree, and the repository it belongs to. */
const TREE = {
  'root/repo/.git/worktrees/tree/commondir': '../..\n',
  'root/repo/.git/worktrees/tree/gitdir': 'WORLD/root/tree/.git\n',
  'root/tree/.git': 'gitdir: WORLD/root/repo/.git/worktrees/tree\n',
};
const OF_TREE = ['root/tree', 'root/repo/.git/worktrees/tree', 'root/repo/.git'];
/** The same with the repository outside of the root. */
const AWAY = {
  'away/.git/worktrees/tree/commondir': '../..\n',
  'away/.git/worktrees/tree/gitdir': 'WORLD/root/tree/.git\n',
  'root/tree/.git': 'gitdir: ../../away/.git/worktrees/tree\n',
};
const OF_AWAY = ['root/tree', 'away/.git/worktrees/tree', 'away/.git'];
const SUBMODULE = {
  'away/modules/sub/config': '[core]\nworktree = ../../../root/sub\n',
  'root/sub/.git': 'gitdir: ../../away/modules/sub\n',
};

describe('the git folder of a checkout', () => {
  it.each<Row>([
    ['in the folder', { 'root/repo/.git/': '' }, 'root/repo', OWN],
    ['above the folder', { 'root/repo/.git/': '', 'root/repo/a/b/': '' }, 'root/repo/a/b', OWN],
    ['in the root', { 'root/.git/': '', 'root/a/': '' }, 'root/a', ['root', 'root/.git', 'root/.git']],
    ['nowhere', { 'root/a/': '' }, 'root/a', null],
    ['above the root', { 'root/.git/': '', 'root/addons/a/': '' }, 'root/addons/a', OF_ROOT, 'root/addons'],
    [
      'above the root, although the root contains one beside the folder',
      { 'root/.git/': '', 'root/addons/other/.git/': '', 'root/addons/a/': '' },
      'root/addons/a',
      OF_ROOT,
      'root/addons',
    ],
    [
      'above the root, named by a file, if it names the checkout',
      { ...SUBMODULE, 'root/sub/addons/a/': '' },
      'root/sub/addons/a',
      ['root/sub', 'away/modules/sub', 'away/modules/sub'],
      'root/sub/addons',
    ],
    [
      'above the root, named by a file, if it is elsewhere and names nothing',
      { 'root/.git': 'gitdir: ../away\n', 'away/': '', 'root/addons/a/': '' },
      'root/addons/a',
      null,
      'root/addons',
    ],
    ['of a folder that does not exist', { 'root/.git/': '' }, 'root/none', null],
    ['of a folder outside the root', { 'other/.git/': '', 'root/': '' }, 'other', null],
    ['of a folder beside the root with a longer name', { 'root2/.git/': '', 'root/': '' }, 'root2', null],
    ['of a folder behind a link', { 'root/repo/.git/': '', 'root/link': '->repo' }, 'root/link', OWN],
    ['the nearest, even where it is none', { 'root/.git/': '', 'root/repo/.git': 'x' }, 'root/repo', null],
    [
      'a link to a folder in the root',
      { 'root/repo/.git': '->../real', 'root/real/': '' },
      'root/repo',
      ['root/repo', 'root/real', 'root/real'],
    ],
    [
      'a link to a folder outside of it',
      { 'root/repo/.git': '->../../away', 'away/': '' },
      'root/repo',
      null,
    ],
    ['a link that leads nowhere', { 'root/repo/.git': '->none', 'root/.git/': '' }, 'root/repo', null],
    ['a link to a file', { 'root/repo/.git': '->../real', 'root/real': '' }, 'root/repo', null],
    [
      'named by a file',
      { 'root/repo/.git': 'gitdir: ../real\n', 'root/real/': '' },
      'root/repo',
      ['root/repo', 'root/real', 'root/real'],
    ],
    [
      'named by a file without an end of line',
      { 'root/repo/.git': 'gitdir: ../real', 'root/real/': '' },
      'root/repo',
      ['root/repo', 'root/real', 'root/real'],
    ],
    [
      'named by an absolute path',
      { 'root/repo/.git': 'gitdir: WORLD/root/real\n', 'root/real/': '' },
      'root/repo',
      ['root/repo', 'root/real', 'root/real'],
    ],
    [
      'named by the largest file that is read',
      { 'root/repo/.git': `gitdir: ${'./'.repeat(4088)}../real\n`, 'root/real/': '' },
      'root/repo',
      ['root/repo', 'root/real', 'root/real'],
    ],
    [
      'named by a larger file',
      { 'root/repo/.git': `gitdir: ${'./'.repeat(4088)}../real/\n`, 'root/real/': '' },
      'root/repo',
      null,
    ],
    [
      'a file that it is named by',
      { 'root/repo/.git': 'gitdir: ../real\n', 'root/real': '' },
      'root/repo',
      null,
    ],
    [
      'named by a file that leads nowhere',
      { 'root/repo/.git': 'gitdir: ../none\n', 'root/.git/': '' },
      'root/repo',
      null,
    ],
    [
      'named by a file with more in it',
      { 'root/repo/.git': 'gitdir: ../real\nx\n', 'root/real/': '' },
      'root/repo',
      null,
    ],
    [
      'named by a file with two ends of line',
      { 'root/repo/.git': 'gitdir: ../real\n\n', 'root/real/': '' },
      'root/repo',
      null,
    ],
    [
      'named by a line as on Windows',
      { 'root/repo/.git': 'gitdir: ../real\r\n', 'root/real/': '' },
      'root/repo',
      null,
    ],
    [
      'named by a file with a NUL',
      { 'root/repo/.git': 'gitdir: ../real\0', 'root/real/': '' },
      'root/repo',
      null,
    ],
    [
      'named behind another word',
      { 'root/repo/.git': 'gitdir ../real\n', 'root/real/': '' },
      'root/repo',
      null,
    ],
    ['named by a blank', { 'root/repo/.git': 'gitdir:  real\n', 'root/repo/real/': '' }, 'root/repo', null],
    ['named by an empty file', { 'root/repo/.git': '', 'root/real/': '' }, 'root/repo', null],
    ['of a linked worktree', TREE, 'root/tree', OF_TREE],
    [
      'of a worktree that moved, in the root',
      { ...TREE, 'root/repo/.git/worktrees/tree/gitdir': '/other/.git\n' },
      'root/tree',
      OF_TREE,
    ],
    [
      'of a worktree whose common folder is no line',
      { ...TREE, 'root/repo/.git/worktrees/tree/commondir': '../..\n\n' },
      'root/tree',
      null,
    ],
    [
      'of a worktree whose common folder is not there',
      { ...TREE, 'root/repo/.git/worktrees/tree/commondir': '../../none\n' },
      'root/tree',
      null,
    ],
    [
      'of a worktree whose common folder is another one',
      { ...TREE, 'root/repo/.git/worktrees/tree/commondir': '../../..\n' },
      'root/tree',
      null,
    ],
    ['of a folder that calls itself a worktree', { 'root/repo/.git/commondir': '.\n' }, 'root/repo', null],
    [
      'of a folder whose common folder is a link',
      { 'root/repo/.git/commondir': '->none' },
      'root/repo',
      null,
    ],
    ['of a worktree of a repository outside of the root', AWAY, 'root/tree', OF_AWAY],
    [
      'of a worktree that is named by a relative path',
      { ...AWAY, 'away/.git/worktrees/tree/gitdir': '../../../../root/tree/.git\n' },
      'root/tree',
      OF_AWAY,
    ],
    [
      'of a worktree that is named through a link',
      { ...AWAY, 'away/.git/worktrees/tree/gitdir': 'WORLD/alias/.git\n', alias: '->root/tree' },
      'root/tree',
      OF_AWAY,
    ],
    [
      'of a worktree whose repository names another one',
      { ...AWAY, 'away/.git/worktrees/tree/gitdir': 'WORLD/root/other/.git\n', 'root/other/.git': '' },
      'root/tree',
      null,
    ],
    [
      'of a worktree whose repository names another file',
      { ...AWAY, 'away/.git/worktrees/tree/gitdir': 'WORLD/root/tree/git\n' },
      'root/tree',
      null,
    ],
    [
      'of a worktree whose repository does not name it',
      { ...AWAY, 'away/.git/worktrees/tree/gitdir': '->none' },
      'root/tree',
      null,
    ],
    ['of a submodule', SUBMODULE, 'root/sub', ['root/sub', 'away/modules/sub', 'away/modules/sub']],
    [
      'of a submodule of another work tree',
      { ...SUBMODULE, 'away/modules/sub/config': '[core]\nworktree = ../../../root\n' },
      'root/sub',
      null,
    ],
    [
      'of a repository elsewhere that says nothing',
      { ...SUBMODULE, 'away/modules/sub/config': '[core]\n' },
      'root/sub',
      null,
    ],
    [
      'of a repository elsewhere that cannot be understood',
      { ...SUBMODULE, 'away/modules/sub/config': 'x\n[core]\nworktree = ../../../root/sub\n' },
      'root/sub',
      null,
    ],
  ])('is found %s', (_, entries, folder, expected, root) => {
    expect(find(build(entries), folder, root)).toEqual(expected);
  });

  it('is not looked for in what is neither a folder nor a file, which is not opened', () => {
    const world = build({ 'root/repo/': '', 'root/.git/': '' });
    execFileSync('mkfifo', [world.at('root/repo/.git')]);
    expect(find(world, 'root/repo')).toBe(null);
  });

  it('is not trusted above the root where somebody else owns it', () => {
    // Only root can give files away.
    const { uid, gid } = unprivileged;
    if (uid === undefined) return;
    for (const theirs of ['shared', 'shared/.git']) {
      const world = build({ 'shared/.git/': '', 'shared/root/a/': '' });
      const look = () => findGitFolder(world.at('shared/root/a'), world.at('shared/root'));
      expect(look()).not.toBe(null);
      chownSync(world.at(theirs), uid, gid);
      expect(look()).toBe(null);
      chownSync(world.at('shared/root'), uid, gid);
      expect(look()).not.toBe(null);
    }
  });

  it('is not looked for where the root is gone, and is where it is behind a link', () => {
    const world = build({ 'root/repo/.git/': '', alias: '->root' });
    expect(findGitFolder(world.at('root/repo'), world.at('none'))).toBe(null);
    expect(findGitFolder(world.at('root/repo'), world.at('alias'))).toMatchObject({ root: world.at('root') });
    expect(findGitFolder(world.at('root'), world.at('root/repo'))).toBe(null);
  });
});

describe('a setting for the work tree', () => {
  it.each([
    ['../tree', true],
    ['WORLD/tree', true],
    ['WORLD/alias', true],
    ['../other', false],
    ['../none', false],
    ['', false],
    [undefined, false],
  ])('of %j leads back to it: %j', (value, expected) => {
    const world = build({ 'tree/': '', 'git/': '', 'other/': '', alias: '->tree' });
    const git = {
      root: world.path,
      worktree: world.at('tree'),
      path: world.at('git'),
      common: join(world.path, 'git'),
    };
    const settings = new Map(
      value === undefined ? [] : [['core.worktree', value.replace('WORLD', world.path)]],
    );
    expect(pointsBackBySetting(git, settings)).toBe(expected);
    expect(pointsBackBySetting(git, null)).toBe(false);
  });
});
