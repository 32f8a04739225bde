import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { Interruption } from '../../src/base/interruption.ts';
import { provenObjects } from '../../src/sources/git-objects.ts';
import { systemError } from '../support/changes.ts';
import { nextDescriptor, patchFs } from '../support/patch-fs.ts';
import { createWorld, type World } from '../support/world.ts';

const ALTERNATES = 'root/repo/.git/objects/info/alternates';

/** Makes files, folders (a name that ends in `/`), links (a text that begins with `->`) and FIFOs (`|`). */
function build(entries: Readonly<Record<string, string>>): World {
  const world = createWorld();
  world.folder('root/repo/.git/objects');
  for (const [name, text] of Object.entries(entries)) {
    const given = text.replaceAll('WORLD', world.path);
    if (name.endsWith('/')) world.folder(name);
    else if (given.startsWith('->')) world.link(given.slice(2), name);
    else if (given === '|') execFileSync('mkfifo', [world.at(name)]);
    else world.file(name, given);
  }
  return world;
}

/** What is proven, as folders in the world and their parts; null for nothing. */
function prove(world: World, common = 'root/repo/.git') {
  const path = world.at(common);
  const proven = provenObjects({
    root: world.at('root'),
    worktree: world.at('root/repo'),
    path,
    common: path,
  });
  return proven?.map(({ path, parts }) => [path.slice(world.path.length + 1), ...[...parts].sort()]) ?? null;
}

const OWN = 'root/repo/.git/objects';
/** A list of so many folders to borrow from. */
const many = (count: number) => Array.from({ length: count }, (_, at) => `WORLD/root/other${at}\n`).join('');
const folders = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`root/other${at}/`, '']));
const named = (count: number) => Array.from({ length: count }, (_, at) => [`root/other${at}`]);

describe('the objects of a repository', () => {
  it.each<[string, Record<string, string>, string[][] | null]>([
    ['none', {}, [[OWN]]],
    [
      'packs and loose ones',
      { [`${OWN}/pack/a.pack`]: '', [`${OWN}/00/a`]: '', [`${OWN}/ff/b`]: '', [`${OWN}/a9/`]: '' },
      [[OWN, '00', 'a9', 'ff', 'pack']],
    ],
    [
      'nothing of other names',
      {
        [`${OWN}/info/packs`]: '',
        [`${OWN}/packs/`]: '',
        [`${OWN}/xpack/`]: '',
        [`${OWN}/0/`]: '',
        [`${OWN}/000/`]: '',
        [`${OWN}/0g/`]: '',
        [`${OWN}/AA/`]: '',
        [`${OWN}/ab`]: '',
      },
      [[OWN]],
    ],
    ['none where one is a link', { [`${OWN}/ab/x`]: '->../y' }, null],
    ['none where a pack is a link', { [`${OWN}/pack/x.pack`]: '->y', [`${OWN}/00/a`]: '' }, null],
    ['none where one is a folder', { [`${OWN}/ab/x/`]: '' }, null],
    ['none where one is a FIFO', { [`${OWN}/ab/`]: '', [`${OWN}/ab/x`]: '|' }, null],
    ['none where a folder of them is a link', { [`${OWN}/ab`]: '->../../../../ab', 'root/ab/': '' }, null],
    ['none where anything beside is a link', { [`${OWN}/other`]: '->x' }, null],
    ['none where info is a link', { [`${OWN}/info`]: '->../../../../info', 'root/info/': '' }, null],
    [
      'some of a folder in the root',
      { [ALTERNATES]: 'WORLD/root/other\n', 'root/other/12/a': '' },
      [[OWN], ['root/other', '12']],
    ],
    [
      'some of a folder without an end of line',
      { [ALTERNATES]: 'WORLD/root/other', 'root/other/': '' },
      [[OWN], ['root/other']],
    ],
    [
      'some of a relative folder',
      { [ALTERNATES]: '../../../other\n', 'root/other/': '' },
      [[OWN], ['root/other']],
    ],
    ['some of the root itself', { [ALTERNATES]: 'WORLD/root\n', 'root/aa/x': '' }, [[OWN], ['root', 'aa']]],
    [
      'some of a folder behind a link',
      { [ALTERNATES]: 'WORLD/root/link\n', 'root/other/': '', 'root/link': '->other' },
      [[OWN], ['root/other']],
    ],
    [
      'some of two folders, and a comment',
      { [ALTERNATES]: '# WORLD/away\n\nWORLD/root/a\nWORLD/root/b\n', 'root/a/': '', 'root/b/': '' },
      [[OWN], ['root/a'], ['root/b']],
    ],
    [
      'some of a folder once, however often it is named',
      { [ALTERNATES]: 'WORLD/root/a\nWORLD/root/a\n', 'root/a/': '' },
      [[OWN], ['root/a']],
    ],
    [
      'some of a folder that borrows too',
      { [ALTERNATES]: 'WORLD/root/a\n', 'root/a/info/alternates': '../b\n', 'root/b/cd/x': '' },
      [[OWN], ['root/a'], ['root/b', 'cd']],
    ],
    [
      'some of a folder that borrows back',
      { [ALTERNATES]: 'WORLD/root/a\n', 'root/a/info/alternates': `WORLD/${OWN}\n` },
      [[OWN], ['root/a']],
    ],
    ['none where a folder is outside of the root', { [ALTERNATES]: 'WORLD/away\n', 'away/': '' }, null],
    [
      'none where a folder is outside through a link',
      { [ALTERNATES]: 'WORLD/root/link\n', 'root/link': '->../away', 'away/': '' },
      null,
    ],
    [
      'none where the name of a folder only begins as the root',
      { [ALTERNATES]: 'WORLD/root2\n', 'root2/': '' },
      null,
    ],
    [
      'none where a folder that is borrowed from borrows outside',
      { [ALTERNATES]: 'WORLD/root/a\n', 'root/a/info/alternates': 'WORLD/away\n', 'away/': '' },
      null,
    ],
    ['none where a folder is not there', { [ALTERNATES]: 'WORLD/root/none\n' }, null],
    ['none where a folder is a file', { [ALTERNATES]: 'WORLD/root/file\n', 'root/file': '' }, null],
    ['none where a folder holds a link', { [ALTERNATES]: 'WORLD/root/a\n', 'root/a/x': '->y' }, null],
    ['none where a line is quoted', { [ALTERNATES]: '"a"\n', [`${OWN}/"a"/`]: '' }, null],
    ['none where a quoted line leads nowhere', { [ALTERNATES]: '"WORLD/root/a"\n', 'root/a/': '' }, null],
    [
      'none where a second line is quoted',
      { [ALTERNATES]: 'WORLD/root/a\n"WORLD/root/b"\n', 'root/a/': '' },
      null,
    ],
    [
      'some where a quote is within a line',
      { [ALTERNATES]: 'WORLD/root/a"\n', 'root/a"/': '' },
      [[OWN], ['root/a"']],
    ],
    ['none where the list is a folder', { [`${ALTERNATES}/x`]: '' }, null],
    ['none where the list is a link', { [ALTERNATES]: '->list', [`${OWN}/info/list`]: '' }, null],
    ['those of a list as long as is read', { [ALTERNATES]: `#${'x'.repeat(65_535)}` }, [[OWN]]],
    ['none where the list is longer', { [ALTERNATES]: `#${'x'.repeat(65_536)}` }, null],
    [
      'some of as many folders as are looked at',
      { [ALTERNATES]: many(19), ...folders(19) },
      [[OWN], ...named(19)],
    ],
    ['none where there are more', { [ALTERNATES]: many(20), ...folders(20) }, null],
    [
      'some where a folder is named so often',
      { [ALTERNATES]: 'WORLD/root/a\n'.repeat(20), 'root/a/': '' },
      [[OWN], ['root/a']],
    ],
    ['none where it is named more often', { [ALTERNATES]: 'WORLD/root/a\n'.repeat(21), 'root/a/': '' }, null],
  ])('are %s', (_, entries, expected) => {
    const world = build(entries);
    const free = nextDescriptor();
    expect(prove(world)).toEqual(expected);
    expect(nextDescriptor()).toBe(free);
  });

  it('are not told where a list is no text', () => {
    // As it would be read as text.
    const world = build({ [`${OWN}/a\ufffd/`]: '' });
    world.folder('root/repo/.git/objects/info');
    execFileSync('sh', ['-c', `printf 'a\\377\\n' > "$0"`, world.at(ALTERNATES)]);
    expect(prove(world)).toBe(null);
  });

  it('are none where their folder is a link, is not there, or lies behind a link', () => {
    expect(prove(build({ 'root/bare/objects': '->../real', 'root/real/': '' }), 'root/bare')).toBe(null);
    expect(prove(build({ 'root/bare/': '' }), 'root/bare')).toBe(null);
    expect(prove(build({ 'root/alias': '->repo' }), 'root/alias/.git')).toBe(null);
  });

  it.each([
    ['ENOENT', [[OWN, 'ab']]],
    ['EACCES', null],
  ])('are those that are there when a folder cannot be listed for %s', (code, expected) => {
    const world = build({ [`${OWN}/ab/x`]: '' });
    patchFs('opendirSync', (real) => (path: string) => {
      if (path.endsWith('/ab')) throw systemError(code);
      return real(path);
    });
    expect(prove(world)).toEqual(expected);
  });

  it('stop the work when the server has no descriptors left', () => {
    const world = build({});
    patchFs('opendirSync', () => () => {
      throw systemError('EMFILE');
    });
    expect(() => prove(world)).toThrow(Interruption);
  });

  /** As if each folder of objects held so many files. */
  function fill(counts: Readonly<Record<string, number>>) {
    patchFs('opendirSync', (real) => (path: string) => {
      const count = counts[path.slice(path.lastIndexOf('/') + 1)];
      if (count === undefined) return real(path);
      let left = count;
      const entry = { name: 'x', isFile: () => true, isSymbolicLink: () => false, isDirectory: () => false };
      return { readSync: () => (left-- > 0 ? entry : null), closeSync() {} };
    });
  }

  it('are looked at up to 20,000 entries, of all folders together', () => {
    const world = build({ [`${OWN}/ab/`]: '', [`${OWN}/cd/`]: '' });
    const looked = (ab: number, cd: number) => {
      fill({ ab, cd });
      return prove(world);
    };
    // The folders are entries themselves.
    expect(looked(10_000, 9998)).toEqual([[OWN, 'ab', 'cd']]);
    expect(looked(10_000, 9999)).toBe(null);
    expect(looked(20_000, 0)).toBe(null);
  });
});
