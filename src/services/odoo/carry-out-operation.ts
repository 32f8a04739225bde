import { Interruption } from '../../base/interruption.ts';
import { ok, type Result, refused } from '../../base/refusal.ts';
import { isSince } from '../../manifest/series.ts';
import type { ModuleGraph } from '../../odoo/module-graph.ts';
import type { OdooFault, OdooFaultKind } from '../../odoo/odoo-fault.ts';
import type { OperationPlan, OperationStep } from '../../odoo/operation-plan.ts';
import { RESTART_MS, restartOdoo } from '../../odoo/restart-odoo.ts';
import { PATIENCE_MS } from './ask-odoo.ts';
import { explainFailure } from './breaking-manifests.ts';
import { judge, mayGoOn, type States } from './judge-operation.ts';
import { refuseOdoo, withLeft } from './odoo-refusals.ts';
import { changedCode } from './operation-code.ts';
import {
  refuseChanged,
  refuseInTheMiddle,
  refuseMore,
  refuseRestart,
  refuseStuck,
  refuseUnlisted,
} from './operation-refusals.ts';
import type { OperationWork } from './operation-work.ts';
import { foresee, stuckIn } from './plan-operation.ts';
import { inSeconds, sharingOdoo, WAIT_MS, waitWhileBusy } from './while-busy.ts';
import { whileWatched } from './while-watched.ts';

/** How long an install may take, in milliseconds: large modules take minutes. */
const OPERATION_MS = 15 * 60_000;

/**
 * Carries an operation out: restarts Odoo if that is planned, cancels what is unfinished, has it read its list again, and presses
 * the button. The order is the one that works with every series.
 * @returns The states afterwards; or why it was not done. What may have changed is in `details.left`.
 */
export async function carryOutOperation(plan: OperationPlan, work: OperationWork): Promise<Result<States>> {
  const begun: string[] = [];
  try {
    const done = await carryOut(plan, work, begun);
    return done.ok || begun.length === 0 || done.refusal.details?.left !== undefined
      ? done
      : refused(withLeft(done.refusal, begun));
  } catch (error) {
    if (!(error instanceof Interruption) || begun.length === 0) throw error;
    return refused(refuseInTheMiddle(error.refusal, begun, work.scope));
  }
}

/**
 * @param begun Is told what may be changed, before it is. What is still in it when something is thrown may be half done.
 */
async function carryOut(plan: OperationPlan, work: OperationWork, begun: string[]): Promise<Result<States>> {
  const { instance } = work.scope;
  if (plan.restarts) {
    begun.push('the restart');
    const restarted = await restart(work);
    if (!restarted.ok) {
      if (NOT_BEGUN.has(restarted.refusal.kind)) begun.pop();
      return refused(refuseOdoo(instance, restarted.refusal));
    }
  }
  const ready = await makeReady(plan, work, begun);
  if (!ready.ok) return ready;
  const before = [...begun];
  begun.push(...work.names);
  const pressed = await press(ready.value, plan, work);
  const judged = await judge(pressed.ok ? null : pressed.refusal, ready.value, before, plan, work);
  begun.length = before.length;
  return judged;
}

/** Faults of a restart whose command was not run. */
const NOT_BEGUN: ReadonlySet<OdooFaultKind> = new Set(['restart_missing', 'restart_denied', 'busy']);

function restart({ scope, context }: OperationWork): Promise<Result<void, OdooFault>> {
  const { odoo = null } = scope.instance;
  if (odoo === null) throw new Error('an operation without an Odoo');
  const { signal, onProgress } = context;
  const tell = (spent: number, limit: number, what: string) =>
    onProgress?.(inSeconds(spent), inSeconds(limit), what);
  const also = sharingOdoo(scope.instance, context.instances);
  return waitWhileBusy(scope.instance, { limit: WAIT_MS, signal, onProgress, also }, () =>
    restartOdoo(odoo, { limit: RESTART_MS, signal, onProgress: tell }),
  );
}

/** Cancels what is unfinished and has Odoo read its list again; then the plan must still be what Odoo would do. */
async function makeReady(
  plan: OperationPlan,
  work: OperationWork,
  begun: string[],
): Promise<Result<ModuleGraph>> {
  const { scope, client, context, request, names } = work;
  const { instance } = scope;
  const { signal, onProgress } = context;
  const patience = { limit: PATIENCE_MS, signal };
  const waiting = { limit: WAIT_MS, signal, onProgress };
  const isPlanned = new Set(
    plan.operation.filter(({ action }) => action === 'cancel').map(({ module }) => module),
  );
  if (isPlanned.size > 0) {
    const graph = await client.graph(patience);
    if (!graph.ok) return refused(refuseOdoo(instance, graph.refusal));
    // A restart may have finished it.
    const stuck = stuckIn(graph.value).filter(({ name }) => isPlanned.has(name));
    for (const [state, button] of [
      ['to install', 'cancel_install'],
      ['to upgrade', 'cancel_upgrade'],
    ] as const) {
      const due = stuck.filter((one) => one.state === state && one.id !== null);
      if (due.length === 0) continue;
      const ids = due.map(({ id }) => id as number);
      const cancelled = await waitWhileBusy(instance, waiting, () => client.press(button, ids, patience));
      if (cancelled.ok || mayGoOn(cancelled.refusal)) begun.push(...due.map(({ name }) => name));
      if (!cancelled.ok) return refused(refuseOdoo(instance, cancelled.refusal));
    }
  }
  const updated = await waitWhileBusy(instance, waiting, () => client.updateList(patience));
  if (!updated.ok) return refused(await explainFailure(updated.refusal, scope, context));
  const graph = await client.graph(patience);
  if (!graph.ok) return refused(refuseOdoo(instance, graph.refusal));
  const stuck = stuckIn(graph.value);
  if (stuck.length > 0) return refused(refuseStuck(stuck, scope));
  const unlisted = names.filter((name) => !graph.value.has(name));
  if (unlisted.length > 0) {
    const mayRemember = isSince(instance.series, '16.0') && !request.restarted && !plan.restarts;
    const cause = { kind: 'not_listed', modules: unlisted } as const;
    return refused(mayRemember ? refuseRestart(cause, scope) : refuseUnlisted(unlisted, scope));
  }
  const foreseen = await foresee(work, graph.value);
  if (!foreseen.ok) return foreseen;
  const key = ({ action, module }: OperationStep) => `${action} ${module}`;
  const isPlannedStep = new Set(plan.operation.map(key));
  const more = foreseen.value.map(key).filter((step) => !isPlannedStep.has(step));
  if (more.length > 0) return refused(refuseMore(more, scope));
  const changed = await changedCode(plan, work);
  return changed.length > 0 ? refused(refuseChanged(changed, scope)) : ok(graph.value);
}

/** Presses the button, unless a restart has done it all. */
async function press(
  graph: ModuleGraph,
  plan: OperationPlan,
  work: OperationWork,
): Promise<Result<void, OdooFault>> {
  const { operation, names, scope, client, context } = work;
  const { signal, onProgress } = context;
  const due = names.flatMap((name) => {
    const { id = null, state } = graph.get(name) ?? {};
    return id === null || (operation === 'install' && state === 'installed') ? [] : [id];
  });
  if (due.length === 0) return ok(undefined);
  const patience = { limit: OPERATION_MS, signal };
  return waitWhileBusy(scope.instance, { limit: WAIT_MS, signal, onProgress }, () =>
    whileWatched(plan, work, OPERATION_MS, () => client.press(operation, due, patience)),
  );
}
