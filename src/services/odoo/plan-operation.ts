import { isModuleName, type ModuleName } from '../../addons/module-name.ts';
import { combineRefusals, ok, type Refusal, type Result, refused } from '../../base/refusal.ts';
import { quotedField } from '../../base/text.ts';
import { foreseeInstall, foreseeUpgrade, type Obstacle } from '../../odoo/foresee.ts';
import type { ModuleGraph } from '../../odoo/module-graph.ts';
import { type OperationPlan, type OperationStep, STEP_REASONS } from '../../odoo/operation-plan.ts';
import type { Scope } from '../context.ts';
import { warnAboutExternals } from '../link/external-dependencies.ts';
import { PATIENCE_MS } from './ask-odoo.ts';
import { refuseOdoo } from './odoo-refusals.ts';
import { isOutdated, isStuck, presentIn, versionOnPath } from './odoo-states.ts';
import { codeOf } from './operation-code.ts';
import {
  hasHook,
  type RestartCause,
  refuseExternals,
  refuseObstacle,
  refuseRestart,
  refuseStuck,
  refuseTooMany,
} from './operation-refusals.ts';
import type { OperationWork } from './operation-work.ts';
import { refuseAbsent } from './refuse-absent.ts';
import { withManifests } from './with-manifests.ts';

/** More than any Odoo has installed. Each approval that waits keeps all steps. */
const MOST_STEPS = 3000;

/** What an operation would do. */
export interface Foreseen {
  readonly plan: OperationPlan;
  /** What somebody has to do first: a dry run is not refused for it. */
  readonly first: Refusal | null;
}

/**
 * Foresees an operation, before anything is done.
 * @param graph What the database says.
 * @param linked The names of all that is linked: some that Odoo does not list yet may come along.
 * @returns The plan; or why it cannot be done, or not without a restart. A dry run has its plan all the same.
 */
export async function planOperation(
  graph: ModuleGraph,
  linked: readonly string[],
  work: OperationWork,
): Promise<Result<Foreseen>> {
  const { names, request, scope } = work;
  const { instance, view } = scope;
  const stuck = stuckIn(graph);
  const isHopeless = stuck.some(({ state }) => state === 'to remove');
  if (stuck.length > 0 && (!request.recover || isHopeless)) return refused(refuseStuck(stuck, scope));
  const foreseen = await foresee(
    work,
    await withManifests(withoutStuck(graph), [...names, ...linked], scope),
  );
  if (!foreseen.ok) return foreseen;
  if (foreseen.value.length + stuck.length > MOST_STEPS) return refused(refuseTooMany(MOST_STEPS, scope));
  const steps = foreseen.value.map((step) => withVersions(step, versionOnPath(step.module, view)));
  const lacking = await missingExternals(steps, scope);
  if (lacking.length > 0) return refused(refuseExternals(lacking));
  const cause = await restartCause(steps, work);
  if (!cause.ok) return cause;
  const isDue = cause.value !== null && (!request.restarted || cause.value.kind === 'not_restarted');
  const isByHook = hasHook(instance);
  const first = isDue && !isByHook ? refuseRestart(cause.value, scope) : null;
  if (first !== null && !request.dry_run) return refused(first);
  const given = stuck.map(({ name, installed }): OperationStep => {
    const step = { module: name, action: 'cancel', why: 'stuck', from: installed, to: null } as const;
    return withVersions(step, null);
  });
  const operation = STEP_REASONS.flatMap((why) => [...steps, ...given].filter((step) => step.why === why));
  const code = await codeOf(operation, scope, work.context);
  const restarts = isDue && isByHook;
  return ok({ plan: { database: instance.odoo?.database ?? '', restarts, operation, code }, first });
}

/** Versions come from manifests and from a database: anybody may have written them. */
function withVersions(step: OperationStep, to: string | null): OperationStep {
  const shown = (version: string | null) => (version === null ? null : quotedField(version));
  return { ...step, from: shown(step.from), to: shown(to) };
}

/** The modules with which an operation was begun and not finished. */
export function stuckIn(graph: ModuleGraph) {
  return [...graph.values()].filter(isStuck);
}

/** The list once what is unfinished is cancelled. */
function withoutStuck(graph: ModuleGraph): ModuleGraph {
  const after = { 'to install': 'uninstalled', 'to upgrade': 'installed' } as const;
  return new Map(
    [...graph].map(([name, module]) => {
      const { state } = module;
      return [name, state in after ? { ...module, state: after[state as keyof typeof after] } : module];
    }),
  );
}

/** What Odoo would do with the modules of a call; or why it could not. */
export async function foresee(
  { operation, names, scope, context }: Pick<OperationWork, 'operation' | 'names' | 'scope' | 'context'>,
  graph: ModuleGraph,
): Promise<Result<readonly OperationStep[]>> {
  const { steps, obstacles } = (operation === 'install' ? foreseeInstall : foreseeUpgrade)(names, graph);
  if (obstacles.length === 0) return ok(steps);
  const refusals: Refusal[] = [];
  for (const obstacle of obstacles) {
    const refusal = refuseObstacle(obstacle, scope);
    const missing = missingIn(obstacle, graph, scope);
    const hint = missing === null ? undefined : (await refuseAbsent(missing, scope, context)).hint;
    refusals.push(hint === undefined ? refusal : { ...refusal, hint });
  }
  return refused(combineRefusals(refusals));
}

/** The module that has to be linked first, or whose name is wrong. */
function missingIn(obstacle: Obstacle, graph: ModuleGraph, { view }: Scope): ModuleName | null {
  const named = obstacle.kind === 'not_installed' ? obstacle.module : null;
  const name = obstacle.kind === 'unknown' ? (obstacle.chain.at(-1) ?? null) : named;
  const isMissing = name !== null && !graph.has(name) && view.find(name) === null;
  return isMissing && isModuleName(name) ? name : null;
}

/** Odoo refuses a module for which a package or a program is missing. */
async function missingExternals(steps: readonly OperationStep[], { instance, view }: Scope) {
  const needy = steps.flatMap(({ module: name }) => {
    const externals = view.find(name)?.assessment?.judgement?.fields?.externalDependencies;
    return externals === undefined ? [] : [{ name, externals }];
  });
  const warnings = await warnAboutExternals(needy, instance);
  return warnings.filter(({ code }) => code === 'external_dependency_missing');
}

/** Why Odoo has to be restarted before the operation; null if it need not be. */
async function restartCause(
  steps: readonly OperationStep[],
  { operation, request, scope, client, context }: OperationWork,
): Promise<Result<RestartCause | null>> {
  const isUpgrade = operation === 'upgrade';
  // What the call says need not be so.
  const mayLie = isUpgrade && request.restarted;
  if (request.recover && !mayLie) return ok({ kind: 'recover' });
  if (isUpgrade && !mayLie) return ok({ kind: 'upgrade' });
  const { instance, view } = scope;
  const names = steps.map(({ module }) => module);
  const patience = { limit: PATIENCE_MS, signal: context.signal };
  const known = await client.modules(names, presentIn(view, names), patience);
  if (!known.ok) return refused(refuseOdoo(instance, known.refusal));
  const outdated = known.value.filter((row) => isOutdated(row, view, instance.series));
  const modules = outdated.map(({ name }) => name);
  if (modules.length > 0) return ok({ kind: isUpgrade ? 'not_restarted' : 'outdated', modules });
  return ok(isUpgrade ? { kind: request.recover ? 'recover' : 'upgrade' } : null);
}
