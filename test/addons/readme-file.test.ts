import { truncateSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readmeNames, readReadmeFile } from '../../src/addons/readme-file.ts';
import { Interruption } from '../../src/base/interruption.ts';
import { isInside } from '../../src/base/paths.ts';
import { patchFs } from '../support/patch-fs.ts';
import { createWorld, type World } from '../support/world.ts';

const read = (world: World, series: '18.0' | '19.0' = '18.0') =>
  readReadmeFile(
    world.at('m'),
    series,
    (path) => isInside(path, world.at('m')) || isInside(path, world.at('root')),
  );

it("looks for Odoo's names in Odoo's order", () => {
  expect(readmeNames('18.0')).toEqual(['README.rst', 'README.md', 'README.txt']);
  expect(readmeNames('19.0')).toEqual(['README.rst', 'README.md', 'README.txt', 'README']);
  const world = createWorld();
  world.folder('m/README.rst');
  expect(read(world)).toBeNull();
  world.file('m/README', 'a\0');
  expect([read(world), read(world, '19.0')]).toEqual([null, { file: 'README', state: 'nul' }]);
  world.file('m/README.txt', 'text');
  writeFileSync(world.at('m/README.md'), Buffer.from([0xe9]));
  expect(read(world)).toEqual({ file: 'README.md', state: 'not_utf8' });
  expect(read(world, '19.0')).toEqual({ file: 'README.md', state: 'not_utf8' });
});

it('follows a symlink within the roots', () => {
  const world = createWorld();
  world.file('root/README', 'a\0');
  world.link('../root/README', 'm/README.rst');
  expect(read(world)).toEqual({ file: 'README.rst', state: 'nul' });
});

it.each([
  ['/etc/passwd', { file: 'README.rst', state: 'unknown' }],
  ['nowhere', null],
])('reads nothing outside the roots: %s', (target, found) => {
  const world = createWorld();
  world.link(target, 'm/README.rst');
  expect(read(world)).toEqual(found);
});

it('reads no more than a README has', () => {
  const world = createWorld();
  world.file('m/README.rst', '');
  expect(read(world)).toEqual({ file: 'README.rst', state: 'text' });
  truncateSync(world.at('m/README.rst'), 2 ** 20 + 1);
  expect(read(world)).toEqual({ file: 'README.rst', state: 'unknown' });
});

function failToOpen(path: string, code: string): void {
  patchFs(
    'openSync',
    (real) =>
      ((...args: Parameters<typeof real>) => {
        if (args[0] === path) throw Object.assign(new Error(code), { code });
        return real(...args);
      }) as never,
  );
}

it('passes over one that cannot be opened on 19.0 alone', () => {
  const world = createWorld();
  failToOpen(world.file('m/README.rst', 'text'), 'EACCES');
  expect([read(world), read(world, '19.0')]).toEqual([{ file: 'README.rst', state: 'unreadable' }, null]);
});

it('takes nothing for unreadable while the system lacks descriptors', () => {
  const world = createWorld();
  failToOpen(world.file('m/README.rst', 'text'), 'EMFILE');
  expect(() => read(world)).toThrow(Interruption);
});
