import { assessModule, readModule } from '../addons/assess.ts';
import { findModule, type ModuleSource, readSources, type Sources } from '../addons/lookup.ts';
import { checkModuleName, type ModuleName } from '../addons/module-name.ts';
import { familyOf } from '../addons/roots.ts';
import type { Instance } from '../config/instance.ts';
import { checkAddonsDir, checkWritable } from '../links/addons-dir.ts';
import { inspectEntry } from '../links/entry.ts';
import { cancelled } from '../links/failures.ts';
import { changesAnything, type LinkPlan, planLinks } from '../links/plan.ts';
import { applyPlan, changeAddonsDir, isSettled } from '../links/transaction.ts';
import { combineRefusals, ok, type Refusal, type Result, refuse } from '../refusal.ts';
import { isOtherSeries, seriesOfBranch } from '../sources/provenance.ts';
import { quoted } from '../text.ts';
import type { LinkContext, LinkReport, LinkRequest, VouchedModule } from './link-call.ts';
import { describeLinks } from './link-report.ts';
import { selectTarget, type Target } from './select-target.ts';

/**
 * Links modules into an addons directory: all of them, or none.
 *
 * Everything is checked first. Looking at the directory, planning and linking then happen under its lock, so that
 * nobody else comes in between; where the first look shows that nothing is to be done, no lock is needed.
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

  if (context.signal?.aborted === true) return cancelled();

  const isDryRun = request.dry_run;
  const look = () => planModules(target.value, modules, refusals, request.replace);
  const describe = (plan: LinkPlan) => {
    return describeLinks({ plan, modules, request, instance, sources, isDryRun });
  };
  const first = look();
  // What an unfinished change has left may be undone: only under the lock it can be told what is there.
  const isFinal = !(first.ok && changesAnything(first.value)) && isSettled(dir, context.stateDir);
  if (isFinal || isDryRun || refusals.length > 0) {
    if (!first.ok) return first;
    const writable = isDryRun ? checkWritable(dir) : ok(undefined);
    return writable.ok ? ok(describe(first.value)) : writable;
  }
  return changeAddonsDir(dir, context, async (locked) => {
    const plan = look();
    if (!plan.ok) return plan;
    const report = describe(plan.value);
    const applied = await applyPlan(locked, plan.value);
    return applied.ok ? ok(report) : applied;
  });
}

/** Plans by what is in the directory now; refused with what is in the way there, and what was before. */
function planModules(
  { dir, instance: { roots, linkStyle } }: Target,
  modules: readonly VouchedModule[],
  before: readonly Refusal[],
  replace: boolean,
): Result<LinkPlan> {
  const wanted = modules.map(({ source }) => ({ source, entry: inspectEntry(dir, source.name, roots) }));
  const { plan, refusals } = planLinks(dir, wanted, { replace, linkStyle });
  const all = [...before, ...refusals];
  return all.length > 0 ? { ok: false, refusal: combineRefusals(all) } : ok(plan);
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
