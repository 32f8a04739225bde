import type * as z from 'zod';
import { ok, type Result, refused } from '../base/refusal.ts';
import type { CallMethod } from './json-rpc.ts';
import { type OdooFault, odooFault } from './odoo-fault.ts';
import type { Patience } from './post-json.ts';

/** The most bytes of a list: one of ten thousand modules has some two million. */
const MOST_BYTES = 16 * 1024 * 1024;

/** Reads records of a model. */
export interface RowReader {
  readonly call: CallMethod;
  /** Hides the secret of the connection in a text of Odoo, see `withoutSecret`. */
  hide(text: string): string;
}

/** Which records, and what of each; `domain` as Odoo writes conditions, empty for all. */
export interface Search<Row> {
  readonly model: string;
  readonly domain: readonly unknown[];
  readonly fields: readonly string[];
  readonly row: z.ZodType<Row>;
  /** The most records of an answer. */
  readonly most: number;
}

/**
 * Searches records, and reads each as the schema says. The first that is none ends it: an answer may hold millions of those, and
 * telling of each would take the memory of the server.
 * @returns `not_odoo` if the answer is no list of such records, or a longer one.
 */
export async function readRows<Row>(
  { call }: RowReader,
  { model, domain, fields, row, most }: Search<Row>,
  patience: Patience,
): Promise<Result<Row[], OdooFault>> {
  const asked = { domain, fields: [...fields], limit: most };
  const answered = await call(model, 'search_read', asked, { ...patience, most: MOST_BYTES });
  if (!answered.ok) return answered;
  const given = answered.value;
  if (!Array.isArray(given) || given.length > most) return refused(odooFault('not_odoo'));
  const rows: Row[] = [];
  for (const one of given) {
    const read = row.safeParse(one);
    if (!read.success) return refused(odooFault('not_odoo'));
    rows.push(read.data);
  }
  return ok(rows);
}
