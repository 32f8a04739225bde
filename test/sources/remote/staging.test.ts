import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { clearStaging, withStaging } from '../../../src/sources/remote/staging.ts';
import { nameHolder, thisProcess } from '../../../src/state/holder.ts';
import { createWorld } from '../../support/world.ts';

const ID = '12345678-1234-1234-1234-123456789012';

it('is there for its work alone, also if that fails', async () => {
  const world = createWorld();
  const seen = await withStaging(world.path, async (folder) => {
    mkdirSync(`${folder}/web`);
    return folder;
  });
  expect(seen.startsWith(world.at('.odoo-link-staging-'))).toBe(true);
  expect(existsSync(seen)).toBe(false);
  const failing = withStaging(world.path, async () => {
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(readdirSync(world.path)).toEqual([]);
});

it('is removed when its process has ended, and nothing else is', async () => {
  const world = createWorld();
  const dead = nameHolder({ ...thisProcess(), pid: 4_194_303, started: '1' });
  world.file(`.odoo-link-staging-${ID}.${dead}/web/file`);
  world.folder(`.odoo-link-staging-${ID}.${nameHolder(thisProcess())}`);
  world.folder('.odoo-link-staging-of-somebody');
  world.file(`.odoo-link-staging-${ID.replace('1', '2')}.${dead}`, 'a file');
  world.folder('web');
  expect(await clearStaging(world.path)).toBe(1);
  expect(readdirSync(world.path)).toHaveLength(4);
  expect(existsSync(world.at(`.odoo-link-staging-${ID}.${dead}`))).toBe(false);
});
