import { ok, type Result, refused } from '../../base/refusal.ts';
import type { OdooClient } from '../../odoo/odoo-client.ts';
import { lookAround, type Scope, type ServiceContext, surfaceAt } from '../context.ts';
import { readLinkedModules } from '../linked-modules.ts';
import { selectInstanceAndNames } from '../select-target.ts';
import { linkedPlace, withDiscretion } from '../telling.ts';
import { askOdoo, PATIENCE_MS } from './ask-odoo.ts';
import { explainFailure } from './breaking-manifests.ts';
import { refuseOdoo } from './odoo-refusals.ts';
import type { OdooReport, OdooRequest } from './odoo-report.ts';
import { type Asked, readStates } from './read-states.ts';
import { WAIT_MS, type WaitingClock, waitWhileBusy } from './while-busy.ts';

/**
 * Has Odoo read its list of modules again (*Update Apps List*), and tells what it knows of modules then. Waits while Odoo is busy.
 * @returns The states; or why the list could not be read, with the module that is in the way if one is known.
 */
export async function refreshOdoo(
  request: OdooRequest,
  context: ServiceContext,
  clock?: WaitingClock,
): Promise<Result<OdooReport>> {
  const { signal, onProgress } = context;
  return withOdoo(request, context, async (client, scope) => {
    const reviewed = await context.guard?.review(null, false);
    if (reviewed?.ok === false) return reviewed;
    const begun = await context.guard?.begin(null);
    if (begun?.ok === false) return begun;
    const waiting = { limit: WAIT_MS, signal, onProgress, clock };
    const update = () => client.updateList({ limit: PATIENCE_MS, signal });
    const updated = await waitWhileBusy(scope.instance, waiting, update);
    if (updated.ok) return ok(updated.value.added);
    return refused(await explainFailure(updated.refusal, scope, context));
  });
}

/** Tells what Odoo knows of modules, without having it read its list again. */
export async function odooStatus(request: OdooRequest, context: ServiceContext): Promise<Result<OdooReport>> {
  return withOdoo(request, context, async () => ok(null));
}

async function withOdoo(
  request: OdooRequest,
  context: ServiceContext,
  work: (odoo: OdooClient, scope: Scope) => Promise<Result<number | null>>,
): Promise<Result<OdooReport>> {
  const selected = selectInstanceAndNames(context, request, request.modules ?? []);
  if (!selected.ok) return selected;
  const { instance, names } = selected.value;
  const scope = await lookAround(instance, context, surfaceAt(instance, context));
  const asked = await namesToAsk(names, scope, context);
  if (!asked.ok) return asked;
  const odoo = await askOdoo(instance, context.signal);
  if (!odoo.ok) return odoo;
  const done = await work(odoo.value, scope);
  if (!done.ok) return done;
  const isFresh = done.value !== null;
  const states = await readStates(odoo.value, { ...asked.value, isFresh }, scope, context);
  if (!states.ok) return refused(refuseOdoo(instance, states.refusal));
  const { name, series } = instance;
  return ok({
    ...{ status: 'ok', instance: name, series, database: instance.odoo?.database ?? '' },
    ...(done.value !== null && { added: done.value }),
    ...states.value,
  });
}

/** The modules that a call names, or else all that are linked: those of which the policy lets it tell. */
async function namesToAsk(
  named: readonly string[],
  scope: Scope,
  context: ServiceContext,
): Promise<Result<Omit<Asked, 'isFresh'>>> {
  const { instance, turns, sources, view } = scope;
  const modules = await readLinkedModules(instance, turns, instance.addonsDirs, sources.look);
  if (!modules.ok) return modules;
  view.learn(modules.value);
  const linked = new Set(modules.value.map(({ name }) => name));
  if (named.length > 0) {
    const { discretion } = withDiscretion(scope, context).sources;
    const names: string[] = [];
    for (const name of named) if ((await discretion?.mayName(name)) !== false) names.push(name);
    const withheld = named.length - names.length;
    return ok({ names, linked, isNamed: true, isTyped: true, withRest: false, withheld });
  }
  const told = modules.value.filter(
    (module) => context.mayTell?.(linkedPlace(module, sources.ownersOf)).ok !== false,
  );
  const names = [...new Set(told.map(({ name }) => name))];
  return ok({ names, linked, isNamed: false, withRest: true, withheld: modules.value.length - told.length });
}
