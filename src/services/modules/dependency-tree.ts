import { assessFolder, dependsOf } from '../../addons/assess.ts';
import { closeOver, type Resolved } from '../../addons/dependencies.ts';
import { findOffers } from '../../addons/lookup.ts';
import { isModuleName } from '../../addons/module-name.ts';
import { isSound } from '../../addons/on-path.ts';
import type { Sources } from '../../addons/sources.ts';
import { READING, type Scope } from '../context.ts';
import { shownName } from '../own-words.ts';
import type { TreeNode } from './describe-info.ts';

export interface DependencyTree {
  /** The module, then what it needs, nearest first. Odoo's own modules are not followed. */
  readonly nodes: readonly TreeNode[];
  readonly cycles: readonly (readonly string[])[];
  /** How many entries of `depends` were not followed, because there were too many. */
  readonly unexamined: number;
}

type NodePlace = Omit<TreeNode, 'module' | 'depends'>;

/**
 * Everything a module needs, of any family: found by Odoo, offered by a root, or missing.
 * @param depends What the module itself needs.
 * @param self The family and repository of the module. If several families offer a dependency, its own comes first.
 */
export async function dependencyTree(
  module: string,
  depends: readonly string[],
  self: Pick<NodePlace, 'family' | 'repo'>,
  { instance, sources, view, turns }: Scope,
): Promise<DependencyTree> {
  const resolve = async (name: string): Promise<Resolved<NodePlace>> => {
    await turns.spend(READING);
    const onPath = view.find(name);
    if (onPath !== null) {
      const { by, family, assessment } = onPath;
      const follow = by !== 'core' && family !== 'core';
      const value = { state: by, family, repo: null, sound: isSound(onPath) };
      return { value, depends: follow ? dependsOf(assessment) : [] };
    }
    const offers = isModuleName(name) ? await findOffers(name, sources) : [];
    const offer = offers.find(({ family }) => family === self.family) ?? offers[0];
    if (offer === undefined) return { value: unknownPlace(name, sources), depends: [] };
    const assessment = assessFolder(name, offer.path, instance.roots, instance.series);
    const value = {
      family: offer.family,
      repo: offer.repository.name,
      sound: assessment.refusals.length === 0,
    };
    return { value: { state: 'available', ...value }, depends: dependsOf(assessment) };
  };
  const asked = { name: module, depends, value: { state: 'asked', sound: true, ...self } as NodePlace };
  const { reached, cycles, unexamined } = await closeOver([asked], resolve, turns);
  const nodes: TreeNode[] = [];
  for (const { name, depends, value } of reached) {
    await turns.spend(1 + Math.floor(depends.length / READING));
    nodes.push({ module: shownName(name), depends: depends.map(shownName), ...value });
  }
  return { nodes, cycles, unexamined };
}

function unknownPlace(name: string, { lists }: Sources): NodePlace {
  const family = lists.enterprise.has(name) ? 'ee' : lists.community.has(name) ? 'core' : null;
  return { state: 'missing', family, repo: null, sound: false };
}
