import { assessModule, readModule } from '../addons/assess.ts';
import { findModule, type ModuleSource, readSources, type Sources } from '../addons/lookup.ts';
import { checkModuleName, type ModuleName } from '../addons/module-name.ts';
import { familyOf } from '../addons/roots.ts';
import type { Instance } from '../config/instance.ts';
import { checkAddonsDir, checkWritable } from '../links/addons-dir.ts';
import { applyPlan } from '../links/apply.ts';
import { inspectEntry } from '../links/entry.ts';
import { planLinks } from '../links/plan.ts';
import { combineRefusals, ok, type Refusal, type Result, refuse } from '../refusal.ts';
import { isOtherSeries, seriesOfBranch } from '../sources/provenance.ts';
import { quoted } from '../text.ts';
import type { LinkContext, LinkReport, LinkRequest, VouchedModule } from './link-call.ts';
import { describeLinks } from './link-report.ts';
import { selectTarget } from './select-target.ts';

/**
 * Links modules into an addons directory: all of them, or none.
 *
 * Everything is checked first. Looking at the directory, planning and linking then happen without a pause, so that no
 * other call of this process comes in between.
 * @returns What was linked, or everything that is in the way at once.
 */
export async function linkModules(request: LinkRequest, context: LinkContext): Promise<Result<LinkReport>> {
  const target = selectTarget(context.instances, request);
  const names = checkNames(request);
  const early = [target, ...names].flatMap((result) => (result.ok ? [] : [result.refusal]));
  if (!target.ok || early.length > 0) return { ok: false, refusal: combineRefusals(early) };

  const { instance, dir } = target.value;
  const inPlace = checkAddonsDir(dir);
  if (!inPlace.ok) return inPlace;
  const sources = await readSources(instance.roots, instance.series);
  const vouched = await Promise.all(
    names.flatMap((name) => (name.ok ? [vouchFor(name.value, request, instance, sources, context)] : [])),
  );
  const modules = vouched.flatMap((result) => (result.ok ? [result.value] : []));
  const refusals: Refusal[] = vouched.flatMap((result) => (result.ok ? [] : [result.refusal]));

  const wanted = modules.map(({ source }) => ({
    source,
    entry: inspectEntry(dir, source.name, instance.roots),
  }));
  const planned = planLinks(dir, wanted, { replace: request.replace, linkStyle: instance.linkStyle });
  refusals.push(...planned.refusals);
  if (refusals.length > 0) return { ok: false, refusal: combineRefusals(refusals) };

  const isDryRun = request.dry_run || context.signal?.aborted === true;
  const report = describeLinks({ plan: planned.plan, modules, request, instance, sources, isDryRun });
  if (isDryRun) {
    const writable = checkWritable(dir);
    return writable.ok ? ok(report) : writable;
  }
  const applied = applyPlan(planned.plan, context.stateDir);
  return applied.ok ? ok(report) : applied;
}

function checkNames({ modules, argument }: LinkRequest): Result<ModuleName>[] {
  return [...new Set(modules)].map((name) => {
    return checkModuleName(name, modules.length > 1 ? `${argument}[${modules.indexOf(name)}]` : argument);
  });
}

/** Proves one module: where it is, what its manifest says, which series its repository is on. */
async function vouchFor(
  name: ModuleName,
  { family, repo }: LinkRequest,
  { roots, series }: Instance,
  sources: Sources,
  { readProvenance }: LinkContext,
): Promise<Result<VouchedModule>> {
  const found = findModule(name, family, sources, repo);
  if (!found.ok) return found;
  const source = found.value;
  const provenance = await readProvenance(source.repository.path, source.repository.root.path);
  const refusals: Refusal[] = [];
  const assessment = assessModule(
    readModule(name, source.path, series, (path) => familyOf(path, roots) === family),
  );
  if (isOtherSeries(provenance, series))
    refusals.push(wrongBranch(source, provenance?.branch as string, series));
  // A manifest for that other series says the same once more.
  else refusals.push(...assessment.refusals);
  const { judgement } = assessment;
  if (refusals.length > 0 || judgement?.fields == null) {
    return { ok: false, refusal: combineRefusals(refusals) };
  }
  return ok({ source, fields: judgement.fields, problems: judgement.problems, provenance });
}

function wrongBranch({ name, repository }: ModuleSource, branch: string, series: string): Refusal {
  const message = `The repository ${quoted(repository.name)} of ${name} is on branch ${quoted(branch)}, not one for ${series}.`;
  return refuse('wrong_series', message, {
    module: name,
    details: { branch, made_for: seriesOfBranch(branch), series },
    hint: `Ask the operator for a checkout of its branch ${series}.`,
  }).refusal;
}
