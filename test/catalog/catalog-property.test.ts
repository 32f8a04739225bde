import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Root } from '../../src/addons/roots.ts';
import { errnoOf } from '../../src/base/paths.ts';
import { createFolderWatch, type FolderWatch } from '../../src/catalog/watch.ts';
import { fromScratch, known, noWatch, openCatalog, pause, quickenClock } from '../support/catalog.ts';
import fc from '../support/property.ts';
import { createWorld, manifestText, type World } from '../support/world.ts';

/** A folder of checkouts, a checkout that is a root itself, a checkout of Odoo, and a place outside all roots. */
const REPOSITORIES = ['oca/web', 'oca/crm', 'oca', 'ee', 'core/odoo/addons', 'core/addons', 'outside'];
const MODULES = ['a', 'b', 'c', 'base', 'setup'];
const FILES = ['__manifest__.py', '__openerp__.py', '__init__.py', 'README.rst'];

const place = fc
  .tuple(fc.constantFrom(...REPOSITORIES), fc.constantFrom(...MODULES))
  .map(([repository, module]) => `${repository}/${module}`);
const anywhere = fc.oneof({ weight: 3, arbitrary: place }, fc.constantFrom(...REPOSITORIES));
const fileName = fc.constantFrom(...FILES);
const digit = fc.nat(9);

/** What happens to the disk; one that is not possible does nothing. */
type Edit = (world: World) => void;

const edits: Record<string, fc.Arbitrary<Edit>> = {
  module: fc.tuple(anywhere, digit).map(
    ([at, n]) =>
      (world) =>
        world.module(at, { summary: `${n}` }),
  ),
  // Of one size, and some of them of one time.
  write: fc.tuple(place, digit, fc.boolean()).map(([at, n, isTimeKept]) => (world) => {
    const file = world.at(at, '__manifest__.py');
    const { atime, mtime } = lstatSync(file);
    writeFileSync(file, manifestText({ summary: `${n}` }));
    if (isTimeKept) utimesSync(file, atime, mtime);
  }),
  broken: place.map((at) => (world) => {
    writeFileSync(world.at(at, '__manifest__.py'), "{'name': 'x', 'description': None}");
  }),
  file: fc.tuple(anywhere, fileName).map(([at, file]) => (world) => {
    writeFileSync(world.at(at, file), manifestText());
  }),
  folder: fc.tuple(anywhere, fileName).map(
    ([at, file]) =>
      (world) =>
        mkdirSync(world.at(at, file)),
  ),
  unlink: fc.tuple(anywhere, fileName).map(
    ([at, file]) =>
      (world) =>
        unlinkSync(world.at(at, file)),
  ),
  remove: anywhere.map((at) => (world) => rmSync(world.at(at), { recursive: true })),
  move: fc.tuple(anywhere, anywhere).map(
    ([from, to]) =>
      (world) =>
        renameSync(world.at(from), world.at(to)),
  ),
  exchange: fc.tuple(anywhere, anywhere).map(([one, other]) => (world) => {
    if (`${one}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${one}/`)) return;
    renameSync(world.at(one), world.at('aside'));
    try {
      renameSync(world.at(other), world.at(one));
      renameSync(world.at('aside'), world.at(other));
    } catch {
      renameSync(world.at('aside'), world.at(one));
    }
  }),
  link: fc.tuple(anywhere, anywhere).map(([target, at]) => (world) => {
    if (lstatSync(world.at(at), { throwIfNoEntry: false })?.isSymbolicLink()) unlinkSync(world.at(at));
    symlinkSync(world.at(target), world.at(at));
  }),
  linkFile: fc.tuple(place, fileName, place, fileName).map(([target, from, at, to]) => (world) => {
    rmSync(world.at(at, to), { force: true });
    symlinkSync(world.at(target, from), world.at(at, to));
  }),
  secondName: fc.tuple(place, place).map(([target, at]) => (world) => {
    linkSync(world.at(target, '__manifest__.py'), world.at(at, 'second'));
  }),
  checkout: fc.tuple(fc.constantFrom(...REPOSITORIES), digit).map(([repository, n]) => (world) => {
    for (const name of readdirSync(world.at(repository))) {
      if (MODULES.includes(name)) world.module(`${repository}/${name}`, { summary: `${n}` });
    }
    for (const name of ['d', 'e']) world.module(`${repository}/${name}`, { summary: `${n}` });
  }),
};

const IMPOSSIBLE = new Set([
  'ENOENT',
  'EEXIST',
  'ENOTDIR',
  'EISDIR',
  'ERR_FS_EISDIR',
  'ENOTEMPTY',
  'EINVAL',
  'ELOOP',
  'EPERM',
]);

function attempt(edit: Edit, world: World): void {
  try {
    edit(world);
  } catch (error) {
    if (!IMPOSSIBLE.has(errnoOf(error) ?? (error as { errno?: string }).errno ?? '')) throw error;
  }
}

/** What is done between two refreshes: some edits, or nothing until whatever can be watched is watched. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.array(fc.oneof(...Object.values(edits)), { minLength: 1, maxLength: 4 }) },
  { weight: 1, arbitrary: fc.constant('pause' as const) },
);

function populate(world: World): Root[] {
  for (const at of ['oca/web/a', 'oca/web/b', 'oca/crm/a', 'ee/a', 'ee/b', 'outside/a', 'outside/b']) {
    world.module(at, { summary: '0' });
  }
  for (const at of ['core/odoo/addons/base', 'core/addons/a']) world.module(at, { summary: '0' });
  return (['oca', 'ee', 'core'] as const).map((family) => ({ family, path: world.at(family) }));
}

const WATCHES: [string, () => FolderWatch][] = [
  ['with watches', createFolderWatch],
  ['without watches', () => noWatch(true)],
  ['on a file system of another machine', () => noWatch(false)],
];

describe.each(WATCHES)('a catalog %s', (_, makeWatch) => {
  it('is what one built from scratch is, after whatever happened to the disk', async () => {
    quickenClock();
    const property = fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12 }), async (steps) => {
      const world = createWorld();
      const roots = populate(world);
      const catalog = openCatalog(roots, { watch: makeWatch() });
      for (const edits of ['pause' as const, ...steps]) {
        if (edits === 'pause') {
          await catalog.refresh();
          await pause();
          await catalog.refresh();
          await pause();
        } else for (const edit of edits) attempt(edit, world);
        expect(known((await catalog.refresh()).modules)).toEqual(await fromScratch(roots));
      }
      catalog.close();
      rmSync(world.path, { recursive: true });
    });
    await fc.assert(property, { numRuns: 30 });
  });
});
