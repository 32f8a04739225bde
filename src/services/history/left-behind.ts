import { dependsOf } from '../../addons/assess.ts';
import type { Turns } from '../../base/turns.ts';
import type { Instance } from '../../config/instance.ts';
import type { ServiceContext } from '../context.ts';
import type { LinkedModule } from '../linked-modules.ts';
import { readPast } from './module-history.ts';
import { readOrigins } from './origins.ts';
import { findOrphans, groupByName, isManaged, judgeOrigins, type Orphan } from './orphans.ts';

/**
 * What came along with modules that are about to be unlinked, and is needed by nothing then. The audit trail is read only if they
 * need anything that is linked.
 * @param linked All linked modules of the instance.
 * @param removed Those that go.
 */
export async function findLeftBehind(
  linked: readonly LinkedModule[],
  removed: readonly LinkedModule[],
  instance: Instance,
  context: Pick<ServiceContext, 'readPast'>,
  turns: Turns,
): Promise<Orphan[]> {
  const gone = new Set(removed);
  const stay = linked.filter((module) => !gone.has(module));
  const byName = groupByName(stay);
  const needed = new Set<string>();
  const add = async ({ assessment }: LinkedModule) => {
    for (const name of dependsOf(assessment)) {
      const pause = turns.spend(1 / 4);
      if (pause !== undefined) await pause;
      if (byName.has(name)) needed.add(name);
    }
  };
  for (const module of removed) await add(module);
  // Iterating over a Set includes what is added meanwhile.
  for (const name of needed) for (const module of byName.get(name) ?? []) await add(module);
  const candidates = [...needed].filter((name) => byName.get(name)?.every(isManaged));
  const past = candidates.length === 0 ? null : readPast(undefined, context, turns);
  if (past === null || !past.ok) return [];
  const origins = await readOrigins(candidates, instance.name, past.value);
  return findOrphans(stay, judgeOrigins(origins), instance, turns);
}
