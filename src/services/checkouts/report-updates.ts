import type { Refusal } from '../../base/refusal.ts';
import type { Surface } from '../../base/surface.ts';
import { asSentence } from '../../base/text.ts';
import type { Instance } from '../../config/instance.ts';
import { describeObstacle } from '../../sources/remote/obstacle.ts';
import { tellFailed } from './clone-report.ts';
import type { FoundCheckout } from './found-checkouts.ts';
import type { Effects, PlannedUpdate } from './module-effects.ts';
import { tellLeftAlone, type UpdatePlan } from './plan-updates.ts';
import type { UpdateReport } from './update-report.ts';
import type { UpdateRequest } from './update-request.ts';
import { updateSteps } from './update-steps.ts';

/** What a call planned. */
interface Told {
  readonly request: UpdateRequest;
  readonly plan: UpdatePlan;
  readonly effects: readonly (Effects | null)[];
  readonly instance: Instance;
  /** What next steps are written for. */
  readonly surface: Surface;
}

/**
 * The report of a call that updates checkouts. Pure.
 * @param lost The updates that were not made, and why.
 */
export function reportUpdates(
  { request, plan, effects, instance, surface }: Told,
  lost: ReadonlyMap<FoundCheckout, Refusal>,
): UpdateReport {
  const done = plan.updates.flatMap((planned, index) =>
    lost.has(planned.checkout) ? [] : [{ planned, effects: effects[index] ?? null }],
  );
  const failed = [...plan.failed, ...lost.values()].map(tellFailed);
  const leftAlone = plan.leftAlone.map(({ checkout, obstacle }) => tellLeftAlone(checkout, obstacle));
  // One that was named was to be updated.
  const isIncomplete = failed.length > 0 || (request.repos !== undefined && leftAlone.length > 0);
  const status = request.dry_run
    ? 'planned'
    : isIncomplete
      ? 'incomplete'
      : done.length > 0
        ? 'updated'
        : 'up_to_date';
  const known = done.flatMap(({ effects }) => effects ?? []);
  const all = <Key extends keyof Effects>(key: Key) => known.map((one) => one[key]);
  const sum = (key: keyof Effects['modules']) => all('modules').reduce((total, one) => total + one[key], 0);
  const parts = {
    deleted: all('deleted').flat(),
    moved: all('moved').flat(),
    lost_installability: all('lost_installability').flat(),
    changed_version: all('changed_version').flat(),
    changed_without_version: all('changed_without_version').flat(),
    new_dependencies: all('new_dependencies').flat(),
  };
  return {
    ...{ status, instance: instance.name, series: instance.series },
    updated: done.map(({ planned, effects }) => tellUpdate(planned, effects)),
    up_to_date: plan.upToDate.map(({ repo }) => repo),
    left_alone: leftAlone,
    ...(failed.length > 0 && { failed }),
    ...parts,
    modules: { added: sum('added'), removed: sum('removed'), changed: sum('changed') },
    next_steps: updateSteps(
      { ...parts, isDryRun: request.dry_run, isChanged: done.length > 0 },
      all('forDependencies').flatMap((one) => one ?? []),
      surface,
      instance,
    ),
  };
}

function tellUpdate(
  { checkout, update }: PlannedUpdate,
  effects: Effects | null,
): UpdateReport['updated'][number] {
  const { commit, interrupted } = update.folder.checkout;
  const notes = [
    ...(interrupted === null
      ? []
      : [`${asSentence(`It ${describeObstacle({ kind: 'interrupted' })}`)} That is undone first.`]),
    ...(effects === null ? ['What it does to linked modules could not be told.'] : []),
  ];
  return {
    ...{ repo: checkout.repo, before: commit, after: update.after },
    ...(update.commits !== null && { commits: update.commits }),
    ...(update.date !== null && { date: update.date }),
    ...(notes.length > 0 && { note: notes.join(' ') }),
  };
}
