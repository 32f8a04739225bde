import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { ModuleSource } from '../addons/lookup.ts';
import { ok, type Refused, type Result } from '../base/refusal.ts';
import { directoryFailed } from '../state/failures.ts';
import { syncFolder, syncHandle } from '../state/folder.ts';
import { checkAddonsDir } from './addons-dir.ts';
import type { LockedDir } from './change-addons-dir.ts';
import { cancelled, takenOver } from './failures.ts';
import { type Handle, withHandle } from './handle.ts';
import { removeJournal, type Step, writeJournal } from './journal.ts';
import type { LinkPlan } from './plan-links.ts';
import { rollBack, rollBackInterrupted, withRemains } from './roll-back.ts';
import type { Site } from './site.ts';
import { takeStep, verifyLink } from './take-step.ts';

interface Transaction {
  readonly locked: LockedDir;
  readonly handle: Handle;
  readonly site: Site;
  readonly steps: readonly Step[];
  /** The folder each step links; null for a step that removes. */
  readonly sources: readonly (ModuleSource | null)[];
  /** The steps that have changed something, in order. */
  readonly touched: number[];
}

/** After this many steps or milliseconds, other calls get a turn and a cancellation is noticed. */
const CHUNK = { steps: 32, ms: 10 };

/**
 * Carries out a plan completely or not at all, even if the process is killed.
 *
 * The addons directory is opened once and proven to be the folder the server started with; every change goes through that
 * handle. Nothing is overwritten: the batch stops at a name that is no longer as planned. The journal with all steps is
 * on the disk before the first step, and is removed after the last step is on the disk. In between, a failure or a
 * cancellation undoes the steps taken so far; steps of a killed process are undone by the next process that takes the
 * lock. A single link, created or renamed over another, is one atomic change and needs no journal.
 * @param locked The directory of the plan; one plan at a time.
 * @returns Nothing, or `target_unavailable`, `occupied`, `link_exists`, `source_outside_roots`, `cancelled`, `busy` or
 *   `io_error`.
 */
export async function applyPlan(locked: LockedDir, plan: LinkPlan): Promise<Result<void>> {
  const { dir, folder, lock } = locked;
  if (plan.dir !== dir) throw new Error('the plan is for another addons directory');
  const links = plan.links.filter(({ action }) => action !== 'keep');
  const steps = [...links, ...plan.removals].map(toStep);
  if (steps.length === 0) return ok(undefined);
  // There is a journal only if an earlier plan of the same work failed and could not be undone.
  const recovered = await rollBackInterrupted(dir, folder, locked.options);
  if (!recovered.ok) return recovered;
  return withHandle(dir, async (handle) => {
    const site: Site = {
      base: handle.base,
      folder,
      id: randomUUID(),
      isRecovery: false,
      isJournalled: false,
      isCrossing: false,
    };
    const sources = [...links.map(({ source }) => source), ...plan.removals.map(() => null)];
    const transaction = { locked, handle, site, steps, sources, touched: [] };
    const isOneStroke = steps.length === 1 && steps[0]?.action !== 'remove';
    let failure: Refused | null;
    try {
      failure = isOneStroke ? null : await begin(transaction);
      failure ??= (await takeSteps(transaction)) ?? (await complete(transaction));
    } catch (bug) {
      await undo(transaction);
      throw bug;
    }
    if (failure === null) return ok(undefined);
    // Then another process has undone the steps of this one, and the journal may be the other process's.
    if (site.isJournalled && !lock.touch()) return takenOver();
    return withRemains(failure, await undo(transaction));
  });
}

function toStep(change: LinkPlan['links'][number] | LinkPlan['removals'][number]): Step {
  const { action, module, previous } = change;
  if (action === 'remove') return { action, module, previous };
  if (action === 'create') return { action, module, target: change.target };
  return { action: 'replace', module, target: change.target, previous: previous as string };
}

async function begin({ locked, site, steps }: Transaction): Promise<Refused | null> {
  const { dir, folder, lock } = locked;
  if (!lock.touch()) return takenOver();
  site.isJournalled = true;
  try {
    await writeJournal(folder, { version: 1, id: site.id, directory: dir.path, steps: [...steps] });
    return null;
  } catch (error) {
    return directoryFailed('state', error);
  }
}

async function takeSteps(transaction: Transaction): Promise<Refused | null> {
  const { locked, site, steps, sources, touched } = transaction;
  const { onProgress } = locked.options;
  if (isCancelled(locked)) return cancelled();
  let chunk = { start: 0, time: performance.now() };
  for (const [index, step] of steps.entries()) {
    if (index - chunk.start >= CHUNK.steps || performance.now() - chunk.time > CHUNK.ms) {
      onProgress?.(index, steps.length);
      await setImmediate();
      if (isCancelled(locked)) return cancelled();
      if (!locked.lock.touch()) return takenOver();
      chunk = { start: index, time: performance.now() };
    }
    const take = () => takeStep(step, index, site, () => touched.push(index));
    let outcome = take();
    if (outcome === 'needs_journal') outcome = (await begin(transaction)) ?? take();
    if (outcome === 'needs_journal') throw new Error('a step was not in the journal');
    const source = sources[index] ?? null;
    const failure = outcome ?? (source === null ? null : verify(step, source, transaction));
    if (failure !== null) return failure;
  }
  onProgress?.(steps.length, steps.length);
  return null;
}

function verify(step: Step, source: ModuleSource, { locked, site }: Transaction): Refused | null {
  if (step.action === 'remove') return null;
  const link = { dir: locked.dir.path, target: step.target, paths: locked.options.rules.paths };
  return verifyLink(source, link, site);
}

function isCancelled({ options }: LockedDir): boolean {
  return options.signal?.aborted === true;
}

/** Completes the transaction by removing the journal; after that nothing can fail. */
async function complete({ locked, handle, site }: Transaction): Promise<Refused | null> {
  const inPlace = () => {
    const checked = checkAddonsDir(locked.dir);
    return checked.ok ? null : checked;
  };
  if (!site.isJournalled) return inPlace();
  try {
    await syncHandle(handle.fd);
  } catch (error) {
    return directoryFailed('addons', error);
  }
  if (isCancelled(locked)) return cancelled();
  const failure = inPlace();
  if (failure !== null) return failure;
  if (!locked.lock.touch()) return takenOver();
  try {
    removeJournal(site.folder);
  } catch (error) {
    return directoryFailed('state', error);
  }
  // If this fails and the power does too, the journal may reappear; then the whole change is undone.
  await syncFolder(site.folder).catch(() => {});
  return null;
}

async function undo(transaction: Transaction) {
  const { site, steps, handle, touched } = transaction;
  // Undoing one step can take several changes, so it needs a journal. If none can be written, it goes on without.
  if (!site.isJournalled && touched.length > 0) await begin(transaction);
  return rollBack(steps, touched, site, handle);
}
