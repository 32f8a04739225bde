import { join } from 'node:path';
import { dependsOf } from '../../addons/assess.ts';
import { coreLists } from '../../addons/core-lists.ts';
import { lookAtFolders } from '../../addons/folder-look.ts';
import { isModuleName, type ModuleName } from '../../addons/module-name.ts';
import type { PathView } from '../../addons/on-path.ts';
import { type OwnersOf, readOwners } from '../../addons/owners.ts';
import { type LinkedFamily, type ToolFamily, toolsOf } from '../../addons/roots.ts';
import { combineRefusals, ok, type Refusal, type Result, refuse, refused } from '../../base/refusal.ts';
import { type Surface, TOOLS } from '../../base/surface.ts';
import { capitalised } from '../../base/text.ts';
import { type Turns, takeTurns } from '../../base/turns.ts';
import type { Instance } from '../../config/instance.ts';
import type { AddonsDir } from '../../links/addons-dir.ts';
import type { PlannedRemoval } from '../../links/plan-links.ts';
import type { Series } from '../../manifest/series.ts';
import { type ServiceContext, surfaceAt } from '../context.ts';
import { findLeftBehind } from '../history/left-behind.ts';
import { removalSteps } from '../history/removal-steps.ts';
import { digestOf, type LinkedModule, lookAtEntries, readLinkedModules } from '../linked-modules.ts';
import { type BeforeUnlink, beforeUnlink } from '../odoo/still-installed.ts';
import { tellOtherRoots } from '../other-roots.ts';
import { shownName } from '../own-words.ts';
import { viewPath } from '../path-view.ts';
import { type RequestOf, selectTargetAndNames } from '../select-target.ts';
import { stepsAfterUnlink, warnAboutUnlink } from './after-unlink.ts';
import { carryOut, type Prepared, relyOn } from './carry-out.ts';
import type { Warning } from './link-call.ts';
import { mayBeMeant, refuseRemoval } from './refuse-removal.ts';

/** What the caller asks to unlink. */
export interface UnlinkRequest extends Omit<RequestOf<'oca_unlink'>, 'modules' | 'force' | 'refresh'> {
  /** Whether modules that Odoo has installed are unlinked. */
  readonly force?: boolean | undefined;
  readonly family: ToolFamily;
  readonly modules: readonly string[];
}

/** What an unlink call did, or would do: all of it. {@link briefUnlinks} makes an answer of it. */
export interface UnlinkReport {
  /** `planned`: a dry run. */
  readonly status: 'unlinked' | 'planned';
  readonly instance: string;
  readonly series: Series;
  readonly target_dir: string;
  readonly links: readonly {
    readonly module: string;
    readonly action: 'remove';
    readonly link: string;
    /** The folder it led to; null for a broken link. */
    readonly source: string | null;
    readonly family: LinkedFamily;
    readonly repo: string | null;
    /** With `cascade`: the unlinked modules that it needs. Empty for a module the caller asked for. */
    readonly because_of: readonly string[];
  }[];
  readonly warnings: readonly Warning[];
  readonly next_steps: readonly string[];
}

/**
 * Removes managed links of one family from an addons directory: all of them, or none.
 * @returns What was removed, or every reason against it: `not_linked`, `occupied`, `foreign_link`, `wrong_family`,
 *   `still_required`, `still_installed`, or `odoo_failed` if the running Odoo cannot be asked.
 */
export async function unlinkModules(
  request: UnlinkRequest,
  context: ServiceContext,
): Promise<Result<UnlinkReport>> {
  const target = selectTargetAndNames(
    context,
    request,
    request.modules,
    (context.surface ?? TOOLS).argument('modules'),
  );
  if (!target.ok) return target;
  const { instance, dir, names } = target.value;
  // Asked once: under the lock nobody waits for another server.
  let asked: { readonly names: string; readonly answer: Promise<BeforeUnlink> } | null = null;
  const askOdoo: AskBefore = (removed, surface) => {
    const key = removed.join();
    if (asked?.names !== key)
      asked = { names: key, answer: beforeUnlink(removed, instance, surface, context.signal) };
    return asked.answer;
  };
  return carryOut(dir, context, () => prepare(names, request, instance, dir, context, askOdoo));
}

type AskBefore = (removed: readonly string[], surface: Surface) => Promise<BeforeUnlink>;

async function prepare(
  names: readonly ModuleName[],
  request: UnlinkRequest,
  instance: Instance,
  dir: AddonsDir,
  context: ServiceContext,
  askOdoo: AskBefore,
): Promise<Result<Prepared<UnlinkReport>>> {
  const turns = takeTurns(context.signal);
  const linked = await readLinkedModules(instance, turns);
  if (!linked.ok) return linked;
  // A module that is linked meanwhile may need one of those to unlink.
  const seen = await digestOf(linked.value, turns);
  const isCurrent = relyOn(seen, () => lookAtEntries(instance, turns));
  const asked: ReadonlySet<string> = new Set(names);
  const there = new Map<string, LinkedModule>();
  for (const module of linked.value) {
    if (module.dir === dir && (request.cascade || asked.has(module.name))) there.set(module.name, module);
    const pause = turns.spend(1 / 4);
    if (pause !== undefined) await pause;
  }
  const isAll = names.every((name) => there.has(name));
  const here = isAll ? [] : await mayBeMeant(linked.value, request.family, dir, instance, context, turns);
  const surfaceOf = (at: AddonsDir) => surfaceAt(instance, context, at);
  const refusals = names.flatMap(
    (name) => refuseRemoval(name, there.get(name), request.family, surfaceOf(dir), here) ?? [],
  );
  if (refusals.length > 0) {
    const told = await tellOtherRoots(refusals, there.values(), instance, context, turns);
    return refused(combineRefusals(told));
  }
  const look = lookAtFolders(instance.roots, turns);
  const view = await viewPath(instance, await coreLists(instance.series), look);
  const follow = (cascade: boolean) =>
    followDependents(names, linked.value, view, dir, { ...request, cascade }, turns);
  const { becauseOf, kept } = await follow(request.cascade);
  if (kept.length > 0) {
    const along = (await follow(true)).kept;
    refusals.push(...refuseKept(along.length > 0 ? along : kept, along.length === 0, surfaceOf));
  }
  if (refusals.length > 0) return refused(combineRefusals(refusals));
  const removed = [...names, ...becauseOf.keys()].map((name) => there.get(name) as LinkedModule);
  const plan = { dir, links: [], removals: removed.map(planRemoval) };
  const lost = removed.map(({ name }) => name).filter((name) => view.findWithout(name, dir.path) === null);
  const odoo = request.force === true ? null : await askOdoo(lost, surfaceOf(dir));
  if (odoo !== null && odoo.refusal !== null) return refused(odoo.refusal);
  const ownersOf = await readOwners(instance.roots, turns, look);
  const facts = { instance, dir, removed: removed.map(({ name }) => name) };
  const left = await findLeftBehind(linked.value, removed, instance, context, turns);
  const situation = {
    surface: surfaceOf(dir),
    isNoneInstalled: odoo?.isNoneInstalled === true,
    isBesideLinks: false,
  };
  const report = {
    ...describe(removed, becauseOf, request, instance, dir, ownersOf),
    warnings: warnAboutUnlink(facts, view),
    next_steps: [...stepsAfterUnlink(facts, view, situation), ...removalSteps(left, surfaceOf, MOST_NAMED)],
  };
  return ok({ plan, report, isDryRun: request.dry_run, isCurrent });
}

/** How many modules that came along a step names. */
const MOST_NAMED = 10;

/** Plans to remove a link as it was seen. */
export function planRemoval({ name, entry, family }: LinkedModule): PlannedRemoval {
  const previous = entry.kind === 'link' ? entry.target : '';
  return { module: name as ModuleName, action: 'remove', family, previous };
}

interface Dependents {
  /** Modules to unlink because they need modules of the call, with those modules. */
  readonly becauseOf: ReadonlyMap<ModuleName, readonly string[]>;
  /** Modules that stay linked, with the modules of the call that they need. */
  readonly kept: readonly { readonly module: LinkedModule; readonly needs: readonly string[] }[];
}

/** Finds the modules that need modules of a call, directly or through others that are unlinked with them. */
async function followDependents(
  names: readonly ModuleName[],
  linked: readonly LinkedModule[],
  view: PathView,
  dir: AddonsDir,
  { family, cascade }: UnlinkRequest,
  turns: Turns,
): Promise<Dependents> {
  const isElsewhere = (name: string) => view.findWithout(name, dir.path) !== null;
  const becauseOf = new Map<ModuleName, string[]>();
  const kept = new Map<LinkedModule, string[]>();
  const asked: ReadonlySet<string> = new Set(names);
  const dependents = await indexDependents(linked, turns);
  const gone = new Set<string>(names.filter((name) => !isElsewhere(name)));
  // Iterating over a Set includes what is added meanwhile.
  for (const name of gone) {
    for (const module of dependents.get(name) ?? []) {
      await turns.spend();
      if (module.dir === dir && asked.has(module.name)) continue;
      const goesAlong =
        cascade && module.dir === dir && toolsOf(module.family) === family && isModuleName(module.name);
      const needs = goesAlong ? becauseOf.get(module.name as ModuleName) : kept.get(module);
      if (needs !== undefined) needs.push(name);
      else if (goesAlong) becauseOf.set(module.name as ModuleName, [name]);
      else kept.set(module, [name]);
      if (goesAlong && !isElsewhere(module.name)) gone.add(module.name);
    }
  }
  return { becauseOf, kept: [...kept].map(([module, needs]) => ({ module, needs })) };
}

/** For each name, the modules that have it in `depends`. */
async function indexDependents(
  linked: readonly LinkedModule[],
  turns: Turns,
): Promise<Map<string, LinkedModule[]>> {
  const dependents = new Map<string, LinkedModule[]>();
  for (const module of linked) {
    for (const needed of new Set(dependsOf(module.assessment))) {
      const pause = turns.spend();
      if (pause !== undefined) await pause;
      const known = dependents.get(needed);
      if (known === undefined) dependents.set(needed, [module]);
      else known.push(module);
    }
  }
  return dependents;
}

/** @param cascadeHelps Whether `cascade` would unlink all of them. */
function refuseKept(
  kept: Dependents['kept'],
  cascadeHelps: boolean,
  surfaceOf: (dir: AddonsDir) => Surface,
): Refusal[] {
  return kept.map(({ module: { name, family, dir }, needs }) => {
    const shown = shownName(name);
    // No tool takes an invalid name.
    const tools = toolsOf(family);
    const isOurs = tools !== null && isModuleName(name);
    const surface = surfaceOf(dir);
    const first = isOurs
      ? `${surface.call(`${tools}_unlink`, { modules: [name] })} first.`
      : `Ask the operator to remove ${shown} first: no tool removes it.`;
    const again = `${capitalised(surface.again({ cascade: true }))} to also unlink what needs it; in Odoo, uninstall all of that first.`;
    const hint = cascadeHelps ? again : first;
    return refuse('still_required', `${shown} stays linked and needs ${needs.join(', ')}.`, {
      module: needs[0] as string,
      details: { required_by: name, needs },
      hint,
    }).refusal;
  });
}

function describe(
  removed: readonly LinkedModule[],
  becauseOf: Dependents['becauseOf'],
  { dry_run }: UnlinkRequest,
  { name: instance, series }: Instance,
  dir: AddonsDir,
  ownersOf: OwnersOf,
): Omit<UnlinkReport, 'warnings' | 'next_steps'> {
  const links = removed.map(({ name, folder, family }) => {
    return {
      module: name,
      action: 'remove' as const,
      link: join(dir.path, name),
      source: folder,
      family: family as LinkedFamily,
      repo: folder === null ? null : (ownersOf(folder)[0]?.name ?? null),
      because_of: becauseOf.get(name as ModuleName) ?? [],
    };
  });
  return {
    status: dry_run ? 'planned' : 'unlinked',
    instance,
    series,
    target_dir: dir.path,
    links,
  };
}
