/** Steps about installs and upgrades. */
import { symlinkSync, unlinkSync } from 'node:fs';
import { isSince } from '../../../src/manifest/series.ts';
import { readLines } from '../../audit/entries.ts';
import { restarted } from './link-steps.ts';
import { ICON, REPO } from './modules.ts';
import { type Stage, seen } from './stage.ts';

const link = (stage: Stage, name: string) =>
  stage.callStep(`link ${name}`, 'oca_link', { module: name, refresh: true }, { status: 'linked' });

/** With a dependency, with what installs itself, and with the files that Odoo does not serve yet. */
export async function install(stage: Stage): Promise<void> {
  const { series, tale, odoo } = stage;
  await link(stage, 'try_both');
  const modules = ['try_note_more'];
  const plan = (status: string, state?: string) => ({
    status,
    modules: [
      { module: 'try_note_more', why: 'named', state },
      { module: 'try_note', why: 'needed', state },
      { module: 'try_both', why: 'auto_install', state },
    ],
  });
  await stage.callStep('install, dry run', 'odoo_install', { modules, dry_run: true }, plan('planned'));
  await stage.callStep(
    'install by a user who is no administrator',
    'odoo_install',
    { modules },
    {
      code: 'odoo_failed',
      details: { reason: 'not_administrator' },
    },
    'low',
  );
  const is404 = !isSince(series, '19.0');
  await stage.callStep(
    'install',
    'odoo_install',
    { modules },
    {
      ...plan('installed', 'installed'),
      next_steps: is404 ? { 0: /answers 404/ } : undefined,
    },
  );
  const served = async () => (await fetch(new URL(`try_note/${ICON}`, odoo.url))).status;
  await tale.step('its static files', async () => {
    const before = await served();
    if (is404) await odoo.restart();
    const after = await served();
    return seen(
      `${before}, after a restart ${after}`,
      { before, after },
      { before: is404 ? 404 : 200, after: 200 },
    );
  });
  await stage.callStep('install again', 'odoo_install', { modules }, { status: 'already_installed' });
}

/** What Odoo would refuse. */
export async function installWhatCannotBe(stage: Stage): Promise<void> {
  const modules = ['try_package'];
  await link(stage, 'try_package');
  const missing = { code: 'odoo_failed', module: 'try_package', message: /odoo_link_no_such_package/ };
  await stage.callStep(
    'install without a Python package',
    'odoo_install',
    { modules },
    {
      ...missing,
      details: { reason: 'external_dependency' },
    },
  );
  await stage.callStep(
    'the same, where only Odoo knows its Python',
    'odoo_install',
    { modules },
    {
      code: 'odoo_failed',
      message: /odoo_link_no_such_package/,
      details: { reason: 'user_error' },
    },
    'blind',
  );
  await link(stage, 'try_rival');
  await stage.callStep(
    'install what excludes another',
    'odoo_install',
    { modules: ['try_rival'] },
    {
      code: 'odoo_failed',
      details: { reason: 'excludes' },
    },
  );
  await stage.callStep(
    'install what is not linked',
    'odoo_install',
    { modules: ['try_late'] },
    {
      code: 'not_linked',
    },
  );
}

/**
 * Odoo has looked for the files of a module while they were not there, and from 16.0 on remembers that.
 * @param server With the hook it is left to our server to restart Odoo.
 */
export async function getStuck(stage: Stage, name: string, server: 'plain' | 'hook'): Promise<void> {
  const { series, tale, odoo, world } = stage;
  const modules = [name];
  await link(stage, name);
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
      const state = await odoo.stateOf(name);
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

/** New code that needs a restart. */
export async function upgrade(stage: Stage): Promise<void> {
  const { series, tale, modules: disk } = stage;
  const modules = ['try_grow'];
  await link(stage, 'try_grow');
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
      code: 'odoo_failed',
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

/** The built-in policy has each install approved. */
export async function installWithApproval(stage: Stage): Promise<void> {
  const { tale, world } = stage;
  const modules = ['try_late'];
  await link(stage, 'try_late');
  let id = '';
  await tale.step('install under the built-in policy', async () => {
    const { data, text } = await stage.call('odoo_install', { modules }, 'asking');
    id = data.details?.id ?? '';
    return seen(text, data, { code: 'approval_required' });
  });
  await tale.step('approve', async () => {
    const { stdout, code } = await stage.cli('asking', 'approvals', 'approve', id, '--yes');
    return seen(stdout, code, 0);
  });
  await stage.callStep(
    'install once it is approved',
    'odoo_install',
    { modules },
    { status: 'installed' },
    'asking',
  );
  await tale.step('the trail of it', async () => {
    const said = readLines(world.at('state')).flatMap((line) => {
      if (line.kind !== 'decision' && line.kind !== 'outcome') return [];
      const isIt = line.tool === 'odoo_install' && line.modules.join() === modules.join();
      return isIt ? [line.kind === 'decision' ? line.decision : line.outcome] : [];
    });
    return seen(said.join(', '), said.slice(-3).join(', '), 'approval, allow, done');
  });
  await tale.step('the whole trail', async () => {
    const { stdout, code } = await stage.cli('asking', 'audit', 'verify');
    return seen(stdout, code, 0);
  });
}
