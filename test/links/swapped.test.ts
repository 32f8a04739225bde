import { lstatSync, mkdtempSync, readdirSync, realpathSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { lstatOrNull } from '../../src/base/paths.ts';
import { ok } from '../../src/base/refusal.ts';
import { applyPlan } from '../../src/links/apply-plan.ts';
import { changeAddonsDir, recoverAddonsDir } from '../../src/links/change-addons-dir.ts';
import { stateFolder } from '../../src/links/state-folder.ts';
import { type Batch, entriesOf, makeBatch, makeSources, openBatch, type Sizes } from '../support/batch.ts';
import { systemError, watchChanges } from '../support/changes.ts';
import { applyBatch } from '../support/prepared-batch.ts';
import { openWorld } from '../support/world.ts';

const SIZES: Sizes = { creates: 2, replaces: 1, removals: 2 };
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'odoo-link-swapped-')));
const world = openWorld(scratch);
const sources = world.at('sources');
beforeAll(() => makeSources(sources, SIZES));
afterAll(() => rmSync(scratch, { recursive: true }));

let unwatch = () => {};
afterEach(() => unwatch());

/** What somebody else puts in the place of a link; each as its entry is described. */
const INTRUDERS: Record<string, (path: string) => string> = {
  link: (path) => {
    symlinkSync('/theirs', path);
    return `${basename(path)} -> /theirs`;
  },
  file: (path) => {
    openWorld(path).file('', 'theirs');
    return `${basename(path)}: theirs`;
  },
  folder: (path) => {
    openWorld(path).file('file', 'theirs');
    return `${basename(path)}/ file: theirs`;
  },
};

let batches = 0;
/** A batch, and the name that somebody will swap while a link of it is moved aside. */
function prepare(name: string): { batch: Batch; path: string; folder: string } {
  const folder = world.at(`batch-${batches++}`);
  makeBatch(folder, sources, SIZES);
  const batch = openBatch(folder, sources, SIZES);
  const { dir } = batch.plan;
  return { batch, path: join(dir.path, name), folder: stateFolder(dir, batch.stateDir) };
}

/**
 * Swaps an entry just before it is moved aside.
 * @param later Called before each change after that; throws to make it fail.
 */
function swapAtTheLastMoment(
  { path }: { path: string },
  make: (path: string) => string,
  later: (verb: string, path: string) => void = () => {},
) {
  const swapped = { theirs: '', ino: 0 };
  // What is done here is watched as well.
  let isOurs = true;
  const interfere = (what: () => void) => {
    isOurs = false;
    try {
      what();
    } finally {
      isOurs = true;
    }
  };
  unwatch = watchChanges({
    before(verb, changed) {
      if (!isOurs) return;
      if (swapped.theirs !== '') interfere(() => later(verb, changed));
      else if (
        verb === 'renameSync' &&
        (changed === path || /^\/proc\/.*\//.test(changed)) &&
        basename(changed) === basename(path)
      ) {
        interfere(() => {
          renameSync(path, world.at('away'));
          swapped.theirs = make(path);
          swapped.ino = lstatSync(path).ino;
        });
      }
    },
  });
  return swapped;
}

function without(entries: readonly string[], name: string): string[] {
  return entries.filter((entry) => !entry.startsWith(`${name} `));
}

describe.each(Object.entries(INTRUDERS))(
  'a %s that takes the place of a link at the last moment',
  (kind, make) => {
    it('is not removed in its stead, and stays the very same', async () => {
      const given = prepare('remove_01');
      const swapped = swapAtTheLastMoment(given, make);
      expect(await applyBatch(given.batch)).toMatchObject({ ok: false, refusal: { module: 'remove_01' } });
      const { before, entries } = given.batch;
      expect(entries()).toEqual([...without(before, 'remove_01'), swapped.theirs].sort());
      expect(lstatSync(given.path).ino).toBe(swapped.ino);
    });

    it('is not removed when a link that was made has to be taken back', async () => {
      const given = prepare('create_00');
      const swapped = swapAtTheLastMoment(given, make);
      const { plan, before, entries } = given.batch;
      const controller = new AbortController();
      const options = {
        ...given.batch.options,
        signal: controller.signal,
        onProgress: () => controller.abort(),
      };
      const result = await changeAddonsDir(plan.dir, options, (locked) => applyPlan(locked, plan));
      expect(result).toMatchObject({ refusal: { code: 'cancelled' } });
      expect(entries()).toEqual([...before, swapped.theirs].sort());
      expect(lstatSync(given.path).ino).toBe(swapped.ino);
    });

    it('is kept, and named, by the next process when this one is killed at that moment, and our link is back', async () => {
      const given = prepare('remove_01');
      // Nothing is changed any more after a kill.
      const swapped = swapAtTheLastMoment(given, make, () => {
        throw systemError('EKILLED');
      });
      await applyBatch(given.batch);
      unwatch();
      const { plan, options, before, entries } = given.batch;
      expect(entries()).not.toContain(swapped.theirs);
      const recovered = await recoverAddonsDir(plan.dir, options);
      expect(recovered).toMatchObject({ refusal: { code: 'io_error', details: { kept: { length: 1 } } } });
      expect(entries()).toEqual(before);
      const [aside] = readdirSync(given.folder).filter((file) => file.startsWith('aside-')) as [string];
      expect(lstatSync(join(given.folder, aside)).ino).toBe(swapped.ino);
      expect(await recoverAddonsDir(plan.dir, options)).toEqual(ok('nothing'));
    });

    it('is kept, and named, when its name is taken again before it can be put back', async () => {
      const given = prepare('remove_01');
      const swapped = swapAtTheLastMoment(given, make, () => {
        if (lstatOrNull(given.path) === null) symlinkSync('/third', given.path);
      });
      const { plan, before, entries } = given.batch;
      const result = await applyBatch(given.batch);
      unwatch();
      if (kind === 'link' && process.platform !== 'linux') {
        // There link() would follow it, so it is renamed back, and that overwrites: SECURITY.md has it under what remains.
        expect(result.ok).toBe(false);
        expect(entries()).toEqual([...without(before, 'remove_01'), swapped.theirs].sort());
        return;
      }
      const [name] = readdirSync(given.folder).filter((file) => file.startsWith('aside-')) as [string];
      expect(result).toMatchObject({
        ok: false,
        refusal: {
          details: { kept: [join('addons-dirs', basename(given.folder), name)] },
          hint: expect.stringContaining('kept'),
        },
      });
      expect(entries()).toEqual([...without(before, 'remove_01'), 'remove_01 -> /third'].sort());
      // Later calls leave it alone.
      expect((await applyBatch({ ...given.batch, plan: { ...plan, removals: [] } })).ok).toBe(true);
      expect(entriesOf(given.folder).find((entry) => entry.startsWith('aside-'))).toMatch(/theirs$/);
    });

    it('is kept, and named, when that happens after a kill', async () => {
      const given = prepare('remove_01');
      swapAtTheLastMoment(given, make, () => {
        throw systemError('EKILLED');
      });
      await applyBatch(given.batch);
      unwatch();
      symlinkSync('/third', given.path);
      const { plan, options, before, entries } = given.batch;
      expect(await recoverAddonsDir(plan.dir, options)).toMatchObject({
        refusal: { code: 'io_error', details: { kept: { length: 1 } } },
      });
      expect(entries()).toEqual([...without(before, 'remove_01'), 'remove_01 -> /third'].sort());
      expect(await recoverAddonsDir(plan.dir, options)).toEqual(ok('nothing'));
      expect(entriesOf(given.folder).find((entry) => entry.startsWith('aside-'))).toMatch(/theirs$/);
    });

    it('is renamed back where link() is forbidden', async () => {
      const given = prepare('remove_00');
      const swapped = swapAtTheLastMoment(given, make, (verb) => {
        if (verb === 'linkSync') throw systemError('EPERM');
      });
      expect((await applyBatch(given.batch)).ok).toBe(false);
      const { before, entries } = given.batch;
      expect(entries()).toEqual([...without(before, 'remove_00'), swapped.theirs].sort());
      expect(lstatSync(given.path).ino).toBe(swapped.ino);
    });
  },
);
