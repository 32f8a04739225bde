/** Steps about installs. */

import { isSince } from '../../../src/manifest/series.ts';
import { readLines } from '../../audit/entries.ts';
import { linkStep } from './link-steps.ts';
import { ICON } from './modules.ts';
import { type Stage, seen } from './stage.ts';

/** With a dependency, with what installs itself, and with the files that Odoo does not serve yet. */
export async function install(stage: Stage): Promise<void> {
  const { series, tale, odoo } = stage;
  await linkStep(stage, 'try_both');
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
      // Which of several processes answers, and whether it has looked for static files before, is chance.
      ...(odoo.workers === 0 && { next_steps: is404 ? { 0: /answers? 404/ } : undefined }),
    },
  );
  const headers = { connection: 'close' };
  const served = async () => (await fetch(new URL(`try_note/${ICON}`, odoo.url), { headers })).status;
  await tale.step('its static files', async () => {
    const before = await served();
    if (is404) await odoo.restart();
    const after = await served();
    return seen(
      `${before}, after a restart ${after}`,
      { before, after },
      { ...(odoo.workers === 0 && { before: is404 ? 404 : 200 }), after: 200 },
    );
  });
  await stage.callStep('install again', 'odoo_install', { modules }, { status: 'already_installed' });
}

/** What Odoo would refuse. */
export async function installWhatCannotBe(stage: Stage): Promise<void> {
  const modules = ['try_package'];
  await linkStep(stage, 'try_package');
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
  await linkStep(stage, 'try_rival');
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

/** What fails in Odoo, halfway. */
export async function installWhatFails(stage: Stage): Promise<void> {
  const { odoo, tale } = stage;
  for (const [name, message] of [
    ['try_raise', /The moon is in the wrong house/],
    ['try_import', /odoo_link_no_such_library.*in ".*\/try_import\/models\.py:1"/],
    ['try_missing', /try_missing\/data\/none\.xml/],
    ['try_ref', /parsing .*\/try_ref\/data\/try_ref\.xml:1: .*: base\.odoo_link_nobody, somewhere/],
    ['try_view', /parsing .*\/try_view\/data\/try_view\.xml:1: .*"odoo_link_no_such_field\\?"/],
  ] as const) {
    const modules = [name];
    await linkStep(stage, name);
    const failed = { code: 'odoo_failed', message };
    await stage.callStep(`install ${name}, which fails`, 'odoo_install', { modules }, failed);
    await tale.step('the state then', async () => {
      const state = await odoo.fieldOf(name, 'state');
      return seen(state, state, 'uninstalled');
    });
  }
}

/** Two callers, each with a module of its own. */
export async function installAtOnce(stage: Stage): Promise<void> {
  await linkStep(stage, 'try_at_once');
  await linkStep(stage, 'try_at_twice');
  await stage.tale.step('two installs at once', async () => {
    const both = await Promise.all([
      stage.call('odoo_install', { modules: ['try_at_once'] }, 'plain'),
      stage.call('odoo_install', { modules: ['try_at_twice'] }, 'hook'),
    ]);
    const said = both.map(({ text }) => text).join(' ');
    return seen(
      said,
      both.map(({ data }) => data),
      [{ status: 'installed' }, { status: 'installed' }],
    );
  });
}

/** The built-in policy has each install approved. */
export async function installWithApproval(stage: Stage): Promise<void> {
  const { tale, world } = stage;
  const modules = ['try_late'];
  await linkStep(stage, 'try_late');
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
