import type { GraphModule, ModuleGraph } from './module-graph.ts';
import type { OperationStep, StepReason } from './operation-plan.ts';

/** Why Odoo could not do it. */
export type Obstacle =
  /** The last of `chain` is not in the list, or cannot be installed; the first was named. `too_deep`: Odoo goes no further. */
  | { readonly kind: 'unknown' | 'uninstallable' | 'too_deep'; readonly chain: readonly string[] }
  | { readonly kind: 'not_installed'; readonly module: string }
  | { readonly kind: 'excludes'; readonly module: string; readonly other: string };

/** What Odoo would do. */
export interface Foreseen {
  readonly steps: readonly OperationStep[];
  readonly obstacles: readonly Obstacle[];
}

/** The states in which a module counts as there (`button_install`, `odoo/addons/base/models/ir_module.py`). */
const THERE: ReadonlySet<string> = new Set(['installed', 'to install', 'to upgrade']);
/** How far Odoo follows dependencies (`_state_update`). */
const DEEPEST = 100;

/**
 * Foresees what Odoo does when modules are installed: they, all that they need, and then again and again each module with
 * `auto_install` for which all is there, if something that it waits for is new (`button_install`, 15.0 to 19.0). Where Odoo is told
 * to skip those (19.0, `skip_auto_install`), it does less.
 * @param names The modules.
 */
export function foreseeInstall(names: readonly string[], graph: ModuleGraph): Foreseen {
  const marks = createMarks(names, graph);
  for (const name of names) marks.mark(name, 'named', []);
  marks.bringAlong();
  return { steps: marks.steps, obstacles: [...marks.obstacles, ...marks.exclusions()] };
}

/**
 * Foresees what Odoo does when modules are upgraded: they, all installed modules that need them, and then it installs what those
 * need and is not there (`button_upgrade`). With `base` it upgrades everything.
 */
export function foreseeUpgrade(names: readonly string[], graph: ModuleGraph): Foreseen {
  const missing = names.filter((name) => !isInstalled(graph.get(name)));
  if (missing.length > 0)
    return { steps: [], obstacles: missing.map((module) => ({ kind: 'not_installed', module })) };
  const installed = [...graph.values()].filter(isInstalled);
  const dependents = new Map<string, string[]>();
  for (const { name, depends } of installed)
    for (const need of depends) dependents.set(need, [...(dependents.get(need) ?? []), name]);
  const upgraded = new Set([...names, ...(names.includes('base') ? installed.map(({ name }) => name) : [])]);
  // A set grows while it is gone through.
  for (const name of upgraded) for (const one of dependents.get(name) ?? []) upgraded.add(one);
  const marks = createMarks(names, graph);
  for (const name of upgraded)
    for (const need of graph.get(name)?.depends ?? []) marks.mark(need, 'needed', [name]);
  marks.bringAlong();
  const upgrades = [...upgraded].map((name): OperationStep => {
    const why = names.includes(name) ? 'named' : 'dependent';
    return { module: name, action: 'upgrade', why, from: graph.get(name)?.installed ?? null, to: null };
  });
  return {
    steps: [...upgrades, ...marks.steps],
    obstacles: [...marks.obstacles, ...marks.exclusions()],
  };
}

function isInstalled(module: GraphModule | undefined): boolean {
  return module?.state === 'installed' || module?.state === 'to upgrade';
}

/** Collects the modules that would be installed. */
function createMarks(names: readonly string[], graph: ModuleGraph) {
  const steps: OperationStep[] = [];
  const obstacles: Obstacle[] = [];
  const seen = new Set<string>();
  const isNew = new Set<string>();
  const isThere = (name: string) => isNew.has(name) || THERE.has(graph.get(name)?.state ?? '');

  const mark = (name: string, why: StepReason, above: readonly string[]): void => {
    if (seen.has(name)) return;
    seen.add(name);
    const module = graph.get(name);
    if (module !== undefined && THERE.has(module.state)) return;
    const chain = [...above, name];
    if (module === undefined) obstacles.push({ kind: 'unknown', chain });
    else if (module.state !== 'uninstalled') obstacles.push({ kind: 'uninstallable', chain });
    else if (chain.length > DEEPEST) obstacles.push({ kind: 'too_deep', chain });
    else {
      isNew.add(name);
      const reason = names.includes(name) ? 'named' : why;
      for (const need of module.depends) mark(need, reason === 'named' ? 'needed' : why, chain);
      steps.push({ module: name, action: 'install', why: reason, from: null, to: null });
    }
  };

  /** Marks modules with `auto_install` until there is none any more: each when the last that it waits for becomes new. */
  const bringAlong = (): void => {
    const waiting = new Map<string, GraphModule[]>();
    for (const module of graph.values())
      for (const need of module.state === 'uninstalled' ? (module.comesWith ?? []) : [])
        waiting.set(need, [...(waiting.get(need) ?? []), module]);
    // It grows while it is gone through.
    for (const name of isNew)
      for (const one of waiting.get(name) ?? [])
        if (one.comesWith?.every(isThere)) mark(one.name, 'auto_install', []);
  };

  /** The pairs of modules that would be there together although one excludes the other, and one of each is new. */
  const exclusions = (): Obstacle[] =>
    [...graph.values()]
      .filter(({ name }) => isThere(name))
      .flatMap(({ name, excludes }) =>
        excludes
          .filter((other) => isThere(other) && (isNew.has(name) || isNew.has(other)))
          .map((other) => ({ kind: 'excludes', module: name, other })),
      );

  return { steps, obstacles, mark, bringAlong, exclusions };
}
