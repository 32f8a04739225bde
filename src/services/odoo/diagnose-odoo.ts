import type { Instance } from '../../config/instance.ts';
import type { Finding } from '../finding.ts';
import { askOdoo, PATIENCE_MS } from './ask-odoo.ts';
import { refuseOdoo } from './odoo-refusals.ts';

/** Whether the running Odoo can be asked: it is there, of the series, has the database, and lets an administrator in. */
export async function diagnoseOdoo(instance: Instance): Promise<Finding[]> {
  const connection = instance.odoo ?? null;
  if (connection === null) return [];
  const asked = await askOdoo(instance, undefined);
  const read = asked.ok ? await asked.value.modules(['base'], new Set(), { limit: PATIENCE_MS }) : null;
  const refusal = !asked.ok ? asked.refusal : read?.ok === false ? refuseOdoo(instance, read.refusal) : null;
  if (refusal !== null)
    return [
      { level: 'fail', text: refusal.message, ...(refusal.hint !== undefined && { remedy: refusal.hint }) },
    ];
  const { url, database } = connection;
  const text = `${url.host}: Odoo ${instance.series}, database ${database}, an administrator`;
  return [{ level: 'ok', text }];
}
