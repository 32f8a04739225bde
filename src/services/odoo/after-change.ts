import * as z from 'zod';
import type { Result } from '../../base/refusal.ts';
import type { ServiceContext } from '../context.ts';
import { message, type ReportOf } from '../own-words.ts';
import { ODOO_ANSWER_PARTS, type OdooReport, type OdooRequest } from './odoo-report.ts';
import { describeStates } from './odoo-states.ts';
import { refreshOdoo } from './refresh-odoo.ts';

/** What Odoo says after links were changed; or why it was not asked. */
export const AfterChangeSchema = z.strictObject({
  ...ODOO_ANSWER_PARTS,
  counts: ODOO_ANSWER_PARTS.counts.optional(),
  modules: ODOO_ANSWER_PARTS.modules.optional(),
  problem: message.optional().describe('Why Odoo did not read its list again. The links are as told.'),
});
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
  if (!done.ok) return { problem: `${done.refusal.message} ${done.refusal.hint ?? ''}`.trim() };
  const { added, counts, modules: told, left_out } = done.value;
  return { ...(added !== undefined && { added }), counts, modules: told, ...(left_out && { left_out }) };
}

/** As many as one call may name. */
const MOST_TOLD = 100;

/** The same as lines of text. */
export function describeAfter({
  added,
  problem,
  counts = {},
  modules = [],
  left_out,
}: AfterChange): string[] {
  if (problem !== undefined) return [`Odoo did not read its list again: ${problem}`];
  const states = describeStates({ counts, modules, ...(left_out && { left_out }) });
  return [`Odoo has read its list again, ${added ?? 0} new.`, ...states];
}
