import { ok, type Refusal, type Result, refused } from '../../base/refusal.ts';
import { quotedField } from '../../base/text.ts';
import { isSince } from '../../manifest/series.ts';
import type { KnownToOdoo } from '../../odoo/known-to-odoo.ts';
import type { ModuleGraph } from '../../odoo/module-graph.ts';
import type { OdooFault } from '../../odoo/odoo-fault.ts';
import type { OperationPlan } from '../../odoo/operation-plan.ts';
import { RESTART_MS, restartOdoo } from '../../odoo/restart-odoo.ts';
import { PATIENCE_MS } from './ask-odoo.ts';
import { explainFailure } from './breaking-manifests.ts';
import { refuseOdoo } from './odoo-refusals.ts';
import { presentIn, versionOnPath } from './odoo-states.ts';
import {
  refuseMore,
  refuseNotDone,
  refuseRestart,
  refuseStuck,
  refuseUnlisted,
} from './operation-refusals.ts';
import type { OperationWork } from './operation-work.ts';
import { foresee, stuckIn } from './plan-operation.ts';
import { waitWhileBusy } from './while-busy.ts';
import { whileWatched } from './while-watched.ts';

/** How long an install may take, in milliseconds: large modules take minutes. */
const OPERATION_MS = 15 * 60_000;
/** How long it is waited for an Odoo that is busy, in milliseconds. */
const WAIT_MS = 60_000;

/** What the database says of the modules of a plan. */
type States = ReadonlyMap<string, KnownToOdoo>;

/**
 * Carries an operation out: restarts Odoo if that is planned, cancels what is unfinished, has it read its list again, and presses
 * the button. The order is the one that works with every series.
 * @returns The states afterwards; or why it was not done. What may have changed is in `details.left`.
 */
export async function carryOutOperation(plan: OperationPlan, work: OperationWork): Promise<Result<States>> {
  const { instance } = work.scope;
  if (plan.restarts) {
    const restarted = await restart(work);
    if (!restarted.ok) return refused(withLeft(refuseOdoo(instance, restarted.refusal), ['the restart']));
  }
  const ready = await makeReady(plan, work);
  if (!ready.ok) {
    const given = plan.operation.filter(({ action }) => action === 'cancel').map(({ module }) => module);
    const begun = [...(plan.restarts ? ['the restart'] : []), ...given];
    return begun.length > 0 ? refused(withLeft(ready.refusal, begun)) : ready;
  }
  const pressed = await press(ready.value, plan, work);
  return judge(pressed.ok ? null : pressed.refusal, ready.value, plan, work);
}

/** The audit trail then says that it is not known what was changed, and the call stays counted. */
function withLeft(refusal: Refusal, left: readonly string[]): Refusal {
  return { ...refusal, details: { ...refusal.details, left } };
}

function restart({ scope, context }: OperationWork): Promise<Result<void, OdooFault>> {
  const { odoo = null } = scope.instance;
  if (odoo === null) throw new Error('an operation without an Odoo');
  const { signal, onProgress } = context;
  const tell = (spent: number, limit: number, what: string) =>
    onProgress?.(inSeconds(spent), inSeconds(limit), what);
  const waiting = { limit: WAIT_MS, signal, onProgress };
  return waitWhileBusy(scope.instance, waiting, () =>
    restartOdoo(odoo, { limit: RESTART_MS, signal, onProgress: tell }),
  );
}

const inSeconds = (ms: number) => Math.round(ms / 1000);

/** Cancels what is unfinished and has Odoo read its list again; then the plan must still be what Odoo would do. */
async function makeReady(plan: OperationPlan, work: OperationWork): Promise<Result<ModuleGraph>> {
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
      const ids = stuck.flatMap((one) => (one.state === state && one.id !== null ? [one.id] : []));
      const cancelled =
        ids.length === 0
          ? ok(undefined)
          : await waitWhileBusy(instance, waiting, () => client.press(button, ids, patience));
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
  const foreseen = foresee(work, graph.value);
  if (!foreseen.ok) return foreseen;
  const isForeseen = new Set(plan.operation.map(({ module }) => module));
  const more = foreseen.value
    .filter(({ module }) => !isForeseen.has(module))
    .map(({ action, module }) => `${action} ${module}`);
  return more.length > 0 ? refused(refuseMore(more, scope)) : ok(graph.value);
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

/**
 * Decides by the states in the database whether it was done.
 * @param fault What Odoo answered; null if it said that all is well.
 * @param before The list right before.
 */
async function judge(
  fault: OdooFault | null,
  before: ModuleGraph,
  plan: OperationPlan,
  { operation, names, scope, client }: OperationWork,
): Promise<Result<States>> {
  const { instance, view } = scope;
  const all = [...new Set([...names, ...plan.operation.map(({ module }) => module)])];
  // Not with the signal of the call: also a caller that waits no longer has its line in the trail.
  const read = await client.modules(all, presentIn(view, all), { limit: PATIENCE_MS });
  if (!read.ok) return refused(withLeft(refuseOdoo(instance, fault ?? read.refusal), names));
  const states: States = new Map(read.value.map((one) => [one.name, one]));
  const undone = names.flatMap((name) => {
    const { state = 'not in the list', installed = null } = states.get(name) ?? {};
    if (state !== 'installed') return [{ name, is: state }];
    const version = operation === 'upgrade' ? versionOnPath(name, view) : null;
    return version === null || installed === version
      ? []
      : [
          {
            name,
            is: `still ${quotedField(installed ?? '')}, with ${quotedField(version)} on the disk: Odoo runs the old code`,
          },
        ];
  });
  if (undone.length === 0) return ok(states);
  const isSame = all.every(
    (name) =>
      states.get(name)?.state === before.get(name)?.state &&
      states.get(name)?.installed === before.get(name)?.installed,
  );
  const isAtWork = fault !== null && mayGoOn(fault);
  const isBegun = plan.restarts || plan.operation.some(({ action }) => action === 'cancel');
  if (fault !== null && isSame && !isBegun && !isAtWork) return refused(refuseOdoo(instance, fault));
  return refused(refuseNotDone({ modules: undone, fault, isAtWork }, scope));
}

/** Whether Odoo may still be at work. */
function mayGoOn({ kind }: OdooFault): boolean {
  return kind === 'timed_out' || kind === 'cancelled' || kind === 'unreachable' || kind === 'not_odoo';
}
