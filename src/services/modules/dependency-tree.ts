import { assessFolder, dependsOf } from '../../addons/assess.ts';
import { closeOver, type Resolved } from '../../addons/dependencies.ts';
import type { GraphNode } from '../../addons/graph.ts';
import { findOffers, type Offer, type Sources } from '../../addons/lookup.ts';
import { isModuleName } from '../../addons/module-name.ts';
import type { PathView } from '../../addons/on-path.ts';
import { isSound } from '../../addons/on-path.ts';
import type { Family } from '../../addons/roots.ts';
import type { Instance } from '../../config/instance.ts';
import { shownName } from '../own-words.ts';

/** A module that is needed, and where it is or can be had. */
export interface TreeNode extends GraphNode {
  readonly family: Family | null;
  readonly repo: string | null;
  /** Whether Odoo could not install what it finds, or what a root offers. */
  readonly sound: boolean;
}

type Place = Omit<TreeNode, 'module' | 'depends'>;

/**
 * Everything a module needs, of whatever family: found by Odoo already, offered by a root, or missing.
 * @param depends What the module itself needs.
 * @param family The family of the module: where several offer a dependency, its own comes first.
 * @returns The module itself, then what it needs, nearest first. Odoo's own modules are not followed.
 */
export function dependencyTree(
  module: string,
  depends: readonly string[],
  self: Pick<Place, 'family' | 'repo'>,
  { instance, sources, view }: { instance: Instance; sources: Sources; view: PathView },
): { nodes: TreeNode[]; cycles: readonly (readonly string[])[] } {
  const resolve = (name: string): Resolved<Place> => {
    const onPath = view.find(name);
    if (onPath !== null) {
      const { by, family, assessment } = onPath;
      const follow = by !== 'core' && family !== 'core';
      const value = { state: by, family, repo: null, sound: isSound(onPath) };
      return { value, depends: follow ? dependsOf(assessment) : [] };
    }
    const offer = isModuleName(name) ? bestOffer(findOffers(name, sources), self.family) : null;
    if (offer === null) return { value: unknownPlace(name, sources), depends: [] };
    const assessment = assessFolder(name, offer.path, instance.roots, instance.series);
    const value = {
      family: offer.family,
      repo: offer.repository.name,
      sound: assessment.refusals.length === 0,
    };
    return { value: { state: 'available', ...value }, depends: dependsOf(assessment) };
  };
  const asked = { name: module, depends, value: { state: 'asked', sound: true, ...self } as Place };
  const { reached, cycles } = closeOver([asked], resolve);
  const nodes = reached.map(({ name, depends, value }): TreeNode => {
    return { module: shownName(name), depends: depends.map(shownName), ...value };
  });
  return { nodes, cycles };
}

function bestOffer(offers: readonly Offer[], family: Family | null): Offer | null {
  return offers.find((offer) => offer.family === family) ?? offers[0] ?? null;
}

function unknownPlace(name: string, { lists }: Sources): Place {
  const family = lists.enterprise.has(name) ? 'ee' : lists.community.has(name) ? 'core' : null;
  return { state: 'missing', family, repo: null, sound: false };
}
