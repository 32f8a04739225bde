import { assessFolder, dependsOf } from '../../addons/assess.ts';
import { type Closure, closeOver, type Resolved, shortened } from '../../addons/dependencies.ts';
import { effectiveLicense } from '../../addons/licenses.ts';
import { findModule, linkCall, type ModuleSource } from '../../addons/lookup.ts';
import { isModuleName, type ModuleName } from '../../addons/module-name.ts';
import type { ModuleOnPath } from '../../addons/on-path.ts';
import { isSound, shownPath } from '../../addons/on-path.ts';
import { type ToolFamily, toolsOf } from '../../addons/roots.ts';
import { identifyFolders } from '../../addons/source-state.ts';
import type { Sources } from '../../addons/sources.ts';
import { type Refusal, refuse } from '../../base/refusal.ts';
import { inWords, quoted } from '../../base/text.ts';
import type { Instance } from '../../config/instance.ts';
import type { AddonsDir } from '../../links/addons-dir.ts';
import { inspectEntry } from '../../links/inspect-entry.ts';
import { READING, type Scope } from '../context.ts';
import { locateModule } from '../locate-module.ts';
import { checkLicenses } from './check-licenses.ts';
import type {
  Known,
  LinkRequest,
  LookedAt,
  NeedyModule,
  Premise,
  SatisfiedDependency,
  Warning,
} from './link-call.ts';
import { refuseUnmet } from './unmet-dependencies.ts';

/** By which rules modules are resolved. */
type ResolveRequest = Pick<LinkRequest, 'family' | 'repo' | 'with_dependencies' | 'replace'>;

/** A module that was found and judged, whatever the judgement. */
export interface FoundModule extends LookedAt {
  /** The modules that need it; empty for one the caller asked for. */
  readonly requiredBy: readonly string[];
  /** From a module the caller asked for to one that needs this; shortened if long, empty for a module asked for. */
  chain(): readonly string[];
}

export interface Resolution {
  /** The modules asked for, in that order, then those they need. */
  readonly modules: readonly FoundModule[];
  readonly satisfied: readonly SatisfiedDependency[];
  /** What those need besides Odoo. */
  readonly needy: readonly NeedyModule[];
  /** Everything that was reached, nearest first. */
  readonly closure: Closure<Known>;
  /** The entries of satisfied dependencies that are linked, as they were when found. */
  readonly premises: readonly Premise[];
  /** Everything that is wrong, except what the modules' own manifests say. */
  readonly refusals: readonly Refusal[];
  readonly warnings: readonly Warning[];
  /** Without `with_dependencies`: what the modules need and Odoo does not find. */
  readonly missing: readonly Warning[];
}

/** What a resolution works with. */
export interface ResolveContext extends Scope {
  readonly dir: AddonsDir;
}

/**
 * Finds modules and, with `with_dependencies`, everything of their family that Odoo needs to install them.
 *
 * A dependency is satisfied by the module that Odoo would find first on its search path, if Odoo could install it. The
 * dependencies of linked modules are followed too, since some may be missing. Those of Odoo's own modules are not: Odoo
 * comes with all of them.
 */
export async function resolveModules(
  names: readonly ModuleName[],
  request: ResolveRequest,
  around: ResolveContext,
): Promise<Resolution> {
  const { sources, turns } = around;
  const refusals: Refusal[] = [];
  const asked: ({ name: ModuleName } & Resolved<Known>)[] = [];
  for (const name of names) {
    const found = await locateModule(name, request.family, sources, request.repo);
    if (found.ok) asked.push({ name, ...linkable(found.value, around.instance) });
    else refusals.push(names.length > 1 ? askAlone(found.refusal, request, sources) : found.refusal);
    await turns.spend(READING);
  }
  const start = request.with_dependencies ? asked : asked.map((module) => ({ ...module, depends: [] }));
  const resolve = async (name: string) => {
    await turns.spend(READING);
    return resolveDependency(name, request, around);
  };
  const closure = await closeOver<Known>(start, resolve, turns);
  const refused: ReadonlySet<string | undefined> = new Set(refusals.flatMap(({ module }) => module ?? []));
  const licenses = await checkLicenses(closure, around.instance.licenses, turns);
  const satisfied = closure.reached.flatMap(({ name, value }) => {
    return value.kind === 'satisfied' ? [{ name, ...value }] : [];
  });
  const unmet = await refuseUnmet(closure, request.family, sources, turns);
  const missing = request.with_dependencies
    ? []
    : await warnOfMissing(asked, resolve, request.family, sources);
  return {
    modules: foundModules(closure),
    satisfied: satisfied.map(({ name, by, path }) => ({ module: name, by, path })),
    needy: satisfied.flatMap(({ name, externals }) => (externals === null ? [] : { name, externals })),
    closure,
    premises: satisfied.flatMap(({ premise }) => premise ?? []),
    refusals: [
      ...refusals,
      // A module that was asked for and not found is refused already.
      ...unmet.filter(({ module }) => !refused.has(module)),
      ...refuseCycles(closure.cycles),
      ...licenses.refusals,
    ],
    warnings: licenses.warnings,
    missing,
  };
}

/** How many dependencies of a module are looked for, and named, if they are not linked along. */
const MOST_MISSING = 20;

/** What a call that links no dependencies leaves to be linked. */
async function warnOfMissing(
  asked: readonly ({ readonly name: ModuleName } & Resolved<Known>)[],
  resolve: (name: string) => Promise<Resolved<Known>>,
  family: ToolFamily,
  { surface }: Sources,
): Promise<Warning[]> {
  const names: ReadonlySet<string> = new Set(asked.map(({ name }) => name));
  const warnings: Warning[] = [];
  for (const { name: module, depends } of asked) {
    const missing: string[] = [];
    const found: string[] = [];
    for (const needed of depends.filter((one) => !names.has(one)).slice(0, MOST_MISSING)) {
      const { value } = await resolve(needed);
      if (value.kind !== 'satisfied') missing.push(quoted(needed));
      if (value.kind === 'found') found.push(needed);
    }
    if (missing.length === 0) continue;
    const next = found.length > 0 ? ` ${linkCall(family, found, surface)}.` : '';
    const message = `${module} needs ${inWords(missing)}, which Odoo does not find: it cannot install ${module} yet.${next}`;
    warnings.push({ code: 'dependency_missing', module, message });
  }
  return warnings;
}

/** A repository is chosen for all modules of a call: where only one of them is offered by several, a call of its own helps. */
function askAlone(refusal: Refusal, { family }: ResolveRequest, { surface }: Sources): Refusal {
  const { module } = refusal;
  const [repo] = (refusal.details?.repos ?? []) as readonly string[];
  if (family !== 'oca' || module === undefined || repo === undefined) return refusal;
  const hint = `${surface.call('oca_link', { module, repo })} first, or with another of the repositories.`;
  return { ...refusal, hint };
}

function foundModules({ reached, isAsked, chainTo }: Closure<Known>): FoundModule[] {
  return reached.flatMap(({ name, requiredBy, value }) => {
    if (value.kind !== 'found') return [];
    const chain = () => shortened(chainTo(name));
    return [{ ...value, chain, requiredBy: isAsked(name) ? [] : requiredBy }];
  });
}

/** What is known of a dependency that a root has. */
export function linkable(source: ModuleSource, instance: Instance): Resolved<Known> {
  const looked = lookAtSource(source, instance);
  return { value: { kind: 'found', ...looked }, depends: dependsOf(looked.assessment) };
}

/** Assesses a module's folder, and records the identities of the folders. */
export function lookAtSource(source: ModuleSource, { series, roots }: Instance): LookedAt {
  const folders = identifyFolders(source);
  return { source, folders, assessment: assessFolder(source.name, source.path, roots, series) };
}

async function resolveDependency(
  name: string,
  { family, repo, replace }: ResolveRequest,
  { instance, dir, sources, view }: ResolveContext,
): Promise<Resolved<Known>> {
  if (!isModuleName(name)) return { value: { kind: 'unmet', because: 'no_name' }, depends: [] };
  const onPath = view.find(name);
  // A link of this family that Odoo cannot use may be replaced by a module from the roots.
  const isOurs = onPath?.entry?.path === dir.path && toolsOf(onPath.family) === family;
  if (onPath !== null && isSound(onPath)) return satisfiedBy(name, onPath, instance);
  const preferred = await preferredRepo(name, family, sources, repo);
  const found = await locateModule(name, family, sources, preferred);
  if (onPath !== null && !(replace && isOurs)) {
    const isElsewhere = found.ok && found.value.path !== onPath.folder;
    const isReplaceable = isOurs && isElsewhere;
    return { value: { kind: 'unmet', because: 'unsound', onPath, isReplaceable }, depends: [] };
  }
  if (found.ok) return linkable(found.value, instance);
  return { value: { kind: 'unmet', because: 'not_found', refusal: found.refusal }, depends: [] };
}

/** What is known of a dependency that Odoo finds. Inspects a link at once: another call may change it before the plan is made. */
export function satisfiedBy(name: string, onPath: ModuleOnPath, instance: Instance): Resolved<Known> {
  const { by, entry, folder, family, assessment } = onPath;
  const dir = by === 'linked' ? instance.addonsDirs.find((one) => one.path === entry?.path) : undefined;
  const premise = dir === undefined ? null : { dir, module: name, entry: inspectEntry(dir, name, instance) };
  const license = effectiveLicense(
    by === 'core' ? 'core' : family,
    assessment?.judgement?.fields?.license ?? '',
  );
  const depends = by === 'core' || family === 'core' ? [] : dependsOf(assessment);
  const path = shownPath(onPath);
  const isOdoos = by === 'core' || by === 'core_list' || family === 'core';
  const externals = isOdoos ? null : (assessment?.judgement?.fields?.externalDependencies ?? null);
  return {
    value: { kind: 'satisfied', by, path, folder, family, license, assessment, premise, externals },
    depends,
  };
}

/** `repo` also chooses between repositories that offer a dependency, if it is one of them. */
async function preferredRepo(
  name: ModuleName,
  family: ToolFamily,
  sources: Sources,
  repo: string | undefined,
): Promise<string | undefined> {
  return repo !== undefined && (await findModule(name, family, sources, repo)).ok ? repo : undefined;
}

function refuseCycles(cycles: Closure<Known>['cycles']): Refusal[] {
  return cycles.map((whole) => {
    const cycle = shortened(whole);
    const message = `These modules depend on one another in a circle, so Odoo can install none of them: ${cycle.join(' -> ')}.`;
    return refuse('dependency_cycle', message, {
      module: cycle[0] as string,
      details: { cycle },
      hint: 'One of their manifests must drop another from depends: ask the maintainers of the modules.',
    }).refusal;
  });
}
