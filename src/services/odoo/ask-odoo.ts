import { ok, type Result, refused } from '../../base/refusal.ts';
import type { Instance } from '../../config/instance.ts';
import { type OdooClient, openClient, seriesOfServer } from '../../odoo/odoo-client.ts';
import { odooFault } from '../../odoo/odoo-fault.ts';
import { noOdoo, refuseOdoo } from './odoo-refusals.ts';

/** How long Odoo may take to answer a question, in milliseconds: reading its list of modules again takes seconds. */
export const PATIENCE_MS = 60_000;

/**
 * Logs in to the running Odoo of an instance, once it is known to be of its series.
 * @returns `no_odoo` or `odoo_failed` if that is not possible.
 */
export async function askOdoo(
  instance: Instance,
  signal: AbortSignal | undefined,
): Promise<Result<OdooClient>> {
  const connection = instance.odoo ?? null;
  if (connection === null) return noOdoo(instance);
  const patience = { limit: PATIENCE_MS, signal };
  const series = await seriesOfServer(connection, patience);
  if (!series.ok) return refused(refuseOdoo(instance, series.refusal));
  if (series.value !== instance.series)
    return refused(refuseOdoo(instance, odooFault('other_series', `Odoo ${series.value}`)));
  const client = await openClient(connection, patience);
  return client.ok ? ok(client.value) : refused(refuseOdoo(instance, client.refusal));
}
