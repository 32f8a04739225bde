import { chmodSync, readdirSync, renameSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/patience.ts';
import { runCli, startServer } from '../support/server.ts';
import { createWorld, type World } from '../support/world.ts';

const serve = (world: World, tools: Record<string, unknown>, rest: Record<string, unknown> = {}) =>
  startServer(['--config', world.config({}, { policy: { version: '1', default: 'deny', tools, ...rest } })]);

const links = (world: World) => readdirSync(world.at('linked')).sort();

describe('the policy of a running server', () => {
  it('denies a dependency by its name, in a dry run and in earnest', async () => {
    const world = createWorld();
    world.module('src/oca/web/a', { depends: ['l10n_a'] });
    world.module('src/oca/web/l10n_a');
    const server = await serve(world, {
      oca_link: { deny_if: [{ 'args.module': { regex: '^l10n_' } }], reason: 'ask the accountants' },
    });
    for (const dry_run of [true, false]) {
      const { data } = await server.call('oca_link', { module: 'a', dry_run });
      expect(data).toMatchObject({
        code: 'policy_denied',
        message: 'The policy denies oca_link: ask the accountants.',
        rule: '/tools/oca_link/deny_if/0',
        hint: 'The call would change more than it names: l10n_a.',
      });
    }
    expect(links(world)).toEqual([]);
    const alone = await server.call('oca_link', { module: 'a', with_dependencies: false });
    expect(alone.data).toMatchObject({ status: 'linked', links: [{ module: 'a' }] });
  });

  it('names no tool in the instructions that is hidden or denied', async () => {
    const world = createWorld();
    const server = await serve(world, { oca_link: {}, addon_search: {} }, { hide: ['addon_search'] });
    expect(server.instructions()).toContain('oca_link links OCA modules.');
    expect(server.instructions()).not.toMatch(/ee_link|addon_search|addon_info|link_status/);
  });

  it('judges the repositories that dependencies come from, where the call names one', async () => {
    const world = createWorld();
    world.module('src/oca/web/a', { depends: ['b'] });
    world.module('src/oca/web/c');
    world.module('src/oca/other/b');
    const only = { oca_link: { require: [{ 'args.repo': { in: ['web'] } }] } };
    const server = await serve(world, only);
    const link = async (module: string) => (await server.call('oca_link', { module, repo: 'OCA/web' })).data;
    expect(await link('c')).toMatchObject({ status: 'linked' });
    expect(await link('a')).toMatchObject({
      code: 'policy_denied',
      reason: 'not with this repo',
      hint: 'The call would change more than it names: b.',
    });
    expect(links(world)).toEqual(['c']);
  });

  it('judges the directory a call goes to, also when the call does not name it', async () => {
    const world = createWorld();
    world.module('src/oca/web/a');
    const only = (path: string) => ({
      oca_link: { require: [{ 'args.target_dir': { in: [path] } }] },
    });
    const elsewhere = await serve(world, only('/srv/other'));
    expect((await elsewhere.call('oca_link', { module: 'a' })).data).toMatchObject({
      code: 'policy_denied',
      reason: 'not with this target_dir',
    });
    const here = await serve(world, only(world.at('linked')));
    expect((await here.call('oca_link', { module: 'a' })).data).toMatchObject({ status: 'linked' });
  });

  it('counts links when they are made, and only those', async () => {
    const world = createWorld();
    world.module('src/oca/web/a', { depends: ['b'] });
    for (const name of ['b', 'c', 'd']) world.module(`src/oca/web/${name}`);
    const server = await serve(world, {
      oca_link: { limits: [{ counter: 'l', window: 'hour', max: 3, cost: 'links' }] },
    });
    const call = async (...module: string[]) => (await server.call('oca_link', { module })).data;
    expect(await call('a')).toMatchObject({ status: 'linked', limit: { limit: 3, remaining: 1 } });
    expect(await call('a')).toMatchObject({ status: 'already_linked', limit: { remaining: 1 } });
    expect(await call('c', 'd')).toMatchObject({
      code: 'rate_limited',
      reason: '3 links an hour by oca_link',
    });
    expect(links(world)).toEqual(['a', 'b']);
    expect(await call('b', 'c')).toMatchObject({ status: 'linked', limit: { remaining: 0 } });
  });

  it('keeps its counts when the server is started again, and those of a session not', async () => {
    const world = createWorld();
    world.module('src/oca/web/a');
    const limited = (scope: string) => ({
      oca_link: { limits: [{ counter: scope, window: 'day', max: 1, scope }] },
    });
    const codes: unknown[] = [];
    for (const scope of ['grant', 'grant', 'global', 'global', 'session', 'session']) {
      const server = await serve(world, limited(scope));
      const { data } = await server.call('oca_link', { module: 'a' });
      codes.push([scope, data.code ?? data.status]);
      await server.close();
    }
    expect(codes).toEqual([
      ['grant', 'linked'],
      ['grant', 'rate_limited'],
      ['global', 'already_linked'],
      ['global', 'rate_limited'],
      ['session', 'already_linked'],
      ['session', 'already_linked'],
    ]);
  });

  it('is closed when counts cannot be kept', async () => {
    const world = createWorld();
    world.module('src/oca/web/a');
    chmodSync(world.folder('state', 'limits'), 0o755);
    const server = await serve(world, { oca_link: { rate_limit: '10/minute' } });
    expect((await server.call('oca_link', { module: 'a' })).data).toMatchObject({
      code: 'policy_denied',
      reason: 'limiter unavailable',
    });
    await eventually(() => expect(server.stderr()).toContain('limiter unavailable: '));
    expect(links(world)).toEqual([]);
  });

  it('follows its file', async () => {
    const world = createWorld();
    world.module('src/oca/web/a');
    const policy = (rest: Record<string, unknown>) => JSON.stringify({ version: '1', ...rest });
    world.file('policy.json', policy({ default: 'allow' }));
    const server = await startServer(['--config', world.config({}, { policy: 'policy.json' })]);
    expect((await server.call('oca_link', { module: 'a' })).data).toMatchObject({ status: 'linked' });
    renameSync(
      world.file('next.json', policy({ default: 'deny', tools: { ee_link: {} } })),
      world.at('policy.json'),
    );
    expect((await server.call('oca_link', { module: 'a' })).data).toMatchObject({ code: 'policy_denied' });
    expect((await server.listTools()).map(({ name }) => name)).toEqual(['ee_link']);
    world.file('policy.json', '{"version": "1"');
    expect((await server.listTools()).map(({ name }) => name)).toEqual(['ee_link']);
    await eventually(() => expect(server.stderr()).toContain('stays in force'));
  });

  it('needs the variables that hold the address of its database', async () => {
    const world = createWorld();
    const postgres = ['$', '{ODOO_LINK_PG}'].join('');
    const config = world.config({}, { policy: { version: '1', default: 'allow', limiter: { postgres } } });
    expect(await runCli(['serve', '--config', config])).toMatchObject({
      code: 2,
      stderr:
        'odoo-link-mcp: policy: /limiter/postgres needs ODOO_LINK_PG, which the environment does not set.\n',
    });
  });

  it('is closed when its database cannot be reached', async () => {
    const world = createWorld();
    world.module('src/oca/web/a');
    const limiter = { postgres: `postgres://nobody@/none?host=${world.folder('no-socket')}` };
    const server = await serve(world, { oca_link: { rate_limit: '10/minute' } }, { limiter });
    expect((await server.call('oca_link', { module: 'a' })).data).toMatchObject({
      code: 'policy_denied',
      reason: 'limiter unavailable',
    });
    await eventually(() => expect(server.stderr()).toContain('the database cannot be used'));
  });
});
