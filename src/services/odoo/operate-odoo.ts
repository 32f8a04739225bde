import type { ModuleName } from '../../addons/module-name.ts';
import { isSound } from '../../addons/on-path.ts';
import { combineRefusals, ok, type Refusal, type Result, refused } from '../../base/refusal.ts';
import type { Instance } from '../../config/instance.ts';
import { lookAround, type Scope, type ServiceContext, surfaceAt } from '../context.ts';
import { listEntries } from '../linked-modules.ts';
import { selectInstanceAndNames } from '../select-target.ts';
import { afterOperation } from './after-operation.ts';
import { askOdoo, PATIENCE_MS } from './ask-odoo.ts';
import { carryOutOperation } from './carry-out-operation.ts';
import { refuseOdoo } from './odoo-refusals.ts';
import { type OperationReport, reportSteps } from './operation-report.ts';
import type { OdooOperation, OperationRequest, OperationWork } from './operation-work.ts';
import { type Foreseen, planOperation } from './plan-operation.ts';
import { refuseAbsent } from './refuse-absent.ts';

/**
 * Has a running Odoo install or upgrade modules. What it would do is foreseen first: dependencies, modules that come along, exclusions,
 * packages that are missing; and afterwards only the states in the database count, never what Odoo answered.
 * @returns What was done; or why not, with what is left half done in `details.left`.
 */
export async function operateOdoo(
  operation: OdooOperation,
  request: OperationRequest,
  context: ServiceContext,
): Promise<Result<OperationReport>> {
  const selected = selectInstanceAndNames(context, request, request.modules);
  if (!selected.ok) return selected;
  const { instance, names } = selected.value;
  const look = () => prepare(operation, names, instance, request, context);
  const prepared = await look();
  return prepared.ok ? run(prepared.value, look) : prepared;
}

/** An operation that could be carried out. */
interface Prepared extends Foreseen {
  readonly work: OperationWork;
}

/** Looks at the disk and asks Odoo, and foresees what it would do. */
async function prepare(
  operation: OdooOperation,
  names: readonly ModuleName[],
  instance: Instance,
  request: OperationRequest,
  context: ServiceContext,
): Promise<Result<Prepared>> {
  const scope = await lookAround(instance, context, surfaceAt(instance, context));
  const unsound = await whatOdooWouldNotLoad(names, scope, context);
  if (unsound.length > 0) return refused(combineRefusals(unsound));
  const client = await askOdoo(instance, context.signal);
  if (!client.ok) return client;
  const graph = await client.value.graph({ limit: PATIENCE_MS, signal: context.signal });
  if (!graph.ok) return refused(refuseOdoo(instance, graph.refusal));
  const linked = await listEntries(instance, scope.turns, instance.addonsDirs, scope.sources.look);
  if (!linked.ok) return linked;
  const work = { operation, names, request, scope, client: client.value, context };
  const foreseen = await planOperation(
    graph.value,
    linked.value.map(({ name }) => name),
    work,
  );
  return foreseen.ok ? ok({ ...foreseen.value, work }) : foreseen;
}

/** @param again Prepares it anew: while it was approved, anything may have changed. */
async function run(
  first: Prepared,
  again: () => Promise<Result<Prepared>>,
): Promise<Result<OperationReport>> {
  const { operation, request, scope, context } = first.work;
  const { guard } = context;
  const reviewed = await guard?.review(first.plan, request.dry_run);
  if (reviewed?.ok === false) return reviewed;
  const { name, series, odoo } = scope.instance;
  const about = { instance: name, series, database: odoo?.database ?? '' };
  const already = { status: 'already_installed', ...about, modules: [] } as const;
  if (first.plan.operation.length === 0) return ok(already);
  if (request.dry_run) {
    const { plan, first: before } = first;
    return ok({
      ...{ status: 'planned', ...about },
      ...(plan.restarts && { restart: 'planned' }),
      ...reportSteps(plan.operation, new Map()),
      ...(before !== null && { next_steps: [`${before.message} ${before.hint}`] }),
    });
  }
  const prepared = reviewed?.value === 'look again' ? await again() : ok(first);
  if (!prepared.ok) return prepared;
  const { plan, work } = prepared.value;
  // Somebody else was faster than who approved it.
  if (plan.operation.length === 0) return ok(already);
  const begun = await guard?.begin(plan);
  if (begun?.ok === false) return begun;
  const done = await carryOutOperation(plan, work);
  if (!done.ok) return done;
  const nextSteps = await afterOperation(plan, work);
  return ok({
    status: operation === 'install' ? 'installed' : 'upgraded',
    ...about,
    ...(plan.restarts && { restart: 'done' }),
    ...reportSteps(plan.operation, done.value),
    ...(nextSteps.length > 0 && { next_steps: nextSteps }),
  });
}

const UNSOUND = 'Have the module mended first: Odoo would not install it, or would fail.';

/** Our own verdict on the modules of a call; one that is nowhere on a path which is not known whole is left to Odoo. */
async function whatOdooWouldNotLoad(
  names: readonly ModuleName[],
  scope: Scope,
  context: ServiceContext,
): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  for (const name of names) {
    const found = scope.view.find(name);
    if (found !== null && isSound(found)) continue;
    const [refusal] = found?.assessment?.refusals ?? [];
    if (refusal !== undefined) refusals.push({ ...refusal, module: name, hint: UNSOUND });
    else if (scope.instance.odooConf !== null) refusals.push(await refuseAbsent(name, scope, context));
  }
  return refusals;
}
