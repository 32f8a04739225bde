/** Steps about upgrades. */
import { isSince } from '../../../src/manifest/series.ts';
import { linkStep, restarted } from './link-steps.ts';
import type { Stage } from './stage.ts';

/** New code that needs a restart. */
export async function upgrade(stage: Stage): Promise<void> {
  const { series, tale, modules: disk } = stage;
  const modules = ['try_grow'];
  await linkStep(stage, 'try_grow');
  await stage.callStep('install', 'odoo_install', { modules }, { status: 'installed' });
  const first = disk.grow();
  await stage.callStep(
    'state after its code has changed',
    'odoo_refresh',
    { modules },
    {
      modules: [{ state: 'installed', installed: `${series}.1.0.0` }],
    },
  );
  await stage.callStep(
    'upgrade without a restart',
    'odoo_upgrade',
    { modules },
    {
      code: 'restart_needed',
      details: { cause: 'upgrade' },
    },
  );
  await stage.callStep(
    'upgrade, said to be restarted, which is not so',
    'odoo_upgrade',
    { modules, restarted: true },
    {
      // 15.0 reads manifests anew, so nothing shows that it still has the old code.
      code: isSince(series, '16.0') ? 'restart_needed' : 'odoo_failed',
    },
  );
  await tale.step('restart', () => restarted(stage));
  await stage.callStep(
    'upgrade after it',
    'odoo_upgrade',
    { modules, restarted: true },
    {
      status: 'upgraded',
      modules: [{ version: first, before: `${series}.1.0.0`, state: 'installed' }],
    },
  );
  const second = disk.grow();
  await stage.callStep(
    'upgrade with a restart that fails',
    'odoo_upgrade',
    { modules },
    { code: 'odoo_failed' },
    'broken',
  );
  await stage.callStep(
    'upgrade, restarted by the hook',
    'odoo_upgrade',
    { modules },
    {
      status: 'upgraded',
      restart: 'done',
      modules: [{ version: second, before: first, state: 'installed' }],
    },
    'hook',
  );
}

/** An upgrade takes those along that need the module. */
export async function upgradeWithDependents(stage: Stage): Promise<void> {
  const modules = ['try_note'];
  const steps = [
    { module: 'try_note', why: 'named' },
    { module: 'try_both', why: 'dependent' },
    { module: 'try_note_more', why: 'dependent' },
  ];
  await stage.callStep(
    'upgrade, dry run',
    'odoo_upgrade',
    { modules, dry_run: true },
    { status: 'planned', restart: 'planned', modules: steps },
    'hook',
  );
  await stage.callStep(
    'upgrade with what needs it',
    'odoo_upgrade',
    { modules },
    { status: 'upgraded', modules: steps },
    'hook',
  );
}
