import { isModuleName } from '../../addons/module-name.ts';
import type { Sources } from '../../addons/sources.ts';
import {
  combineRefusals,
  ok,
  type Refusal,
  type RefusalCode,
  type Result,
  reasonsOf,
  refused,
} from '../../base/refusal.ts';
import { asSentence, inWords, quoted } from '../../base/text.ts';
import type { Instance } from '../../config/instance.ts';
import type { AddonsDir } from '../../links/addons-dir.ts';
import type { CloneReport } from '../checkouts/clone-report.ts';
import { cloneRepositories } from '../checkouts/clone-repositories.ts';
import { lookAround, type ServiceContext, surfaceAt } from '../context.ts';
import { selectTargetAndNames } from '../select-target.ts';
import type { LinkReport, LinkRequest } from './link-call.ts';
import { checkLinkable, linkModules } from './link-modules.ts';

/** How often repositories are cloned for one call: only a clone tells what its modules really need. */
const MOST_ROUNDS = 8;
/** The most repositories that one call clones. */
const MOST_REPOSITORIES = 50;

/**
 * Links modules like {@link linkModules}, and first clones the repositories that they and what they need are in, as far as
 * they are known. When a module cannot be linked, no link is made; clones that came whole stay.
 * @returns What was linked and cloned, or why nothing was linked.
 */
export async function linkWithClones(
  request: LinkRequest,
  context: ServiceContext,
): Promise<Result<LinkReport>> {
  const target = selectTargetAndNames(context, request, request.modules, request.argument);
  if (!target.ok) return target;
  const { instance, dir } = target.value;
  const clone = context.clone ?? ((order) => cloneRepositories(order, context));
  const fetched: CloneReport['repositories'][number][] = [];
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const wanted = await absentRepositories(request, instance, dir, context);
    const isNew = (repo: string) => !fetched.some((one) => one.repo === repo);
    const repos = [...wanted.keys()].filter(isNew).slice(0, MOST_REPOSITORIES - fetched.length);
    if (repos.length === 0) break;
    const { dry_run } = request;
    const cloned = await clone({ family: 'oca', repos, full: false, dry_run, instance: instance.name });
    if (!cloned.ok) return refused(withClones(cloned.refusal, fetched));
    const came = cloned.value.repositories
      .filter(({ action }) => action === 'clone')
      .map((one) => ({ ...one, for: wanted.get(one.repo) ?? [] }));
    fetched.push(...came);
    const failed = cloned.value.failed ?? [];
    if (failed.length > 0) {
      const reasons = failed.map(({ repo, code, message, hint }): Refusal => {
        const rest = { details: { repo }, ...(hint !== undefined && { hint }) };
        return { code: code as RefusalCode, message, ...rest };
      });
      return refused(withClones(combineRefusals(reasons), dry_run ? [] : fetched));
    }
    if (dry_run) return ok(plannedReport(fetched, instance, dir));
  }
  const linked = await linkModules(request, context);
  if (!linked.ok) return refused(withClones(linked.refusal, fetched));
  return fetched.length === 0 ? linked : ok({ ...linked.value, fetched });
}

/**
 * The repositories that a call needs and that are not there, by name, with the modules for which it does. Empty if cloning would
 * not help: everything is there, something is not known, or something else is wrong.
 */
async function absentRepositories(
  request: LinkRequest,
  instance: Instance,
  dir: AddonsDir,
  context: ServiceContext,
): Promise<Map<string, string[]>> {
  const scope = await lookAround(instance, context, surfaceAt(instance, context, dir));
  const none = new Map<string, string[]>();
  const checked = await checkLinkable(request, context, scope);
  if (checked.ok) return none;
  const absent = reasonsOf(checked.refusal).map(absentModule);
  if (absent.some((name) => name === null)) return none;
  return (await reposOver(absent as string[], request, scope.sources)) ?? none;
}

/** The name of a module that a refusal says no root has; null for any other refusal. */
function absentModule({ code, module, details }: Refusal): string | null {
  const isAbsent =
    (ABSENT.has(code) && details?.nearest !== undefined) ||
    (code === 'source_unavailable' && details?.fault === 'empty');
  return isAbsent && module !== undefined && isModuleName(module) ? module : null;
}
const ABSENT: ReadonlySet<RefusalCode> = new Set(['module_not_found', 'dependency_missing']);

/**
 * The repositories of modules that no root has, and of what the index says that those need.
 * @param request With the repository that the caller wants modules from.
 * @returns Null if it is not known, or not certain, where one of the modules is, or if it is known not to be installable.
 */
async function reposOver(
  absent: readonly string[],
  { repo, allow_uninstallable }: LinkRequest,
  { series, lists, repositories, candidates, index: modules }: Sources,
): Promise<Map<string, string[]> | null> {
  const index = await modules.of(series);
  const present = new Set(repositories.map(({ name }) => name));
  const wanted = new Map<string, string[]>();
  const reached = new Set(absent);
  // Iterating over a Set includes what is added meanwhile.
  for (const name of reached) {
    const places = index.named(name);
    const found = places.find((one) => one.repo === repo) ?? (places.length === 1 ? places[0] : undefined);
    const isUseless = found?.installable === false && !allow_uninstallable;
    if (found === undefined || isUseless || present.has(found.repo)) {
      // Of what only the index says is needed, the checkout may know better.
      if (absent.includes(name)) return null;
      continue;
    }
    wanted.set(found.repo, [...(wanted.get(found.repo) ?? []), name]);
    for (const needed of found.depends ?? []) {
      const isOdoos = lists.community.has(needed) || lists.enterprise.has(needed);
      const isThere = isModuleName(needed) && (await candidates(needed)).length > 0;
      if (!isOdoos && !isThere) reached.add(needed);
    }
  }
  return wanted;
}

/** What a dry run can say before the repositories are there: which they are. */
function plannedReport(
  fetched: readonly CloneReport['repositories'][number][],
  instance: Instance,
  dir: AddonsDir,
): LinkReport {
  const others = 'What is linked, and whether more repositories are needed, is known once these are there.';
  return {
    ...{ status: 'planned', instance: instance.name, series: instance.series, target_dir: dir.path },
    ...{ links: [], satisfied: [], external_dependencies: { python: [], bin: [] }, warnings: [] },
    next_steps: [others],
    fetched,
  };
}

/** A refusal with what was cloned nevertheless. */
function withClones(refusal: Refusal, fetched: readonly CloneReport['repositories'][number][]): Refusal {
  if (fetched.length === 0) return refusal;
  const repos = fetched.map(({ repo }) => repo);
  const one = repos.length === 1 ? 'It was cloned and stays' : 'They were cloned and stay';
  const names = inWords(repos.slice(0, 10).map(quoted));
  return {
    ...refusal,
    message: `${asSentence(refusal.message)} Nothing was linked. ${one}: ${names}.`,
    details: { ...refusal.details, cloned: repos },
  };
}
