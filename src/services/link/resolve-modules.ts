import { type Assessment, assessFolder, dependsOf } from '../../addons/assess.ts';
import { type Closure, closeOver, type Resolved, shortened } from '../../addons/dependencies.ts';
import { effectiveLicense } from '../../addons/licenses.ts';
import { findModule, type ModuleSource, type Sources } from '../../addons/lookup.ts';
import { isModuleName, type ModuleName } from '../../addons/module-name.ts';
import type { ModuleOnPath, PathView } from '../../addons/on-path.ts';
import { isSound, shownPath } from '../../addons/on-path.ts';
import type { Family } from '../../addons/roots.ts';
import type { Instance } from '../../config/instance.ts';
import type { AddonsDir } from '../../links/addons-dir.ts';
import { realpathOrNull } from '../../paths.ts';
import { type Refusal, refuse } from '../../refusal.ts';
import { judgeLicenses } from './judge-licenses.ts';
import type { SatisfiedDependency, Warning } from './link-call.ts';
import { refuseUnmet, type Unmet } from './unmet-dependencies.ts';

/** What to resolve, and by which rules. */
export interface ResolveRequest {
  readonly family: 'oca' | 'ee';
  readonly repo?: string | undefined;
  readonly with_dependencies: boolean;
  readonly replace: boolean;
}

/** A module of the plan to be: found and judged, whatever the judgement is. */
export interface FoundModule {
  readonly source: ModuleSource;
  readonly assessment: Assessment;
  /** The modules that need it; empty for one the caller asked for. */
  readonly requiredBy: readonly string[];
  /** From a module that was asked for to one that needs it; empty for one that was asked for. */
  readonly chain: readonly string[];
}

export interface Resolution {
  /** Those that were asked for, in that order, then what they need. */
  readonly modules: readonly FoundModule[];
  readonly satisfied: readonly SatisfiedDependency[];
  /** Everything that is wrong but for what the modules' own manifests say. */
  readonly refusals: readonly Refusal[];
  readonly warnings: readonly Warning[];
}

/** What a name of the closure turned out to be. */
export type Known =
  | { readonly kind: 'found'; readonly source: ModuleSource; readonly assessment: Assessment }
  | {
      readonly kind: 'satisfied';
      readonly by: ModuleOnPath['by'];
      readonly path: string | null;
      readonly family: Family | null;
      readonly license: string;
    }
  | Unmet;

/** What a resolution works with. */
export interface Surroundings {
  readonly instance: Instance;
  readonly dir: AddonsDir;
  readonly sources: Sources;
  readonly view: PathView;
}

/**
 * Finds modules and, if wanted, everything of their family that Odoo needs to install them.
 *
 * A dependency is satisfied by what Odoo would find first on its search path, if it could install that; what is linked
 * already is followed like what is not, since it may miss something itself. Odoo's own modules are not followed: they
 * come together.
 */
export function resolveModules(
  names: readonly ModuleName[],
  request: ResolveRequest,
  around: Surroundings,
): Resolution {
  const { sources } = around;
  const refusals: Refusal[] = [];
  const asked = names.flatMap((name) => {
    const found = findModule(name, request.family, sources, request.repo);
    if (found.ok) return [{ name, ...linkable(found.value, around.instance) }];
    refusals.push(found.refusal);
    return [];
  });
  const start = request.with_dependencies ? asked : asked.map((module) => ({ ...module, depends: [] }));
  const closure = closeOver<Known>(start, (name) => resolveDependency(name, request, around));
  const refused: ReadonlySet<string | undefined> = new Set(refusals.flatMap(({ module }) => module ?? []));
  const licenses = judgeLicenses(closure, around.instance.licenses);
  return {
    modules: foundModules(closure),
    satisfied: closure.reached.flatMap(({ name, value }) => {
      return value.kind === 'satisfied' ? [{ module: name, by: value.by, path: value.path }] : [];
    }),
    refusals: [
      ...refusals,
      // What was asked for and not found is said already.
      ...refuseUnmet(closure, request.family, around.sources).filter(({ module }) => !refused.has(module)),
      ...refuseCycles(closure.cycles),
      ...licenses.refusals,
    ],
    warnings: licenses.warnings,
  };
}

function foundModules({ reached, chainTo }: Closure<Known>): FoundModule[] {
  return reached.flatMap(({ name, requiredBy, value }) => {
    if (value.kind !== 'found') return [];
    const chain = chainTo(name);
    return [{ ...value, chain, requiredBy: chain.length === 0 ? [] : requiredBy }];
  });
}

function linkable(source: ModuleSource, { series, roots }: Instance): Resolved<Known> {
  const assessment = assessFolder(source.name, source.path, roots, series);
  return { value: { kind: 'found', source, assessment }, depends: dependsOf(assessment) };
}

function resolveDependency(
  name: string,
  { family, repo, replace }: ResolveRequest,
  { instance, dir, sources, view }: Surroundings,
): Resolved<Known> {
  if (!isModuleName(name)) return { value: { kind: 'unmet', because: 'no_name' }, depends: [] };
  const onPath = view.find(name);
  // What the caller wants re-pointed is looked for in the roots, if it cannot be used as it is.
  const isOurs = onPath?.entry?.path === dir.path && onPath.family === family;
  if (onPath !== null && isSound(onPath)) return satisfiedBy(onPath);
  const found = findModule(name, family, sources, preferredRepo(name, family, sources, repo));
  if (onPath !== null && !(replace && isOurs)) {
    const isElsewhere = found.ok && found.value.path !== realpathOrNull(onPath.path ?? '');
    const isReplaceable = isOurs && isElsewhere;
    return { value: { kind: 'unmet', because: 'unsound', onPath, isReplaceable }, depends: [] };
  }
  if (found.ok) return linkable(found.value, instance);
  return { value: { kind: 'unmet', because: 'not_found', refusal: found.refusal }, depends: [] };
}

function satisfiedBy(onPath: ModuleOnPath): Resolved<Known> {
  const { by, family, assessment } = onPath;
  const license = effectiveLicense(
    by === 'core' ? 'core' : family,
    assessment?.judgement?.fields?.license ?? '',
  );
  const depends = by === 'core' || family === 'core' ? [] : dependsOf(assessment);
  return { value: { kind: 'satisfied', by, path: shownPath(onPath), family, license }, depends };
}

/** `repo` also decides between repositories that offer a dependency, where it is one of them. */
function preferredRepo(
  name: ModuleName,
  family: 'oca' | 'ee',
  sources: Sources,
  repo: string | undefined,
): string | undefined {
  return repo !== undefined && findModule(name, family, sources, repo).ok ? repo : undefined;
}

function refuseCycles(cycles: Closure<Known>['cycles']): Refusal[] {
  return cycles.map((whole) => {
    const cycle = shortened(whole);
    const message = `These modules need one another, and Odoo can install none of them: ${cycle.join(' -> ')}.`;
    return refuse('dependency_cycle', message, {
      module: cycle[0] as string,
      details: { cycle },
      hint: 'One of their manifests has to drop the other from depends: ask whoever maintains the modules.',
    }).refusal;
  });
}
