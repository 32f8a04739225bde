import { renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  followText,
  isShortest,
  pathNamedBy,
  realEntry,
  realpathOfBroken,
  realSeen,
} from '../../src/base/follow.ts';
import { createPathMap } from '../../src/base/path-map.ts';
import { realpathOrNull } from '../../src/base/paths.ts';
import fc from '../support/property.ts';
import { createWorld, type World } from '../support/world.ts';

/** Sources and links under `srv`, which Odoo sees at `/mnt`; and what lies elsewhere on this host, which it does not see. */
function prepare() {
  const world = createWorld();
  for (const folder of ['srv/oca/web/a', 'srv/linked', 'srv/ee', 'other/b', 'deep']) world.folder(folder);
  world.file('srv/file');
  world.link('/mnt/oca/web', 'srv/alias');
  world.link('alias', 'srv/alias2');
  world.link('../oca/web/a', 'srv/linked/relative');
  world.link('/mnt/linked/loop', 'srv/linked/loop');
  world.link('/mnt/oca/gone', 'srv/linked/broken');
  world.link(world.at('srv/oca/web/a'), 'srv/linked/for_host');
  const paths = createPathMap([
    { host: world.at('srv'), odoo: '/mnt' },
    { host: world.at('deep'), odoo: '/mnt/oca/deep' },
    { host: world.at('srv/ee'), odoo: '/opt/ee' },
  ]);
  return { world, paths, dir: world.at('srv/linked') };
}

const at = (world: World, path: string | null) => (path === null ? null : world.at(path));

describe('a link of an Odoo that sees other paths', () => {
  it.each<[text: string, real: string | null, isBeyond?: true]>([
    ['/mnt/oca/web/a', 'srv/oca/web/a'],
    ['/mnt/oca//web/./a/', 'srv/oca/web/a'],
    ['/mnt/linked/../oca/web/a', 'srv/oca/web/a'],
    ['../oca/web/a', 'srv/oca/web/a'],
    ['../../mnt/oca/web/a', 'srv/oca/web/a'],
    ['relative', 'srv/oca/web/a'],
    ['/mnt/alias/a', 'srv/oca/web/a'],
    ['../alias2/a', 'srv/oca/web/a'],
    // `..` is taken behind the symlink.
    ['/mnt/alias/../web/a', 'srv/oca/web/a'],
    ['/mnt/alias/../oca/web/a', null],
    ['/mnt/oca/deep', 'deep'],
    ['/mnt/ee', 'srv/ee'],
    ['/opt/ee', 'srv/ee'],
    ['/mnt', 'srv'],
    ['/mnt/file', 'srv/file'],
    ['/mnt/file/x', null],
    ['/mnt/oca/gone', null],
    ['broken', null],
    ['loop', null],
    ['for_host', null, true],
    ['/usr/lib/python3/dist-packages/odoo/addons/web', null, true],
    ['/mnt2/a', null, true],
    ['/opt', null, true],
    ['/', null, true],
    ['/opt/../mnt/oca', 'srv/oca'],
  ])('%s leads to %s', (text, real, isBeyond) => {
    const { world, paths, dir } = prepare();
    expect(followText(dir, text, paths)).toEqual({ real: at(world, real), isBeyond: isBeyond ?? false });
  });

  it('of this host leads nowhere, whatever is there', () => {
    const { world, paths, dir } = prepare();
    const text = world.at('srv/oca/web/a');
    expect(followText(dir, text, paths).real).toBeNull();
    expect(followText(dir, text, null)).toEqual({ real: text, isBeyond: false });
  });

  it('that Odoo does not see leads nowhere, unless it is absolute', () => {
    const { world, paths } = prepare();
    expect(followText(world.at('other'), 'b', paths)).toEqual({ real: null, isBeyond: false });
    expect(followText(world.at('other'), '/mnt/oca', paths).real).toBe(world.at('srv/oca'));
  });

  it.each<[text: string, leadsTo: string | null]>([
    ['/mnt/oca/gone', 'srv/oca/gone'],
    ['/mnt/oca/gone/deep/er', 'srv/oca/gone/deep/er'],
    ['/mnt/alias/gone', 'srv/oca/web/gone'],
    ['../oca/gone', 'srv/oca/gone'],
    ['/mnt/oca/deep/gone', 'deep/gone'],
    ['/mnt/oca/../gone', null],
    ['broken', null],
    ['broken/x', null],
    ['loop/x', null],
    ['/usr/lib/gone', null],
  ])('%s, if it is broken, would lead to %s', (text, leadsTo) => {
    const { world, paths, dir } = prepare();
    expect(realpathOfBroken(dir, text, paths)).toBe(at(world, leadsTo));
  });

  it('is an entry of a folder, as are files and folders', () => {
    const { world, paths, dir } = prepare();
    expect(realEntry(dir, 'relative', paths)).toBe(world.at('srv/oca/web/a'));
    expect(realEntry(world.at('srv'), 'alias', paths)).toBe(world.at('srv/oca/web'));
    expect(realEntry(world.at('srv'), 'oca', paths)).toBe(world.at('srv/oca'));
    expect([realEntry(dir, 'broken', paths), realEntry(dir, 'none', paths)]).toEqual([null, null]);
    // A folder that Odoo does not see is looked at as this host does.
    world.link('b', 'other/c');
    expect(realEntry(world.at('other'), 'c', paths)).toBe(world.at('other/b'));
    expect(realEntry(dir, 'for_host', null)).toBe(world.at('srv/oca/web/a'));
  });

  it('may be on the way to a path of this host that Odoo sees', () => {
    const { world, paths } = prepare();
    expect(realSeen(world.at('srv/alias/a'), paths)).toBe(world.at('srv/oca/web/a'));
    expect([realSeen(world.at('srv/none'), paths), realSeen(world.at('other'), paths)]).toEqual([null, null]);
    expect(realSeen(world.at('other'), null)).toBe(world.at('other'));
  });
});

describe('where a broken link would lead on this host', () => {
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
    const world = createWorld();
    for (const folder of ['oca/web', 'linked']) world.folder(folder);
    world.file('linked/file');
    world.link('../oca/web', 'linked/via');
    world.link(world.at('oca/web/gone'), 'linked/broken');
    world.link('loop', 'linked/loop');
    expect(realpathOfBroken(world.at('linked'), target, null)).toBe(at(world, expected));
  });

  it('is its own path where all of it is gone', () => {
    expect(realpathOfBroken('/gone/too', '/nowhere/at/all', null)).toBe('/nowhere/at/all');
  });
});

it('a text names a path without a look at it', () => {
  const paths = createPathMap([{ host: '/srv', odoo: '/mnt' }]);
  expect(pathNamedBy('/srv/linked', '/mnt/oca/../x', paths)).toBe('/srv/x');
  expect(pathNamedBy('/srv/linked', '../oca/x', paths)).toBe('/srv/oca/x');
  expect(pathNamedBy('/srv/linked', '../../usr/x', paths)).toBeNull();
  expect(pathNamedBy('/other', '../x', paths)).toBeNull();
  expect(pathNamedBy('/srv/linked', '../oca/x', null)).toBe('/srv/oca/x');
  expect(['/a/b', '../a', '/a//b', 'a/../b', './a'].map(isShortest)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

/** Names of a small tree, in which links can lead to links, and out of it. */
const part = fc.constantFrom('a', 'b', 'c', '..', '.');
const rest = fc.array(part, { maxLength: 4 }).map((names) => names.join('/'));
const text = fc.oneof(
  rest.map((names) => names || '.'),
  rest.map((names) => `ODOO/${names}`),
  rest.map((names) => `HOST/${names}`),
  fc.constant('/usr'),
);
const links = fc.uniqueArray(
  fc.record({ folder: fc.constantFrom('', 'a', 'a/b', 'b'), name: fc.constantFrom('x', 'c'), text }),
  { maxLength: 6, selector: ({ folder, name }) => `${folder}/${name}` },
);

it('any link leads to where the kernel finds it once the tree lies where Odoo sees it', () => {
  fc.assert(
    fc.property(links, fc.array(text, { minLength: 1, maxLength: 4 }), (given, texts) => {
      const world = createWorld();
      const [host, odoo] = [world.at('host'), world.at('odoo')];
      const written = (one: string) => one.replace('ODOO', odoo).replace('HOST', host);
      for (const folder of ['a/b', 'b', 'linked']) world.folder('host', folder);
      for (const link of given) symlinkSync(written(link.text), join(host, link.folder, link.name));
      const paths = createPathMap([{ host, odoo }]);
      const followed = texts.map((one) => followText(join(host, 'linked'), written(one), paths));
      renameSync(host, odoo);
      for (const [index, one] of texts.entries()) {
        const target = written(one);
        const found = realpathOrNull(target.startsWith('/') ? target : `${odoo}/linked/${target}`);
        expect(followed[index]?.real ?? null).toBe(found === null ? null : paths.toHost(found));
      }
    }),
    { numRuns: 400 },
  );
});
