import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Root } from '../../src/addons/roots.ts';
import {
  describeForeign,
  type Entry,
  inspectEntry,
  realpathOfBroken,
} from '../../src/links/inspect-entry.ts';
import { openDir } from '../support/batch.ts';
import { systemError } from '../support/changes.ts';
import { patchFs } from '../support/patch-fs.ts';
import { createWorld } from '../support/world.ts';

/** Roots with an Enterprise checkout inside one of OCA checkouts, and everything a name may hold. */
function prepare() {
  const world = createWorld();
  for (const name of ['oca/web/a', 'oca/ee/b', 'core/base', 'elsewhere/c', 'linked/real']) world.folder(name);
  world.module('linked/copied');
  world.file('linked/file');
  execFileSync('mkfifo', [world.at('linked/fifo')]);
  world.link('elsewhere/c', 'oca/web/out');
  world.link('../oca/web', 'linked/via');
  const links: Record<string, string> = {
    oca: world.at('oca/web/a'),
    relative: '../oca/web/a',
    ee: world.at('oca/ee/b'),
    core: world.at('core/base'),
    foreign: world.at('elsewhere/c'),
    root: world.at('oca'),
    through: 'via/a',
    broken: world.at('oca/web/gone'),
    deep: world.at('oca/gone/deep/er'),
    away: world.at('elsewhere/gone'),
    dots: '../oca/web/../ee/gone',
    loop: 'loop',
    chain: 'broken',
    behindFile: 'file/x',
    nowhere: '/nowhere/at/all',
  };
  for (const [name, target] of Object.entries(links)) world.link(target, `linked/${name}`);
  const roots: Root[] = [
    { family: 'oca', path: world.at('oca') },
    { family: 'ee', path: world.at('oca/ee') },
    { family: 'core', path: world.at('core') },
  ];
  const dir = openDir(world.at('linked'));
  return { world, links, dir, look: (name: string) => inspectEntry(dir, name, roots) };
}

describe('a name in an addons directory', () => {
  it.each<[string, Entry]>([
    ['none', { kind: 'absent' }],
    ['real', { kind: 'occupied', by: 'no module' }],
    ['copied', { kind: 'occupied', by: 'directory' }],
    ['file', { kind: 'occupied', by: 'file' }],
    ['fifo', { kind: 'occupied', by: 'special file' }],
  ])('%s holds no link', (name, entry) => {
    expect(prepare().look(name)).toEqual(entry);
  });

  it.each([
    ['oca', 'oca/web/a', 'oca'],
    ['relative', 'oca/web/a', 'oca'],
    ['ee', 'oca/ee/b', 'ee'],
    ['core', 'core/base', 'core'],
    ['foreign', 'elsewhere/c', null],
    ['root', 'oca', 'oca'],
    ['through', 'oca/web/a', 'oca'],
    // Where a broken one would lead says whose it is.
    ['broken', null, 'oca'],
    ['deep', null, 'oca'],
    ['away', null, null],
    ['dots', null, null],
    ['loop', null, null],
    ['chain', null, null],
    ['behindFile', null, null],
    ['nowhere', null, null],
  ] as const)('%s holds a link that leads to %j, of %j', (name, source, family) => {
    const { world, links, look } = prepare();
    const leadsTo = source === null ? null : world.at(source);
    expect(look(name)).toEqual({ kind: 'link', target: links[name], source: leadsTo, family });
  });

  it('is looked at again when it changes under the look, and given up after three', () => {
    const { look } = prepare();
    let failures = 2;
    patchFs('readlinkSync', (real) => (path: string) => {
      if (failures-- > 0) throw systemError('EINVAL');
      return real(path);
    });
    expect(look('oca')).toMatchObject({ kind: 'link' });
    failures = 3;
    expect(look('oca')).toMatchObject({ kind: 'occupied' });
    patchFs('readlinkSync', () => (path: string) => {
      rmSync(path);
      throw systemError('ENOENT');
    });
    expect(look('ee')).toEqual({ kind: 'absent' });
  });
});

describe('where a broken link would lead', () => {
  it.each([
    ['../oca/web/gone', 'oca/web/gone'],
    ['../oca/gone/deep', 'oca/gone/deep'],
    ['via/gone', 'oca/web/gone'],
    ['gone', 'linked/gone'],
    ['../../gone', '../gone'],
    ['../oca/./gone', null],
    ['../oca//gone', null],
    ['../oca/web/../gone', null],
    ['../oca/gone/', 'oca/gone'],
    ['broken', null],
    ['broken/x', null],
    ['loop/x', null],
    ['file/x', 'linked/file/x'],
  ])('%j is %j', (target, expected) => {
    const { world } = prepare();
    const leadsTo = expected === null ? null : world.at(expected);
    expect(realpathOfBroken(world.at('linked'), target)).toBe(leadsTo);
  });

  it('is its own path where all of it is gone', () => {
    expect(realpathOfBroken('/gone/too', '/nowhere/at/all')).toBe('/nowhere/at/all');
  });
});

it.each<[string | null, readonly string[] | null, string]>([
  ['/away/x', ['/linked'], 'leads outside the configured roots'],
  ['/linked/old/x', ['/linked'], 'leads to /linked/old/x, outside the configured roots'],
  ['/away/x', null, 'leads to /away/x, outside the configured roots'],
  [null, ['/linked'], 'leads nowhere'],
  [null, null, 'leads nowhere: /the/text does not exist'],
])('a foreign link to %j, where %j may be shown, %s', (source, shown, told) => {
  expect(describeForeign({ kind: 'link', target: '/the/text', source, family: null }, shown)).toBe(told);
});
