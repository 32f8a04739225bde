import { modulesIn } from '../../addons/module-folders.ts';
import type { Root } from '../../addons/roots.ts';
import { Interruption } from '../../base/interruption.ts';
import { errnoOf } from '../../base/paths.ts';
import {
  combineRefusals,
  ok,
  type Refusal,
  type Refused,
  type Result,
  refuse,
  refused,
} from '../../base/refusal.ts';
import { sideBySide } from '../../base/side-by-side.ts';
import { quotedField } from '../../base/text.ts';
import { takeTurns } from '../../base/turns.ts';
import type { Instance } from '../../config/instance.ts';
import type { CheckoutChange } from '../../sources/checkout-plan.ts';
import { type Cloned, cloneRepository } from '../../sources/remote/clone-repository.ts';
import type { Remote, Remotes } from '../../sources/remote/remote.ts';
import { clearStaging, withStaging } from '../../sources/remote/staging.ts';
import { meaningOf } from '../../state/failures.ts';
import { lookAround, type ServiceContext, surfaceAt } from '../context.ts';
import { selectInstance } from '../select-target.ts';
import { placeForClones } from './clone-place.ts';
import { type ClonePlan, lookAtCheckout, type PresentCheckout, planClones } from './clone-plan.ts';
import { type CloneReport, tellFailed } from './clone-report.ts';
import type { CloneRequest } from './clone-request.ts';
import { noRemote } from './no-remote.ts';
import { refuseRemote } from './remote-refusals.ts';
import { tellProgress } from './tell-progress.ts';
import { type WantedRepository, wantedRepositories } from './wanted-repositories.ts';
import { whileRootsLocked } from './while-roots-locked.ts';

/** How many repositories are cloned at the same time. */
const MOST_CLONED = 3;

/**
 * Clones repositories into a root of an instance, at the branch of its series. Each appears whole or not at all; those that came
 * stay even if others do not.
 * @returns What was cloned, or why nothing was.
 */
export async function cloneRepositories(
  request: CloneRequest,
  context: ServiceContext,
): Promise<Result<CloneReport>> {
  const selected = selectInstance(context.instances, request, context.surface);
  if (!selected.ok) return selected;
  const instance = selected.value;
  const { family } = request;
  const remotes = context.remotes ?? null;
  const remote = remotes?.[family] ?? null;
  if (remotes === null || remote === null) return noRemote(family);
  const place = await placeForClones(instance, family, takeTurns(context.signal));
  if (!place.ok) return place;
  const work: CloneWork = { request, context, instance, remotes, remote, root: place.value };
  const scope = await lookAround(instance, context, surfaceAt(instance, context));
  const wanted = await wantedRepositories(request, scope);
  if (!wanted.ok) return wanted;
  const { isOperator = false, signal } = context;
  const terms = { limit: remotes.timeoutMs, signal, isOperator };
  try {
    const planned = await withStaging(place.value.path, (scratch) =>
      planClones(wanted.value, place.value, family, remote, scratch, scope, terms),
    );
    return planned.ok ? await carryOut(planned.value, wanted.value, work) : planned;
  } catch (error) {
    return rootFailed(place.value, error);
  }
}

/** Everything that cloning works with. */
interface CloneWork {
  readonly request: CloneRequest;
  readonly context: ServiceContext;
  readonly instance: Instance;
  readonly remotes: Remotes;
  readonly remote: Remote;
  readonly root: Root;
}

async function carryOut(
  { present, changes, failed }: ClonePlan,
  wanted: readonly WantedRepository[],
  work: CloneWork,
): Promise<Result<CloneReport>> {
  const { request, context, root } = work;
  const { guard } = context;
  const plan = { checkouts: changes };
  const reviewed = await guard?.review(plan, request.dry_run);
  if (reviewed?.ok === false) return reviewed;
  if (changes.length === 0 && failed.length > 0) return refused(combineRefusals(failed));
  if (request.dry_run || changes.length === 0)
    return ok(await report({ present, changes, done: new Map(), failed }, wanted, work));
  return whileRootsLocked(new Set([root]), 'cloned', context, async () => {
    const begun = await guard?.begin(plan);
    if (begun?.ok === false) return begun;
    await clearStaging(root.path);
    // Another call may have cloned some of them meanwhile.
    const looked = changes.map(({ repo, path }) => lookAtCheckout(repo, path, root, work.instance.series));
    const left = changes.filter((_, index) => looked[index] === null);
    const cloned = await cloneAll(left, reviewed?.value === 'look again', work);
    const come = looked.flatMap((one) => (one === null || 'code' in one ? [] : one));
    const inTheWay = looked.flatMap((one) => (one !== null && 'code' in one ? one : []));
    const lost = [...failed, ...cloned.failed, ...inTheWay];
    if (cloned.done.size + come.length === 0) return refused(combineRefusals(lost));
    const there = { present: [...present, ...come], changes: left, done: cloned.done, failed: lost };
    return ok(await report(there, wanted, work));
  });
}

/** @param isExact Whether exactly the planned commits were approved. */
async function cloneAll(
  changes: readonly CheckoutChange[],
  isExact: boolean,
  { request, context, remotes, remote, root }: CloneWork,
): Promise<{ done: Map<string, Cloned>; failed: Refusal[] }> {
  const { signal, isOperator } = context;
  const done = new Map<string, Cloned>();
  const failed: Refusal[] = [];
  const tell = tellProgress(changes, context);
  const work = withStaging(root.path, (staging) =>
    sideBySide(changes, MOST_CLONED, async (change) => {
      const { repo, branch, after } = change;
      const cloned = await cloneRepository({
        ...{ remote, repo, branch, root: root.path, staging, signal },
        ...(isExact && { commit: after }),
        isFull: request.full,
        maxBytes: remotes.maxBytes,
        limit: remotes.timeoutMs,
        onProgress: ({ stage, percent }) => tell(change, percent * 0.9, `${repo}: ${stage}`),
      });
      if (cloned.ok) done.set(repo, cloned.value);
      else failed.push(refuseRemote(repo, 'cloned', remote, cloned.refusal, isOperator));
      tell(change, 100, cloned.ok ? `${repo} is there` : `${repo} failed`);
    }),
  );
  await work.catch((error: unknown) => {
    if (done.size === 0) throw error;
    // What has come stays, and is told and counted.
    const { refusal } = error instanceof Interruption ? error : rootFailed(root, error);
    const isTold = (repo: string) => done.has(repo) || failed.some(({ details }) => details?.repo === repo);
    for (const { repo } of changes)
      if (!isTold(repo)) failed.push({ ...refusal, details: { ...refusal.details, repo } });
  });
  return { done, failed };
}

async function report(
  {
    present,
    changes,
    done,
    failed,
  }: ClonePlan & { readonly done: ReadonlyMap<string, Cloned>; readonly present: readonly PresentCheckout[] },
  wanted: readonly WantedRepository[],
  { request, instance, root, context }: CloneWork,
): Promise<CloneReport> {
  // What was cloned is told, and with it counted, also of a call that was cancelled meanwhile.
  const turns = takeTurns();
  const named = new Map(wanted.map(({ repo, modules }) => [repo, modules]));
  const withModules = (repo: string) => {
    const modules = named.get(repo) ?? [];
    return modules.length > 0 ? { for: modules } : {};
  };
  const made = [];
  for (const { repo, branch, after } of changes) {
    const cloned = done.get(repo);
    if (cloned === undefined && !request.dry_run) continue;
    const more = cloned && { bytes: cloned.bytes, modules: (await modulesIn(cloned.path, turns)).length };
    const commit = cloned?.commit ?? after;
    made.push({ repo, action: 'clone' as const, branch, commit, ...more, ...withModules(repo) });
  }
  const kept = present.map(({ repo, branch, commit }) => {
    const shown = branch === null ? null : quotedField(branch);
    return { repo, action: 'keep' as const, branch: shown, commit, ...withModules(repo) };
  });
  const lost = failed.map(tellFailed);
  const status = request.dry_run
    ? 'planned'
    : failed.length > 0
      ? 'incomplete'
      : made.length > 0
        ? 'cloned'
        : 'already_there';
  return {
    ...{ status, instance: instance.name, series: instance.series, root: root.path },
    repositories: [...made, ...kept],
    ...(lost.length > 0 && { failed: lost }),
    next_steps: nextSteps(request, made.length > 0, instance, context),
  };
}

function nextSteps(
  { family, modules = [], dry_run }: CloneRequest,
  isChanged: boolean,
  instance: Instance,
  context: ServiceContext,
): string[] {
  const surface = surfaceAt(instance, context);
  if (dry_run) return isChanged ? [`Make the same call without ${surface.argument('dry_run')}.`] : [];
  const argument = family === 'ee' ? 'modules' : 'module';
  if (modules.length > 0) return [`${surface.call(`${family}_link`, { [argument]: modules })}.`];
  return [`${surface.call('addon_search', {})} to see which modules there are now.`];
}

/**
 * The refusal for a system error of a root.
 * @throws The error if it is not a system error but a bug.
 */
function rootFailed({ path }: Root, error: unknown): Refused {
  if (errnoOf(error) === undefined) throw error;
  return refuse('io_error', `Nothing can be cloned into ${path}: ${meaningOf(error)}.`, {
    details: { errno: errnoOf(error) ?? null },
    hint: "Ask the operator to let the server's user write there.",
  });
}
