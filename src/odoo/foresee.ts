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
/** How many obstacles are told: a database may name more than anybody could mend. */
const MOST_OBSTACLES = 100;

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
  marks.findExclusions();
  return { steps: marks.steps, obstacles: marks.obstacles };
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
  const dependents = byName(installed, ({ depends }) => depends);
  const upgraded = new Set([...names, ...(names.includes('base') ? installed.map(({ name }) => name) : [])]);
  // A set grows while it is gone through.
  for (const name of upgraded) for (const one of dependents.get(name) ?? []) upgraded.add(one.name);
  const marks = createMarks(names, graph);
  for (const name of upgraded)
    for (const need of graph.get(name)?.depends ?? []) marks.mark(need, 'needed', [name]);
  marks.bringAlong();
  marks.findExclusions();
  const upgrades = [...upgraded].map((name): OperationStep => {
    const why = names.includes(name) ? 'named' : 'dependent';
    return { module: name, action: 'upgrade', why, from: graph.get(name)?.installed ?? null, to: null };
  });
  return { steps: [...upgrades, ...marks.steps], obstacles: marks.obstacles };
}

function isInstalled(module: GraphModule | undefined): boolean {
  return module?.state === 'installed' || module?.state === 'to upgrade';
}

/** The modules that name others, by those. */
function byName(
  modules: Iterable<GraphModule>,
  namesIn: (module: GraphModule) => readonly string[],
): ReadonlyMap<string, readonly GraphModule[]> {
  const grouped = new Map<string, GraphModule[]>();
  for (const module of modules) {
    for (const name of namesIn(module)) {
      const among = grouped.get(name);
      if (among === undefined) grouped.set(name, [module]);
      else among.push(module);
    }
  }
  return grouped;
}

/** Collects the modules that would be installed. */
function createMarks(names: readonly string[], graph: ModuleGraph) {
  const steps: OperationStep[] = [];
  const obstacles: Obstacle[] = [];
  const seen = new Set<string>();
  const isNew = new Set<string>();
  const wasThere = (name: string) => THERE.has(graph.get(name)?.state ?? '');
  const isThere = (name: string) => isNew.has(name) || wasThere(name);
  const object = (obstacle: Obstacle) => {
    if (obstacles.length < MOST_OBSTACLES) obstacles.push(obstacle);
  };

  const mark = (name: string, why: StepReason, above: readonly string[]): void => {
    if (seen.has(name)) return;
    seen.add(name);
    const module = graph.get(name);
    if (module !== undefined && THERE.has(module.state)) return;
    const chain = [...above, name];
    if (module === undefined) object({ kind: 'unknown', chain });
    else if (module.state !== 'uninstalled') object({ kind: 'uninstallable', chain });
    else if (chain.length > DEEPEST) object({ kind: 'too_deep', chain });
    else {
      isNew.add(name);
      const reason = names.includes(name) ? 'named' : why;
      for (const need of module.depends) mark(need, reason === 'named' ? 'needed' : why, chain);
      steps.push({ module: name, action: 'install', why: reason, from: null, to: null });
    }
  };

  /** Marks modules with `auto_install` until there is none any more: each when the last that it waits for becomes new. */
  const bringAlong = (): void => {
    const lacking = ({ comesWith }: GraphModule) => [...new Set(comesWith)].filter((one) => !wasThere(one));
    const waiting = byName(
      [...graph.values()].filter(({ state }) => state === 'uninstalled'),
      lacking,
    );
    // Counted, because each of many may wait for many.
    const lacks = new Map<GraphModule, number>();
    // It grows while it is gone through.
    for (const name of isNew) {
      for (const one of waiting.get(name) ?? []) {
        const left = (lacks.get(one) ?? lacking(one).length) - 1;
        lacks.set(one, left);
        if (left === 0) mark(one.name, 'auto_install', []);
      }
    }
  };

  /** Marks the pairs of modules that would be there together although one excludes the other, and one of each is new. */
  const findExclusions = (): void => {
    for (const { name, excludes } of graph.values())
      for (const other of isThere(name) ? excludes : [])
        if (isThere(other) && (isNew.has(name) || isNew.has(other)))
          object({ kind: 'excludes', module: name, other });
  };

  return { steps, obstacles, mark, bringAlong, findExclusions };
}
