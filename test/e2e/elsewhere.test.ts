import { execFileSync } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli, startServer } from '../support/server.ts';
import { createWorld, type World } from '../support/world.ts';

/** The environment of a process that is told another system. */
const told = (name: string) => ({
  env: { NODE_OPTIONS: `--require ${join(import.meta.dirname, '../support', name)}` },
});
const MACOS = told('elsewhere.cjs');
const NO_PROC = told('no-proc.cjs');

/** Two checkouts with a module of the same name. */
function prepare(world: World): void {
  for (const name of ['new', 'old']) {
    world.module(`src/oca/${name}/a`);
    execFileSync('git', ['-C', world.at('src/oca', name), 'init', '-q', '-b', '17.0']);
  }
}

describe('without /proc, as on macOS, through the built server', () => {
  it('links, re-points and unlinks, tells the branch, and counts calls', async () => {
    const world = createWorld();
    prepare(world);
    const args = ['--config', world.config({}, { policy: undefined })];
    const server = await startServer(args, MACOS);
    const linked = await server.call('oca_link', { module: 'a', repo: 'old' });
    expect(linked.data).toMatchObject({ repositories: [{ repo: 'old', branch: '17.0' }] });
    expect(linked.text).toContain('9 of 10 left');
    const moved = await server.call('oca_link', { module: 'a', repo: 'new', replace: true });
    expect(moved.data).toMatchObject({ links: [{ action: 'replace' }] });
    expect(readlinkSync(world.at('linked/a'))).toBe(world.at('src/oca/new/a'));
    expect((await server.call('oca_unlink', { module: 'a' })).isError).toBe(false);
    expect(readdirSync(world.at('linked'))).toEqual([]);
  });

  it('shares one budget between servers', async () => {
    const world = createWorld();
    prepare(world);
    const policy = { version: '1', default: 'deny', tools: { oca_link: { rate_limit: '1/minute' } } };
    const args = ['--config', world.config({}, { policy })];
    const [one, other] = [await startServer(args, MACOS), await startServer(args, MACOS)];
    const link = { module: 'a', repo: 'new' };
    expect((await one.call('oca_link', link)).isError).toBe(false);
    expect((await other.call('oca_link', link)).data).toMatchObject({ code: 'rate_limited' });
  });

  it('has nothing that doctor objects to', async () => {
    const world = createWorld();
    prepare(world);
    const config = world.config({ roots: { oca: ['src/oca'] } });
    const { code, stdout } = await runCli(['doctor', '--config', config], MACOS);
    expect([code, stdout]).toEqual([0, expect.not.stringMatching(/^system$/m)]);
  });
});

describe('on Linux without /proc, through the built program', () => {
  it('a command links, by the path of the addons directory', async () => {
    const world = createWorld();
    prepare(world);
    const args = ['link', 'oca', 'a', '--repo', 'new', '--json', '--config', world.config()];
    const { code, stdout } = await runCli(args, NO_PROC);
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { repositories: [{ branch: '17.0' }] }]);
    expect(readlinkSync(world.at('linked/a'))).toBe(world.at('src/oca/new/a'));
  });

  it('calls with a rate limit are refused, since nobody can tell which boot this is', async () => {
    const world = createWorld();
    prepare(world);
    const server = await startServer(['--config', world.config({}, { policy: undefined })], NO_PROC);
    const { data } = await server.call('oca_link', { module: 'a', repo: 'new' });
    expect(data).toMatchObject({ code: 'policy_denied', message: expect.stringContaining('limiter') });
    expect(readdirSync(world.at('linked'))).toEqual([]);
  });

  it('doctor says what does not work', async () => {
    const world = createWorld();
    prepare(world);
    const config = world.config({ roots: { oca: ['src/oca'] } });
    const { code, stdout } = await runCli(['doctor', '--config', config], NO_PROC);
    expect([code, stdout]).toEqual([1, expect.stringContaining('calls with a rate limit are refused')]);
    expect(stdout).toContain('/proc is not there');
  });
});

describe('where no symlinks can be made, as on Windows without the right to, through the built program', () => {
  const NO_SYMLINKS = told('no-symlinks.cjs');

  it('a call says so, and changes nothing', async () => {
    const world = createWorld();
    prepare(world);
    world.link(world.at('src/oca/old/a'), 'linked/a');
    world.module('src/oca/new/b');
    const server = await startServer(['--config', world.config()], NO_SYMLINKS);
    for (const call of [{ module: 'b' }, { module: 'a', repo: 'new', replace: true }]) {
      const { data } = await server.call('oca_link', call);
      expect(data).toMatchObject({
        code: 'io_error',
        message: expect.stringMatching(
          / could not be linked: the file system has no symlinks, .* Nothing was changed\.$/,
        ),
        hint: expect.stringContaining('odoo-link-mcp doctor'),
      });
    }
    expect(readdirSync(world.at('linked'))).toEqual(['a']);
    expect(readlinkSync(world.at('linked/a'))).toBe(world.at('src/oca/old/a'));
  });

  it('doctor says so', async () => {
    const world = createWorld();
    prepare(world);
    const { code, stdout } = await runCli(['doctor', '--config', world.config()], NO_SYMLINKS);
    expect([code, stdout]).toEqual([1, expect.stringContaining('FAIL  symlinks cannot be made')]);
  });
});
