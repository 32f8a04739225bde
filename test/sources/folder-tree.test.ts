import { expect, it } from 'vitest';
import { lookAtTree } from '../../src/sources/folder-tree.ts';
import { patchFs } from '../support/patch-fs.ts';
import { noTurns } from '../support/turns.ts';
import { createWorld } from '../support/world.ts';

it('is not told of a folder with more entries than git looks at faster', async () => {
  const world = createWorld();
  for (let index = 0; index < 1998; index++) world.file(`repo/a/b/${index}`);
  world.file('repo/a/one');
  expect(await lookAtTree(world.at('repo/a'), world.at('repo'), noTurns)).not.toBeNull();
  world.file('repo/a/two');
  expect(await lookAtTree(world.at('repo/a'), world.at('repo'), noTurns)).toBeNull();
});

it('is not told where something else is mounted in the folder, whose clock may be another', async () => {
  const world = createWorld();
  world.file('repo/a/mounted/file');
  patchFs(
    'lstatSync',
    (real) =>
      ((path: string, options: object) => {
        const stats = real(path, options as never);
        return path.endsWith('mounted') ? Object.assign(Object.create(stats), { dev: 1n }) : stats;
      }) as never,
  );
  expect(await lookAtTree(world.at('repo/a'), world.at('repo'), noTurns)).toBeNull();
  expect(await lookAtTree(world.at('repo/a/mounted'), world.at('repo/a/mounted'), noTurns)).toBeNull();
});

it('leaves out what git keeps for itself, and names the files with attributes from the top', async () => {
  const world = createWorld();
  for (const path of ['.gitattributes', 'x/.gitattributes', 'x/a/b/.gitattributes', 'x/c/.gitattributes'])
    world.file(`repo/${path}`);
  world.file('repo/x/a/file');
  const look = () => lookAtTree(world.at('repo/x/a'), world.at('repo'), noTurns);
  const first = await look();
  expect(first?.attributes.toSorted()).toEqual([
    '.gitattributes',
    'x/.gitattributes',
    'x/a/b/.gitattributes',
  ]);
  const whole = () => lookAtTree(world.at('repo'), world.at('repo'), noTurns);
  world.file('repo/.git/index');
  const before = await whole();
  world.file('repo/.git/HEAD');
  expect(before).not.toBeNull();
  expect((await whole())?.key).toBe(before?.key);
});

it('is not told of a folder with another repository in it, which git goes by', async () => {
  const world = createWorld();
  world.file('repo/a/sub/file');
  expect(await lookAtTree(world.at('repo/a'), world.at('repo'), noTurns)).not.toBeNull();
  world.folder('repo/a/sub/.git');
  expect(await lookAtTree(world.at('repo/a'), world.at('repo'), noTurns)).toBeNull();
});

it('is not told of a folder outside the work tree, as one may be that was replaced meanwhile', async () => {
  const world = createWorld();
  world.file('other/a/file');
  world.file('repo-b/a/file');
  world.folder('repo');
  for (const path of ['other/a', 'repo-b/a'])
    expect(await lookAtTree(world.at(path), world.at('repo'), noTurns)).toBeNull();
});

it('is not told of what is not there', async () => {
  const world = createWorld();
  world.folder('repo');
  expect(await lookAtTree(world.at('repo/a'), world.at('repo'), noTurns)).toBeNull();
});
