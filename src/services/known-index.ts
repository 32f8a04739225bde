import type { Repository } from '../addons/discover.ts';
import type { Turns } from '../base/turns.ts';
import { checkoutLayer } from '../sources/checkout-layer.ts';
import { fetchedLayer } from '../sources/fetched-index.ts';
import { BUILT_IN, createModuleIndex, type ModuleIndex } from '../sources/module-index.ts';

/**
 * What is known of modules that no root has, for a call: what the checkouts under the roots hold, else what `source index` has
 * fetched, else what is built in.
 * @param repositories Those under the roots of the call's instance.
 * @param stateDir Where what was fetched is kept.
 * @param mayTell Whether the policy would show a module in a repository; absent where everything may be told.
 */
export function knownIndex(
  repositories: readonly Repository[],
  stateDir: string,
  turns: Turns,
  mayTell?: (name: string, repository: Repository) => boolean,
): ModuleIndex {
  const layers = [checkoutLayer(repositories, turns), fetchedLayer(stateDir), BUILT_IN];
  if (mayTell === undefined) return createModuleIndex(layers);
  const byPath = new Map(repositories.map((repository) => [repository.path, repository]));
  return createModuleIndex(layers, ({ name, checkout }) => {
    const repository = checkout === undefined ? undefined : byPath.get(checkout.path);
    return repository === undefined || mayTell(name, repository);
  });
}
