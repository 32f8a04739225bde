import { readdirSync, renameSync, symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runCli, startServer, type TestServer } from '../support/server.ts';
import { snapshot, snapshotBesideTrail } from '../support/snapshot.ts';
import { createWorld, type World } from '../support/world.ts';

/** Makes OCA modules in `web` that need the modules given, and links them. */
function linkedModules(world: World, modules: Readonly<Record<string, readonly string[]>>, dir = 'linked') {
  for (const [name, depends] of Object.entries(modules)) {
    world.module(`src/oca/web/${name}`, { depends });
    world.link(world.at('src/oca/web', name), `${dir}/${name}`);
  }
}

const start = (world: World, instance: Record<string, unknown> = {}) =>
  startServer(['--config', world.config(instance)]);

/** A call that must change nothing. */
async function refused(world: World, server: TestServer, tool: string, args: Record<string, unknown>) {
  const before = snapshotBesideTrail(world.path);
  const answer = await server.call(tool, args);
  expect(snapshotBesideTrail(world.path)).toEqual(before);
  expect(answer).toMatchObject({ isError: true, data: { status: 'refused' } });
  return answer.data;
}

describe('oca_unlink and ee_unlink, through the built server', () => {
  it('remove a link, leave the sources, and say what comes next', async () => {
    const world = createWorld();
    world.fixtures();
    const server = await start(world);
    await server.call('oca_link', { module: 'contact_nickname' });
    const sources = snapshot(world.at('src'));
    const answer = await server.call('oca_unlink', { modules: ['contact_nickname'] });
    expect(answer.data).toEqual({
      status: 'unlinked',
      instance: 'prod',
      series: '17.0',
      target_dir: world.at('linked'),
      links: [
        {
          module: 'contact_nickname',
          repo: 'contact-tools',
        },
      ],
      count: 1,
      repositories: [{ repo: 'contact-tools', family: 'oca', path: world.at('src/oca/contact-tools') }],
      next_steps: [
        expect.stringContaining('it must be linked until it is uninstalled in Odoo'),
        expect.stringContaining('No restart is needed'),
        expect.stringContaining('holds no module'),
      ],
    });
    expect(answer.text).toMatch(
      /^Unlinked: 1 module in .*\n- contact_nickname from contact-tools\nFrom contact-tools .*\nNext: /,
    );
    expect(readdirSync(world.at('linked'))).toEqual([]);
    expect(snapshot(world.at('src'))).toEqual(sources);
    expect(await refused(world, server, 'oca_unlink', { modules: ['contact_nickname'] })).toMatchObject({
      code: 'not_linked',
      module: 'contact_nickname',
      hint: expect.stringContaining('link_status'),
    });
  });

  it('touch the links of their own family alone, and name the call for another', async () => {
    const world = createWorld();
    world.fixtures();
    world.link(world.at('src/core/addons/contacts'), 'linked/contacts');
    const server = await start(world, { roots: { oca: ['src/oca'], ee: ['src/ee'], core: ['src/core'] } });
    await server.call('ee_link', { modules: ['planner_lite'] });
    await server.call('oca_link', { module: 'report_stamp' });
    expect(
      await refused(world, server, 'oca_unlink', { modules: ['report_stamp', 'planner_lite'] }),
    ).toMatchObject({
      code: 'wrong_family',
      details: { family: 'ee' },
      hint: 'Call ee_unlink {"modules":["planner_lite"]} instead.',
    });
    expect(await refused(world, server, 'ee_unlink', { modules: ['contacts'] })).toMatchObject({
      code: 'wrong_family',
      details: { family: 'core' },
      hint: expect.stringContaining('operator'),
    });
    expect((await server.call('ee_unlink', { modules: ['planner_lite'] })).data).toMatchObject({
      status: 'unlinked',
      links: [{ module: 'planner_lite', repo: 'ee' }],
      repositories: [{ repo: 'ee', family: 'ee' }],
    });
  });

  it('never touch what is not a managed link, and tell every reason at once', async () => {
    const world = createWorld();
    linkedModules(world, { a: ['base'] });
    world.module('linked/real');
    world.module('elsewhere/foreign');
    world.file('linked/file');
    world.link(world.at('elsewhere/foreign'), 'linked/foreign');
    world.link(world.at('elsewhere/gone'), 'linked/gone');
    world.link('loop', 'linked/loop');
    world.link('../src/oca/../../elsewhere/foreign', 'linked/sly');
    const server = await start(world);
    const modules = ['a', 'real', 'foreign', 'gone', 'loop', 'sly', 'file', 'absent'];
    const { code, details, message } = await refused(world, server, 'oca_unlink', { modules, cascade: true });
    expect(code).toBe('occupied');
    expect(details.reasons.map((reason: Record<string, string>) => [reason.module, reason.code])).toEqual([
      ['real', 'occupied'],
      ['foreign', 'foreign_link'],
      ['gone', 'foreign_link'],
      ['loop', 'foreign_link'],
      ['sly', 'foreign_link'],
      ['file', 'not_linked'],
      ['absent', 'not_linked'],
    ]);
    expect(message).not.toContain('elsewhere');
  });

  it('take away what no module is behind any more', async () => {
    const world = createWorld();
    const other = world.module('src/oca/web/other');
    world.file('src/oca/web/no_manifest/README');
    world.link(world.at('src/oca/web/gone'), 'linked/gone');
    world.link('../src/oca/gone/too', 'linked/too');
    world.link(other, 'linked/renamed');
    world.link(world.at('src/oca/web/no_manifest'), 'linked/no_manifest');
    const server = await start(world);
    const modules = ['gone', 'too', 'renamed', 'no_manifest'];
    const { data } = await server.call('oca_unlink', { modules });
    expect(data.links).toMatchObject([{}, {}, { source: other }, {}]);
    for (const link of data.links.slice(0, 2)) expect(link).not.toHaveProperty('source');
    expect(readdirSync(world.at('linked'))).toEqual([]);
  });

  it('refuse while a linked module needs one, directly or not, and take all with cascade', async () => {
    const world = createWorld();
    linkedModules(world, {
      a: ['base'],
      b: ['a'],
      c: ['b', 'a', 'a'],
      d: ['base'],
      loop1: ['c', 'loop2'],
      loop2: ['loop1'],
    });
    const server = await start(world);
    const refusal = await refused(world, server, 'oca_unlink', { modules: ['a'] });
    expect(refusal).toMatchObject({
      code: 'still_required',
      hint: expect.stringMatching(/cascade: true .* uninstall all of that first/),
    });
    expect(refusal.details.reasons).toMatchObject([
      { module: 'a', details: { required_by: 'b', needs: ['a'] } },
      { module: 'a', details: { required_by: 'c', needs: ['a'] } },
    ]);
    const { data, text } = await server.call('oca_unlink', { modules: ['a'], cascade: true });
    expect(data.links.map((link: Record<string, unknown>) => [link.module, link.because_of ?? []])).toEqual([
      ['a', []],
      ['b', ['a']],
      ['c', ['a', 'b']],
      ['loop1', ['c', 'loop2']],
      ['loop2', ['loop1']],
    ]);
    expect(text).toContain('- c from web because it needs a, b');
    expect(readdirSync(world.at('linked'))).toEqual(['d']);
  });

  it('let modules go together that only need one another', async () => {
    const world = createWorld();
    linkedModules(world, { a: ['b'], b: ['a'], c: ['c'] });
    const server = await start(world);
    expect(await refused(world, server, 'oca_unlink', { modules: ['a'] })).toMatchObject({
      code: 'still_required',
    });
    const { data } = await server.call('oca_unlink', { modules: ['b', 'a', 'b', 'c'] });
    expect(data.links).toMatchObject([{ module: 'b' }, { module: 'a' }, { module: 'c' }]);
  });

  it('let cascade reach no other family, no other directory and nothing unmanaged', async () => {
    const world = createWorld();
    linkedModules(world, { a: ['base'], b: ['a'] });
    linkedModules(world, { there: ['a'] }, 'second');
    world.link(world.module('src/ee/e', { depends: ['b'], license: 'OEEL-1' }), 'linked/e');
    world.module('linked/real', { depends: ['a'] });
    world.link(world.module('elsewhere/foreign', { depends: ['a'] }), 'linked/foreign');
    const server = await start(world, { addonsDirs: ['linked', 'second'] });
    const refusal = await refused(world, server, 'oca_unlink', { modules: ['a'], cascade: true });
    const needing = refusal.details.reasons.map(
      ({ code, details }: { code: string; details: { required_by: string } }) => {
        expect(code).toBe('still_required');
        return details.required_by;
      },
    );
    expect(needing.sort()).toEqual(['e', 'foreign', 'real', 'there']);
    expect(refusal.hint).toContain('Call ee_unlink {"modules":["e"]} first.');
    expect(refusal.hint).toMatch(
      /operator to remove real first.*oca_unlink \{"modules":\["there"\],"target_dir"/,
    );
    expect((await server.call('ee_unlink', { modules: ['e'] })).data.status).toBe('unlinked');
    expect((await server.call('oca_unlink', { modules: ['b'] })).data.status).toBe('unlinked');
  });

  it('propose cascade only where it helps', async () => {
    const world = createWorld();
    linkedModules(world, { a: ['base'] });
    world.link(world.module('src/ee/e', { depends: ['a'], license: 'OEEL-1' }), 'linked/e');
    const server = await start(world);
    expect(await refused(world, server, 'oca_unlink', { modules: ['a'] })).toMatchObject({
      code: 'still_required',
      hint: 'Call ee_unlink {"modules":["e"]} first.',
    });
  });

  it('refuse nothing where Odoo finds the module elsewhere', async () => {
    const world = createWorld();
    linkedModules(world, { a: ['base'], b: ['base'], needs: ['a', 'b', 'sale'] });
    world.link(world.at('src/oca/web/a'), 'second/a');
    world.module('opt/addons/b');
    world.link(world.module('src/oca/web/sale'), 'linked/sale');
    world.file('odoo.conf', `[options]\naddons_path = ${world.at('opt/addons')}\n`);
    const server = await start(world, { addonsDirs: ['linked', 'second'], odooConf: 'odoo.conf' });
    expect((await server.call('oca_unlink', { modules: ['a', 'b', 'sale'] })).data.links).toHaveLength(3);
    const last = { modules: ['a'], target_dir: world.at('second') };
    expect(await refused(world, server, 'oca_unlink', last)).toMatchObject({ code: 'still_required' });
  });

  it('say in a dry run what the call would say, and change nothing', async () => {
    const world = createWorld();
    linkedModules(world, { a: ['base'], b: ['a'] });
    const server = await start(world);
    const args = { modules: ['a'], cascade: true };
    const before = snapshot(world.path);
    const planned = await server.call('oca_unlink', { ...args, dry_run: true });
    expect(snapshot(world.path)).toEqual(before);
    expect(planned.text).toMatch(/^Would unlink \(dry run\): 2 modules/);
    const refusal = await refused(world, server, 'oca_unlink', { modules: ['a'], dry_run: true });
    expect(refusal).toEqual(await refused(world, server, 'oca_unlink', { modules: ['a'] }));
    const done = await server.call('oca_unlink', args);
    expect({ ...done.data, status: 'planned' }).toEqual(planned.data);
  });

  it('work in the directory and the instance they are told, and no other', async () => {
    const world = createWorld();
    linkedModules(world, { a: ['base'] });
    for (const dir of ['second', 'test']) linkedModules(world, { a: ['base'] }, dir);
    const there = (...dirs: string[]) => ({ series: '17.0', addonsDirs: dirs, roots: { oca: ['src/oca'] } });
    const instances = { prod: there('linked', 'second'), test: there('test') };
    const server = await startServer(['--config', world.config({}, { instances })]);
    const unlink = { modules: ['a'] };
    expect(await refused(world, server, 'oca_unlink', unlink)).toMatchObject({ code: 'ambiguous_instance' });
    for (const target_dir of [
      world.at('test'),
      world.at('src/oca/web'),
      '/',
      `${world.at('linked')}/../second`,
    ]) {
      expect(
        await refused(world, server, 'oca_unlink', { ...unlink, instance: 'prod', target_dir }),
      ).toMatchObject({
        code: 'target_not_allowed',
      });
    }
    await server.call('oca_unlink', { ...unlink, instance: 'prod', target_dir: world.at('second') });
    expect(['linked', 'second', 'test'].map((dir) => readdirSync(world.at(dir)).length)).toEqual([1, 0, 1]);
    await server.call('oca_unlink', { ...unlink, instance: 'test' });
    expect(['linked', 'second', 'test'].map((dir) => readdirSync(world.at(dir)).length)).toEqual([1, 0, 0]);
  });

  it('refuse names that are none, and arguments they do not know', async () => {
    const world = createWorld();
    linkedModules(world, { a: ['base'] });
    const server = await start(world);
    for (const name of [
      '',
      '.',
      '..',
      '../linked/a',
      'a/',
      'a/../a',
      'a\n',
      'a\0',
      '*',
      'а',
      '-rf',
      'x'.repeat(300),
    ]) {
      const refusal = await refused(world, server, 'oca_unlink', { modules: ['a', name], cascade: true });
      expect(refusal).toMatchObject({
        code: 'invalid_module_name',
        message: expect.stringContaining('modules[1]'),
      });
    }
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect(await refused(world, server, 'oca_unlink', { modules: [name] })).toMatchObject({
        code: 'not_linked',
      });
    }
    const many = Array.from({ length: 501 }, (_, at) => `m${at}`);
    for (const args of [
      {},
      { modules: [] },
      { modules: ['a'], module: 'a' },
      { modules: ['a'], forced: true },
      { modules: many },
    ]) {
      expect(await refused(world, server, 'oca_unlink', args)).toMatchObject({ code: 'invalid_argument' });
    }
  });

  it('do not work in a folder that was put in the place of the addons directory', async () => {
    const world = createWorld();
    linkedModules(world, { a: ['base'] });
    linkedModules(world, { a: ['base'] }, 'decoy');
    const server = await start(world);
    renameSync(world.at('linked'), world.at('was'));
    symlinkSync(world.at('decoy'), world.at('linked'));
    expect(await refused(world, server, 'oca_unlink', { modules: ['a'] })).toMatchObject({
      code: 'target_unavailable',
    });
  });
});

describe('unlink, from a shell', () => {
  it('does the same, with 0 for done and 1 for refused', async () => {
    const world = createWorld();
    linkedModules(world, { a: ['base'], b: ['a'] });
    const config = ['--config', world.config()];
    const before = snapshot(world.path);
    const kept = await runCli(['unlink', 'oca', 'a', ...config]);
    expect(kept).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('(still_required)') });
    const json = await runCli(['unlink', 'oca', 'a', '--json', ...config]);
    expect(json).toMatchObject({ code: 1, stderr: '' });
    expect(JSON.parse(json.stdout)).toMatchObject({ status: 'refused', code: 'still_required' });
    const dry = await runCli(['unlink', 'oca', 'a', '--cascade', '--dry-run', '--json', ...config]);
    expect(JSON.parse(dry.stdout)).toMatchObject({
      status: 'planned',
      links: [{ module: 'a' }, { module: 'b' }],
    });
    expect(snapshot(world.path)).toEqual(before);
    const done = await runCli(['unlink', 'oca', 'a', '--cascade', ...config]);
    expect(done).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Unlinked: 2 modules/),
      stderr: '',
    });
    expect(readdirSync(world.at('linked'))).toEqual([]);
  });

  it.each(['', 'oca', 'core a', 'a', 'oca a --forced'])('has 2 for usage: unlink %s', async (typed) => {
    const args = ['unlink', ...typed.split(' ').filter(Boolean), '--config', createWorld().config()];
    const { code, stdout, stderr } = await runCli(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^odoo-link-mcp: .*--help\.\n$/);
  });

  it('warn where Odoo loads a module at start for all databases', async () => {
    const world = createWorld();
    world.module('src/oca/web/x');
    const conf = `[options]\naddons_path = ${world.at('linked')}\nserver_wide_modules = base,web,x\n`;
    world.file('odoo.conf', conf);
    const server = await startServer(['--config', world.config({ odooConf: 'odoo.conf' })]);
    await server.call('oca_link', { module: 'x' });
    const { data, text } = await server.call('oca_unlink', { modules: ['x'] });
    expect(data.warnings).toMatchObject([{ code: 'server_wide', module: 'x' }]);
    expect(text).toContain('Warning (server_wide): x is in server_wide_modules');
  });
});
