/** Where a dependency was found, or that it is not there. */
export type DependencyState =
  | {
      readonly kind: 'satisfied';
      readonly by: 'core' | 'core_list' | 'addons_path' | 'linked';
      readonly path: string | null;
    }
  | { readonly kind: 'unmet'; readonly depends: readonly string[] };

export interface DependencyReport {
  readonly satisfied: readonly { module: string; by: string; path: string | null }[];
  /** Dependencies Odoo would not find, nearest first, each with the chain of modules that leads to it. */
  readonly unmet: readonly { readonly module: string; readonly chain: readonly string[] }[];
  /** How many names were not looked at, because there were more than a manifest of good will has. */
  readonly unexamined: number;
}

const MOST_EXAMINED = 2000;
const MOST_UNMET = 200;

/**
 * Follows `depends` from the modules of a call to everything Odoo would need to install them. Pure: the file system
 * is behind `stateOf`.
 * @param planned The modules of the call with their dependencies; they count as there.
 * @param stateOf What is known of a dependency; asked once a name. An unmet one is followed further.
 */
export function reportDependencies(
  planned: readonly { readonly name: string; readonly depends: readonly string[] }[],
  stateOf: (name: string) => DependencyState,
): DependencyReport {
  const satisfied: DependencyReport['satisfied'][number][] = [];
  const unmet: DependencyReport['unmet'][number][] = [];
  let unexamined = 0;
  const seen = new Set(planned.map(({ name }) => name));
  const queue = planned.map(({ name, depends }) => ({ chain: [name], depends }));
  for (const { chain, depends } of queue) {
    for (const module of depends) {
      if (seen.has(module)) continue;
      seen.add(module);
      if (seen.size > MOST_EXAMINED || unmet.length >= MOST_UNMET) {
        unexamined++;
        continue;
      }
      const state = stateOf(module);
      if (state.kind === 'satisfied') {
        satisfied.push({ module, by: state.by, path: state.path });
        continue;
      }
      unmet.push({ module, chain });
      queue.push({ chain: [...chain, module], depends: state.depends });
    }
  }
  return { satisfied, unmet, unexamined };
}
