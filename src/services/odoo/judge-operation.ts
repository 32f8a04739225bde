import { ok, type Result, refused } from '../../base/refusal.ts';
import { quotedField } from '../../base/text.ts';
import type { KnownToOdoo } from '../../odoo/known-to-odoo.ts';
import type { ModuleGraph } from '../../odoo/module-graph.ts';
import type { OdooFault } from '../../odoo/odoo-fault.ts';
import type { OperationPlan, StepReason } from '../../odoo/operation-plan.ts';
import { PATIENCE_MS } from './ask-odoo.ts';
import { refuseOdoo, withLeft } from './odoo-refusals.ts';
import { isStuck, versionOnPath } from './odoo-states.ts';
import { refuseNotDone } from './operation-refusals.ts';
import type { OperationWork } from './operation-work.ts';

/** What the database says of the modules of a plan. */
export type States = ReadonlyMap<string, KnownToOdoo>;

/**
 * What has to be installed afterwards. What comes along need not be, since Odoo may be told to skip it (19.0); and without what it
 * needs, no module is.
 */
const DUE: ReadonlySet<StepReason> = new Set(['named', 'dependent']);

/**
 * Decides by the states in the database whether an operation was done: all that had to come is installed, and nothing of it is in
 * the middle of something.
 * @param fault What Odoo answered; null if it said that all is well.
 * @param before The list right before.
 * @param begun What was changed before that.
 */
export async function judge(
  fault: OdooFault | null,
  before: ModuleGraph,
  begun: readonly string[],
  plan: OperationPlan,
  { operation, names, scope, client }: OperationWork,
): Promise<Result<States>> {
  const { instance, view } = scope;
  const all = [...new Set([...names, ...plan.operation.map(({ module }) => module)])];
  // Not with the signal of the call: also a caller that waits no longer has its line in the trail. Versions on the disk are not
  // asked for: files may be gone by now, and Odoo must not be made to look for them.
  const read = await client.modules(all, new Set(), { limit: PATIENCE_MS });
  if (!read.ok) return refused(withLeft(refuseOdoo(instance, fault ?? read.refusal), names));
  const states: States = new Map(read.value.map((one) => [one.name, one]));
  const due = new Set<string>([
    ...names,
    ...plan.operation.filter(({ why }) => DUE.has(why)).map(({ module }) => module),
  ]);
  const undone = all.flatMap((name) => {
    const row = states.get(name);
    const { state = 'not in the list', installed = null } = row ?? {};
    if (row !== undefined && isStuck(row)) return [{ name, is: state }];
    if (due.has(name) && state !== 'installed') return [{ name, is: state }];
    const isNamed = names.some((one) => one === name);
    const version = operation === 'upgrade' && isNamed ? versionOnPath(name, view) : null;
    if (version === null || installed === version) return [];
    const is = `still ${quotedField(installed ?? '')}, with ${quotedField(version)} on the disk`;
    // An upgrade that failed has left what was there.
    return [{ name, is: fault === null ? `${is}: Odoo runs the old code` : is }];
  });
  if (undone.length === 0) return ok(states);
  const isSame = all.every(
    (name) =>
      states.get(name)?.state === before.get(name)?.state &&
      states.get(name)?.installed === before.get(name)?.installed,
  );
  const isAtWork = fault !== null && mayGoOn(fault);
  if (fault !== null && isSame && begun.length === 0 && !isAtWork)
    return refused(refuseOdoo(instance, fault));
  return refused(refuseNotDone({ modules: undone, fault, isAtWork }, scope));
}

/** Whether Odoo may still be at work, or may have done what it was asked. */
export function mayGoOn({ kind }: OdooFault): boolean {
  return (
    kind === 'timed_out' ||
    kind === 'cancelled' ||
    kind === 'unreachable' ||
    kind === 'broke_off' ||
    kind === 'not_odoo'
  );
}
