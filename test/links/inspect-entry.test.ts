import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Root } from '../../src/addons/roots.ts';
import { createPathMap } from '../../src/base/path-map.ts';
import { describeForeign, type Entry, inspectEntry } from '../../src/links/inspect-entry.ts';
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
  return { world, links, dir, look: (name: string) => inspectEntry(dir, name, { roots, paths: null }) };
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

describe('a name in an addons directory of an Odoo that sees other paths', () => {
  const look = (text: string) => {
    const world = createWorld();
    for (const name of ['srv/oca/web/a', 'srv/linked', 'outside/oca/b', 'mine']) world.folder(name);
    world.link('/mnt/oca/web', 'srv/alias');
    world.link(text.replace('HERE', world.path), 'srv/linked/a');
    const paths = createPathMap([{ host: world.at('srv'), odoo: '/mnt' }]);
    const roots: Root[] = [
      { family: 'oca', path: world.at('srv/oca') },
      { family: 'own', path: world.at('outside/oca') },
    ];
    const entry = inspectEntry(openDir(world.at('srv/linked')), 'a', { roots, paths });
    return JSON.parse(JSON.stringify(entry).replaceAll(world.path, 'HERE'));
  };
  const found = (source: string | null, family: string | null, more = {}) => ({ source, family, ...more });

  it.each([
    ['/mnt/oca/web/a', found('HERE/srv/oca/web/a', 'oca')],
    ['../oca/web/a', found('HERE/srv/oca/web/a', 'oca')],
    ['/mnt/alias/a', found('HERE/srv/oca/web/a', 'oca')],
    ['/mnt/oca/web/gone', found(null, 'oca')],
    // Written for this host: Odoo does not find it, and it is ours all the same.
    ['HERE/srv/oca/web/a', found(null, 'oca', { meant: 'HERE/srv/oca/web/a' })],
    ['HERE/outside/oca/b', found(null, 'own', { meant: 'HERE/outside/oca/b' })],
    ['HERE/srv/oca/web/gone', found(null, 'oca')],
    ['/mnt/linked', found('HERE/srv/linked', null)],
    ['HERE/mine', found(null, null, { isBeyond: true })],
    ['/usr/lib/odoo/addons/a', found(null, null, { isBeyond: true })],
    ['/mnt/gone', found(null, null)],
  ])('%s is followed as Odoo does: %j', (text, expected) => {
    expect(look(text)).toEqual({ kind: 'link', target: text, ...expected });
  });
});

it.each([
  [null, 'leads to /the/text, out of the folders that `paths` maps, where only Odoo sees'],
  [['/linked'], 'leads out of the folders that `paths` maps, where only Odoo sees'],
])('a foreign link that only Odoo follows, where %j may be shown, %s', (shown, told) => {
  const link = { kind: 'link', target: '/the/text', source: null, family: null, isBeyond: true } as const;
  expect(describeForeign(link, shown)).toBe(told);
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
