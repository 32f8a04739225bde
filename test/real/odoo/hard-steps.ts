/** Steps about what else goes on: other modules' manifests, other operations, processes. */
import { existsSync, readFileSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { restarted } from './link-steps.ts';
import { REPO } from './modules.ts';
import { type Stage, seen } from './stage.ts';
import { differences } from './tell.ts';

/** A manifest with a syntax error takes much of 16.0 to 18.0 down at the next restart, but not what our requests need. */
export async function restartWithSyntaxError(stage: Stage): Promise<void> {
  const { world, odoo, tale } = stage;
  world.module(join(REPO, 'try_syntax'));
  world.file(join(REPO, 'try_syntax/__manifest__.py'), "{'name': 'try_syntax'");
  symlinkSync(world.at(REPO, 'try_syntax'), world.at('linked/try_syntax'));
  await tale.step('restart with a syntax error in a manifest', () => restarted(stage));
  await tale.step('what Odoo answers at /xmlrpc/2/common then', async () => {
    const { status } = await fetch(new URL('xmlrpc/2/common', odoo.url), {
      method: 'POST',
      body: CALL_OF_VERSION,
    });
    return { said: String(status) };
  });
  await stage.callStep(
    'refresh',
    'odoo_refresh',
    { modules: ['try_syntax', 'try_note'] },
    {
      status: 'ok',
      modules: [{ state: 'not in the list' }, { state: 'installed' }],
    },
  );
  unlinkSync(world.at('linked/try_syntax'));
  await tale.step('restart without it', () => restarted(stage));
}

const CALL_OF_VERSION =
  '<?xml version="1.0"?><methodCall><methodName>version</methodName><params/></methodCall>';

/** Does not fail, so that nothing ends where our own call failed and nobody waits for it any more. */
const outcomeOf = (byHand: Promise<unknown>) =>
  byHand.then(
    () => 'done by hand',
    (error: Error) => `by hand: ${error.message}`,
  );

/** While somebody installs a module at the web client. */
export async function refreshWhileBusy(stage: Stage): Promise<void> {
  const { odoo, tale } = stage;
  await tale.step('refresh while somebody installs mail', async () => {
    const begun = performance.now();
    const byHand = outcomeOf(odoo.byHand('button_immediate_install', ['mail']));
    await odoo.untilLogged(/Loading module mail/);
    const { text, data } = await stage.call('odoo_refresh', {});
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    const said = `${text} (${seconds} s) ${await byHand}`;
    return seen(said, { ...data, byHand: await byHand }, { status: 'ok', byHand: 'done by hand' });
  });
  await stage.callStep(
    'state of it',
    'odoo_refresh',
    { modules: ['mail'] },
    { modules: [{ state: 'installed' }] },
  );
}

/** Three updates at once: PostgreSQL lets one of them wait, and may end it. */
export function refreshAtOnce(stage: Stage): Promise<void> {
  return stage.tale.step('three list updates at once', async () => {
    const byHand = outcomeOf(stage.odoo.byHand('update_list', []));
    const ours = await Promise.all([
      stage.call('odoo_refresh', {}, 'plain'),
      stage.call('odoo_refresh', {}, 'hook'),
    ]);
    const said = [...ours.map(({ text }) => text), await byHand].join(' ');
    return seen(
      said,
      ours.map(({ data }) => data),
      [{ status: 'ok' }, { status: 'ok' }],
    );
  });
}

/** On the command line, which no policy limits. */
export function installOnCommandLine(stage: Stage): Promise<void> {
  return stage.tale.step('link and install on the command line', async () => {
    const linked = await stage.cli('plain', 'link', 'oca', 'try_cli');
    const { stdout, stderr, code } = await stage.cli('plain', 'odoo', 'install', 'try_cli');
    return seen(`${stdout}${stderr}`, [linked.code, code], [0, 0]);
  });
}

/** The command of the operator is not to hand our secrets to Odoo. */
export function environmentOfOdoo({ odoo, tale }: Stage): Promise<void> {
  return tale.step('the environment of the Odoo that the hook started', async () => {
    const path = `/proc/${odoo.pid()}/environ`;
    if (!existsSync(path)) return { said: 'not to be seen here' };
    const variables = readFileSync(path, 'utf8')
      .split('\0')
      .map((text) => text.split('=')[0]);
    const named = variables.filter((name) => name?.startsWith('TRY_'));
    return { said: `${variables.length} variables`, wrong: differences(named, { length: 0 }) };
  });
}

/** 19.0 is asked through its own protocol where there is an API key, and through the old one where there is a password. */
export function protocols({ odoo, series, tale }: Stage): Promise<void> {
  return tale.step('the addresses that were asked', async () => {
    const asked = odoo.log().matchAll(/"POST (\/jsonrpc|\/json\/2\/[\w./]+) HTTP/g);
    const counts = new Map<string, number>();
    for (const [, path = ''] of asked) counts.set(path, (counts.get(path) ?? 0) + 1);
    const said = [...counts].map(([path, count]) => `${path} ${count}`).join(', ');
    const isNew = [
      'update_list',
      'search_read',
      'button_immediate_install',
      'button_immediate_upgrade',
    ].every((name) => counts.has(`/json/2/ir.module.module/${name}`));
    return seen(said, { isOld: counts.has('/jsonrpc'), isNew }, { isOld: true, isNew: series === '19.0' });
  });
}
