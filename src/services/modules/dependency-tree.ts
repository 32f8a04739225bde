import { assessFolder, dependsOf, type KeptAssessment } from '../../addons/assess.ts';
import type { ModulePlace } from '../../addons/conflicts.ts';
import { closeOver, type ReachedModule, type Resolved } from '../../addons/dependencies.ts';
import type { GraphNode } from '../../addons/graph.ts';
import { effectiveLicense } from '../../addons/licenses.ts';
import { findOffers } from '../../addons/lookup.ts';
import { isModuleName } from '../../addons/module-name.ts';
import { isSound } from '../../addons/on-path.ts';
import type { Family } from '../../addons/roots.ts';
import type { Sources } from '../../addons/sources.ts';
import type { ManifestFields } from '../../manifest/judgement.ts';
import { READING, type Scope } from '../context.ts';
import { shownName } from '../own-words.ts';

/** A module to start from, as it was found. */
export interface AskedModule {
  readonly name: string;
  readonly family: Family | null;
  readonly repo: string | null;
  readonly assessment: KeptAssessment | null;
}

/** What is known of a module of the tree. */
export interface ModuleFacts extends ModulePlace {
  /** Whether Odoo could install it. */
  readonly sound: boolean;
  /** The licence that counts for it; null if that is not known. */
  readonly license: string | null;
  /** Null for Odoo's own modules, and for those whose manifest cannot be read. */
  readonly fields: Pick<ManifestFields, 'excludes' | 'externalDependencies'> | null;
}

/** A module of the tree, for a graph or a text. */
export interface TreeNode extends GraphNode, ModulePlace {
  /** Whether Odoo could install it. */
  readonly sound: boolean;
}

export interface DependencyTree {
  /** The modules asked for, then what they need, nearest first. Odoo's own modules are not followed. */
  readonly nodes: readonly TreeNode[];
  /** The same with everything that is known of each, by their exact names. */
  readonly reached: readonly ReachedModule<ModuleFacts>[];
  readonly cycles: readonly (readonly string[])[];
  /** How many entries of `depends` were not followed, because there were too many. */
  readonly unexamined: number;
}

/** Everything that modules need, of any family: found by Odoo, offered by a root, or missing. */
export async function dependencyTree(asked: readonly AskedModule[], scope: Scope): Promise<DependencyTree> {
  const { turns } = scope;
  // If several families offer a dependency, that of the modules asked for comes first.
  const family = asked[0]?.family ?? null;
  const start = asked.map((module) => {
    const value: ModuleFacts = { ...factsOf(module), state: 'asked', repo: module.repo, sound: true };
    return { name: module.name, depends: dependsOf(module.assessment), value };
  });
  const resolve = (name: string) => findPlace(name, family, scope);
  const { reached, cycles, unexamined } = await closeOver(start, resolve, turns);
  const nodes: TreeNode[] = [];
  for (const { name, depends, value } of reached) {
    await turns.spend(1 + Math.floor(depends.length / READING));
    const { state, family, repo, sound } = value;
    nodes.push({ module: shownName(name), depends: depends.map(shownName), state, family, repo, sound });
  }
  return { nodes, reached, cycles, unexamined };
}

/**
 * Finds a module by name: on Odoo's search path, then in the roots, then in the built-in lists.
 * @param family If several families offer it, that of this one counts.
 */
export async function findPlace(
  name: string,
  family: Family | null,
  { instance, sources, view, turns }: Scope,
): Promise<Resolved<ModuleFacts>> {
  await turns.spend(READING);
  const onPath = view.find(name);
  if (onPath !== null) {
    const { by, assessment } = onPath;
    const isOdoos = by === 'core' || onPath.family === 'core';
    const found = { family: by === 'core' ? 'core' : onPath.family, assessment } as const;
    const value = { ...factsOf(found), state: by, family: onPath.family, repo: null, sound: isSound(onPath) };
    if (isOdoos) return { value: { ...value, fields: null }, depends: [] };
    return { value, depends: dependsOf(assessment) };
  }
  const offers = isModuleName(name) ? await findOffers(name, sources) : [];
  const offer = offers.find((one) => one.family === family) ?? offers[0];
  if (offer === undefined) return { value: unknownPlace(name, sources), depends: [] };
  const assessment = assessFolder(name, offer.path, instance.roots, instance.series);
  const value = {
    ...factsOf({ family: offer.family, assessment }),
    state: 'available' as const,
    repo: sources.discretion?.mayShow(name, offer) === false ? null : offer.repository.name,
    sound: assessment.refusals.length === 0,
  };
  return { value, depends: dependsOf(assessment) };
}

function factsOf({ family, assessment }: Pick<AskedModule, 'family' | 'assessment'>) {
  const fields = assessment?.judgement?.fields ?? null;
  return { family, license: effectiveLicense(family, fields?.license ?? ''), fields };
}

function unknownPlace(name: string, { lists }: Sources): ModuleFacts {
  const family = lists.enterprise.has(name) ? 'ee' : lists.community.has(name) ? 'core' : null;
  const license = family === null ? null : effectiveLicense(family, '');
  return { state: 'missing', family, repo: null, sound: false, license, fields: null };
}

/** Whether a module comes with Odoo, and nothing else is to be said of it. */
export function isOdoos({ state, family, sound }: Pick<TreeNode, 'state' | 'family' | 'sound'>): boolean {
  return sound && (state === 'core' || state === 'core_list' || family === 'core');
}
