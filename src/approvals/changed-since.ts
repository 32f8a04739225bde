/** What has changed between a call that was approved and the same call now, in words. Pure. */

import type { SourceState } from '../addons/source-state.ts';
import type { PlannedChange } from '../links/plan-links.ts';
import type { OperationPlan } from '../odoo/operation-plan.ts';
import type { BoundCall } from './approval.ts';

/**
 * Lists why an approval no longer applies to a call that asks for the same.
 * @returns A clause for each difference, to follow "since it was approved,"; none if there is no difference.
 */
export function changedSince(approved: BoundCall, now: BoundCall): string[] {
  const before = new Map(approved.changes.map((change) => [change.module, change]));
  const after = new Map(now.changes.map((change) => [change.module, change]));
  return [
    ...(approved.policy === now.policy ? [] : ['the policy changed']),
    ...(JSON.stringify(approved.targetDirs) === JSON.stringify(now.targetDirs)
      ? []
      : ['the addons directory changed']),
    ...approved.changes.flatMap(({ module }) =>
      after.has(module) ? [] : [`${module} is no longer part of the call`],
    ),
    ...now.changes.flatMap((change) => {
      const known = before.get(change.module);
      return known === undefined ? [`${change.module} was added to the call`] : changedIn(known, change);
    }),
    ...changedCheckouts(approved.checkouts, now.checkouts),
    ...changedOperation(approved.odoo, now.odoo),
  ];
}

function changedCheckouts(approved: BoundCall['checkouts'], now: BoundCall['checkouts']): string[] {
  const [before, after] = [approved, now].map((some) => new Map(some.map((one) => [one.repo, one])));
  const gone = approved.filter(({ repo }) => !after?.has(repo));
  return [
    ...gone.map(({ repo }) => `the repository ${repo} is no longer part of the call`),
    ...now.flatMap((one) => {
      const known = before?.get(one.repo);
      if (known === undefined) return [`the repository ${one.repo} was added to the call`];
      if (known.after !== one.after) return [`the branch of ${one.repo} moved`];
      return JSON.stringify(known) === JSON.stringify(one) ? [] : [`the checkout ${one.repo} changed`];
    }),
  ];
}

function changedOperation(approved: BoundCall['odoo'], now: BoundCall['odoo']): string[] {
  if (approved === null || now === null) return [];
  const keyed = (plan: OperationPlan) =>
    new Map(plan.operation.map((step) => [`${step.action} ${step.module}`, JSON.stringify(step)]));
  const [before, after] = [keyed(approved), keyed(now)];
  const known = new Map(approved.code.map(({ module, state }) => [module, state]));
  return [
    ...(approved.database === now.database ? [] : ['it is another database']),
    ...(approved.restarts === now.restarts ? [] : [`Odoo would ${now.restarts ? '' : 'not '}be restarted`]),
    ...[...before.keys()]
      .filter((key) => !after.has(key))
      .map((key) => `${key} is no longer part of the call`),
    ...[...after].flatMap(([key, step]) => {
      const known = before.get(key);
      if (known === undefined) return [`${key} was added to the call`];
      return known === step ? [] : [`the version or the reason of ${key} changed`];
    }),
    ...now.code.flatMap(({ module, state }) => changedState(module, known.get(module) ?? null, state)),
  ];
}

function changedIn(before: PlannedChange, now: PlannedChange): string[] {
  const { module } = now;
  if (before.source !== now.source) return [`${module} would come from another folder`];
  const entry =
    before.action === now.action && before.previous === now.previous
      ? []
      : [`the entry ${module} in the addons directory changed`];
  if (now.state === null) return entry;
  return [...entry, ...changedState(module, before.state, now.state)];
}

function changedState(module: string, before: SourceState | null, now: SourceState): string[] {
  if (before === null) return [];
  // A replaced folder explains why the folders below it changed.
  const folder = (['root', 'repository', 'module'] as const).find((one) => {
    return before.folders[one] !== now.folders[one];
  });
  const isSameOwner = JSON.stringify(before.repos) === JSON.stringify(now.repos);
  return [
    ...(folder === undefined ? [] : [FOLDERS[folder](module)]),
    ...(isSameOwner ? [] : [`${module} belongs to another repository`]),
    ...(before.commit === now.commit ? [] : [`the commit of ${module} changed`]),
    ...(before.dirty === now.dirty ? [] : [describeDirty(module, now.dirty)]),
    ...(before.manifest === now.manifest ? [] : [`the manifest of ${module} changed`]),
  ];
}

const FOLDERS = {
  root: (module: string) => `the root folder of ${module} was replaced`,
  repository: (module: string) => `the repository folder of ${module} was replaced`,
  module: (module: string) => `the folder of ${module} was replaced`,
} as const;

function describeDirty(module: string, dirty: boolean | null): string {
  if (dirty === null) return `it is no longer known whether ${module} has local changes`;
  return dirty ? `the folder of ${module} has local changes` : `the folder of ${module} has no local changes`;
}
