import { findModule } from '../../src/addons/lookup.ts';
import type { ModuleName } from '../../src/addons/module-name.ts';
import type { ToolFamily } from '../../src/addons/roots.ts';
import { inspectEntry } from '../../src/links/inspect-entry.ts';
import { planLinks } from '../../src/links/plan-links.ts';
import { needsOf } from '../../src/services/link/external-dependencies.ts';
import type { LinkFacts } from '../../src/services/link/link-call.ts';
import { lookAtSource } from '../../src/services/link/resolve-modules.ts';
import { type Excusable, vouchForModules } from '../../src/services/link/vouch.ts';
import type { Provenance } from '../../src/sources/provenance.ts';
import { type InstanceOptions, lookAround, makeInstance, succeeded } from './instance.ts';
import { eachFolder } from './provenance.ts';
import type { World } from './world.ts';

/** What a call asks for, and what it finds. */
export interface FactOptions extends InstanceOptions {
  readonly family?: ToolFamily;
  readonly provenance?: Provenance | null;
  readonly excusable?: Excusable;
}

/** Everything that is known when modules of the world are about to be linked into its first addons directory. */
export async function factsOf(
  world: World,
  names: readonly string[],
  options: FactOptions = {},
): Promise<LinkFacts> {
  const { family = 'oca', provenance = null, excusable, ...rest } = options;
  const instance = makeInstance(world, rest);
  const { dir, sources, view, turns } = await lookAround(instance);
  const found = [];
  for (const name of names) {
    const source = succeeded(await findModule(name as ModuleName, family, sources));
    found.push({ ...lookAtSource(source, instance), requiredBy: [], chain: () => [] });
  }
  const { modules, refusals } = await vouchForModules(
    found,
    instance,
    eachFolder(() => provenance),
    excusable,
  );
  const wanted = modules.map(({ source, state }) => {
    return { source, state, entry: inspectEntry(dir, source.name, instance) };
  });
  const planned = planLinks(dir, wanted, instance, { replace: true });
  const [refusal] = [...refusals, ...planned.refusals];
  if (refusal !== undefined) throw new Error(refusal.message);
  return {
    plan: planned.plan,
    modules,
    satisfied: [],
    resting: [],
    needy: modules.map(needsOf),
    instance,
    sources,
    view,
    turns,
    warnings: [],
    isDryRun: false,
  };
}
