import type { ModuleName } from '../../addons/module-name.ts';
import { combineRefusals, ok, type Refusal, type Result, refused } from '../../base/refusal.ts';
import type { Turns } from '../../base/turns.ts';
import type { Instance } from '../../config/instance.ts';
import { type AddonsDir, checkAddonsDir, checkWritable } from '../../links/addons-dir.ts';
import type { Entry } from '../../links/inspect-entry.ts';
import { changesAnything, planLinks } from '../../links/plan-links.ts';
import { lookAround, type Scope, type ServiceContext, surfaceAt } from '../context.ts';
import { unlinkedBefore } from '../history/unlinked-before.ts';
import { lookAtNames } from '../linked-modules.ts';
import { otherInstances } from '../other-instances.ts';
import { tellOtherRoots } from '../other-roots.ts';
import { selectTargetAndNames } from '../select-target.ts';
import { withWhereabouts } from '../whereabouts.ts';
import { carryOut, type Prepared, relyOn } from './carry-out.ts';
import { needsOf, warnAboutExternals } from './external-dependencies.ts';
import type { LinkFacts, LinkReport, LinkRequest, NeedyModule, Premise } from './link-call.ts';
import { describeLinks } from './link-report.ts';
import { type Resolution, resolveModules } from './resolve-modules.ts';
import { restOn } from './rest-on.ts';
import { vouchForModules } from './vouch.ts';

/**
 * Links modules into an addons directory, with everything of their family that they need: all of it, or nothing.
 * @returns What was linked, or every reason against it.
 */
export async function linkModules(
  request: LinkRequest,
  context: ServiceContext,
): Promise<Result<LinkReport>> {
  const target = selectTargetAndNames(context, request, request.modules, request.argument);
  if (!target.ok) return target;
  const { instance, dir, names } = target.value;
  return carryOut(dir, context, () => prepare(names, request, instance, dir, context));
}

/**
 * Whether modules could be linked: what a dry run would refuse, without what it would tell.
 * @param scope What the caller sees of the instance.
 * @returns Nothing, or every reason against it.
 */
export async function checkLinkable(
  request: LinkRequest,
  context: ServiceContext,
  scope: Scope,
): Promise<Result<void>> {
  const target = selectTargetAndNames(context, request, request.modules, request.argument);
  if (!target.ok) return target;
  const { dir, names } = target.value;
  const inPlace = checkAddonsDir(dir);
  if (!inPlace.ok) return inPlace;
  const planned = await plan(names, request, dir, context, scope);
  return planned.ok ? checkWritable(dir) : planned;
}

async function prepare(
  names: readonly ModuleName[],
  request: LinkRequest,
  instance: Instance,
  dir: AddonsDir,
  context: ServiceContext,
): Promise<Result<Prepared<LinkReport>>> {
  const scope = await lookAround(instance, context, surfaceAt(instance, context, dir));
  const planned = await plan(names, request, dir, context, scope);
  if (!planned.ok) return planned;
  const { facts, isCurrent } = planned.value;
  // Dependencies that are linked already must be installed too, and nobody may have looked at what they need.
  const warnings = [...facts.warnings, ...(await warnAboutExternals(facts.needy, instance))];
  const unlinked = await unlinkedBefore(facts.plan, instance, context, scope.turns);
  const report = await describeLinks({ ...facts, warnings, unlinked });
  return ok({ plan: facts.plan, report, isDryRun: request.dry_run, isCurrent });
}

/** A plan, what is known about it, and whether what it relies on is unchanged. */
interface Planned extends Pick<Prepared<LinkReport>, 'isCurrent'> {
  readonly facts: LinkFacts;
}

async function plan(
  names: readonly ModuleName[],
  request: LinkRequest,
  dir: AddonsDir,
  context: ServiceContext,
  scope: Scope,
): Promise<Result<Planned>> {
  const { instance, turns } = scope;
  const resolved = await resolveModules(names, request, { ...scope, dir });
  const { satisfied, premises, missing } = resolved;
  const found = resolved.modules.map(({ source }) => source.name);
  const entries = await lookAtNames(dir, found, instance, turns);
  const isCurrent = relyOn(seen(entries, premises), () => lookAgain(dir, found, premises, instance, turns));
  const excusable = request.allow_uninstallable ? 'asked' : 'on request';
  const vouched = await vouchForModules(
    resolved.modules,
    instance,
    context.readProvenance,
    excusable,
    scope.sources.surface,
  );
  const { modules } = vouched;
  const wanted = modules.map(({ source, state }) => {
    return { source, state, entry: entries.get(source.name) as Entry };
  });
  const { isOperator, surface } = context;
  const planned = planLinks(dir, wanted, instance, { ...request, isOperator, surface });
  const refusals: Refusal[] = [...vouched.refusals, ...resolved.refusals, ...planned.refusals];
  if (refusals.length > 0) {
    const { sources } = scope;
    const look = otherInstances(instance, context, turns);
    const entriesOf = [...entries].map(([name, entry]) => ({ dir, name, entry }));
    const placed = await tellOtherRoots(refusals, entriesOf, instance, context, turns);
    const told = await withWhereabouts(placed, {
      instance: instance.name,
      sources,
      look,
      tool: request.family,
    });
    return refused(combineRefusals(inOrderOfNames(told, names)));
  }
  const { plan } = planned;
  const { resting, warnings: others } = changesAnything(plan)
    ? { resting: [], warnings: resolved.warnings }
    : await restOn(resolved.closure, request.family, instance, context.readProvenance, turns);
  const warnings = [...others, ...missing];
  const needy = inOrder([...modules.map(needsOf), ...resolved.needy], resolved.closure);
  const facts = { ...scope, plan, modules, satisfied, resting, needy, warnings, isDryRun: request.dry_run };
  return ok({ facts, isCurrent });
}

/** Nearest first, whether or not they are linked already: a warning names the first that needs what is missing. */
function inOrder(needy: readonly NeedyModule[], { reached }: Resolution['closure']): NeedyModule[] {
  const places = new Map(reached.map(({ name }, index) => [name, index]));
  return needy.toSorted((a, b) => (places.get(a.name) ?? 0) - (places.get(b.name) ?? 0));
}

/** Dependencies that are already linked must stay linked until the new links are made. */
async function lookAgain(
  dir: AddonsDir,
  names: readonly string[],
  premises: readonly Premise[],
  instance: Instance,
  turns: Turns,
): Promise<string> {
  const entries = await lookAtNames(dir, names, instance, turns);
  const relied: Premise[] = [];
  for (const { dir, module } of premises) {
    const entry = (await lookAtNames(dir, [module], instance, turns)).get(module) as Entry;
    relied.push({ dir, module, entry });
  }
  return seen(entries, relied);
}

/** What a plan is made from, for comparison with a later look. */
function seen(entries: ReadonlyMap<string, Entry>, premises: readonly Premise[]): string {
  return JSON.stringify([[...entries], premises.map(({ entry }) => entry)]);
}

/** Reasons about modules that the call names come first, in the order of the call. */
function inOrderOfNames(refusals: readonly Refusal[], names: readonly string[]): Refusal[] {
  const places = new Map(names.map((name, index) => [name, index]));
  const place = ({ module = '' }: Refusal) => places.get(module) ?? names.length;
  return refusals.toSorted((a, b) => place(a) - place(b));
}
