import { describe, expect, it } from 'vitest';
import type { Root } from '../../src/addons/roots.ts';
import { type ListedFolder, listFolders, readListed } from '../../src/catalog/listed-folder.ts';
import { noTurns } from '../support/turns.ts';
import { createWorld } from '../support/world.ts';

function build() {
  const world = createWorld();
  for (const path of ['oca/web/b', 'oca/web/a', 'ee/sale/c', 'outside/d']) world.module(path);
  world.folder('oca/web/none');
  world.link('../../ee/sale/c', 'oca/web/c');
  world.link('../../outside/d', 'oca/web/d');
  const roots: Root[] = [
    { family: 'oca', path: world.at('oca') },
    { family: 'ee', path: world.at('ee') },
  ];
  return { world, roots };
}

describe('listFolders', () => {
  it('has the folders by name, with their real paths and the family they lie in', async () => {
    const { world, roots } = build();
    let links = 0;
    expect(await listFolders(world.at('oca/web'), roots, noTurns, () => void links++)).toEqual([
      { name: 'a', path: world.at('oca/web/a'), isLink: false, family: 'oca' },
      { name: 'b', path: world.at('oca/web/b'), isLink: false, family: 'oca' },
      { name: 'c', path: world.at('ee/sale/c'), isLink: true, family: 'ee' },
      { name: 'd', path: world.at('outside/d'), isLink: true, family: null },
      { name: 'none', path: world.at('oca/web/none'), isLink: false, family: 'oca' },
    ]);
    expect(links).toBe(2);
    expect(await listFolders(world.at('gone'), roots, noTurns)).toEqual([]);
  });

  it('gives up its turn for each folder', async () => {
    const { world, roots } = build();
    let [spent, promised] = [0, 0];
    await listFolders(world.at('oca/web'), roots, {
      spend: () => {
        spent++;
        return spent % 2 === 0 ? Promise.resolve().then(() => void promised++) : undefined;
      },
    });
    expect(promised).toBe(Math.floor(spent / 2));
    expect(spent).toBeGreaterThanOrEqual(10);
  });
});

describe('readListed', () => {
  const read = (path: string, family: ListedFolder['family'], { world, roots } = build()) =>
    readListed({ name: 'x', path: world.at(path), isLink: false, family }, roots, '17.0');

  it('reads a module, and none where there is no manifest', () => {
    expect(read('oca/web/a', 'oca')).toMatchObject({ name: 'x', series: '17.0', manifest: { ok: true } });
    expect(read('oca/web/none', 'oca')).toBeNull();
  });

  it('keeps a module whose manifest cannot be read', () => {
    const { world, roots } = build();
    world.folder('oca/web/odd/__manifest__.py');
    world.link('../../../ee/sale/c/__manifest__.py', 'oca/web/borrowed/__manifest__.py');
    for (const [name, code] of [
      ['odd', 'manifest_missing'],
      // Only its own family may lend it one.
      ['borrowed', 'source_outside_roots'],
    ] as const) {
      const module = read(`oca/web/${name}`, 'oca', { world, roots });
      expect(module?.manifest).toMatchObject({ ok: false, refusal: { code } });
    }
    world.link('../a/__manifest__.py', 'oca/web/shared/__manifest__.py');
    expect(read('oca/web/shared', 'oca', { world, roots })?.manifest.ok).toBe(true);
    // Outside all roots nothing may be lent, from there neither.
    world.link('../../../outside/d/__manifest__.py', 'oca/web/foreign/__manifest__.py');
    expect(read('oca/web/foreign', null, { world, roots })?.manifest.ok).toBe(false);
    expect(read('oca/web/shared', null, { world, roots })?.manifest.ok).toBe(false);
  });
});
