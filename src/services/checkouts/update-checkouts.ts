import { errnoOf } from '../../base/paths.ts';
import { combineRefusals, ok, type Refused, type Result, refuse, refused } from '../../base/refusal.ts';
import type { Instance } from '../../config/instance.ts';
import type { CheckoutPlan } from '../../sources/checkout-plan.ts';
import { withPrivateGitFolder } from '../../sources/private-git-folder.ts';
import { meaningOf } from '../../state/failures.ts';
import { lookAround, type Scope, type ServiceContext, surfaceAt } from '../context.ts';
import { readLinkedModules } from '../linked-modules.ts';
import { selectInstance } from '../select-target.ts';
import { withDiscretion } from '../telling.ts';
import { applyUpdates } from './apply-updates.ts';
import { checkoutsOf, chooseCheckouts, type FoundCheckout } from './found-checkouts.ts';
import { type Effects, effectsOf, type PlannedUpdate } from './module-effects.ts';
import { noRemote } from './no-remote.ts';
import { closeAll, planUpdates, type UpdatePlan, type UpdateWork } from './plan-updates.ts';
import { reportUpdates } from './report-updates.ts';
import { tellProgress } from './tell-progress.ts';
import type { UpdateReport } from './update-report.ts';
import type { UpdateRequest } from './update-request.ts';
import { nothingDone, whileRootsLocked } from './while-roots-locked.ts';

/**
 * Updates checkouts of a family from the operator's remote: fetches the branch of the instance's series and moves them forward,
 * each wholly or not at all. One that cannot be moved forward without a person is left alone.
 * @returns What was updated, and what that means for linked modules; or why nothing was.
 */
export async function updateCheckouts(
  request: UpdateRequest,
  context: ServiceContext,
): Promise<Result<UpdateReport>> {
  const selected = selectInstance(context.instances, request, context.surface);
  if (!selected.ok) return selected;
  const instance = selected.value;
  const { family } = request;
  const { remotes } = context;
  const remote = remotes?.[family] ?? null;
  if (remotes == null || remote === null) return noRemote(family);
  const scope = withDiscretion(await lookAround(instance, context, surfaceAt(instance, context)), context);
  const found = checkoutsOf(scope.sources.repositories);
  const isTold = (one: FoundCheckout) =>
    context.mayTell?.({ modules: [], family: one.family, repos: [one.repo] }).ok !== false;
  const chosen = chooseCheckouts(found.filter(isTold), request.repos, family, scope.sources.surface);
  if (!chosen.ok) return chosen;
  if (chosen.value.length === 0) return noCheckouts(family, scope);
  const linked = await readLinkedModules(instance, scope.turns, instance.addonsDirs, scope.sources.look);
  if (!linked.ok) return linked;
  try {
    const contents = { head: 'ref: refs/heads/none\n', config: '', files: new Map(), objects: [] };
    const result = await withPrivateGitFolder(contents, async (scratch) => {
      const tell = tellProgress(chosen.value, context);
      const work = { instance, remote, limits: remotes, scratch, context, tell };
      const plan = await planUpdates(chosen.value, work);
      try {
        const effects = await effectsOf(plan.updates, linked.value, scope);
        return await carryOut(request, plan, effects, scope, work);
      } finally {
        await closeAll(plan.updates);
      }
    });
    return result ?? notPrivate();
  } catch (error) {
    return failedToWrite(instance, error);
  }
}

async function carryOut(
  request: UpdateRequest,
  plan: UpdatePlan,
  effects: readonly (Effects | null)[],
  scope: Scope,
  work: UpdateWork,
): Promise<Result<UpdateReport>> {
  const { guard, signal } = work.context;
  const changes = planOf(plan.updates);
  const reviewed = await guard?.review(changes, request.dry_run);
  if (reviewed?.ok === false) return reviewed;
  if (signal?.aborted === true) return nothingDone('updated');
  const told = { request, plan, effects, instance: scope.instance, surface: scope.sources.surface };
  const isAllLost = plan.updates.length + plan.upToDate.length + plan.leftAlone.length === 0;
  if (isAllLost) return refused(combineRefusals(plan.failed));
  if (request.dry_run || plan.updates.length === 0) return ok(reportUpdates(told, new Map()));
  const roots = new Set(plan.updates.map(({ checkout }) => checkout.root));
  return whileRootsLocked(roots, 'updated', work.context, async () => {
    const begun = await guard?.begin(changes);
    if (begun?.ok === false) return begun;
    const lost = await applyUpdates(plan.updates, work);
    const isNothingDone =
      lost.size === plan.updates.length &&
      ![...lost.values()].some(({ details }) => details?.left !== undefined);
    if (isNothingDone && signal?.aborted === true) return nothingDone('updated');
    if (isNothingDone) return refused(combineRefusals([...plan.failed, ...lost.values()]));
    return ok(reportUpdates(told, lost));
  });
}

/** What the policy is asked about, and what the audit trail tells. */
function planOf(updates: readonly PlannedUpdate[]): CheckoutPlan {
  const checkouts = updates.map(({ checkout, update }) => {
    const { branch, commit } = update.folder.checkout;
    const { repo, path } = checkout;
    return { repo, action: 'update', path, branch, before: commit, after: update.after } as const;
  });
  return { checkouts };
}

function noCheckouts(family: UpdateRequest['family'], { sources, instance }: Scope): Refused {
  const of = family === 'ee' ? 'Odoo Enterprise' : 'the OCA';
  const { surface } = sources;
  const clone = `${family}_clone`;
  const hint = surface.has(clone)
    ? `${surface.call(clone, {})} with the repositories that are wanted.`
    : undefined;
  return refuse('no_place', `The instance ${instance.name} has no checkout of ${of}.`, {
    ...(hint !== undefined && { hint }),
  });
}

function notPrivate(): Refused {
  return refuse(
    'io_error',
    'Other users may write to the folder for temporary files, so git cannot be run.',
    {
      hint: "Ask the operator to set TMPDIR to a folder of the server's user.",
    },
  );
}

/**
 * The refusal for a system error.
 * @throws The error if it is not a system error but a bug.
 */
function failedToWrite({ name }: Instance, error: unknown): Refused {
  if (errnoOf(error) === undefined) throw error;
  return refuse('io_error', `The checkouts of the instance ${name} cannot be updated: ${meaningOf(error)}.`, {
    details: { errno: errnoOf(error) ?? null },
    hint: "Ask the operator to let the server's user write there.",
  });
}
