import type { Result } from '../../base/refusal.ts';
import type { ServiceContext } from '../context.ts';
import type { ReportOf } from '../own-words.ts';
import { InOdooSchema, problemOf } from './in-odoo.ts';
import { ODOO_ANSWER_PARTS, type OdooReport, type OdooRequest } from './odoo-report.ts';
import { describeStates } from './odoo-states.ts';
import { refreshOdoo } from './refresh-odoo.ts';

/** What Odoo says after links were changed; or why it was not asked. */
export const AfterChangeSchema = InOdooSchema.extend({ added: ODOO_ANSWER_PARTS.added });
export type AfterChange = ReportOf<typeof AfterChangeSchema>;

/**
 * Has Odoo read its list again after links were changed. That it does not, changes nothing of them.
 * @param modules Those of which is told.
 */
export async function refreshAfter(
  instance: string,
  modules: readonly string[],
  context: ServiceContext,
): Promise<AfterChange> {
  const refresh: (request: OdooRequest) => Promise<Result<OdooReport>> =
    context.refresh ?? ((request) => refreshOdoo(request, context));
  const done = await refresh({ instance, modules: modules.slice(0, MOST_TOLD) });
  if (!done.ok) return problemOf(done.refusal, context);
  const { status, instance: name, series, database, ...said } = done.value;
  return said;
}

/** As many as one call may name. */
const MOST_TOLD = 100;

/** The same as lines of text. */
export function describeAfter({ added, problem, ...states }: AfterChange): string[] {
  if (problem !== undefined) return [`Odoo did not read its list again: ${problem}`];
  return [`Odoo has read its list again, ${added ?? 0} new.`, ...describeStates(states)];
}
