import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { serveGit } from '../support/git-http.ts';
import { startServer } from '../support/server.ts';
import { snapshot } from '../support/snapshot.ts';
import { createUpstream } from '../support/upstream.ts';
import { createWorld } from '../support/world.ts';

/**
 * The repositories of account_financial_report, as the index knows them; but one of them needs a module more than the index
 * says, which only its clone tells.
 */
function buildWorld(rest: Record<string, unknown> = {}) {
  const world = createWorld();
  const upstream = createUpstream(world);
  upstream.commit('account-financial-reporting', {
    account_financial_report: { depends: ['account', 'date_range', 'report_xlsx'] },
  });
  upstream.commit('server-ux', { date_range: { depends: ['web', 'web_timeline'] } });
  upstream.commit('reporting-engine', { report_xlsx: { depends: ['base', 'web'] } });
  upstream.commit('web', { web_timeline: { depends: ['web'] } });
  const config = world.config({}, { sources: { oca: { url: upstream.folder } }, ...rest });
  return { world, upstream, config };
}

describe('oca_link with fetch, through the built server', () => {
  it('makes links of nothing in one call: clones what the index and then the clones say, and links all', async () => {
    const { world, config } = buildWorld();
    const server = await startServer(['--config', config]);
    const { data, text } = await server.call('oca_link', { module: 'account_financial_report', fetch: true });
    expect(data).toMatchObject({
      status: 'linked',
      count: 4,
      fetched: [
        { repo: 'account-financial-reporting', action: 'clone', for: ['account_financial_report'] },
        { repo: 'server-ux', action: 'clone', for: ['date_range'] },
        { repo: 'reporting-engine', action: 'clone', for: ['report_xlsx'] },
        { repo: 'web', action: 'clone', for: ['web_timeline'] },
      ],
    });
    expect(text).toContain('Cloned for it:\n- account-financial-reporting: branch 17.0');
    expect(readdirSync(world.at('linked')).sort()).toEqual([
      ...['account_financial_report', 'date_range', 'report_xlsx', 'web_timeline'],
    ]);
    const again = await server.call('oca_link', { module: 'account_financial_report', fetch: true });
    expect(again.data).toMatchObject({ status: 'already_linked' });
    expect(again.data).not.toHaveProperty('fetched');
    const trail = readFileSync(world.at('state/audit.jsonl'), 'utf8');
    expect(
      trail.match(
        /"kind":"decision","id":"[^"]+","principal":"[^"]+","client":\{[^}]+\},"tool":"oca_clone"/g,
      ),
    ).toHaveLength(2);
  });

  it('names the repositories in a dry run, and changes nothing', async () => {
    const { world, config } = buildWorld();
    const server = await startServer(['--config', config]);
    const before = snapshot(world.at('src'));
    const { data, text } = await server.call('oca_link', {
      ...{ module: 'account_financial_report', fetch: true, dry_run: true },
    });
    expect(data).toMatchObject({
      status: 'planned',
      fetched: [{ repo: 'account-financial-reporting' }, { repo: 'server-ux' }, { repo: 'reporting-engine' }],
    });
    expect(text).toContain('Would clone first:');
    expect(snapshot(world.at('src'))).toEqual(before);
    expect(readdirSync(world.at('linked'))).toEqual([]);
  });

  it('links nothing when a repository cannot be had, keeps those that came, and says both', async () => {
    const { world, upstream } = buildWorld();
    const host = await serveGit(upstream.folder, {
      before: ({ repo }) => (repo === 'reporting-engine' ? 503 : undefined),
    });
    const config = world.config({}, { sources: { oca: { url: host.url } } });
    const server = await startServer(['--config', config]);
    const { data, text, isError } = await server.call('oca_link', {
      module: 'account_financial_report',
      fetch: true,
    });
    expect(isError).toBe(true);
    expect(data).toMatchObject({
      code: 'remote_failed',
      details: { cloned: ['account-financial-reporting', 'server-ux'] },
    });
    expect(text).toMatch(
      /reporting-engine could not be cloned from 127\.0\.0\.1:\d+: the host cannot be reached/,
    );
    expect(text).toContain(
      'Nothing was linked. They were cloned and stay: account-financial-reporting and server-ux.',
    );
    expect(readdirSync(world.at('linked'))).toEqual([]);
    expect(readdirSync(world.at('src/oca')).sort()).toEqual(['account-financial-reporting', 'server-ux']);
    await host.close();
  });

  it('clones nothing for a module that is not known anywhere, or cannot be linked anyway', async () => {
    const { world, config } = buildWorld();
    const server = await startServer(['--config', config]);
    const unknown = await server.call('oca_link', {
      ...{ module: ['account_financial_report', 'nobody_has_this'], fetch: true },
    });
    expect(unknown.isError).toBe(true);
    expect(unknown.text).toContain('nobody_has_this');
    world.module('src/oca/own/uninstallable_one', { installable: false });
    const bad = await server.call('oca_link', {
      ...{ module: ['account_financial_report', 'uninstallable_one'], fetch: true },
    });
    expect(bad.text).toContain('[not_installable]');
    expect(readdirSync(world.at('src/oca'))).toEqual(['own']);
  });

  it('is held to the policy of oca_clone, for each repository', async () => {
    const { world, config } = buildWorld({
      policy: {
        ...{ version: '1', default: 'allow' },
        tools: { oca_clone: { action: 'allow', deny_if: [{ 'args.repos': { eq: 'reporting-engine' } }] } },
      },
    });
    const server = await startServer(['--config', config]);
    const { data } = await server.call('oca_link', { module: 'account_financial_report', fetch: true });
    expect(data).toMatchObject({ code: 'policy_denied', message: expect.stringContaining('oca_clone') });
    expect(readdirSync(world.at('src/oca'))).toEqual([]);
  });

  it('says in refusals and answers that a call could clone, and only where it could', async () => {
    const { config, world } = buildWorld();
    const server = await startServer(['--config', config]);
    const refusal = await server.call('oca_link', { module: 'account_financial_report' });
    expect(refusal.text).toContain('Call oca_link {"module":"account_financial_report","fetch":true}');
    const fill = 'If no mount is missing, clone a repository into it with oca_clone.';
    for (const [tool, args] of [
      ['addon_search', {}],
      ['link_status', {}],
      ['oca_link', { module: 'nobody_has_this' }],
    ] as const)
      expect((await server.call(tool, args)).text).toContain(fill);
    // What is known of a module says more.
    expect(refusal.text).not.toContain(fill);
    world.module('src/oca/web/web_timeline');
    expect((await server.call('oca_link', { module: 'nobody_has_this' })).text).toContain(
      'Check the name; if you know which repository contains it, clone that with oca_clone.',
    );
    expect((await server.call('addon_info', { module: 'nobody_has_this' })).text).toContain(
      'Check the name; if you know which repository contains it, clone that with oca_clone.',
    );
    const known = await server.call('oca_link', { module: 'account_financial_report' });
    expect(known.text).not.toContain('Check the name');
    rmSync(world.at('src/oca/web'), { recursive: true });
    const plain = await startServer(['--config', world.config()]);
    expect((await plain.call('oca_link', { module: 'account_financial_report' })).text).toContain(
      'Ask the operator to fill it',
    );
    const tools = await plain.listTools();
    expect(JSON.stringify(tools)).not.toContain('"fetch":');
  });
});
