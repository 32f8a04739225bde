import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { OdooError, type StandInOptions, startStandIn, userError } from '../support/odoo.ts';
import { runCli, startServer } from '../support/server.ts';
import { createWorld } from '../support/world.ts';

const SECRET = 'sesame-open-3';

/** A world with a linked module and its Odoo, which finds on the disk what is linked. */
async function withOdoo(options: StandInOptions = {}, odooMore: object = {}) {
  const world = createWorld();
  world.module('src/oca/web/a');
  world.module('src/oca/web/b', { depends: ['a'] });
  world.link(world.at('src/oca/web/a'), 'linked/a');
  const odoo = await startStandIn({ password: SECRET, onDisk: () => ({ a: '17.0.1.0.0' }), ...options });
  // biome-ignore lint/suspicious/noTemplateCurlyInString: that is how a variable is written
  const login = { url: odoo.url, database: 'prod', login: 'admin', password: '${SECRET}', ...odooMore };
  const config = world.config({ odoo: login });
  return { world, odoo, config, env: { SECRET } };
}

describe('odoo_refresh, through the built server', () => {
  it('has Odoo read its list again, and tells what it knows then', async () => {
    const { world, odoo, config, env } = await withOdoo();
    const server = await startServer(['--config', config], { env });
    const { data, text } = await server.call('odoo_refresh', { modules: ['a', 'b'] });
    expect(data).toEqual({
      status: 'ok',
      instance: 'prod',
      series: '17.0',
      database: 'prod',
      added: 1,
      counts: { uninstalled: 1, 'not in the list': 1 },
      modules: [
        { module: 'b', state: 'not in the list', note: expect.stringMatching(/, or link the module\.$/) },
        { module: 'a', state: 'uninstalled', on_disk: '17.0.1.0.0' },
      ],
    });
    expect(text).toContain('the list of modules was read again, 1 new');
    expect(odoo.calls).toEqual(['update_list', 'search_read', 'search_read']);
    const trail = readFileSync(world.at('state/audit.jsonl'), 'utf8');
    expect(trail).toContain('"tool":"odoo_refresh"');
    for (const shown of [trail, JSON.stringify(data), text, server.stderr()])
      expect(shown).not.toContain(SECRET);
  });

  it('says what is not as it should be: of all that is linked, without being asked for it', async () => {
    const { config, env } = await withOdoo({
      onDisk: () => ({}),
      modules: { a: { state: 'to install', installed: false, onDisk: '17.0.1.0.0' } },
    });
    const server = await startServer(['--config', config], { env });
    expect((await server.call('odoo_refresh', {})).data).toMatchObject({
      counts: { 'to install': 1 },
      modules: [{ module: 'a', note: expect.stringContaining('odoo_install with recover begins again') }],
    });
  });

  it.each<[string, NonNullable<StandInOptions['modules']>, string]>([
    ['what Odoo does not list yet', {}, 'Run `odoo-link-mcp odoo refresh'],
    [
      'code that is ahead of the database',
      { a: { state: 'installed', installed: '17.0.0.9', onDisk: '17.0.1.0.0' } },
      'upgrade it (odoo upgrade)',
    ],
    [
      'a manifest that Odoo remembers otherwise',
      { a: { state: 'uninstalled', installed: false, onDisk: '17.0.0.9' } },
      'Odoo remembers another manifest',
    ],
    [
      'what only Odoo calls uninstallable',
      { a: { state: 'uninstallable', installed: false, onDisk: '17.0.1.0.0' } },
      'verdict of this program is wrong',
    ],
  ])('tells %s', async (_, modules, note) => {
    const { config, env } = await withOdoo({ modules, onDisk: () => ({}) });
    const { code, stdout } = await runCli(['odoo', 'status', '--config', config], { env });
    expect(stdout).toContain(note);
    expect(code).toBe(1);
  });

  it('tells what Odoo does not list although it has read its list again', async () => {
    const { config, env } = await withOdoo({ onDisk: () => ({}) });
    const { code, stdout } = await runCli(['odoo', 'refresh', '--config', config], { env });
    expect(stdout).toContain('By its manifest Odoo should list it');
    expect(code).toBe(1);
  });

  it('knows that 19.0 leaves out a folder that was empty when it started', async () => {
    const { world, odoo, env } = await withOdoo({ series: '19.0', onDisk: () => ({}) });
    world.module('src/oca/web/a', { version: '19.0.1.0.0' });
    // biome-ignore lint/suspicious/noTemplateCurlyInString: that is how a variable is written
    const login = { url: odoo.url, database: 'prod', login: 'admin', password: '${SECRET}' };
    const config = world.config({ series: '19.0', odoo: login });
    const { stdout } = await runCli(['odoo', 'refresh', '--config', config], { env });
    expect(stdout).toContain('a: not in the list. By its manifest Odoo should list it. Restart Odoo');
  });

  it('tells of an installed module that is linked no more: Odoo will run without it', async () => {
    const { odoo, config, env } = await withOdoo({
      modules: { gone: { state: 'installed', installed: '1.0', onDisk: '1.0' } },
    });
    const { stdout } = await runCli(['odoo', 'status', 'gone', '--config', config], { env });
    expect(stdout).toContain('it runs without it from the next restart on');
    // Odoo would remember that its files were not there, also once they are linked again.
    expect(odoo.sent.join('')).not.toContain('installed_version');
  });

  it('is tried again while Odoo updates its list for somebody else, and the caller is told', async () => {
    let left = 1;
    const { odoo, config, env } = await withOdoo({
      before: (method) => {
        if (method === 'update_list' && left-- > 0)
          throw new OdooError(
            'psycopg2.errors.LockNotAvailable',
            'CONTEXT:  while updating tuple (1,2) in relation "ir_module_module"',
          );
      },
    });
    const server = await startServer(['--config', config], { env });
    const told: string[] = [];
    const onprogress = ({ message = '' }: { message?: string | undefined }) => void told.push(message);
    const { data } = await server.call('odoo_refresh', {}, { onprogress });
    expect(data).toMatchObject({ status: 'ok', added: 1 });
    expect(odoo.calls.slice(0, 3)).toEqual(['update_list', 'update_list', 'search_read']);
    expect(told).toEqual(['Odoo is busy: trying again in 1 s']);
  });

  it('names the module whose manifest breaks the update', async () => {
    const { world, config, env } = await withOdoo({
      before: (method) => {
        if (method === 'update_list') throw new OdooError('builtins.KeyError', "'MIT'");
      },
    });
    world.module('src/oca/web/c', { license: 'MIT' });
    world.link(world.at('src/oca/web/c'), 'linked/c');
    const server = await startServer(['--config', config], { env });
    const { data, text } = await server.call('odoo_refresh', {});
    expect(data).toMatchObject({ code: 'odoo_failed', module: 'c', details: { reason: 'server_error' } });
    expect(text).toContain('Have the manifest of c mended, or unlink it');
  });

  it('tells the whole of what Odoo says, which names the cause at its end', async () => {
    const cause = 'Python library not installed: odoo_link_no_such_package';
    const said = `Unable to install module "a" because an external\n    dependency is not met: ${cause}.\n`;
    const { config, env } = await withOdoo({
      before: (method) => {
        if (method === 'update_list') throw userError(said);
      },
    });
    const { stderr } = await runCli(['odoo', 'refresh', '--config', config], { env });
    expect(stderr).toContain(`an external dependency is not met: ${cause}".`);
  });

  it.each<[string, StandInOptions, object, string]>([
    ['is of another series', { series: '16.0' }, {}, 'other_series'],
    ['has another password', { password: 'other' }, {}, 'bad_login'],
    ['has no such database', { database: 'other' }, {}, 'no_database'],
    ['has a user who is no administrator', { isLow: true }, {}, 'not_administrator'],
    ['is not there', {}, { url: 'http://127.0.0.1:2/' }, 'unreachable'],
  ])('is refused when Odoo %s, and doctor says so, too', async (_, options, more, reason) => {
    const { config, env } = await withOdoo(options, more);
    const server = await startServer(['--config', config], { env });
    const { data, text } = await server.call('odoo_refresh', {});
    expect(data).toMatchObject({ code: 'odoo_failed', details: { reason } });
    expect(text).not.toContain(SECRET);
    expect(text.includes('has no database prod.')).toBe(reason === 'no_database');
    expect(text).toContain('Ask the operator');
    const { stdout } = await runCli(['doctor', '--config', config, '--json'], { env });
    const { findings } = JSON.parse(stdout) as { findings: { section: string; level: string }[] };
    expect(findings.filter(({ section }) => section === 'odoo')).toMatchObject([{ level: 'fail' }]);
    // Whoever runs a command is the operator.
    const { stdout: status } = await runCli(['status', '--odoo', '--config', config], { env });
    const { stderr } = await runCli(['odoo', 'status', '--config', config], { env });
    for (const said of [stdout, status, stderr]) expect(said).not.toContain('Ask the operator to');
  });

  it('is proven by doctor', async () => {
    const { config, env, odoo } = await withOdoo();
    const { stdout } = await runCli(['doctor', '--config', config], { env });
    expect(stdout).toContain(`${new URL(odoo.url).host}: Odoo 17.0, database prod, an administrator`);
  });

  it('comes with a link that asks for it, and says what Odoo knows then', async () => {
    const { world, odoo, config, env } = await withOdoo({
      onDisk: () => ({ a: '17.0.1.0.0', b: '17.0.1.0.0' }),
    });
    const server = await startServer(['--config', config], { env });
    const { data, text } = await server.call('oca_link', { module: 'b', refresh: true });
    expect(data).toMatchObject({
      status: 'linked',
      odoo: {
        added: 2,
        counts: { uninstalled: 1 },
        modules: [{ module: 'b', state: 'uninstalled' }],
      },
    });
    expect(text).toContain('Odoo has read its list again, 2 new.');
    expect(odoo.calls).toEqual(['update_list', 'search_read', 'search_read']);
    expect(readFileSync(world.at('state/audit.jsonl'), 'utf8')).toContain('"tool":"odoo_refresh"');
    await odoo.close();
    const without = await server.call('oca_link', { module: 'b', refresh: true });
    expect(without.data).toMatchObject({
      status: 'already_linked',
      odoo: { problem: expect.stringContaining('cannot be reached') },
    });
  });

  it('decides with the links what to do next: restart first or not, with the tools that there are', async () => {
    const known: Record<string, string> = { a: '17.0.1.0.0', b: '17.0.1.0.0' };
    const { config, env } = await withOdoo({ onDisk: () => known });
    const server = await startServer(['--config', config], { env });
    const steps = async (tool: string, args: Record<string, unknown>) =>
      (await server.call(tool, args)).data.next_steps ?? [];
    const install = 'Call odoo_install {"modules":["b"]}; no restart is needed for that.';
    expect(await steps('oca_link', { module: 'b', dry_run: true })).toEqual([install]);
    expect(await steps('oca_link', { module: 'b' })).toEqual([install]);
    const listed = 'No restart is needed. Odoo goes on listing b: an install from that list would get stuck.';
    expect(await steps('oca_unlink', { modules: ['b'] })).toEqual([listed]);
    // Nobody knows whether Odoo looked for it meanwhile.
    expect(await steps('oca_link', { module: 'b' })).toEqual([
      'Restart Odoo first: Odoo may remember that b was missing.',
      'Call odoo_install {"modules":["b"],"restarted":true}.',
    ]);
    expect(await steps('oca_link', { module: 'b', refresh: true })).toEqual([install]);
    // What Odoo takes for the version of a manifest that it remembers to be missing.
    known.b = '17.0.1.0';
    expect(await steps('oca_link', { module: 'b', refresh: true })).toEqual([
      'Restart Odoo first: Odoo remembers another manifest of b than there is now, or none.',
      'Call odoo_install {"modules":["b"],"restarted":true}.',
    ]);
    for (const action of ['status', 'install']) {
      const wrong = await runCli(['odoo', action, 'a-b', '--config', config], { env });
      expect(wrong.stderr).toContain('MODULE is "a-b", not the technical name');
    }
    const { stdout } = await runCli(['link', 'oca', 'b', '--refresh', '--config', config], { env });
    expect(stdout).toMatch(/^Next: Run `odoo-link-mcp odoo install b --restarted --config \S+`\.$/m);
  });

  it('is asked before an unlink: what is installed stays linked, unless it is forced', async () => {
    const { world, odoo, config, env } = await withOdoo({
      modules: { a: { state: 'installed', installed: '17.0.1.0.0', onDisk: '17.0.1.0.0' } },
    });
    const server = await startServer(['--config', config], { env });
    const refused = await server.call('oca_unlink', { modules: ['a'] });
    expect(refused.data).toMatchObject({
      code: 'still_installed',
      module: 'a',
      details: { installed: ['a'] },
    });
    expect(refused.text).toContain('call again with force: true');
    expect(readdirSync(world.at('linked'))).toEqual(['a']);
    const forced = await server.call('oca_unlink', { modules: ['a'], force: true, dry_run: true });
    expect(forced.data).toMatchObject({ status: 'planned' });
    await odoo.close();
    const unasked = await server.call('oca_unlink', { modules: ['a'] });
    expect(unasked.data).toMatchObject({ code: 'odoo_failed', details: { reason: 'unreachable' } });
    expect(unasked.text).toContain('not known whether a is installed, and nothing was unlinked');
    expect(unasked.text).toContain('To unlink all the same, call again with force: true');
    expect(readdirSync(world.at('linked'))).toEqual(['a']);
    const anyway = await server.call('oca_unlink', { modules: ['a'], force: true });
    expect(anyway.data).toMatchObject({ status: 'unlinked' });
  });

  it('is seen beside the links, by link_status and by addon_info', async () => {
    const { odoo, config, env } = await withOdoo({
      modules: {
        a: { state: 'installed', installed: '17.0.0.9', onDisk: '17.0.1.0.0' },
        b: { state: 'installed', installed: '17.0.1.0.0', onDisk: '17.0.1.0.0' },
      },
    });
    const server = await startServer(['--config', config], { env });
    const status = await server.call('link_status', { odoo: true });
    expect(status.data).toMatchObject({
      counts: { ok: 1 },
      odoo: {
        counts: { installed: 2 },
        modules: [
          { module: 'b', note: expect.stringContaining('is not linked') },
          { module: 'a', note: expect.stringContaining('upgrade it (odoo_upgrade)') },
        ],
      },
    });
    expect(status.text).toContain('- a (17.0.0.9, on the disk 17.0.1.0.0): installed.');
    const info = await server.call('addon_info', { module: ['a', 'b'], odoo: true });
    expect(info.data).toMatchObject({ odoo: { counts: { installed: 2 } } });
    expect(odoo.calls).not.toContain('update_list');
    expect(JSON.stringify([status, info]) + server.stderr()).not.toContain(SECRET);
    await odoo.close();
    for (const [tool, args] of [
      ['link_status', { odoo: true }],
      ['addon_info', { module: 'a', odoo: true }],
    ] as const) {
      const { data } = await server.call(tool, args);
      expect(data).toMatchObject({
        status: 'ok',
        odoo: { problem: expect.stringContaining('cannot be reached') },
      });
    }
  });

  it('is seen by status --odoo and info --odoo, with the exit code of a problem', async () => {
    const { odoo, config, env } = await withOdoo({
      modules: { a: { state: 'installed', installed: '17.0.1.0.0', onDisk: '17.0.1.0.0' } },
    });
    const run = (...args: string[]) => runCli([...args, '--config', config], { env });
    expect(await run('status', '--odoo')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('In Odoo: 1 installed.'),
    });
    expect(await run('status', '--all', '--odoo')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('In Odoo: 1 installed.'),
    });
    expect(await run('info', 'a', '--odoo')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('In Odoo: a (17.0.1.0.0): installed'),
    });
    expect(await run('status', '--orphans', '--odoo')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('orphans does not go together with odoo'),
    });
    odoo.modules.set('a', { state: 'to install', installed: false, onDisk: '17.0.1.0.0' });
    expect(await run('status', '--odoo')).toMatchObject({ code: 1 });
    await odoo.close();
    expect(await run('status', '--odoo')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('What Odoo says is not known'),
    });
  });

  it('is there only where an Odoo is configured', async () => {
    const { config, env } = await withOdoo();
    const server = await startServer(['--config', config], { env });
    expect(JSON.stringify(await server.listTools())).toContain('"odoo":{');
    const plain = await startServer(['--config', createWorld().config()]);
    const tools = await plain.listTools();
    expect(tools.map(({ name }) => name)).not.toContain('odoo_refresh');
    for (const { inputSchema, outputSchema } of tools)
      expect(JSON.stringify([inputSchema, outputSchema])).not.toContain('"odoo":{');
  });
});
