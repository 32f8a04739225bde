import type { PathView } from '../../addons/on-path.ts';
import type { GraphModule, ModuleGraph } from '../../odoo/module-graph.ts';
import { READING, type Scope } from '../context.ts';

/**
 * The list of a database as it will be once Odoo has read it again: with what the manifests on its search path say of some modules
 * and all that they need.
 * @param names The modules.
 */
export async function withManifests(
  graph: ModuleGraph,
  names: Iterable<string>,
  { view, turns }: Pick<Scope, 'view' | 'turns'>,
): Promise<ModuleGraph> {
  const whole = new Map(graph);
  const looked = new Set(names);
  // A set grows while it is gone through.
  for (const name of looked) {
    await turns.spend(READING);
    const known = graph.get(name);
    const module = fromManifest(name, known, view) ?? known;
    if (module === undefined) continue;
    whole.set(name, module);
    for (const need of module.depends) looked.add(need);
  }
  return whole;
}

/** @returns Null if there is no manifest on the path that can be read. */
function fromManifest(name: string, known: GraphModule | undefined, view: PathView): GraphModule | null {
  const fields = view.find(name)?.assessment?.judgement?.fields ?? null;
  if (fields === null) return null;
  const { depends, autoInstall, excludes, installable } = fields;
  return {
    id: known?.id ?? null,
    name,
    // What was uninstallable may have been mended since.
    state:
      known === undefined || known.state === 'uninstallable'
        ? installable
          ? 'uninstalled'
          : 'uninstallable'
        : known.state,
    installed: known?.installed ?? null,
    depends,
    // Where Odoo limits it to countries, it has told that of a module that it knows.
    comesWith:
      known?.comesWith === null || autoInstall === false
        ? null
        : autoInstall === true
          ? depends
          : autoInstall,
    excludes,
  };
}
