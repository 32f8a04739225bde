import { ok, type Result, refused } from '../../base/refusal.ts';
import type { Instance } from '../../config/instance.ts';
import { type OdooClient, openClient, seriesOfServer } from '../../odoo/odoo-client.ts';
import type { RunningOdoo } from '../../odoo/odoo-connection.ts';
import { odooFault } from '../../odoo/odoo-fault.ts';
import { noOdoo, refuseOdoo } from './odoo-refusals.ts';

/** How long Odoo may take to answer a question, in milliseconds: reading its list of modules again takes seconds. */
export const PATIENCE_MS = 60_000;

/** A running Odoo that lets the server in. */
export interface OpenOdoo {
  readonly client: OdooClient;
  readonly running: RunningOdoo;
}

/**
 * Logs in to the running Odoo of an instance, once it is known to be of its series.
 * @returns `no_odoo` or `odoo_failed` if that is not possible.
 */
export async function askOdoo(
  instance: Instance,
  signal: AbortSignal | undefined,
): Promise<Result<OpenOdoo>> {
  const running = instance.odoo ?? null;
  if (running === null) return noOdoo(instance);
  const patience = { limit: PATIENCE_MS, signal };
  const series = await seriesOfServer(running.connection, patience);
  if (!series.ok) return refused(refuseOdoo(instance, series.refusal));
  if (series.value !== instance.series)
    return refused(refuseOdoo(instance, odooFault('other_series', `Odoo ${series.value}`)));
  const client = await openClient(running.connection, patience);
  return client.ok ? ok({ client: client.value, running }) : refused(refuseOdoo(instance, client.refusal));
}
