import type { ModuleName } from '../../addons/module-name.ts';
import { combineRefusals, ok, type Refusal, type Result, refused } from '../../base/refusal.ts';
import type { Turns } from '../../base/turns.ts';
import type { Instance } from '../../config/instance.ts';
import type { AddonsDir } from '../../links/addons-dir.ts';
import type { Entry } from '../../links/inspect-entry.ts';
import { planLinks } from '../../links/plan-links.ts';
import { lookAround, type ServiceContext, surfaceAt } from '../context.ts';
import { lookAtNames } from '../linked-modules.ts';
import { selectTargetAndNames } from '../select-target.ts';
import { carryOut, type Prepared, relyOn } from './carry-out.ts';
import { needsOf, warnAboutExternals } from './external-dependencies.ts';
import type { LinkReport, LinkRequest, Premise } from './link-call.ts';
import { describeLinks } from './link-report.ts';
import { resolveModules } from './resolve-modules.ts';
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

async function prepare(
  names: readonly ModuleName[],
  request: LinkRequest,
  instance: Instance,
  dir: AddonsDir,
  context: ServiceContext,
): Promise<Result<Prepared<LinkReport>>> {
  const scope = await lookAround(instance, context, surfaceAt(instance, context, dir));
  const { turns } = scope;
  const resolved = await resolveModules(names, request, { ...scope, dir });
  const { satisfied, premises } = resolved;
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
  const planned = planLinks(dir, wanted, { ...request, linkStyle: instance.linkStyle, isOperator, surface });
  const refusals: Refusal[] = [...vouched.refusals, ...resolved.refusals, ...planned.refusals];
  if (refusals.length > 0) return refused(combineRefusals(inOrderOfNames(refusals, names)));
  const { plan } = planned;
  // Dependencies that are linked already must be installed too, and nobody may have looked at what they need.
  const needy = [...modules.map(needsOf), ...resolved.needy];
  const warnings = [...resolved.warnings, ...(await warnAboutExternals(needy, instance))];
  const isDryRun = request.dry_run;
  const report = await describeLinks({ ...scope, plan, modules, satisfied, needy, warnings, isDryRun });
  return ok({ plan, report, isDryRun, isCurrent });
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
