/** Steps with real modules of the OCA, where checkouts of them are given. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Stage, seen } from './stage.ts';

/** From server-tools, server-ux, web, partner-contact and reporting-engine; most need others of the OCA. */
const MODULES = [
  ...['auditlog', 'tracking_manager', 'base_exception', 'date_range', 'server_action_mass_edit'],
  ...['base_tier_validation_forward', 'sequence_reset_period', 'web_responsive', 'web_m2x_options'],
  ...['web_timeline', 'partner_second_lastname', 'partner_contact_birthdate', 'partner_stage_only_confirmed'],
  ...[
    'partner_deduplicate_by_website',
    'base_location_geonames_import',
    'report_xlsx_helper',
    'announcement',
  ],
];
const MOST = 15;

/** @param addons Checkouts. */
export async function installFromOca(stage: Stage, addons: readonly string[]): Promise<void> {
  const { tale } = stage;
  const modules = MODULES.filter((name) => addons.some((at) => existsSync(join(at, name)))).slice(0, MOST);
  if (modules.length === 0) return;
  await tale.step(`link ${modules.length} modules of the OCA`, async () => {
    const { data, text } = await stage.call('oca_link', { module: modules, refresh: true });
    return seen(text.slice(0, text.indexOf('\n')), data, { status: 'linked' });
  });
  await stage.callStep(
    'install them, dry run',
    'odoo_install',
    { modules, dry_run: true },
    { status: 'planned' },
  );
  await stage.callStep('install them', 'odoo_install', { modules }, { status: 'installed' });
  await tale.step('the states of them', async () => {
    const { data } = await stage.call('odoo_refresh', { modules });
    return seen(JSON.stringify(data.counts), data, { counts: { installed: modules.length } });
  });
}
