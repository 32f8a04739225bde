import * as z from 'zod';
import { oneLine } from '../../base/text.ts';
import { SERIES } from '../../manifest/series.ts';
import type { ReportOf } from '../own-words.ts';
import { describeStates, OdooStatesSchema } from './odoo-states.ts';

/** The parts of an answer that are about Odoo alone. */
export const ODOO_ANSWER_PARTS = {
  added: z.int().optional().describe('How many modules are new in the list.'),
  ...OdooStatesSchema.shape,
};

export const OdooReportSchema = z.strictObject({
  status: z.literal('ok'),
  instance: z.string(),
  series: z.enum(SERIES),
  database: z.string(),
  ...ODOO_ANSWER_PARTS,
});
export type OdooReport = ReportOf<typeof OdooReportSchema>;

/** What is asked of a running Odoo. */
export interface OdooRequest {
  readonly instance?: string | undefined;
  readonly branch?: string | undefined;
  /** By default all that are linked. */
  readonly modules?: readonly string[] | undefined;
}

/** The report as text for a person. */
export function describeOdoo(report: OdooReport): string {
  const { instance, series, database, added } = report;
  const where = `Odoo ${series} of ${instance}, database ${database}`;
  const head =
    added === undefined ? `${where}.` : `${where}: the list of modules was read again, ${added} new.`;
  return [head, ...describeStates(report)].map(oneLine).join('\n');
}
