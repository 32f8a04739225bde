import { isModuleName, type ModuleName } from '../../addons/module-name.ts';
import { type Family, toolsOf } from '../../addons/roots.ts';
import type { Sources } from '../../addons/sources.ts';
import { ok, type Refusal, type Result } from '../../base/refusal.ts';
import { asSentence, counted, oneLine, quoted } from '../../base/text.ts';
import { takeTurns } from '../../base/turns.ts';
import type { Instance } from '../../config/instance.ts';
import { type AddonsDir, checkAddonsDir } from '../../links/addons-dir.ts';
import { recoverAddonsDir } from '../../links/change-addons-dir.ts';
import { planLinks } from '../../links/plan-links.ts';
import { lookAtSources, recoveryOf, type ServiceContext, surfaceAt } from '../context.ts';
import { carryOut, type Prepared, relyOn } from '../link/carry-out.ts';
import { type FoundModule, lookAtSource } from '../link/resolve-modules.ts';
import { vouchForModules } from '../link/vouch.ts';
import { digestOf, lookAtEntries, readLinkedModules } from '../linked-modules.ts';
import { locateModule } from '../locate-module.ts';
import { viewPath } from '../path-view.ts';
import { type Selection, selectTarget } from '../select-target.ts';
import { createEntryStates } from './entry-state.ts';
import { remedyForGone } from './gone.ts';
import { seekModule } from './offered.ts';
import { describeRemedy } from './remedy.ts';

export interface RepairRequest extends Selection {
  readonly dry_run: boolean;
}

/** What was done in one addons directory. */
export interface RepairedDir {
  readonly target_dir: string;
  /** Whether an interrupted change was undone. */
  readonly rolled_back: boolean;
  readonly repaired: readonly { readonly module: string; readonly source: string }[];
  /** Links that stay broken, and why. */
  readonly left: readonly { readonly module: string; readonly reason: string }[];
}

export interface RepairReport {
  readonly status: 'repaired' | 'planned';
  readonly instance: string;
  readonly series: string;
  readonly dirs: readonly RepairedDir[];
}

/**
 * Replaces managed links that are broken, or lead to a module of another name, with links to where the module is now; each
 * addons directory in one transaction. Undoes an interrupted change.
 */
export async function repairLinks(
  request: RepairRequest,
  context: ServiceContext,
): Promise<Result<RepairReport>> {
  const target = selectTarget(context.instances, request, context.surface);
  if (!target.ok) return target;
  const { instance, dir } = target.value;
  const dirs: RepairedDir[] = [];
  for (const one of request.target_dir === undefined ? instance.addonsDirs : [dir]) {
    const repaired = await repairDir(one, instance, request.dry_run, context);
    if (!repaired.ok) return repaired;
    dirs.push(repaired.value);
  }
  const status = request.dry_run ? 'planned' : 'repaired';
  return ok({ status, instance: instance.name, series: instance.series, dirs });
}

async function repairDir(
  dir: AddonsDir,
  instance: Instance,
  isDryRun: boolean,
  context: ServiceContext,
): Promise<Result<RepairedDir>> {
  const inPlace = checkAddonsDir(dir);
  if (!inPlace.ok) return inPlace;
  const recovered = isDryRun ? ok('nothing' as const) : await recoverAddonsDir(dir, recoveryOf(dir, context));
  if (!recovered.ok) return recovered;
  const repaired = await carryOut(dir, context, () => prepare(dir, instance, isDryRun, context));
  if (!repaired.ok) return repaired;
  return ok({ ...repaired.value, rolled_back: recovered.value === 'rolled_back' });
}

async function prepare(
  dir: AddonsDir,
  instance: Instance,
  isDryRun: boolean,
  context: ServiceContext,
): Promise<Result<Prepared<Omit<RepairedDir, 'rolled_back'>>>> {
  const turns = takeTurns(context.signal);
  const linked = await readLinkedModules(instance, turns, [dir]);
  if (!linked.ok) return linked;
  const seen = await digestOf(linked.value, turns);
  const isCurrent = relyOn(seen, () => lookAtEntries(instance, turns, [dir]));
  const sources = await lookAtSources(instance, context, turns, surfaceAt(instance, context, dir));
  const view = await viewPath(instance, sources.lists, sources.look);
  const stateOf = await createEntryStates(instance, linked.value, view, {}, turns);
  const broken = linked.value.filter((module) => stateOf(module).state === 'broken');
  const left: { module: string; reason: string }[] = [];
  const found: FoundModule[] = [];
  for (const { name, family, entry } of broken) {
    const tools = toolsOf(family);
    if (!isModuleName(name) || tools === null) {
      left.push({ module: name, reason: 'It is not a module that can be linked.' });
      continue;
    }
    // A link that was written for this host says which of several folders is meant.
    const meant = entry.kind === 'link' ? entry.meant : undefined;
    const repo = meant === undefined ? undefined : sources.ownersOf(meant)[0]?.path;
    const source = await locateModule(name, tools, sources, repo);
    if (source.ok) found.push({ ...lookAtSource(source.value, instance), requiredBy: [], chain: () => [] });
    else left.push({ module: name, reason: await whyGone(name, family, source.refusal, instance, sources) });
  }
  const { modules, refusals } = await vouchForModules(found, instance, context.readProvenance);
  left.push(...refusals.map(({ module = '', ...refusal }) => ({ module, reason: reasonOf(refusal) })));
  const entries = new Map(broken.map(({ name, entry }) => [name, entry]));
  const wanted = modules.flatMap(({ source, state }) => {
    const entry = entries.get(source.name);
    return entry === undefined ? [] : [{ source, state, entry }];
  });
  const planned = planLinks(dir, wanted, instance, { replace: true });
  left.push(
    ...planned.refusals.map(({ module = '', ...refusal }) => ({ module, reason: reasonOf(refusal) })),
  );
  const repaired = planned.plan.links.map(({ module, source }) => ({ module, source: source.path }));
  return ok({ plan: planned.plan, report: { target_dir: dir.path, repaired, left }, isDryRun, isCurrent });
}

/** Why a module is not found, and what works instead: where its name has gone, or how its repository comes under a root. */
async function whyGone(
  name: ModuleName,
  family: Family | null,
  refusal: Refusal,
  instance: Instance,
  sources: Sources,
): Promise<string> {
  // Other refusals say already what is in the way.
  const isGone = refusal.code === 'wrong_family' || refusal.details?.nearest !== undefined;
  if (!isGone) return reasonOf(refusal);
  const remedy = remedyForGone(name, family, await seekModule(name, instance, sources), sources);
  return `${asSentence(refusal.message)} ${describeRemedy(remedy, [name], sources.surface) ?? ''}`.trim();
}

function reasonOf({ message, hint }: Pick<Refusal, 'message' | 'hint'>): string {
  return hint === undefined ? message : `${asSentence(message)} ${hint}`;
}

/** What `repair` did, as text for a person. */
export function describeRepair({ status, instance, series, dirs }: RepairReport): string {
  const lines = [`Instance ${instance}, Odoo ${series}.`];
  for (const { target_dir, rolled_back, repaired, left } of dirs) {
    const verb = status === 'planned' ? 'would be replaced (dry run)' : 'replaced';
    lines.push(`${target_dir}: ${counted(repaired.length, 'link')} ${verb}, ${left.length} left broken.`);
    if (rolled_back) lines.push(`An interrupted change in ${target_dir} was undone.`);
    lines.push(...repaired.map(({ module, source }) => `- ${module} -> ${source}`));
    lines.push(...left.map(({ module, reason }) => `- ${quoted(module)} stays broken: ${reason}`));
  }
  return lines.map(oneLine).join('\n');
}
