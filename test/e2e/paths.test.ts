import { readdirSync, readlinkSync, realpathSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli, startServer } from '../support/server.ts';
import { snapshotBesideTrail } from '../support/snapshot.ts';
import { createWorld, type World } from '../support/world.ts';

/** `head` needs `arm`, which needs `hand`; all is under `srv`, which Odoo sees at `mnt` in the world, where nothing is. */
function build(world: World, instance: Record<string, unknown> = {}): string {
  world.module('srv/oca/web/head', { depends: ['arm'] });
  world.module('srv/oca/web/arm', { depends: ['hand'] });
  world.module('srv/oca/crm/hand');
  world.module('srv/ee/ledger', { license: 'OEEL-1' });
  world.folder('srv/linked');
  world.file(
    'odoo.conf',
    `[options]\naddons_path = /usr/lib/odoo/addons,${world.at('mnt/linked')}\ndata_dir = /var/lib/odoo\n`,
  );
  return world.config({
    addonsDirs: ['srv/linked'],
    roots: { oca: ['srv/oca'], ee: ['srv/ee'] },
    odooConf: 'odoo.conf',
    paths: { [world.at('srv')]: world.at('mnt') },
    ...instance,
  });
}

/** Where each link leads once the folder lies where Odoo sees it: the kernel's own answer. */
function inContainer(world: World): Record<string, string> {
  renameSync(world.at('srv'), world.at('mnt'));
  try {
    const linked = world.at('mnt/linked');
    return Object.fromEntries(readdirSync(linked).map((name) => [name, realpathSync(join(linked, name))]));
  } finally {
    renameSync(world.at('mnt'), world.at('srv'));
  }
}

const states = (data: { links: { modules: string[]; state: string }[] }) =>
  Object.fromEntries(data.links.flatMap(({ modules, state }) => modules.map((name) => [name, state])));

describe('an Odoo that sees other paths, through the built server', () => {
  it('gets links that are right there and lead nowhere here, and every tool follows them', async () => {
    const world = createWorld();
    const server = await startServer(['--config', build(world)]);
    const linked = await server.call('oca_link', { module: 'head' });
    expect(linked.data).toMatchObject({ status: 'linked', count: 3, target_dir: world.at('srv/linked') });
    expect(readlinkSync(world.at('srv/linked/head'))).toBe(world.at('mnt/oca/web/head'));
    expect(() => realpathSync(world.at('srv/linked/head'))).toThrow('ENOENT');
    expect(inContainer(world)).toEqual({
      arm: world.at('mnt/oca/web/arm'),
      hand: world.at('mnt/oca/crm/hand'),
      head: world.at('mnt/oca/web/head'),
    });
    const again = await server.call('oca_link', { module: 'head' });
    expect(again.data).toMatchObject({
      status: 'already_linked',
      links: [{ action: 'keep' }],
      satisfied: { linked: ['arm', 'hand'] },
    });
    const { data: status } = await server.call('link_status', {});
    expect(status).toMatchObject({ counts: { ok: 3 } });
    expect(status).not.toHaveProperty('off_path');
    const { data: info } = await server.call('addon_info', { module: 'arm' });
    expect(info).toMatchObject({ linked: [{ state: 'ok' }], needed_by: ['head'] });
    const { data: refused } = await server.call('oca_unlink', { modules: ['arm'] });
    expect(refused).toMatchObject({ code: 'still_required', details: { required_by: 'head' } });
    const unlinked = await server.call('oca_unlink', { modules: ['head'] });
    expect(unlinked.data.links).toMatchObject([{ module: 'head', repo: 'web' }]);
    expect(unlinked.data.next_steps.at(-1)).toContain('"modules":["arm","hand"]');
    const { data: orphans } = await server.call('link_status', { orphans: true });
    expect(orphans.orphans).toMatchObject([
      { module: 'arm', repo: 'web' },
      { module: 'hand', repo: 'crm' },
    ]);
    expect((await server.call('ee_link', { modules: ['ledger'] })).data).toMatchObject({ status: 'linked' });
    expect((await server.call('ee_unlink', { modules: ['ledger'] })).data).toMatchObject({
      status: 'unlinked',
    });
  });

  it('has links that were written for this host written anew, in one command', async () => {
    const world = createWorld();
    const config = build(world);
    // Another repository has a module of the name, too: the link says which is meant.
    world.module('srv/oca/crm/arm');
    for (const name of ['head', 'arm']) world.link(world.at('srv/oca/web', name), `srv/linked/${name}`);
    world.link(world.at('srv/oca/crm/hand'), 'srv/linked/hand');
    const server = await startServer(['--config', config]);
    const { data } = await server.call('link_status', {});
    expect(states(data)).toEqual({ arm: 'broken', hand: 'broken', head: 'broken' });
    expect(data.links[0].problem).toMatch(/is a path of this host/);
    expect(data.links[0].remedy).toMatch(/repair/);
    const { data: exists } = await server.call('oca_link', { module: 'head' });
    expect(JSON.stringify(exists)).toContain('link_exists');
    const repaired = await runCli(['repair', '--config', config]);
    expect([repaired.code, repaired.stdout]).toEqual([
      0,
      expect.stringContaining('3 links replaced, 0 left'),
    ]);
    expect(inContainer(world)).toEqual({
      arm: world.at('mnt/oca/web/arm'),
      hand: world.at('mnt/oca/crm/hand'),
      head: world.at('mnt/oca/web/head'),
    });
    expect((await server.call('link_status', {})).data.counts).toEqual({ ok: 3 });
  });

  it('keeps what is not managed, be it another path of the container or of this host', async () => {
    const world = createWorld();
    const server = await startServer(['--config', build(world)]);
    world.module('elsewhere/hand');
    symlinkSync('/usr/lib/odoo/addons/head', world.at('srv/linked/head'));
    symlinkSync(world.at('elsewhere/hand'), world.at('srv/linked/hand'));
    const before = snapshotBesideTrail(world.path);
    const { data } = await server.call('link_status', {});
    expect(states(data)).toEqual({ head: 'foreign', hand: 'foreign' });
    for (const modules of [['head'], ['hand']]) {
      const { data: kept } = await server.call('oca_unlink', { modules });
      expect(kept.code).toBe('foreign_link');
      const { data: taken } = await server.call('oca_link', { module: modules, replace: true });
      expect(JSON.stringify(taken)).toContain('foreign_link');
    }
    expect(snapshotBesideTrail(world.path)).toEqual(before);
  });

  it('has relative links that lead there and here', async () => {
    const world = createWorld();
    const server = await startServer(['--config', build(world, { linkStyle: 'relative' })]);
    await server.call('oca_link', { module: 'hand' });
    expect(readlinkSync(world.at('srv/linked/hand'))).toBe('../oca/crm/hand');
    expect(realpathSync(world.at('srv/linked/hand'))).toBe(world.at('srv/oca/crm/hand'));
    expect(inContainer(world)).toEqual({ hand: world.at('mnt/oca/crm/hand') });
    expect((await server.call('link_status', {})).data.counts).toEqual({ ok: 1 });
  });

  it('is told the paths that it sees, in what to do next', async () => {
    const world = createWorld();
    const config = build(world);
    world.file('odoo.conf', '[options]\naddons_path = /usr/lib/odoo/addons\n');
    const server = await startServer(['--config', config]);
    const { data } = await server.call('oca_link', { module: 'hand' });
    expect(data.next_steps[0]).toContain(`Add ${world.at('mnt/linked')} to addons_path`);
    expect((await server.call('link_status', {})).data.off_path).toEqual([world.at('srv/linked')]);
  });

  it('refuses modules that Odoo does not see, and says so before', async () => {
    const world = createWorld();
    world.module('outside/web/far');
    const config = build(world, { roots: { oca: ['srv/oca', 'outside'] } });
    const server = await startServer(['--config', config]);
    const { data } = await server.call('oca_link', { module: 'far' });
    expect(data).toMatchObject({ code: 'source_unavailable', hint: expect.stringContaining('`paths`') });
    const { code, stdout } = await runCli(['doctor', '--config', config]);
    expect(stdout).toContain(`${world.at('outside')}: Odoo does not see it`);
    expect(stdout).toContain(`${world.at('srv/linked')} (linked) (for Odoo ${world.at('mnt/linked')})`);
    expect([code, stdout]).toEqual([0, expect.stringContaining('0 problems, 1 warning.')]);
  });

  it('has the same links elsewhere, by export and apply', async () => {
    const world = createWorld();
    const config = build(world);
    await runCli(['link', 'oca', 'head', '--config', config]);
    const { stdout: state } = await runCli(['export', '--config', config]);
    for (const name of readdirSync(world.at('srv/linked'))) rmSync(world.at('srv/linked', name));
    const applied = await runCli(['apply', '-', '--prune', '--config', config], { input: state });
    expect(applied.code).toBe(0);
    expect(Object.keys(inContainer(world))).toEqual(['arm', 'hand', 'head']);
    const again = await runCli(['apply', '-', '--prune', '--config', config], { input: state });
    expect(again.stdout).toMatch(/^0 created, 0 re-pointed, 0 removed/);
  });
});

it.each<[what: string, paths: Record<string, string>, said: RegExp]>([
  ['two folders at one path', { 'HERE/srv/oca': '/mnt', 'HERE/srv/linked': '/mnt' }, /cannot see both/],
  ['a folder that is missing', { 'HERE/gone': '/mnt' }, /gone does not exist/],
  ['a relative path', { 'HERE/srv': 'mnt' }, /"?mnt"? is not an absolute path/],
  ['no path', { 'HERE/srv': '' }, /must not be empty|is not valid/],
])('the server does not start with %s, and tells the place', async (_, given, said) => {
  const world = createWorld();
  const paths = Object.fromEntries(
    Object.entries(given).map(([folder, seen]) => [folder.replace('HERE', world.path), seen]),
  );
  const { code, stderr } = await runCli(['serve', '--config', build(world, { paths })]);
  expect([code, stderr]).toEqual([2, expect.stringMatching(said)]);
  expect(stderr).toMatch(/odoo-link\.json:1:\d+: \/instances\/prod\/paths\/~1/);
});
