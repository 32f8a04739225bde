import { mkdtempSync, readdirSync, realpathSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ok } from '../../src/base/refusal.ts';
import { changeAddonsDir, recoverAddonsDir } from '../../src/links/change-addons-dir.ts';
import { stateFolder } from '../../src/links/state-folder.ts';
import { type Batch, makeBatch, makeSources, openBatch, type Sizes } from '../support/batch.ts';
import { systemError, watchChanges } from '../support/changes.ts';
import { applyBatch } from '../support/prepared-batch.ts';

const SIZES: Sizes = { creates: 2, replaces: 2, removals: 2 };
const TWENTY: Sizes = { creates: 8, replaces: 6, removals: 6 };
const ONE_CREATE: Sizes = { creates: 1, replaces: 0, removals: 0 };
const ONE_REPLACE: Sizes = { creates: 0, replaces: 1, removals: 0 };
const ONE_REMOVAL: Sizes = { creates: 0, replaces: 0, removals: 1 };

const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'odoo-link-failing-')));
const sources = join(scratch, 'sources');
beforeAll(() => makeSources(sources, TWENTY));
afterAll(() => rmSync(scratch, { recursive: true }));

let unwatch = () => {};
afterEach(() => unwatch());

/** Decides about a change before it is made, by its number: throws to make it fail. */
type Fault = (count: number) => void;
const none: Fault = () => {};

/** Carries out work while changes fail as they are told to; says how many there were. */
async function withFault<T>(work: () => Promise<T>, fault: Fault, isCrossing = false): Promise<[T, number]> {
  let count = 0;
  unwatch = watchChanges({
    before(verb, path) {
      fault(++count);
      // Between the two folders as if they were on two file systems.
      if (isCrossing && verb === 'renameSync' && /staged|linked|\/fd\//.test(path))
        throw systemError('EXDEV');
    },
    skipSync: true,
  });
  try {
    return [await work(), count];
  } finally {
    unwatch();
  }
}

/** Recovers a directory, and says whether it is as before or as after; anything else is a failure of the test. */
async function stateOf(batch: Batch, what: string): Promise<'before' | 'after'> {
  const { plan, options, before, after, entries } = batch;
  const [recovered] = await withFault(() => recoverAddonsDir(plan.dir, options), none);
  expect(recovered.ok).toBe(true);
  const found = entries();
  const state = found.join('\n') === after.join('\n') ? 'after' : 'before';
  expect([what, ...found]).toEqual([what, ...(state === 'after' ? after : before)]);
  return state;
}

let batches = 0;
function prepare(sizes: Sizes, from: string): Batch {
  const folder = join(scratch, `batch-${batches++}`);
  makeBatch(folder, from, sizes);
  return openBatch(folder, from, sizes);
}

/**
 * Runs a batch once for each of its changes, until it has fewer of them.
 * @param run Says how many changes there were, and in which state the directory is now.
 */
async function forEachChange(
  sizes: Sizes,
  run: (batch: Batch, at: number) => Promise<[number, 'before' | 'after']>,
  from = sources,
): Promise<number> {
  let batch = prepare(sizes, from);
  for (let at = 1; ; at++) {
    const [changes, state] = await run(batch, at);
    if (changes < at) return changes;
    if (state === 'after') batch = prepare(sizes, from);
  }
}

const SHAPES = [
  ['a batch', SIZES, false],
  ['a batch across file systems', SIZES, true],
  ['one link', ONE_CREATE, false],
  ['one link re-pointed', ONE_REPLACE, false],
  ['one link re-pointed across file systems', ONE_REPLACE, true],
  ['one removal', ONE_REMOVAL, false],
  ['one removal across file systems', ONE_REMOVAL, true],
] as const;
const ERRNOS = ['EIO', 'ENOSPC', 'EACCES', 'EROFS', 'EPERM', 'EDQUOT'];

/** Makes changes fail, and proves that the answer says how it ended. */
async function failChanges(
  sizes: Sizes,
  isCrossing: boolean,
  fails: (count: number, at: number) => string | null,
) {
  return forEachChange(sizes, async (batch, at) => {
    const fault: Fault = (count) => {
      const errno = fails(count, at);
      if (errno !== null) throw systemError(errno);
    };
    const [result, changes] = await withFault(() => applyBatch(batch), fault, isCrossing);
    const state = await stateOf(batch, `change ${at}`);
    expect([at, state]).toEqual([at, result.ok ? 'after' : 'before']);
    return [changes, state];
  });
}

describe.each([...SHAPES, ['a batch of twenty', TWENTY, false] as const])('%s', (_, sizes, isCrossing) => {
  it.each(ERRNOS)('is done as a whole or not at all when any one change fails with %s', async (errno) => {
    const changes = await failChanges(sizes, isCrossing, (count, at) => (count === at ? errno : null));
    expect(changes).toBeGreaterThan(sizes.creates + 2 * (sizes.replaces + sizes.removals));
  });
});

describe.each(SHAPES)('%s', (_, sizes, isCrossing) => {
  it.each(ERRNOS)('is recovered when from any change on all of them fail with %s', async (errno) => {
    await failChanges(sizes, isCrossing, (count, at) => (count >= at ? errno : null));
  });

  it('is recovered when the recovery is killed too, at any change', async () => {
    // Nothing is changed any more after a kill, which is what matters on the disk.
    const kill =
      (at: number): Fault =>
      (count) => {
        if (count >= at) throw systemError('EKILLED');
      };
    let total = 0;
    await forEachChange(sizes, async (_, at) => {
      let changes = 0;
      await forEachChange(sizes, async (batch, again) => {
        [, changes] = await withFault(() => applyBatch(batch), kill(at), isCrossing);
        const { plan, stateDir, options } = batch;
        const [, count] = await withFault(() => recoverAddonsDir(plan.dir, options), kill(again), isCrossing);
        const state = await stateOf(batch, `killed at ${at}, and at ${again}`);
        await changeAddonsDir(plan.dir, options, async () => ok(undefined));
        expect(readdirSync(stateFolder(plan.dir, stateDir))).toHaveLength(1);
        total++;
        return [count, state];
      });
      return [changes, 'before'];
    });
    expect(total).toBeGreaterThan(5);
  });
});

describe('one link whose folder was swapped while it was made', () => {
  it.each(['EIO', 'ENOSPC'])(
    'is taken back, or named if from any change on all fail with %s',
    async (errno) => {
      const swapped = join(scratch, `swapped-${errno}`);
      makeSources(swapped, ONE_CREATE);
      renameSync(join(swapped, 'create_00'), join(swapped, 'away'));
      symlinkSync(join(swapped, 'away'), join(swapped, 'create_00'));
      const seen = new Set<string>();
      await forEachChange(
        ONE_CREATE,
        async (batch, at) => {
          const fault: Fault = (count) => {
            if (count >= at) throw systemError(errno);
          };
          const [result, changes] = await withFault(() => applyBatch(batch), fault);
          const state = await stateOf(batch, `${errno} from ${at}`);
          const isNamed = !result.ok && result.refusal.details?.left !== undefined;
          expect([result.ok, state === 'after' && !isNamed]).toEqual([false, false]);
          seen.add(`${state}${isNamed ? ', named' : ''}`);
          return [changes, state];
        },
        swapped,
      );
      expect([...seen].sort()).toEqual(['after, named', 'before', 'before, named']);
    },
  );
});
