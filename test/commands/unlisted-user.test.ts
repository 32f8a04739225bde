import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli, startServer } from '../support/server.ts';
import { createWorld, type World } from '../support/world.ts';

const PRELOAD = join(import.meta.dirname, '../support/unlisted.cjs');
const IN_NO_HOME = ['env', '-u', 'HOME'];
const UID = process.getuid?.() === 0 ? 54321 : process.getuid?.();

/** Gives the user what they would have made themselves. */
function own({ path }: World): void {
  if (process.getuid?.() === 0) execFileSync('chown', ['-R', `${UID}:${UID}`, path]);
}

function run(args: readonly string[], { cwd = '/', env = {} }: { cwd?: string; env?: object } = {}) {
  const preloaded = { NODE_OPTIONS: `--require "${PRELOAD}"`, ...env };
  return runCli(args, { cwd, env: preloaded, through: IN_NO_HOME });
}

function place(policy: object = { version: '1', default: 'allow' }) {
  const world = createWorld();
  world.module('src/oca/web/a');
  const config = world.config({}, { policy });
  own(world);
  return { world, config };
}

describe('a user without an entry in the list of users, and without HOME', () => {
  it('starts a server that links', async () => {
    const { config } = place();
    const command = [...IN_NO_HOME, process.execPath, '--require', PRELOAD];
    const server = await startServer(['--config', config], { command });
    expect((await server.call('oca_link', { module: 'a' })).data.status).toBe('linked');
  });

  it.each([
    ['status', '--json'],
    ['doctor'],
    ['search'],
    ['link', 'oca', 'a', '--dry-run'],
    ['approvals', 'list'],
    ['policy', 'show'],
  ])('%j works where no path depends on it', async (...args) => {
    const { config } = place();
    expect(await run([...args, '--config', config])).toMatchObject({ code: 0, stderr: '' });
  });

  it('decides about a request as a number', async () => {
    const { config } = place({
      version: '1',
      default: 'allow',
      tools: { oca_link: { action: 'require_approval' } },
    });
    const command = [...IN_NO_HOME, process.execPath, '--require', PRELOAD];
    const server = await startServer(['--config', config], { command });
    await server.call('oca_link', { module: 'a' });
    const list = await run(['approvals', 'list', '--json', '--config', config]);
    const id = JSON.parse(list.stdout)[0].request.id;
    expect((await run(['approvals', 'approve', id, '--yes', '--config', config])).code).toBe(0);
    const shown = await run(['approvals', 'show', id, '--config', config]);
    expect(shown.stdout).toMatch(new RegExp(`by uid ${UID}, `));
  });

  it.each([
    ['the state directory', (world: World) => instance(world, {}, null), 'Set HOME or stateDir'],
    ['a path with ~', (world: World) => instance(world, { python: '~/bin/python' }), 'set HOME.'],
    ['an odoo.conf', (world: World) => instance(world, { odooConf: 'odoo.conf' }), 'set HOME.'],
  ])('is told in one line that %s needs HOME', async (_, configure, hint) => {
    const world = createWorld();
    world.file('odoo.conf', '[options]\naddons_path = ~/addons');
    const config = configure(world);
    own(world);
    const { code, stdout, stderr } = await run(['status', '--config', config]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain(hint);
    expect(stderr).toContain(`uid ${UID}`);
  });

  it('finds no configuration in the working directory, with a relative or empty HOME neither', async () => {
    const world = createWorld();
    world.config();
    world.file('.config/odoo-link-mcp/odoo-link.json', '{"instances": {}, "stateDir": "/stolen"}');
    own(world);
    for (const HOME of [undefined, '', '.']) {
      const through = HOME === undefined ? IN_NO_HOME : ['env', `HOME=${HOME}`];
      const env = { NODE_OPTIONS: `--require "${PRELOAD}"` };
      const { code, stderr } = await runCli(['approvals', 'list'], { cwd: world.path, env, through });
      expect([HOME, code]).toEqual([HOME, 2]);
      expect(stderr).toContain('No instance is configured.');
      expect(stderr).not.toContain('.config');
      expect(stderr).toContain('Set HOME or stateDir');
    }
  });
});

function instance(world: World, settings: object, stateDir: string | null = 'state'): string {
  return world.config({ ...settings }, stateDir === null ? { stateDir: undefined } : { stateDir });
}
