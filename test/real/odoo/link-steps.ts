/** Steps about links: what Odoo sees of them, and what keeps them. */
import { symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { linkAndFollow } from './follow-steps.ts';
import { REPO } from './modules.ts';
import { type Stage, seen } from './stage.ts';

/** A step: links a module, and has Odoo see it. */
export const linkStep = (stage: Stage, name: string) =>
  stage.callStep(`link ${name}`, 'oca_link', { module: name, refresh: true }, { status: 'linked' });

/** From a folder to a module that Odoo sees. */
export async function linkAndSee(stage: Stage): Promise<void> {
  const { tale, odoo } = stage;
  await odoo.browse();
  await tale.step('state before the link', async () => {
    const { stdout } = await stage.cli('plain', 'odoo', 'status', 'try_note', '--json');
    const data = JSON.parse(stdout);
    return seen(JSON.stringify(data.modules), data, { modules: [{ state: 'not in the list' }] });
  });
  const link = { module: 'try_note_more', refresh: true };
  await stage.callStep('link with refresh', 'oca_link', link, {
    status: 'linked',
    odoo: { modules: [{ state: 'uninstalled' }] },
    next_steps: { 0: /no restart is needed/ },
  });
  const both = { modules: ['try_note', 'try_note_more', 'try_grow'] };
  await stage.callStep('refresh, state after the link', 'odoo_refresh', both, {
    status: 'ok',
    modules: [
      { module: 'try_grow', state: 'not in the list', note: /check the name/ },
      { state: 'uninstalled' },
      { state: 'uninstalled' },
    ],
  });
}

/** Of an installed module. */
export async function unlinkInstalled(stage: Stage, name: string): Promise<void> {
  const unlink = (more = {}) => ({ modules: [name], ...more });
  await stage.callStep('unlink of an installed module', 'oca_unlink', unlink(), { code: 'still_installed' });
  await stage.callStep('the same, forced', 'oca_unlink', unlink({ force: true, refresh: true }), {
    status: 'unlinked',
    odoo: { modules: [{ state: 'installed', note: /Odoo runs without it/ }] },
  });
  const gone = { module: name, state: 'installed', note: /no longer on the addons path/ };
  await stage.callStep('link_status', 'link_status', { odoo: true }, { odoo: { modules: [gone] } });
  await stage.callStep(
    'addon_info',
    'addon_info',
    { module: name, odoo: true },
    { odoo: { modules: [gone] } },
  );
  await stage.tale.step('restart without its files', async () => {
    await stage.odoo.restart();
    const headers = { connection: 'close' };
    const { status } = await fetch(new URL('web/login', stage.odoo.url), { headers });
    const hasModel = await stage.odoo.hasModel(name.replaceAll('_', '.'));
    const said = `/web/login answers ${status}, its model is ${hasModel ? '' : 'not '}there`;
    return seen(said, { status, hasModel }, { status: 200, hasModel: false });
  });
  await linkAndFollow(stage, 'link it again, and what is next', name, {
    has: /^Restart Odoo: try_note_more is installed/,
  });
}

/** A manifest that nobody linked through us makes the update fail. */
export async function breakTheUpdate(stage: Stage): Promise<void> {
  const { world, modules } = stage;
  modules.breakUpdate();
  const link = world.at('linked/try_licence');
  symlinkSync(world.at(join(REPO, 'try_licence')), link);
  await stage.callStep(
    'refresh with a manifest that breaks it',
    'odoo_refresh',
    {},
    {
      code: 'odoo_failed',
      module: 'try_licence',
      details: { reason: 'server_error' },
    },
  );
  unlinkSync(link);
  await stage.callStep('refresh without it', 'odoo_refresh', {}, { status: 'ok' });
}

export async function restarted({ odoo }: Stage) {
  const begun = performance.now();
  await odoo.restart();
  return { said: `${((performance.now() - begun) / 1000).toFixed(1)} s` };
}
