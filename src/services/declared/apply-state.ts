import { dependsOf } from '../../addons/assess.ts';
import { checkModuleName } from '../../addons/module-name.ts';
import { isSound } from '../../addons/on-path.ts';
import { toolsOf } from '../../addons/roots.ts';
import {
  combineRefusals,
  ok,
  type Refusal,
  type RefusalCode,
  type Result,
  refuse,
  refused,
} from '../../base/refusal.ts';
import { quoted } from '../../base/text.ts';
import type { Instance } from '../../config/instance.ts';
import type { AddonsDir } from '../../links/addons-dir.ts';
import type { Entry } from '../../links/inspect-entry.ts';
import { planLinks } from '../../links/plan-links.ts';
import { lookAround, READING, type Scope, type ServiceContext, surfaceAt } from '../context.ts';
import { unlinkedBefore } from '../history/unlinked-before.ts';
import { stepsAfterUnlink } from '../link/after-unlink.ts';
import { carryOut, type Prepared, relyOn } from '../link/carry-out.ts';
import { needsOf } from '../link/external-dependencies.ts';
import type { LinkReport, VouchedModule, Warning } from '../link/link-call.ts';
import { describeLinks } from '../link/link-report.ts';
import { type FoundModule, lookAtSource } from '../link/resolve-modules.ts';
import { planRemoval } from '../link/unlink-modules.ts';
import { vouchForModules } from '../link/vouch.ts';
import { lookAtEntries, lookAtNames, readLinkedModules } from '../linked-modules.ts';
import { tellOtherRoots } from '../other-roots.ts';
import { type Selection, selectTarget } from '../select-target.ts';
import type { DeclaredState } from './export-links.ts';
import { tellKnownElsewhere } from './known-elsewhere.ts';
import { locateDeclared } from './locate-declared.ts';

export interface ApplyRequest extends Selection {
  readonly state: DeclaredState;
  /** Whether managed links that are not declared are unlinked. */
  readonly prune: boolean;
  /** Whether declared modules that are not found are passed over; their links are not pruned. */
  readonly skip_missing?: boolean;
  readonly dry_run: boolean;
}

/** What was done to make a directory match; `links` includes those that were already right. */
export interface ApplyReport extends LinkReport {
  readonly removed: readonly string[];
  /** How many declared modules were not found. */
  readonly skipped: number;
}

/**
 * Makes an addons directory match a declared state, in one transaction: links what is declared, replaces managed links that
 * lead elsewhere and, with `prune`, unlinks those that are not declared. With `skip_missing`, what is not found is told instead of
 * refused.
 * @returns What was done, or everything that prevents it.
 */
export async function applyState(
  request: ApplyRequest,
  context: ServiceContext,
): Promise<Result<ApplyReport>> {
  const target = selectTarget(context.instances, request, context.surface);
  if (!target.ok) return target;
  const { instance, dir } = target.value;
  const { series } = request.state;
  if (series !== instance.series) {
    return refuse(
      'wrong_series',
      `The declared links are for Odoo ${series}, but the instance ${instance.name} is Odoo ${instance.series}.`,
      {
        hint: `Apply them to an instance of Odoo ${series}. The links of such an instance are moved to another series with \`odoo-link-mcp migrate\`, not with a file.`,
      },
    );
  }
  return carryOut(dir, context, () => prepare(request, instance, dir, context));
}

async function prepare(
  { state, prune, skip_missing = false, dry_run: isDryRun }: ApplyRequest,
  instance: Instance,
  dir: AddonsDir,
  context: ServiceContext,
): Promise<Result<Prepared<ApplyReport>>> {
  const scope = await lookAround(instance, context, surfaceAt(instance, context, dir));
  const { view, turns } = scope;
  const { found, differing, skipped, ...located } = await locateAll(state, skip_missing, scope);
  const absent = await tellKnownElsewhere(located.refusals, state, scope, context);
  const refusals: Refusal[] = [...refuseTwice(state), ...absent];
  const look = () => lookAtEntries(instance, turns, [dir]);
  const isCurrent = relyOn(await look(), look);
  const vouched = await vouchForModules(found, instance, context.readProvenance);
  const names = vouched.modules.map(({ source }) => source.name);
  const entries = await lookAtNames(dir, names, instance, turns);
  const wanted = vouched.modules.map(({ source, state }) => {
    return { source, state, entry: entries.get(source.name) as Entry };
  });
  const planned = planLinks(dir, wanted, instance, { replace: true, isOperator: context.isOperator });
  const linked = await readLinkedModules(instance, turns, [dir]);
  if (!linked.ok) return linked;
  const told = await tellOtherRoots(planned.refusals, linked.value, instance, context, turns);
  refusals.push(...vouched.refusals, ...told);
  if (refusals.length > 0) return refused(combineRefusals(refusals));
  const declared = new Set(state.links.map(({ module }) => module));
  const surplus = linked.value.filter(
    ({ name, family }) => prune && toolsOf(family) !== null && !declared.has(name),
  );
  const plan = { ...planned.plan, removals: surplus.map(planRemoval) };
  const needy = vouched.modules.map(needsOf);
  const facts = { ...scope, modules: vouched.modules, satisfied: [], resting: [], needy, isDryRun };
  const passedOver = new Set(skipped.map(({ module }) => module));
  const isThere = (name: string) => {
    if (declared.has(name) && !passedOver.has(name)) return true;
    const isGone = surplus.some((module) => module.name === name);
    const onPath = isGone ? view.findWithout(name, dir.path) : view.find(name);
    return onPath !== null && isSound(onPath);
  };
  const warnings = [
    ...skipped,
    ...differing,
    ...warnAboutCommits(state, vouched.modules),
    ...warnAboutMissing(found, isThere),
  ];
  const unlinked = await unlinkedBefore(plan, instance, context, turns);
  const report = await describeLinks({ ...facts, plan, warnings, unlinked });
  const removed = surplus.map(({ name }) => name);
  const situation = {
    surface: scope.sources.surface,
    ...{ isNoneInstalled: false, isBesideLinks: report.links.length > 0 },
  };
  const steps = removed.length > 0 ? stepsAfterUnlink({ instance, dir, removed }, view, situation) : [];
  const next_steps = [...new Set([...report.next_steps, ...steps])];
  const status = report.status === 'already_linked' && removed.length > 0 ? 'linked' : report.status;
  const skips = skipped.length;
  const applied = { ...report, status, removed, skipped: skips, next_steps };
  return ok({ plan, report: applied, isDryRun, isCurrent });
}

/** The declared modules that were found, what differs from the declaration, and why others are passed over or refused. */
async function locateAll(
  { links }: DeclaredState,
  skipsMissing: boolean,
  { sources, instance, turns }: Scope,
): Promise<{ found: FoundModule[]; refusals: Refusal[]; differing: Warning[]; skipped: Warning[] }> {
  const found: FoundModule[] = [];
  const refusals: Refusal[] = [];
  const differing: Warning[] = [];
  const skipped: Warning[] = [];
  for (const [index, { module, family, repo }] of links.entries()) {
    const name = checkModuleName(module, `links/${index}/module`);
    const located = name.ok ? await locateDeclared(name.value, { family, repo }, sources) : name;
    if (!located.ok) {
      if (skipsMissing && isMissing(located.refusal)) skipped.push(skip(module, located.refusal));
      else refusals.push(located.refusal);
      continue;
    }
    const { source, warning } = located.value;
    if (warning !== null) differing.push(warning);
    found.push({ ...lookAtSource(source, instance), requiredBy: [], chain: () => [] });
    await turns.spend(READING);
  }
  return { found, refusals, differing, skipped };
}

/** Whether nothing under the roots has a module, or nothing that Odoo could take for it. */
function isMissing({ code, details }: Refusal): boolean {
  const isElsewhere = details?.repos !== undefined;
  return (code === 'module_not_found' && !isElsewhere) || MISSING.has(code);
}
const MISSING: ReadonlySet<RefusalCode> = new Set(['manifest_missing', 'source_unavailable']);

function skip(module: string, { message }: Refusal): Warning {
  return { code: 'skipped', module, message: `${quoted(module)} is skipped: ${message}` };
}

function refuseTwice({ links }: DeclaredState): Refusal[] {
  const names = links.map(({ module }) => module);
  const seen = new Set<string>();
  const twice = new Set(names.filter((name) => seen.has(name) || !seen.add(name)));
  return [...twice].map((name) => refuse('invalid_argument', `${quoted(name)} is declared twice.`).refusal);
}

function warnAboutCommits({ links }: DeclaredState, modules: readonly VouchedModule[]): Warning[] {
  const declared = new Map(links.map(({ module, commit }) => [module, commit]));
  return modules.flatMap(({ source, provenance }) => {
    const [then, now] = [declared.get(source.name), provenance?.commit];
    if (then == null || now == null || then === now) return [];
    const message = `${source.name}: ${quoted(source.repository.name)} is at ${now.slice(0, 10)}, but ${quoted(then.slice(0, 10))} was declared.`;
    return [{ code: 'commit_differs', module: source.name, message }];
  });
}

function warnAboutMissing(found: readonly FoundModule[], isThere: (name: string) => boolean): Warning[] {
  return found.flatMap(({ source, assessment }) => {
    const missing = dependsOf(assessment).filter((name) => !isThere(name));
    if (missing.length === 0) return [];
    const message = `${source.name} needs ${missing.map(quoted).join(', ')}, which will not be available.`;
    return [{ code: 'dependency_missing', module: source.name, message }];
  });
}
