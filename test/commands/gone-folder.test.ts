import { describe, expect, it } from 'vitest';
import { runCli, startServer } from '../support/server.ts';
import { createWorld } from '../support/world.ts';

/** Starts a command in a folder that is removed before the command begins. */
const IN_GONE = ['sh', '-c', 'cd "$(mktemp -d)" && rmdir "$PWD" && exec "$@"', 'sh'];

describe('in a working directory that is gone', () => {
  it('the server starts and links when every path is absolute', async () => {
    const world = createWorld();
    world.module('src/oca/web/a');
    const config = world.config({ roots: { oca: ['src/*'] } });
    const server = await startServer(['--config', config], { command: [...IN_GONE, process.execPath] });
    expect((await server.call('oca_link', { module: 'a' })).data.status).toBe('linked');
  });

  it.each([
    ['doctor'],
    ['status'],
    ['link', 'oca', 'a'],
    ['search'],
    ['policy', 'show'],
    ['approvals', 'list'],
    ['check', 'WORLD/src', '--series', '17.0'],
    ['audit', 'tail', '--state-dir', 'WORLD/state'],
    ['apply', 'WORLD/links.json'],
    ['policy', 'check', 'WORLD/policy.json'],
    // Flags that are no paths: with and without a value, and of one letter.
    ['status', '--json'],
    ['search', '--json', '--limit', '5', '--family', 'oca'],
    ['info', 'a', '--json', '--branch', '17.0'],
    ['approvals', 'list', '--json'],
    ['audit', 'tail', '--json', '-n', '5', '--tool', 'oca_link'],
    ['link', 'oca', 'a', '--dry-run', '--instance', 'prod', '--repo', 'web'],
    ['repair', '--dry-run'],
    ['migrate', '--to', '18.0'],
  ])('%j works when every path is absolute', async (...args) => {
    const world = createWorld();
    world.module('src/oca/web/a');
    world.file('links.json', '{"version": 1, "series": "17.0", "links": []}');
    world.file('policy.json', '{"version": "1", "default": "allow"}');
    const env = { ODOO_LINK_CONFIG: world.config() };
    const typed = args.map((arg) => arg.replace('WORLD', world.path));
    const { code, stderr } = await runCli(typed, { env, through: IN_GONE });
    expect([code, stderr.replace(/^odoo-link-mcp: There is no audit trail .*\n/, '')]).toEqual([0, '']);
  });

  it.each([
    ['serve', '--config', 'c.json'],
    ['status', '--oca', 'src'],
    ['check', '.', '--series', '17.0'],
    ['audit', 'tail', '--state-dir', 'state'],
    ['audit', 'verify', '--state-dir', 'state'],
    ['apply', 'links.json'],
    ['policy', 'check', 'policy.json'],
  ])('%j says that the path is relative', async (...args) => {
    const { code, stdout, stderr } = await runCli(args, { through: IN_GONE });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(
      'is a relative path, but the working directory no longer exists; give an absolute path.',
    );
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('demo works', async () => {
    expect(await runCli(['demo'], { through: IN_GONE })).toMatchObject({ code: 0, stderr: '' });
  });
});
