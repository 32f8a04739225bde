import type { Refusal } from '../../base/refusal.ts';
import type { Scope, ServiceContext } from '../context.ts';
import { otherInstances } from '../other-instances.ts';
import { withWhereabouts } from '../whereabouts.ts';
import type { DeclaredState } from './export-links.ts';

/**
 * Refusals of declared modules, of those that were not found with where they are, see {@link withWhereabouts}. Those of
 * Enterprise modules come last.
 */
export async function tellKnownElsewhere(
  refusals: readonly Refusal[],
  { links }: DeclaredState,
  { instance, sources, turns }: Scope,
  context: ServiceContext,
): Promise<Refusal[]> {
  const ofEnterprise = new Set(links.filter(({ family }) => family === 'ee').map(({ module }) => module));
  const isOfEnterprise = ({ module = '' }: Refusal) => ofEnterprise.has(module);
  const searcher = { instance: instance.name, sources, look: otherInstances(instance, context, turns) };
  const others = refusals.filter((refusal) => !isOfEnterprise(refusal));
  return [
    ...(await withWhereabouts(others, { ...searcher, tool: 'oca' })),
    ...(await withWhereabouts(refusals.filter(isOfEnterprise), { ...searcher, tool: 'ee' })),
  ];
}
