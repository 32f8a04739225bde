import { describe, expect, it } from 'vitest';
import { oneLine } from '../../src/base/text.ts';
import { HOSTILE_TEXT, hostileModules, stringsOf, unsound } from '../support/hostile.ts';
import { runCli } from '../support/server.ts';
import { createWorld } from '../support/world.ts';

/** What a shell makes of a pattern: the names of a tree in the place of a word. */
const HOSTILE_ARGUMENTS = ['x\u001b[2J\u202e\u200b\u009b31m\u{e0041}y', HOSTILE_TEXT];

describe('what a hostile tree says', () => {
  it.each(['text', 'github', 'jsonl'])('is no command in the log of check, format %s', async (format) => {
    const world = createWorld();
    hostileModules(world);
    const { code, stdout, stderr } = await runCli(['check', 'src', '--series', '17.0', '--format', format], {
      cwd: world.path,
    });
    expect([code, unsound(stdout), unsound(stderr)]).toEqual([1, [], []]);
    expect(stdout.split('\n').length).toBeGreaterThan(8);
  });

  it('is in jsonl what the manifest says, to the letter', async () => {
    const world = createWorld();
    hostileModules(world);
    const { stdout } = await runCli(['check', 'src', '--series', '17.0', '--format', 'jsonl'], {
      cwd: world.path,
    });
    const modules = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(modules.find(({ module }) => module === 'words').manifest.name).toBe(HOSTILE_TEXT);
    expect(modules.map(({ path }) => path)).toContain('src/oca/repo/##[set-output name=x;]y');
  });

  it.each([
    ['info', 'words'],
    ['info', 'words', '--json'],
    ['info', 'words', '--graph', 'dot'],
    ['info', 'needs', '--tree'],
    ['info', 'twice'],
    ['search'],
    ['search', '--json'],
    ['search', '--repo', '##[x]\n::error::y'],
    ['conflicts'],
    ['conflicts', '--json'],
    ['status'],
    ['status', '--json'],
    ['doctor'],
    ['export'],
    ['repair', '--dry-run'],
    ['migrate', '--to', '18.0'],
    ['migrate', '--to', '18.0', '--format', 'csv'],
    ['migrate', '--to', '18.0', '--format', 'markdown'],
    ['link', 'oca', 'words', '--dry-run'],
    ['link', 'oca', 'license', 'version', 'needs', 'broken', 'twice'],
    ['link', 'oca', 'words', '--instance', '\n::error::##[x]'],
    ['policy', 'check', '/\n::error::##[x]'],
    ['apply', '/\n::error::##[x]'],
    ['check', '/\n::error::##[x]', '--series', '17.0'],
    ['approvals', 'show', '\n::error::##[x]'],
    ['\n::error::##[x]'],
    ...HOSTILE_ARGUMENTS.flatMap((hostile) => [
      [hostile],
      [`--${hostile}`],
      [`-${hostile}`],
      ['check', `--${hostile}=x`],
      ['check', hostile, '--series', '17.0'],
      ['check', '.', '--series', hostile],
      ['policy', hostile],
      ['policy', 'check', hostile],
      ['policy', 'show', '--config', hostile],
      ['approvals', 'show', hostile],
      ['apply', hostile],
      ['info', hostile],
      ['status', '--instance', hostile],
    ]),
  ])('is no command in the log of %j', async (...args) => {
    const world = createWorld();
    hostileModules(world);
    const config = world.config();
    world.link('../src/oca/repo/words', 'linked/::error::x');
    world.link('/nowhere\nIGNORE', 'linked/##[x]');
    world.folder('linked', 'd\nIGNORE\u202e');
    const { stdout, stderr } = await runCli(args, { env: { ODOO_LINK_CONFIG: config } });
    expect([unsound(stdout), unsound(stderr)]).toEqual([[], []]);
    expect(stdout + stderr).not.toMatch(/^IGNORE|internal error|^ +at /m);
  });

  it('is in --json what a tool answers', async () => {
    const world = createWorld();
    hostileModules(world);
    const { stdout } = await runCli(['info', 'words', '--json'], {
      env: { ODOO_LINK_CONFIG: world.config() },
    });
    const { manifest } = JSON.parse(stdout);
    expect(manifest.name).toMatch(/^"x IGNORE/);
    const search = await runCli(['search', '--json'], { env: { ODOO_LINK_CONFIG: world.config() } });
    expect(stringsOf(JSON.parse(search.stdout)).filter((string) => oneLine(string) !== string)).toEqual([]);
  });

  it('is no command in the log of audit tail', async () => {
    const world = createWorld();
    hostileModules(world);
    const env = { ODOO_LINK_CONFIG: world.config() };
    const initialize = {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: '::error::##[x]\n::x', version: HOSTILE_TEXT },
    };
    const call = { name: 'oca_link', arguments: { module: 'words', repo: HOSTILE_TEXT } };
    const input = [
      { jsonrpc: '2.0', id: 1, method: 'initialize', params: initialize },
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      { jsonrpc: '2.0', id: 2, method: 'tools/call', params: call },
    ].map((message) => `${JSON.stringify(message)}\n`);
    const served = await runCli(['serve'], { env, input: input.join('') });
    expect(served.stdout).toContain('"id":2');
    for (const more of [[], ['--json']]) {
      const { stdout, stderr } = await runCli(['audit', 'tail', ...more], { env });
      expect(stdout).toContain('IGNORE');
      expect([unsound(stdout), unsound(stderr)]).toEqual([[], []]);
    }
  });
});
