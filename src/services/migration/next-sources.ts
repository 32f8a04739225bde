/** The sources of a later series, for an instance that moves there: those of instances of that series, and its own checkouts of it. */
import { assessFolder } from '../../addons/assess.ts';
import { findModule, findOffers, type ModuleSource } from '../../addons/lookup.ts';
import type { ModuleName } from '../../addons/module-name.ts';
import { haveMoved } from '../../addons/root-faults.ts';
import { type Root, rootOf, type ToolFamily, toolsOf } from '../../addons/roots.ts';
import { type Candidate, readSources, type Sources } from '../../addons/sources.ts';
import { realpathOrNull } from '../../base/paths.ts';
import { ok, type Result, refuse } from '../../base/refusal.ts';
import type { Instance } from '../../config/instance.ts';
import type { Series } from '../../manifest/series.ts';
import { type Scope, type ServiceContext, surfaceAt, tellingOf } from '../context.ts';
import { knownIndex } from '../known-index.ts';
import { viewPath } from '../path-view.ts';
import { foundPlace } from '../telling.ts';

/** What an instance would see after its move. */
export interface NextSources extends Scope {
  /** It as it will be: with the new series and its roots, and with the addons directories of now. */
  readonly instance: Instance;
  /** The instances whose roots were looked at, by name. */
  readonly lookedAt: readonly string[];
  /** Whether a real path lies in the sources of the new series. */
  holds(path: string): boolean;
}

/**
 * Chooses the instances whose roots hold the new series.
 * @param rootsOf The name of the only one to look at.
 * @returns Those of the series that the policy lets the call look into, or `unknown_instance` or `invalid_argument`.
 */
export function chooseInstances(
  { instance, to, rootsOf }: { instance: Instance; to: Series; rootsOf?: string | undefined },
  { instances, mayReach }: Pick<ServiceContext, 'instances' | 'mayReach'>,
): Result<readonly Instance[]> {
  const others = instances.filter((other) => {
    return (
      other !== instance && other.series === to && !haveMoved(other.roots) && mayReach?.(other).ok !== false
    );
  });
  if (rootsOf === undefined) return ok(others);
  const chosen = others.filter(({ name }) => name === rootsOf);
  if (chosen.length > 0) return ok(chosen);
  const known = others.map(({ name }) => name).join(', ');
  return refuse('unknown_instance', `No other instance of Odoo ${to} is called ${rootsOf}.`, {
    hint: known === '' ? `Configure one of Odoo ${to}.` : `Those of Odoo ${to}: ${known}.`,
  });
}

/**
 * Reads the sources of the new series.
 * @param others The instances whose roots are looked at. Of the instance's own roots, checkouts on a branch for the new series
 *   count.
 */
export async function readNextSources(
  now: Scope,
  to: Series,
  others: readonly Instance[],
  context: Pick<ServiceContext, 'mayTell' | 'instances' | 'surface' | 'stateDir'>,
): Promise<NextSources> {
  const { instance, turns } = now;
  const { repositories } = now.sources;
  // Calls that bring sources go to the instance that has those of the new series.
  const [only, ...more] = others;
  const surface = only !== undefined && more.length === 0 ? surfaceAt(only, context) : now.sources.surface;
  const places = placesOf(others, now, to);
  const roots = [...places.keys()];
  const all = await readSources(roots, to, turns, surface);
  const isNext = ({ path, root }: { readonly path: string; readonly root: Root | null }) => {
    if (root === null) return false;
    const made = all.seriesOf({ path, root });
    return made === to || (made === null && places.get(root) !== null);
  };
  const ownerOf = (root: Root | null) => places.get(root as Root) ?? null;
  const mayShow = (name: string, { path, root, repositories }: Candidate) => {
    const place = foundPlace(name, { path, repositories, family: root?.family ?? null });
    return context.mayTell?.(place, ownerOf(root) ?? undefined).ok !== false;
  };
  // The checkouts of now may hold branches of the new series.
  const listed = [...repositories, ...all.repositories];
  const telling = tellingOf(context.mayTell, ({ root }) => ownerOf(root));
  const sources: Sources = {
    ...all,
    index: knownIndex(listed, context.stateDir, turns, telling),
    repositories: all.repositories.filter(isNext),
    async candidates(name) {
      const found = (await all.candidates(name)).filter((one) => isNext(one) && mayShow(name, one));
      // Two instances may each have a checkout of the same repository.
      const first = [...others, null].find((place) => found.some(({ root }) => ownerOf(root) === place));
      return found.filter(({ root }) => ownerOf(root) === first);
    },
  };
  // The environment of now is not that in which the next Odoo runs.
  const next: Instance = { ...instance, series: to, roots, python: null };
  const ownRoots = [...places.values()].includes(null) ? [instance.name] : [];
  return {
    instance: next,
    sources,
    view: await viewPath(next, sources.lists, sources.look),
    turns,
    lookedAt: [...others.map(({ name }) => name), ...ownRoots],
    holds: (path) => isNext({ path: realpathOrNull(path) ?? path, root: rootOf(path, roots) }),
  };
}

/** The roots that hold the new series, each once, with the instance that has it; null for the one that moves. */
function placesOf(
  others: readonly Instance[],
  { sources: { repositories, seriesOf } }: Scope,
  to: Series,
): ReadonlyMap<Root, Instance | null> {
  const places = new Map<Root, Instance | null>();
  for (const other of others) {
    for (const root of other.roots) if (!hasPath(places.keys(), root.path)) places.set(root, other);
  }
  for (const { path, root } of repositories) {
    const isNext = root.family !== 'core' && seriesOf({ path, root }) === to;
    if (isNext && !hasPath(places.keys(), root.path)) places.set(root, null);
  }
  return places;
}

function hasPath(roots: Iterable<Root>, path: string): boolean {
  for (const root of roots) if (root.path === path) return true;
  return false;
}

/** Finds a module; of several, the only one that is migrated: a repository it has left may still have what was not. */
export async function findMigrated(
  name: ModuleName,
  tool: ToolFamily,
  { instance: { roots, series }, sources }: NextSources,
): Promise<Result<ModuleSource>> {
  const found = await findModule(name, tool, sources);
  if (found.ok || found.refusal.code !== 'ambiguous_module') return found;
  const offers = (await findOffers(name, sources)).filter(({ family }) => toolsOf(family) === tool);
  const sound = offers.filter(({ path }) => assessFolder(name, path, roots, series).refusals.length === 0);
  const [only, ...others] = sound;
  if (only === undefined || others.length > 0) return found;
  return findModule(name, tool, sources, only.repository.path);
}
