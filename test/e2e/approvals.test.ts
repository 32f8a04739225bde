import { chmodSync, chownSync, lchownSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLines } from '../audit/entries.ts';
import { onTerminal, runCli, startServer, type TestServer } from '../support/server.ts';
import { AS_UNPRIVILEGED, ENV_OF_UNPRIVILEGED, unprivileged } from '../support/users.ts';
import { createWorld, type World } from '../support/world.ts';

const APPROVED = { oca_link: { action: 'require_approval' } };

const configOf = (world: World, tools: Record<string, unknown>, rest: Record<string, unknown> = {}) =>
  world.config({}, { policy: { version: '1', default: 'deny', tools, ...rest } });

/** A world with the modules a, and b that needs c. */
function prepare(tools: Record<string, unknown> = APPROVED, rest: Record<string, unknown> = {}) {
  const world = createWorld();
  world.module('src/oca/web/a');
  world.module('src/oca/web/b', { depends: ['c'] });
  world.module('src/oca/web/c');
  return { world, config: configOf(world, tools, rest) };
}

const start = (config: string) => startServer(['--config', config]);
const links = (world: World) => readdirSync(world.at('linked')).sort();
const approvals = (config: string, ...args: string[]) => runCli(['approvals', ...args, '--config', config]);
const approve = (config: string, id: string) => approvals(config, 'approve', id, '--yes');

async function ask(server: TestServer, module: string | string[], more: Record<string, unknown> = {}) {
  return (await server.call('oca_link', { module, ...more })).data;
}

describe('a call that needs an approval', () => {
  it('is planned in full, refused, and runs once when it was approved', async () => {
    const { world, config } = prepare();
    const server = await start(config);
    const refused = await ask(server, 'b');
    const { id } = refused.details;
    expect(refused).toMatchObject({
      code: 'approval_required',
      rule: '/tools/oca_link/action',
      details: {
        command: `odoo-link-mcp approvals approve ${id}`,
        target_dirs: [world.at('linked')],
        links: [
          { module: 'b', action: 'create', source: world.at('src/oca/web/b') },
          { module: 'c', action: 'create', source: world.at('src/oca/web/c') },
        ],
      },
    });
    expect(refused.message).toMatch(/create b, create c needs approval\. Nothing was changed\./);
    expect((await ask(server, 'b')).details.id).toBe(id);
    expect(links(world)).toEqual([]);
    expect(await approve(config, id)).toMatchObject({ code: 0, stdout: expect.stringContaining('approved') });
    expect(await ask(server, 'b')).toMatchObject({ status: 'linked' });
    expect(links(world)).toEqual(['b', 'c']);
    await runCli(['unlink', 'oca', 'b', 'c', '--config', config]);
    const again = await ask(server, 'b');
    expect(again.code).toBe('approval_required');
    expect(again.details.id).not.toBe(id);
  });

  it('is another call with other arguments, another plan or another policy', async () => {
    const { world, config } = prepare();
    const server = await start(config);
    const { details } = await ask(server, 'b');
    await approve(config, details.id);
    expect((await ask(server, 'b', { replace: true })).code).toBe('approval_required');
    world.module('src/oca/web/c', { depends: ['a'] });
    expect((await ask(server, 'b')).details.links.map(({ module }: { module: string }) => module)).toContain(
      'a',
    );
    world.module('src/oca/web/c');
    const stricter = await start(configOf(world, { ...APPROVED, ee_link: {} }));
    expect((await ask(stricter, 'b')).code).toBe('approval_required');
    expect(links(world)).toEqual([]);
    expect(await ask(server, 'b')).toMatchObject({ status: 'linked' });
  });

  it('is not asked for when it is a dry run, or has nothing to do', async () => {
    const { world, config } = prepare();
    const server = await start(config);
    expect(await ask(server, 'a', { dry_run: true })).toMatchObject({ status: 'planned' });
    world.link('../src/oca/web/a', 'linked/a');
    expect(await ask(server, 'a')).toMatchObject({ status: 'already_linked' });
    const { stdout } = await approvals(config, 'list');
    expect(stdout).toBe(`No call has asked for approval in ${world.at('state')}.\n`);
  });

  it('stays refused when it was denied, whoever approves it then', async () => {
    const { world, config } = prepare();
    const server = await start(config);
    const { id } = (await ask(server, 'a')).details;
    expect(await approvals(config, 'deny', id, '--yes')).toMatchObject({ code: 0 });
    expect(await approve(config, id)).toMatchObject({
      code: 1,
      stderr: `odoo-link-mcp: ${id} can no longer be decided: it is denied.\n`,
    });
    expect(await ask(server, 'a')).toMatchObject({ code: 'policy_denied', reason: 'it was not approved' });
    expect(links(world)).toEqual([]);
  });

  it('pays when it runs, not when it asks; and deny rules come first', async () => {
    const limits = [{ counter: 'c', window: 'day', max: 1, refund: false }];
    const deny_if = [{ 'args.module': { eq: 'c' } }];
    const { config } = prepare({ oca_link: { ...APPROVED.oca_link, limits, deny_if } });
    const server = await start(config);
    for (let attempt = 0; attempt < 3; attempt++)
      expect((await ask(server, 'a')).code).toBe('approval_required');
    expect((await ask(server, 'b')).code).toBe('policy_denied');
    await approve(config, (await ask(server, 'a')).details.id);
    expect(await ask(server, 'a')).toMatchObject({ status: 'linked', limit: { remaining: 0 } });
    expect((await ask(server, 'a', { replace: true })).code).toBe('rate_limited');
  });

  it('expires', async () => {
    const { config } = prepare(APPROVED, { approval_ttl: 1 });
    const server = await start(config);
    const { id } = (await ask(server, 'a')).details;
    await approve(config, id);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect((await ask(server, 'a')).details.id).not.toBe(id);
    expect((await approvals(config, 'show', id)).stdout).toContain(`${id} (expired)`);
  });

  it('may be one that only looks', async () => {
    const { world, config } = prepare({ link_status: { action: 'require_approval' } });
    const server = await start(config);
    const refused = (await server.call('link_status', {})).data;
    expect(refused).toMatchObject({ code: 'approval_required' });
    await approve(config, refused.details.id);
    expect((await server.call('link_status', {})).data).toMatchObject({ status: 'ok' });
    expect((await server.call('link_status', {})).data.code).toBe('approval_required');
    expect(readLines(world.at('state'))).toMatchObject([
      { kind: 'decision', decision: 'approval' },
      { kind: 'decision', decision: 'allow', approval: refused.details.id },
      { kind: 'outcome', outcome: 'done' },
      { kind: 'decision', decision: 'approval' },
    ]);
  });

  it('may be approved by root for a server of another user', async () => {
    const { world, config } = prepare();
    const all = (...parts: string[]) => {
      const folder = world.at(...parts);
      return [
        folder,
        ...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
      ];
    };
    // Whoever does not run this as root approves for themselves.
    const { uid, gid } = unprivileged;
    if (uid !== undefined) for (const path of all()) lchownSync(path, uid, gid);
    const server = await startServer(['--config', config], {
      command: [process.execPath, ...AS_UNPRIVILEGED],
    });
    const { id } = (await ask(server, 'a')).details;
    expect(await approve(config, id)).toMatchObject({ code: 0 });
    const owners = new Set(all('state').map((path) => lstatSync(path).uid));
    expect([...owners]).toEqual([uid ?? process.getuid?.()]);
    expect(await ask(server, 'a')).toMatchObject({ status: 'linked' });
    expect(lstatSync(world.at('linked/a')).uid).toBe([...owners][0]);
  });

  it('runs once when many servers try at the same time', async () => {
    const { world, config } = prepare();
    const servers = await Promise.all(Array.from({ length: 4 }, () => start(config)));
    const { id } = (await ask(servers[0] as TestServer, 'a')).details;
    await approve(config, id);
    const answers = await Promise.all(servers.map((server) => ask(server, 'a')));
    const linked = answers.filter(({ status }) => status === 'linked');
    expect(linked).toHaveLength(1);
    for (const { status, code } of answers.filter((answer) => !linked.includes(answer)))
      expect(['already_linked', 'approval_required']).toContain(code ?? status);
    expect(links(world)).toEqual(['a']);
  });
});

describe('the commands for approvals', () => {
  it('show what a call would change, and who decided', async () => {
    const { world, config } = prepare();
    const { id } = (await ask(await start(config), 'a')).details;
    const shown = (await approvals(config, 'show', id)).stdout;
    for (const text of [`${id} (requested)`, `a -> ${world.at('src/oca/web/a')}`, '"module":"a"', 'uid:'])
      expect(shown).toContain(text);
    await runCli(['approvals', 'approve', id, '--yes', '--config', config], { env: { SUDO_USER: 'alice' } });
    expect((await approvals(config, 'show', id)).stdout).toMatch(/approved {2}by alice as .+, /);
    const listed = JSON.parse((await approvals(config, 'list', '--json')).stdout);
    expect(listed).toMatchObject([{ state: 'approved', decision: { channel: 'operator' } }]);
  });

  it.each([
    ['y', 'y\r', 'approved'],
    ['Yes and a space', 'Yes \r', 'approved'],
    ['n', 'n\r', 'requested'],
    ['nothing', '\r', 'requested'],
    ['a word that begins with y', 'yellow\r', 'requested'],
    ['Ctrl-D', '\u0004', 'requested'],
    ['Ctrl-C', '\u0003', 'requested'],
    ['a terminal that is closed', '', 'requested'],
  ])('ask at a terminal: %s', async (_, answer, state) => {
    const { world, config } = prepare();
    const { id } = (await ask(await start(config), 'a')).details;
    const { code, stdout } = await runCli(['approvals', 'approve', id, '--config', config], {
      through: onTerminal('Approve this call? [y/N] ', answer),
      env: { TERM: 'xterm-256color' },
    });
    expect(stdout).toContain(`a -> ${world.at('src/oca/web/a')}`);
    expect(code === 0).toBe(state === 'approved');
    // A closed terminal has nobody to tell.
    if (code !== 0 && answer !== '')
      expect(stdout).toContain('\nodoo-link-mcp: The request was not decided.');
    const listed = JSON.parse((await approvals(config, 'list', '--json')).stdout);
    expect(listed).toMatchObject([{ request: { id }, state }]);
  });

  it('show a folder whose name would command the terminal as what it is', async () => {
    const { world, config } = prepare();
    // Clears the screen, in two ways; gives the window another title; turns the rest of the line round.
    world.module('src/oca/\u001b[2J\u009b2J\u001b]0;owned\u0007\u202eweb/d');
    const { id } = (await ask(await start(config), 'd')).details;
    const { code, stdout } = await runCli(['approvals', 'deny', id, '--config', config], {
      through: onTerminal('Deny this call? [y/N] ', 'y\r'),
      // Of its own accord the command sends no codes to such a terminal.
      env: { TERM: 'dumb' },
    });
    expect(code).toBe(0);
    const shown = String.raw`/src/oca/\u{1b}[2J\u{9b}2J\u{1b}]0;owned\u{7}\u{202e}web/d`;
    expect(stdout).toContain(`d -> ${world.path}${shown}`);
    expect(stdout.replace(/\r*\n/g, '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  });

  it.each(['', '{"id":', 'null', '{}'])('name a record that is none: %o', async (text) => {
    const { world, config } = prepare();
    mkdirSync(world.at('state/approvals'), { recursive: true, mode: 0o700 });
    const path = world.file('state/approvals/0123456789.json', text);
    const problem = `${path} is not a record that the server wrote: move it away`;
    expect(await approvals(config, 'list')).toMatchObject({
      code: 1,
      stderr: `odoo-link-mcp: The approvals cannot be read or written: ${problem}.\n`,
    });
    const server = await start(config);
    expect(await ask(server, 'a')).toMatchObject({ code: 'policy_denied', reason: 'approvals unavailable' });
    expect(server.stderr()).toContain(problem);
  });

  it('say what to do where the records cannot be read', async () => {
    const { world, config } = prepare();
    const { uid, gid } = unprivileged;
    if (uid !== undefined) chownSync(world.path, uid, gid);
    chmodSync(world.folder('state'), 0);
    const options = { env: ENV_OF_UNPRIVILEGED };
    expect(await runCli(['approvals', 'list', '--config', config], options)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /cannot be read or written: EACCES: .* Run this command as the user the server runs as, or as root\.\n$/,
      ),
    });
    chmodSync(world.at('state'), 0o700);
  });

  it('decide nothing without a terminal or --yes', async () => {
    const { config } = prepare();
    const server = await start(config);
    const { id } = (await ask(server, 'a')).details;
    for (const verb of ['approve', 'deny']) {
      expect(await approvals(config, verb, id)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(`approvals ${verb} needs a terminal, or --yes.`),
      });
    }
    expect((await approvals(config, 'list')).stdout).toContain('requested');
    expect(await approve(config, '0123456789')).toMatchObject({ code: 1 });
    expect(await approvals(config, 'approve')).toMatchObject({ code: 2 });
  });
});
