import { ok, type Result } from '../../base/refusal.ts';
import { checkAddonsDir, checkWritable } from '../../links/addons-dir.ts';
import { applyPlan } from '../../links/apply-plan.ts';
import { changeAddonsDir, isSettled } from '../../links/change-addons-dir.ts';
import { cancelled } from '../../links/failures.ts';
import { changesAnything, type LinkPlan } from '../../links/plan-links.ts';
import { recoveryOf, type ServiceContext } from '../context.ts';

/** A plan with everything that is said about it, from one look at the disk. */
export interface Prepared<T> {
  readonly plan: LinkPlan;
  readonly report: T;
  readonly isDryRun: boolean;
  /** Whether all that the plan relies on is still as it was, see {@link relyOn}. */
  isCurrent(): Promise<boolean>;
}

/**
 * Remembers what a plan relies on.
 * @param seen What the plan is made from, as it was seen: a later look would miss what another call did in between.
 * @param look Looks at the same again.
 * @returns A question that can be asked later: is all of that still so?
 */
export function relyOn(seen: string, look: () => Promise<string>): () => Promise<boolean> {
  return async () => (await look()) === seen;
}

/** How often a plan is made anew without the lock, before it is made under it. */
const MOST_ATTEMPTS = 3;

/**
 * Prepares a plan and carries it out, as the last step of every call that changes links.
 *
 * Preparing may take long (git is asked), so it happens before the directory is locked. What the plan relies on is
 * looked at again once the lock is held; where anything differs, the plan is made anew.
 * @param dir Proven first to be the folder that the server started with.
 * @param prepare Checks everything and plans; changes nothing.
 * @returns The report, or why nothing was changed. A dry run and a plan without steps take no lock.
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
  // What an unfinished change has left may be undone: only under the lock it can be told what is there.
  const isDone = !changesAnything(plan) && isSettled(dir, context.stateDir);
  if (isDone) return ok(prepared.value.report);
  const { signal, onProgress } = context;
  const options = { ...recoveryOf(dir, context), signal, onProgress };
  const done = await changeAddonsDir<T | null>(dir, options, async (locked) => {
    const isCurrent = await prepared.value.isCurrent();
    if (!isCurrent && attempt < MOST_ATTEMPTS) return ok(null);
    // Somebody said yes to what they were shown, which may be a while ago.
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
