import { join } from 'node:path';
import { readSources } from '../../addons/lookup.ts';
import { checkModuleName, type ModuleName } from '../../addons/module-name.ts';
import { createPathView } from '../../addons/on-path.ts';
import type { Instance } from '../../config/instance.ts';
import { type AddonsDir, checkAddonsDir } from '../../links/addons-dir.ts';
import { inspectEntry } from '../../links/entry.ts';
import { planLinks } from '../../links/plan.ts';
import { combineRefusals, ok, type Refusal, type Result } from '../../refusal.ts';
import { carryOut, type Prepared, relyOn } from '../carry-out.ts';
import { placeOf, type ServiceContext } from '../context.ts';
import { selectTarget } from '../select-target.ts';
import { warnAboutExternals } from './external-dependencies.ts';
import type { LinkReport, LinkRequest } from './link-call.ts';
import { describeLinks } from './link-report.ts';
import { resolveModules } from './resolve-modules.ts';
import { vouchForModules } from './vouch.ts';

/**
 * Links modules into an addons directory, with everything of their family that they need: all of it, or nothing.
 * @returns What was linked, or everything that is in the way at once.
 */
export async function linkModules(
  request: LinkRequest,
  context: ServiceContext,
): Promise<Result<LinkReport>> {
  const target = selectTarget(context.instances, request);
  const names = checkNames(request.modules, request.argument);
  const early = [target, names].flatMap((result) => (result.ok ? [] : [result.refusal]));
  if (!target.ok || !names.ok) return { ok: false, refusal: combineRefusals(early) };
  const { instance, dir } = target.value;
  const inPlace = checkAddonsDir(dir);
  if (!inPlace.ok) return inPlace;
  return carryOut(dir, context, () => prepare(names.value, request, instance, dir, context));
}

/**
 * Checks the names of a call.
 * @param argument The argument they came in, for messages.
 * @returns Each name once, or what is wrong with all that are none.
 */
export function checkNames(modules: readonly string[], argument: string): Result<ModuleName[]> {
  const checked = [...new Set(modules)].map((name) => {
    return checkModuleName(name, modules.length > 1 ? `${argument}[${modules.indexOf(name)}]` : argument);
  });
  const refusals = checked.flatMap((result) => (result.ok ? [] : [result.refusal]));
  if (refusals.length > 0) return { ok: false, refusal: combineRefusals(refusals) };
  return ok(checked.flatMap((result) => (result.ok ? [result.value] : [])));
}

async function prepare(
  names: readonly ModuleName[],
  request: LinkRequest,
  instance: Instance,
  dir: AddonsDir,
  context: ServiceContext,
): Promise<Result<Prepared<LinkReport>>> {
  const sources = await readSources(instance.roots, instance.series, placeOf(instance, context));
  const view = createPathView(instance, sources.lists);
  const resolved = resolveModules(names, request, { instance, dir, sources, view });
  const { satisfied } = resolved;
  const found = resolved.modules.map(({ source }) => source.name);
  const isCurrent = relyOn(dir, found, instance, () => inspectSatisfied(satisfied, instance));
  const vouched = await vouchForModules(resolved.modules, instance, context.readProvenance);
  const { modules } = vouched;
  const wanted = modules.map(({ source, state }) => ({
    source,
    state,
    entry: inspectEntry(dir, source.name, instance.roots),
  }));
  const planned = planLinks(dir, wanted, { replace: request.replace, linkStyle: instance.linkStyle });
  const refusals: Refusal[] = [...vouched.refusals, ...resolved.refusals, ...planned.refusals];
  if (refusals.length > 0) return { ok: false, refusal: combineRefusals(inOrderOfNames(refusals, names)) };
  const { plan } = planned;
  const warnings = [...resolved.warnings, ...(await warnAboutExternals(modules, instance))];
  const isDryRun = request.dry_run;
  const report = describeLinks({ plan, modules, satisfied, instance, sources, view, warnings, isDryRun });
  return ok({ plan, report, isDryRun, isCurrent });
}

/** Reasons that concern a module of the call come as the call names them; all others follow. */
function inOrderOfNames(refusals: readonly Refusal[], names: readonly string[]): Refusal[] {
  const place = ({ module }: Refusal) => {
    const index = module === undefined ? -1 : names.indexOf(module);
    return index < 0 ? names.length : index;
  };
  return refusals.toSorted((a, b) => place(a) - place(b));
}

/** Dependencies that are linked already have to stay so until the new links are made. */
function inspectSatisfied(satisfied: LinkReport['satisfied'], { addonsDirs, roots }: Instance): unknown[] {
  return satisfied
    .filter(({ by }) => by === 'linked')
    .map(({ module, path }) => {
      const dir = addonsDirs.find((candidate) => path === join(candidate.path, module));
      return dir === undefined ? null : inspectEntry(dir, module, roots);
    });
}
