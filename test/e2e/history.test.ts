import { lutimesSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runCli, startServer } from '../support/server.ts';
import { snapshot } from '../support/snapshot.ts';
import { createWorld, type World } from '../support/world.ts';

/** `head` needs `arm`, which needs `hand`; `tail` needs `hand`, too. */
function build(world: World): string {
  world.module('src/oca/web/head', { depends: ['arm'] });
  world.module('src/oca/web/arm', { depends: ['hand'] });
  world.module('src/oca/web/hand');
  world.module('src/oca/web/tail', { depends: ['hand'] });
  return world.config();
}

describe('who linked a module', () => {
  it('is told by addon_info, from what the server itself wrote', async () => {
    const world = createWorld();
    const server = await startServer(['--config', build(world)]);
    await server.call('oca_link', { module: 'head' });
    await server.call('oca_unlink', { modules: ['head'] });
    const { data, text } = await server.call('addon_info', { module: 'head' });
    expect(data.history.changes).toEqual([
      { time: expect.any(String), action: 'remove', tool: 'oca_unlink', client: 'test' },
      { time: expect.any(String), action: 'create', tool: 'oca_link', client: 'test' },
    ]);
    expect(text).toMatch(/\nUnlinked on \S+ by test with oca_unlink\.\nLinked on /);
    const arm = await server.call('addon_info', { module: 'arm' });
    expect(arm.data.history.changes).toMatchObject([{ action: 'create', along_with: ['head'] }]);
  });

  it('is told by the command line, too, which writes nothing', async () => {
    const world = createWorld();
    const config = build(world);
    const server = await startServer(['--config', config]);
    await server.call('oca_link', { module: 'tail' });
    await server.close();
    const before = snapshot(world.at('state'));
    const { stdout } = await runCli(['info', 'tail', '--config', config]);
    expect(stdout).toMatch(/\nLinked on \S+ by test with oca_link\.\n/);
    expect(snapshot(world.at('state'))).toEqual(before);
  });
});

describe('what came along and is needed no more', () => {
  it('is listed, removed by the call that is offered, and then gone', async () => {
    const world = createWorld();
    const config = build(world);
    const server = await startServer(['--config', config]);
    await server.call('oca_link', { module: ['head', 'tail'] });
    expect((await server.call('link_status', { orphans: true })).data).toMatchObject({
      origins: { asked: 2, needed: 2, orphans: 0, unknown: 0 },
    });
    const planned = await server.call('oca_unlink', { modules: ['head'], dry_run: true });
    const unlinked = await server.call('oca_unlink', { modules: ['head'] });
    for (const { data, text } of [planned, unlinked]) {
      expect(data.next_steps.at(-1)).toMatch(/ Call oca_unlink \{"modules":\["arm"\]\} after that\.$/);
      expect(text).toContain(`Next: ${data.next_steps.at(-1)}`);
    }
    const { data, text } = await server.call('link_status', { orphans: true });
    expect(data.orphans).toEqual([
      { module: 'arm', family: 'oca', repo: 'web', since: expect.any(String), along_with: ['head', 'tail'] },
    ]);
    expect(text).toMatch(/^1 orphan /);
    const { stdout, code } = await runCli(['status', '--orphans', '--json', '--config', config]);
    const { next_steps, ...shown } = JSON.parse(stdout);
    expect({ ...shown, next_steps: data.next_steps }).toEqual(data);
    expect(next_steps).toEqual([expect.stringContaining(' Run `odoo-link-mcp unlink oca arm ')]);
    expect(code).toBe(0);
    const [, call = ''] = /oca_unlink (\{.*\}) after that\.$/.exec(data.next_steps[0]) ?? [];
    expect(await server.call('oca_unlink', JSON.parse(call))).toMatchObject({ isError: false });
    expect((await server.call('link_status', { orphans: true })).data).not.toHaveProperty('orphans');
  });

  it('is nothing that was linked from the command line since', async () => {
    const world = createWorld();
    const config = build(world);
    const server = await startServer(['--config', config]);
    await server.call('oca_link', { module: 'head' });
    await server.call('oca_unlink', { modules: ['head'] });
    rmSync(world.at('linked/arm'));
    rmSync(world.at('linked/hand'));
    await runCli(['link', 'oca', 'arm', '--config', config]);
    const later = Date.now() / 1000 + 3600;
    for (const name of ['arm', 'hand']) lutimesSync(world.at(`linked/${name}`), later, later);
    expect((await server.call('link_status', { orphans: true })).data.origins).toMatchObject({
      orphans: 0,
      unknown: 2,
    });
  });
});

describe('two instances', () => {
  function buildTwo(world: World, policy: object = { version: '1', default: 'allow' }): string {
    for (const name of ['test', 'prod']) world.folder(`${name}_linked`);
    world.link(world.module('src/oca/web/a'), 'test_linked/a');
    const roots = { oca: [world.folder('src/oca')] };
    const instance = (dir: string) => ({ series: '17.0', addonsDirs: [dir], roots });
    const instances = { test: instance('test_linked'), prod: instance('prod_linked') };
    return world.file('odoo-link.json', JSON.stringify({ instances, policy, stateDir: 'state' }));
  }

  it('are compared in one call, without naming one of them besides', async () => {
    const world = createWorld();
    const config = buildTwo(world);
    const server = await startServer(['--config', config]);
    const { data, text } = await server.call('link_status', { instances: ['test', 'prod'] });
    expect(data).toMatchObject({ differences: 1, only_in: [{ instance: 'test', modules: ['a'] }] });
    expect(text).toMatch(/^1 difference .*\nOnly in test: a\.$/);
    const { stdout } = await runCli(['status', '--instances', 'test,prod', '--config', config]);
    expect(stdout).toBe(`${text}\n`);
    const unknown = await server.call('link_status', { instances: ['nope', 'prod'] });
    expect(unknown.data.code).toBe('unknown_instance');
    for (const instances of [['test'], ['test', 'prod', 'test']]) {
      const { data } = await server.call('link_status', { instances });
      expect(data.code).toBe('invalid_argument');
    }
  });

  it.each([
    ['test', 'prod'],
    ['prod', 'test'],
  ])('are not told of where the policy denies one: %s, %s', async (...instances) => {
    const world = createWorld();
    const tools = { link_status: { deny_if: [{ instance: { eq: 'prod' } }] } };
    const server = await startServer([
      '--config',
      buildTwo(world, { version: '1', default: 'allow', tools }),
    ]);
    const { data } = await server.call('link_status', { instances });
    expect(data).toMatchObject({ code: 'policy_denied', rule: '/tools/link_status/deny_if/0' });
  });

  it('are two, also for the command line', async () => {
    const world = createWorld();
    const config = buildTwo(world);
    for (const typed of ['--orphans --all', '--instances test,prod --requirements']) {
      const { code } = await runCli(['status', ...typed.split(' '), '--config', config]);
      expect(code).toBe(2);
    }
    const { code, stderr } = await runCli(['status', '--instances', 'test', '--config', config]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('invalid_argument')]);
  });
});
