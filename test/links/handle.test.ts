import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ok } from '../../src/base/refusal.ts';
import type { AddonsDir } from '../../src/links/addons-dir.ts';
import { withHandle } from '../../src/links/handle.ts';
import { openDir } from '../support/batch.ts';
import { createWorld } from '../support/world.ts';

/** What is said of a directory, and whether anything was done in it. */
async function open(dir: AddonsDir) {
  let isDone = false;
  const result = await withHandle(dir, async () => {
    isDone = true;
    return ok(undefined);
  });
  return { result, isDone };
}

describe('an addons directory that is opened', () => {
  it('is the one that the server started with', async () => {
    const world = createWorld();
    expect(await open(openDir(world.folder('linked')))).toEqual({ result: ok(undefined), isDone: true });
  });

  it.each<[string, (path: string) => void]>([
    ['another folder', (path) => mkdirSync(path)],
    ['nothing', () => {}],
  ])('is not worked in when %s has its path', async (_, replace) => {
    const world = createWorld();
    const dir = openDir(world.folder('linked'));
    // Kept, so that its inode is not given to the next one.
    renameSync(dir.path, world.at('before'));
    replace(dir.path);
    const { result, isDone } = await open(dir);
    expect(result).toMatchObject({ refusal: { code: 'target_unavailable' } });
    expect(isDone).toBe(false);
  });

  it('is not worked in when a symlink to it has its path', async () => {
    const world = createWorld();
    const dir = openDir(world.folder('linked'));
    renameSync(dir.path, world.at('before'));
    world.link('before', 'linked');
    expect(await open(dir)).toMatchObject({
      result: { refusal: { code: 'target_unavailable' } },
      isDone: false,
    });
    rmSync(dir.path);
    renameSync(world.at('before'), dir.path);
    expect((await open(dir)).isDone).toBe(true);
  });

  it.each(['dev', 'ino'] as const)('is told by its %s', async (key) => {
    const dir = openDir(createWorld().folder('linked'));
    const { result, isDone } = await open({ ...dir, [key]: dir[key] + 1n });
    expect(result).toMatchObject({ refusal: { code: 'target_unavailable' } });
    expect(isDone).toBe(false);
  });
});
