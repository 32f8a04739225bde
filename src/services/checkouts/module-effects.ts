/** What updates of checkouts do to the modules that are linked. */
import { basename, join, relative } from 'node:path';
import { type Assessment, dependsOf } from '../../addons/assess.ts';
import { isModuleName } from '../../addons/module-name.ts';
import { toolsOf } from '../../addons/roots.ts';
import type { Sources } from '../../addons/sources.ts';
import { isInside } from '../../base/paths.ts';
import { withoutModules } from '../../sources/module-index.ts';
import type { PreparedUpdate } from '../../sources/remote/prepare-update.ts';
import type { Scope } from '../context.ts';
import type { LinkedModule } from '../linked-modules.ts';
import { shownName, shownVersion } from '../own-words.ts';
import { remedyForGone } from '../status/gone.ts';
import { remedyForMissing } from '../status/missing.ts';
import { type OfferedModule, type SoughtModule, seekModule } from '../status/offered.ts';
import { describeRemedy } from '../status/remedy.ts';
import type { FoundCheckout } from './found-checkouts.ts';
import { assessInTree, countModules, modulesOfTrees, type TreeModules } from './tree-modules.ts';
import type { UpdateReport } from './update-report.ts';

/** An update of a checkout, prepared. */
export interface PlannedUpdate {
  readonly checkout: FoundCheckout;
  readonly update: PreparedUpdate;
}

/** What one update does. */
export interface Effects
  extends Pick<
    UpdateReport,
    | 'deleted'
    | 'moved'
    | 'lost_installability'
    | 'changed_version'
    | 'changed_without_version'
    | 'new_dependencies'
    | 'modules'
  > {
  /** What to do about dependencies that are not linked; null if there is nothing. */
  readonly forDependencies: string | null;
}

/** Where modules come from with the updates of a call. */
type Arrivals = ReadonlyMap<string, OfferedModule>;

/**
 * Finds out what updates do to the modules that are linked, before anything is moved.
 * @param linked All linked modules of the instance.
 * @returns The effects of each update, in their order; null for one of which they cannot be told.
 */
export async function effectsOf(
  planned: readonly PlannedUpdate[],
  linked: readonly LinkedModule[],
  scope: Scope,
): Promise<(Effects | null)[]> {
  const { series } = scope.instance;
  const trees = planned.map(({ update }) => modulesOfTrees(update, series));
  const arrivals = new Map<string, OfferedModule>();
  const gone = new Set<string>();
  for (const [index, { checkout }] of planned.entries()) {
    const { added, removed } = countModules(trees[index] as TreeModules, checkout.inner);
    for (const folder of added) {
      const repos = [...(arrivals.get(basename(folder))?.repos ?? []), checkout.repo];
      arrivals.set(basename(folder), { family: checkout.family, repos, refusal: null });
    }
    for (const folder of removed) gone.add(join(checkout.path, folder));
  }
  const later = { ...scope, sources: sourcesWithout(gone, scope.sources) };
  const effects: (Effects | null)[] = [];
  for (const [index, one] of planned.entries()) {
    effects.push(await effectsOfOne(one, trees[index] as TreeModules, linked, arrivals, later));
  }
  return effects;
}

/** The sources as they are once folders are gone, and the branches that are checked out have moved. */
function sourcesWithout(gone: ReadonlySet<string>, sources: Sources): Sources {
  return {
    ...sources,
    async candidates(name) {
      return (await sources.candidates(name)).filter(({ path }) => !gone.has(path));
    },
    index: withoutModules(sources.index, ({ name, checkout }) => {
      return checkout !== undefined && gone.has(join(checkout.path, name));
    }),
  };
}

async function effectsOfOne(
  { checkout, update }: PlannedUpdate,
  trees: TreeModules,
  linked: readonly LinkedModule[],
  arrivals: Arrivals,
  scope: Scope,
): Promise<Effects | null> {
  const { repo, path } = checkout;
  const { instance, turns } = scope;
  const own = new Map<string, LinkedModule>();
  for (const one of linked) {
    if (one.folder !== null && isInside(one.folder, path)) own.set(relative(path, one.folder), one);
  }
  const touched = [...own.keys()].filter((folder) => trees.changed.has(folder) && trees.before.has(folder));
  const stay = touched.filter((folder) => trees.after.has(folder));
  const before = await assessInTree(update, trees, 'before', stay, instance.series, turns);
  const after = await assessInTree(update, trees, 'after', stay, instance.series, turns);
  if (before === null || after === null) return null;
  const lists: Lists = { deleted: [], moved: [], lost: [], versions: [], same: [], needs: [] };
  for (const folder of touched.filter((one) => !trees.after.has(one))) {
    await tellGone(own.get(folder) as LinkedModule, repo, arrivals, scope, lists);
  }
  for (const folder of stay) {
    const { name } = own.get(folder) as LinkedModule;
    compare(name, repo, before.get(folder) as Assessment, after.get(folder) as Assessment, lists);
  }
  const sought = await seekAll([...new Set(lists.needs.map(({ needs }) => needs))], arrivals, scope);
  const count = countModules(trees, checkout.inner);
  return {
    deleted: lists.deleted,
    moved: lists.moved,
    lost_installability: lists.lost,
    changed_version: lists.versions,
    changed_without_version: lists.same,
    new_dependencies: lists.needs.map(({ module, needs }) => {
      return { module, needs: shownName(needs), is: placeOf(needs, sought, scope) };
    }),
    modules: { added: count.added.length, removed: count.removed.length, changed: count.changed.length },
    forDependencies: remedyForNeeds(lists.needs, sought, scope),
  };
}

interface Lists {
  readonly deleted: { module: string; repo: string; remedy: string | null }[];
  readonly moved: { module: string; repo: string; to: string; remedy: string | null }[];
  readonly lost: { module: string; repo: string; problem: string }[];
  readonly versions: { module: string; repo: string; from: string; to: string }[];
  readonly same: string[];
  readonly needs: { readonly module: string; readonly needs: string }[];
}

/** Compares a module with itself. */
function compare(name: string, repo: string, before: Assessment, after: Assessment, lists: Lists): void {
  const module = shownName(name);
  const [old, now] = [before.judgement?.fields, after.judgement?.fields];
  if (old != null && now != null && old.version !== now.version)
    lists.versions.push({ module, repo, from: shownVersion(old), to: shownVersion(now) });
  else lists.same.push(module);
  const [problem] = after.refusals;
  if (before.refusals.length === 0 && problem !== undefined)
    lists.lost.push({ module, repo, problem: problem.message });
  const known = new Set(dependsOf(before));
  for (const needs of dependsOf(after)) if (!known.has(needs)) lists.needs.push({ module, needs });
}

/** Tells of a linked module that its folder does not have any more. */
async function tellGone(
  { name, family }: LinkedModule,
  repo: string,
  arrivals: Arrivals,
  { instance, sources }: Scope,
  { deleted, moved }: Lists,
): Promise<void> {
  const module = shownName(name);
  const found = await seek(name, arrivals, { instance, sources });
  const remedy = describeRemedy(remedyForGone(name, family, found, sources), [module], sources.surface);
  const offered = found !== undefined && 'offered' in found ? found.offered : null;
  const isSame = offered !== null && toolsOf(offered.family) === toolsOf(family);
  if (isSame) moved.push({ module, repo, to: offered.repos[0] ?? '', remedy });
  else deleted.push({ module, repo, remedy });
}

async function seek(
  name: string,
  arrivals: Arrivals,
  { instance, sources }: Pick<Scope, 'instance' | 'sources'>,
): Promise<SoughtModule | undefined> {
  const arriving = arrivals.get(name);
  if (arriving !== undefined) return { offered: arriving };
  return isModuleName(name) ? seekModule(name, instance, sources) : undefined;
}

/** How many new dependencies are looked for: a hostile manifest can name ten thousand. */
const MOST_SOUGHT = 200;

async function seekAll(
  names: readonly string[],
  arrivals: Arrivals,
  scope: Scope,
): Promise<ReadonlyMap<string, SoughtModule>> {
  const found = new Map<string, SoughtModule>();
  for (const name of names.slice(0, MOST_SOUGHT)) {
    await scope.turns.spend(4);
    if (scope.view.find(name) !== null) continue;
    const one = await seek(name, arrivals, scope);
    if (one !== undefined) found.set(name, one);
  }
  return found;
}

function placeOf(
  name: string,
  sought: ReadonlyMap<string, SoughtModule>,
  { view }: Scope,
): 'linked' | 'known' | 'missing' {
  if (view.find(name) !== null) return 'linked';
  const found = sought.get(name);
  if (found === undefined) return 'missing';
  return 'offered' in found || found.trace.place.kind !== 'nowhere' ? 'known' : 'missing';
}

function remedyForNeeds(
  needs: Lists['needs'],
  sought: ReadonlyMap<string, SoughtModule>,
  { view, sources }: Scope,
): string | null {
  const missing = [...new Set(needs.map((one) => one.needs))].filter((name) => view.find(name) === null);
  if (missing.length === 0) return null;
  return remedyForMissing(missing, {
    ...{ view, sources, sought, surface: sources.surface },
    otherBranch: () => null,
    unmet: { names: new Set(missing), isKnown: () => true },
    otherOf: () => null,
  });
}
