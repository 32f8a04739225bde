import type { Result } from '../../src/base/refusal.ts';
import { applyPlan } from '../../src/links/apply-plan.ts';
import { changeAddonsDir, type TransactionOptions } from '../../src/links/change-addons-dir.ts';
import { stateFolder } from '../../src/links/state-folder.ts';
import { type Batch, FIFTY, makeBatch, makeSources, openBatch, type Sizes } from './batch.ts';
import { createWorld, type World } from './world.ts';

export interface PreparedBatch {
  readonly world: World;
  readonly batch: Batch;
  /** The folder its addons directory has in the state directory. */
  readonly folder: string;
}

/** A batch in a world of its own, which ends with the test. */
export function prepareBatch(sizes: Sizes = FIFTY): PreparedBatch {
  const world = createWorld();
  makeSources(world.at('sources'), sizes);
  makeBatch(world.path, world.at('sources'), sizes);
  const batch = openBatch(world.path, world.at('sources'), sizes);
  return { world, batch, folder: stateFolder(batch.plan.dir, batch.stateDir) };
}

/** Carries out a batch as a call does. */
export function applyBatch(
  { plan, options }: Batch,
  more: Partial<TransactionOptions> = {},
): Promise<Result<void>> {
  return changeAddonsDir(plan.dir, { ...options, ...more }, (locked) => applyPlan(locked, plan));
}
