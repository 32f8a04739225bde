import type fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Interruption } from '../../src/base/interruption.ts';
import { listFolder } from '../../src/base/listing.ts';
import { nextDescriptor, patchFs } from '../support/patch-fs.ts';
import { countTurns, noTurns } from '../support/turns.ts';
import { createWorld } from '../support/world.ts';

function folderOf(count: number): string {
  const world = createWorld();
  world.folder('f');
  for (let at = 0; at < count; at++) world.file(`f/${at}`);
  return world.at('f');
}

const fails = (code: string) => () => () => {
  throw Object.assign(new Error(code), { code });
};

describe('listFolder', () => {
  it('has what `take` makes of each entry, without what it leaves out', async () => {
    const listed = await listFolder(folderOf(4), noTurns, ({ name }) =>
      name === '2' ? undefined : `n${name}`,
    );
    expect(listed.sort()).toEqual(['n0', 'n1', 'n3']);
    expect(await listFolder(folderOf(1), noTurns, () => null)).toEqual([null]);
  });

  it('gives up its turn before it opens the folder, and for each entry', async () => {
    const folder = folderOf(3);
    let opened = 0;
    patchFs('opendirSync', (real) => (...args: never[]) => {
      opened++;
      return (real as typeof fs.opendirSync as (...given: never[]) => fs.Dir)(...args);
    });
    const seen: number[] = [];
    const turns = { spend: () => void seen.push(opened) };
    await listFolder(folder, turns, () => undefined);
    expect(seen).toEqual([0, 1, 1, 1]);
  });

  it('waits for its turn in a long folder', async () => {
    const { turns, count } = countTurns();
    await listFolder(folderOf(600), turns, () => undefined);
    expect(count()).toBe(2);
  });

  it('leaves no folder open, however it ends', async () => {
    const folder = folderOf(2);
    const before = nextDescriptor();
    await listFolder(folder, noTurns, () => undefined);
    const bug = new Error('bug');
    const broken = listFolder(folder, noTurns, () => {
      throw bug;
    });
    await expect(broken).rejects.toBe(bug);
    expect(nextDescriptor()).toBe(before);
  });

  it('throws what keeps it from listing, and ends the call when descriptors run out', async () => {
    const missing = listFolder(createWorld().at('gone'), noTurns, () => undefined);
    await expect(missing).rejects.toMatchObject({ code: 'ENOENT' });
    const folder = folderOf(0);
    patchFs('opendirSync', fails('EMFILE'));
    await expect(listFolder(folder, noTurns, () => undefined)).rejects.toBeInstanceOf(Interruption);
  });
});
