/** Steps in which somebody does to the letter what our answers say is next. */
import { unlinkSync } from 'node:fs';
import { isSince } from '../../../src/manifest/series.ts';
import { type ServerName, type Stage, seen } from './stage.ts';

/**
 * Links a module and follows the answer until nothing is left to do.
 * @param has What the steps must have in them.
 * @param version Of the database, afterwards.
 */
export function linkAndFollow(
  stage: Stage,
  step: string,
  module: string,
  {
    server = 'plain',
    more = {},
    has = /./,
    version = /./,
  }: { server?: ServerName; more?: object; has?: RegExp; version?: RegExp } = {},
): Promise<void> {
  return stage.tale.step(step, async () => {
    const { data } = await stage.call('oca_link', { module, refresh: true, ...more }, server);
    const done: string[] = [];
    await follow(stage, data.next_steps ?? [], server, done);
    const state = await stage.odoo.fieldOf(module, 'state');
    const said = done.join(' ');
    const installed = await stage.odoo.fieldOf(module, 'latest_version');
    const hasModel = await stage.odoo.hasModel(module.replaceAll('_', '.'));
    const is = { status: data.status, state, installed, hasModel, said };
    const expected = { status: 'linked', state: 'installed', installed: version, hasModel: true, said: has };
    return seen(said, is, expected);
  });
}

/** A step that is not understood is kept in `done`, and not done. */
async function follow(
  stage: Stage,
  steps: readonly string[],
  server: ServerName,
  done: string[],
): Promise<void> {
  for (const step of steps) {
    done.push(step);
    if (/^(?:Restart Odoo|Have Odoo restarted)/.test(step)) await stage.odoo.restart();
    const [, tool, args] = /^Call (odoo_\w+) (\{.*?\})/.exec(step) ?? [];
    if (tool === undefined || args === undefined) continue;
    const { data, text } = await stage.call(tool, JSON.parse(args), server);
    if (data.code !== undefined) done.push(`-> ${text}`);
    await follow(stage, data.next_steps ?? [], server, done);
  }
}

/** Of modules in every situation in which a link finds Odoo. */
export async function followNextSteps(stage: Stage): Promise<void> {
  const { series, world, odoo, tale } = stage;
  const remembers = isSince(series, '16.0');
  await stage.callStep('refresh, nothing linked', 'odoo_refresh', {}, { status: 'ok', added: 0 });
  await linkAndFollow(stage, 'link into the empty folder, and what is next', 'try_first', {
    has: isSince(series, '19.0') ? /Restart Odoo first/ : /no restart is needed/,
  });
  const second = (repo: string, more = {}) => ({ more: { repo, ...more } });
  await linkAndFollow(stage, 'link without a refresh, and what is next', 'try_second', {
    ...second('try-tools', { refresh: false }),
    has: /no restart is needed/,
  });
  await linkAndFollow(stage, 'link it to other code, and what is next', 'try_second', {
    ...second('other-tools', { replace: true }),
    has: /Restart Odoo first/,
    version: /1\.5\.0$/,
  });
  await linkAndFollow(stage, 'back to the first code, with the hook', 'try_second', {
    ...second('try-tools', { replace: true }),
    server: 'hook',
    has: /restarts Odoo first/,
    version: /1\.0\.0$/,
  });
  const forget = (name: string) =>
    tale.step(`${name} is linked, unlinked and looked for in Apps`, async () => {
      const { text } = await stage.call('oca_link', { module: name, refresh: true });
      await odoo.restart();
      unlinkSync(world.at('linked', name));
      await odoo.restart();
      await odoo.lookInApps(name);
      return { said: text };
    });
  const has = remembers ? /Restart Odoo first/ : /no restart is needed/;
  await forget('try_third');
  await linkAndFollow(stage, 'link it again, and what is next', 'try_third', { has });
  await forget('try_fourth');
  await linkAndFollow(stage, 'the same with the hook', 'try_fourth', {
    server: 'hook',
    has: remembers ? /restarts Odoo first/ : /no restart is needed/,
  });
}
