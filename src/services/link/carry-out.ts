import { ok, type Result } from '../../base/refusal.ts';
import { checkAddonsDir, checkWritable } from '../../links/addons-dir.ts';
import { applyPlan } from '../../links/apply-plan.ts';
import { changeAddonsDir, isSettled } from '../../links/change-addons-dir.ts';
import { cancelled } from '../../links/failures.ts';
import { changesAnything, type LinkPlan } from '../../links/plan-links.ts';
import { recoveryOf, type ServiceContext } from '../context.ts';

/** A plan and its report, from one look at the disk. */
export interface Prepared<T> {
  readonly plan: LinkPlan;
  readonly report: T;
  readonly isDryRun: boolean;
  /** Whether everything the plan relies on is unchanged, see {@link relyOn}. */
  isCurrent(): Promise<boolean>;
}

/**
 * Remembers what a plan relies on.
 * @param seen What the plan was made from: a later look would miss what another call did in between.
 * @param look Reads the same again.
 * @returns A function that says whether it is still unchanged.
 */
export function relyOn(seen: string, look: () => Promise<string>): () => Promise<boolean> {
  return async () => (await look()) === seen;
}

/** How often a plan is made without the lock before it is made under it. */
const MOST_ATTEMPTS = 3;

/**
 * Prepares a plan and carries it out, as the last step of every call that changes links.
 *
 * Preparing may take long, because it asks git, so it happens before the directory is locked. Once the lock is held, what
 * the plan relies on is read again; if anything differs, a new plan is made.
 * @param dir Checked first to be the folder that the server started with.
 * @param prepare Checks everything and makes the plan; changes nothing.
 * @returns The report, or why nothing was changed. A dry run and a plan without changes take no lock.
 */
export async function carryOut<T>(
  dir: LinkPlan['dir'],
  context: ServiceContext,
  prepare: () => Promise<Result<Prepared<T>>>,
  attempt = 1,
): Promise<Result<T>> {
  const inPlace = checkAddonsDir(dir);
  if (!inPlace.ok) return inPlace;
  const prepared = await prepare();
  if (!prepared.ok) return prepared;
  if (context.signal?.aborted) return cancelled();
  const { plan, isDryRun } = prepared.value;
  const reviewed = await context.guard?.review(plan, isDryRun);
  if (reviewed?.ok === false) return reviewed;
  if (isDryRun) {
    const writable = checkWritable(dir);
    return writable.ok ? ok(prepared.value.report) : writable;
  }
  // An unfinished change may still be undone, so only under the lock is it known what is there.
  const isDone = !changesAnything(plan) && isSettled(dir, context.stateDir);
  if (isDone) return ok(prepared.value.report);
  const { signal, onProgress } = context;
  const options = { ...recoveryOf(dir, context), signal, onProgress };
  const done = await changeAddonsDir<T | null>(dir, options, async (locked) => {
    const isCurrent = await prepared.value.isCurrent();
    if (!isCurrent && attempt < MOST_ATTEMPTS) return ok(null);
    // The plan was approved as it was shown, which may be a while ago.
    const isFinal = isCurrent && reviewed?.value !== 'look again';
    const final = isFinal ? prepared : await prepare();
    if (!final.ok) return final;
    if (changesAnything(final.value.plan)) {
      const begun = await context.guard?.begin(final.value.plan);
      if (begun?.ok === false) return begun;
    }
    const applied = await applyPlan(locked, final.value.plan);
    return applied.ok ? ok(final.value.report) : applied;
  });
  if (!done.ok) return done;
  return done.value === null ? carryOut(dir, context, prepare, attempt + 1) : ok(done.value);
}
