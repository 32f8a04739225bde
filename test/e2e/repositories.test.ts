import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runCli, startServer } from '../support/server.ts';
import { createWorld, type World } from '../support/world.ts';

const GOOD = { require: [{ 'args.repo': { in: ['good'] } }] };
const NOT_EVIL = { deny_if: [{ 'args.repo': { exists: true, eq: 'evil' } }] };

const configOf = (world: World, tools: Record<string, unknown>, instance: Record<string, unknown> = {}) =>
  world.config(instance, { policy: { version: '1', default: 'deny', tools } });

/** Two checkouts, one of which calls a folder like the other one and leads to what is in it. */
function twoCheckouts(): World {
  const world = createWorld();
  world.module('src/oca/good/a');
  world.module('src/oca/good/needs', { depends: ['plain'] });
  world.module('src/oca/evil/plain');
  world.module('src/oca/evil/good/pwn');
  world.link('good/pwn', 'src/oca/evil/pwn');
  return world;
}

const links = (world: World) => readdirSync(world.at('linked')).sort();

describe('a policy on repositories', () => {
  it.each([
    ['its name', 'good'],
    ['its name at the OCA', 'OCA/good'],
    ['a path in another checkout', '/src/oca/evil/good'],
    ['a path with dots', '/src/oca/good/../evil/good'],
    ['a path of its own', '/src/oca/good'],
    ['a slash at the end', 'good/'],
    ['another checkout', 'evil'],
    ['nothing', undefined],
  ])('lets nothing of another checkout through, asked for by %s', async (_, repo) => {
    const world = twoCheckouts();
    const server = await startServer([
      '--config',
      configOf(world, { oca_link: GOOD, addon_info: GOOD, addon_search: GOOD }),
    ]);
    const args = { repo: repo?.startsWith('/') ? world.path + repo : repo };
    for (const module of ['pwn', 'plain', ['a', 'pwn'], 'needs']) {
      const { data } = await server.call('oca_link', { module, ...args });
      expect(data.status).toBe('refused');
      const { data: planned } = await server.call('oca_link', { module, ...args, dry_run: true });
      expect(planned.status).toBe('refused');
    }
    expect(links(world)).toEqual([]);
    const { data: info } = await server.call('addon_info', { module: 'pwn', ...args });
    expect(info.status).toBe('refused');
    const { data: found } = await server.call('addon_search', { query: 'pwn', ...args });
    expect(found.modules ?? []).toEqual([]);
  });

  it.each([
    ['holds modules itself', (world: World) => void world.module('src/evil/own')],
    ['is a checkout', (world: World) => void execFileSync('git', ['init', '-q', world.at('src/evil')])],
  ])('is one on the root that %s, whatever its folders are called', async (_, make) => {
    const world = createWorld();
    world.module('src/evil/good/pwn');
    make(world);
    const config = configOf(world, { oca_link: GOOD }, { roots: { oca: ['src/evil'] } });
    const server = await startServer(['--config', config]);
    const { data } = await server.call('oca_link', { module: 'pwn', repo: 'good' });
    expect(data).toMatchObject({
      code: 'policy_denied',
      hint: 'The call would take modules from: good, evil.',
    });
    expect(links(world)).toEqual([]);
  });

  it('takes a repository by its name in the root, though it is a symlink there', async () => {
    const world = createWorld();
    world.module('src/oca/.store/v17/a');
    world.link('.store/v17', 'src/oca/good');
    const server = await startServer(['--config', configOf(world, { oca_link: GOOD })]);
    const { data } = await server.call('oca_link', { module: 'a', repo: 'good' });
    expect(data).toMatchObject({ status: 'linked', links: [{ repo: 'good' }] });
  });

  it('judges the repository that was found where the call names none', async () => {
    const world = twoCheckouts();
    world.link('../src/oca/evil/plain', 'linked/plain');
    const tools = { oca_link: NOT_EVIL, addon_info: NOT_EVIL, addon_search: NOT_EVIL };
    const server = await startServer(['--config', configOf(world, tools)]);
    // The second one is linked already: nothing would change, and still it is not answered about.
    for (const module of ['pwn', 'plain']) {
      expect((await server.call('oca_link', { module })).data).toMatchObject({
        code: 'policy_denied',
        rule: '/tools/oca_link/deny_if/0',
        hint: 'The call would take modules from: evil.',
      });
      expect((await server.call('addon_info', { module })).data.code).toBe('policy_denied');
    }
    const { data } = await server.call('addon_search', {});
    expect(data.modules.map(({ module }: { module: string }) => module)).toEqual(['a', 'needs']);
    expect(data.total).toBe(2);
    expect((await server.call('oca_link', { module: 'a' })).data.status).toBe('linked');
  });

  it('judges the repositories that dependencies come from', async () => {
    const world = twoCheckouts();
    const server = await startServer(['--config', configOf(world, { oca_link: NOT_EVIL })]);
    expect((await server.call('oca_link', { module: 'needs' })).data.code).toBe('policy_denied');
    expect(links(world)).toEqual([]);
  });

  it('judges a module by the name of its folder, too', async () => {
    const world = createWorld();
    world.module('src/oca/web/l10n_x');
    world.link('l10n_x', 'src/oca/web/harmless');
    const rule = { deny_if: [{ 'args.module': { regex: '^l10n_' } }] };
    const server = await startServer(['--config', configOf(world, { oca_link: rule, addon_info: rule })]);
    for (const tool of ['oca_link', 'addon_info'])
      expect((await server.call(tool, { module: 'harmless' })).data.code).toBe('policy_denied');
    expect(links(world)).toEqual([]);
  });

  it('judges the family that was found', async () => {
    const world = createWorld();
    world.module('src/ee/e', { license: 'OEEL-1' });
    world.module('src/oca/web/a');
    const rule = { deny_if: [{ 'args.family': { exists: true, eq: 'ee' } }] };
    const server = await startServer(['--config', configOf(world, { addon_info: rule, addon_search: rule })]);
    expect((await server.call('addon_info', { module: 'e' })).data.code).toBe('policy_denied');
    expect((await server.call('addon_info', { module: 'a' })).data.status).toBe('ok');
    expect((await server.call('addon_search', {})).data.total).toBe(1);
  });

  it('is denied at no cost, also where it is known only after looking', async () => {
    const world = twoCheckouts();
    const limits = [{ counter: 'c', window: 'day', max: 1, refund: false }];
    const server = await startServer(['--config', configOf(world, { addon_info: { ...NOT_EVIL, limits } })]);
    for (let attempt = 0; attempt < 3; attempt++)
      expect((await server.call('addon_info', { module: 'plain' })).data.code).toBe('policy_denied');
    expect((await server.call('addon_info', { module: 'a' })).data).toMatchObject({
      limit: { remaining: 0 },
    });
  });
});

describe('a repository in answers', () => {
  it('is the one that the root lists, in each of them', async () => {
    const world = twoCheckouts();
    const config = configOf(world, {
      oca_link: {},
      oca_unlink: {},
      addon_info: {},
      addon_search: {},
      link_status: {},
      addon_conflicts: {},
    });
    world.module('src/oca/good/pwn');
    const server = await startServer(['--config', config]);
    const linked = await server.call('oca_link', { module: 'pwn', repo: 'evil' });
    expect(linked.data).toMatchObject({
      links: [{ repo: 'evil' }],
      repositories: [{ repo: 'evil', path: world.at('src/oca/evil/good') }],
    });
    const info = await server.call('addon_info', { module: 'pwn', repo: 'evil' });
    expect(info.data).toMatchObject({ repo: 'evil', path: world.at('src/oca/evil/good/pwn') });
    const { data: found } = await server.call('addon_search', { query: 'pwn', repo: 'evil' });
    expect(found.modules).toMatchObject([{ repo: 'evil' }]);
    expect((await server.call('link_status', {})).data.links).toMatchObject([{ repo: 'evil' }]);
    const { data: conflicts } = await server.call('addon_conflicts', {});
    expect(conflicts.conflicts[0].offers.map(({ repo }: { repo: string }) => repo).sort()).toEqual([
      'evil',
      'good',
    ]);
    const exported = JSON.parse((await runCli(['export', '--config', config])).stdout);
    expect(exported.links).toMatchObject([{ module: 'pwn', repo: 'evil' }]);
    const unlinked = await server.call('oca_unlink', { modules: ['pwn'] });
    expect(unlinked.data.links).toMatchObject([{ repo: 'evil' }]);
    writeFileSync(world.at('links.json'), JSON.stringify(exported));
    expect(await runCli(['apply', world.at('links.json'), '--config', config])).toMatchObject({ code: 0 });
    expect(readFileSync(world.at('linked/pwn/__manifest__.py'), 'utf8')).toContain('Test');
    expect(links(world)).toEqual(['pwn']);
  });
});
