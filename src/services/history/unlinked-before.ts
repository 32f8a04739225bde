import type { Turns } from '../../base/turns.ts';
import type { Instance } from '../../config/instance.ts';
import type { LinkPlan } from '../../links/plan-links.ts';
import { isSince } from '../../manifest/series.ts';
import type { ServiceContext } from '../context.ts';
import { readPast } from './module-history.ts';

/** How many new links are looked up: one that comes back means a restart for all. */
const MOST_ASKED = 10;

/**
 * Which modules of a plan come back: their links are new, and the last that the audit trail tells of them is that they were
 * unlinked. An Odoo that looked for them in between remembers that they were missing (16.0 on).
 * @returns None where nobody keeps a trail, or it cannot be read.
 */
export async function unlinkedBefore(
  { links }: Pick<LinkPlan, 'links'>,
  { name: instance, series }: Pick<Instance, 'name' | 'series'>,
  context: Pick<ServiceContext, 'readPast'>,
  turns: Turns,
): Promise<ReadonlySet<string>> {
  const unlinked = new Set<string>();
  if (!isSince(series, '16.0')) return unlinked;
  const created = links.filter(({ action }) => action === 'create').slice(0, MOST_ASKED);
  for (const { module } of created) {
    const past = readPast(module, context, turns);
    if (past === null || !past.ok) return unlinked;
    for await (const call of past.value.outcomes) {
      if (call.instance !== instance || call.outcome !== 'done') continue;
      const last = call.links.find((change) => change.module === module);
      if (last === undefined) continue;
      if (last.action === 'remove') unlinked.add(module);
      break;
    }
  }
  return unlinked;
}
