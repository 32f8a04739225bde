/** Steps about installs that get stuck. */
import { symlinkSync, unlinkSync } from 'node:fs';
import { isSince } from '../../../src/manifest/series.ts';
import { linkStep, restarted } from './link-steps.ts';
import { REPO } from './modules.ts';
import { type Stage, seen } from './stage.ts';

/**
 * Odoo has looked for the files of a module while they were not there, and from 16.0 on remembers that.
 * @param server With the hook it is left to our server to restart Odoo.
 */
export async function getStuck(stage: Stage, name: string, server: 'plain' | 'hook'): Promise<void> {
  const { series, tale, odoo, world } = stage;
  const modules = [name];
  await linkStep(stage, name);
  const remembers = isSince(series, '16.0');
  // The other one has the version that Odoo takes for that of a module without files.
  const isSeen = name === 'try_stuck';
  await tale.step('its files vanish, Odoo restarts, Apps is opened, they come back', async () => {
    const path = world.at('linked', name);
    unlinkSync(path);
    await odoo.restart();
    await odoo.lookInApps(name);
    symlinkSync(world.at(REPO, name), path);
    const shown = await odoo.lookInApps(name);
    return seen(shown, shown, remembers || !isSeen ? `${series}.1.0` : `${series}.1.0.0`);
  });
  if (remembers && isSeen) {
    const refused = { code: 'restart_needed', details: { cause: 'outdated' } };
    await stage.callStep('install then', 'odoo_install', { modules }, refused, server);
  }
  if (remembers && !isSeen) {
    const told = {
      code: 'odoo_failed',
      message: /is to install/,
      details: { reason: 'not_done', left: modules },
    };
    await stage.callStep('install then, which cannot be foreseen', 'odoo_install', { modules }, told, server);
  } else {
    // Where nothing is remembered, the same state comes from a process that was killed.
    const method = remembers ? 'button_immediate_install' : 'button_install';
    await tale.step('install by hand', async () => {
      await odoo.byHand(method, modules);
      const state = await odoo.fieldOf(name, 'state');
      return seen(state, state, 'to install');
    });
  }
  await stage.callStep('state', 'odoo_refresh', { modules }, { modules: [{ state: 'to install' }] }, server);
  const stuck = { code: 'odoo_failed', details: { reason: 'stuck', stuck: modules } };
  await stage.callStep('install what is stuck', 'odoo_install', { modules }, stuck, server);
  const recover = { modules, recover: true };
  if (server === 'plain') {
    const refused = { code: 'restart_needed', details: { cause: 'recover' } };
    await stage.callStep('recover without a restart', 'odoo_install', recover, refused);
    await tale.step('restart', () => restarted(stage));
  }
  const asked = server === 'plain' ? { ...recover, restarted: true } : recover;
  await stage.callStep(
    `recover, ${server === 'plain' ? 'restarted by hand' : 'restarted by the hook'}`,
    'odoo_install',
    asked,
    {
      status: (status: string) => ['installed', 'already_installed'].includes(status),
    },
    server,
  );
  await stage.callStep('state', 'odoo_refresh', { modules }, { modules: [{ state: 'installed' }] }, server);
}
