import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { publint } from 'publint';
import { describe, expect, it } from 'vitest';
import { packNpm } from '../../scripts/package.ts';
import { createWorld, type World } from '../support/world.ts';

const ROOT = join(import.meta.dirname, '../..');
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** Runs lines of a shell in the folder `empty`, which has the package in it, with npm offline and its cache empty. */
function shell(world: World, lines: string) {
  const env = {
    HOME: world.path,
    PATH: `${world.at('prefix/bin')}:${process.env.PATH}`,
    npm_config_offline: 'true',
    npm_config_cache: world.at('npm-cache'),
    npm_config_prefix: world.at('prefix'),
    npm_config_update_notifier: 'false',
    // What is cloned from the OCA comes from a folder.
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `url.file://${world.at('github')}/.insteadOf`,
    GIT_CONFIG_VALUE_0: 'https://github.com/OCA/',
  };
  const { status, stdout, stderr } = spawnSync('bash', ['-euc', lines], {
    cwd: world.at('empty'),
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { status, stdout, stderr };
}

function packInto(world: World): string {
  world.folder('prefix/lib');
  return basename(packNpm(world.folder('empty')));
}

describe('the npm package', () => {
  it('is all that an offline install in an empty folder needs: --version, demo and check run', () => {
    const world = createWorld();
    const file = packInto(world);
    expect(readdirSync(world.at('empty'))).toEqual([file]);
    const installed = shell(world, `npm install --no-audit --no-fund ./${file}`);
    expect([installed.status, installed.stderr]).toEqual([0, '']);
    // The program is bundled: no other package comes along.
    expect(readdirSync(world.at('empty/node_modules')).sort()).toEqual([
      '.bin',
      '.package-lock.json',
      'odoo-link-mcp',
    ]);
    const run = (args: string) => shell(world, `npx odoo-link-mcp ${args}`);
    expect(run('--version')).toEqual({ status: 0, stdout: `${manifest.version}\n`, stderr: '' });
    expect(run('demo')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('# What the addons directory'),
    });
    const fixtures = 'node_modules/odoo-link-mcp/fixtures';
    expect(run(`check ${fixtures}/oca/report-tools --series 17.0`)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('none would be refused'),
    });
    expect(run(`check ${fixtures}/broken --series 17.0`)).toMatchObject({ status: 1 });
  });

  it('asks npm for nothing but to unpack it: it has no scripts', () => {
    const world = createWorld();
    const file = packInto(world);
    execFileSync('tar', ['-xzf', file], { cwd: world.at('empty') });
    const packed = JSON.parse(readFileSync(world.at('empty/package/package.json'), 'utf8'));
    expect(packed).toMatchObject({ name: 'odoo-link-mcp', bin: manifest.bin, engines: manifest.engines });
    for (const key of ['scripts', 'dependencies', 'devDependencies']) expect(packed).not.toHaveProperty(key);
  });

  it('leads to a first link by the commands of the README, as they stand there', () => {
    const world = createWorld();
    packInto(world);
    world.module('github/partner-contact/partner_contact_birthdate');
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', world.at('github/partner-contact'), ...args], { stdio: 'ignore' });
    git('init', '-q', '-b', '17.0');
    git('add', '.');
    git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-qm', 'A module');
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    const [, block] = /## Your first link\n[\s\S]*?```sh\n([\s\S]*?)```/.exec(readme) as unknown as [
      string,
      string,
    ];
    const { status, stdout, stderr } = shell(world, block);
    expect([status, stderr]).toEqual([0, expect.stringMatching(/^Cloning into .*\n$/)]);
    expect(stdout).toContain('0 problems, 0 warnings.');
    expect(stdout).toContain(`Linked: 1 module in ${world.at('odoo/linked')} (instance default, Odoo 17.0).`);
    expect(readdirSync(world.at('odoo/linked'))).toEqual(['partner_contact_birthdate']);
  });

  it('has nothing that publint objects to', async () => {
    const world = createWorld();
    const file = packInto(world);
    const tarball = readFileSync(world.at('empty', file));
    const { messages } = await publint({
      pack: {
        tarball: tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.length) as ArrayBuffer,
      },
      strict: true,
    });
    expect(messages).toEqual([]);
  });

  it('says where it comes from, as the registry of MCP servers does', () => {
    const { name, repository } = JSON.parse(readFileSync(join(ROOT, 'server.json'), 'utf8'));
    // The registry takes a package only if the package names the server.
    expect(manifest.mcpName).toBe(name);
    expect(manifest.repository).toEqual({ type: 'git', url: `git+${repository.url}.git` });
    expect(manifest.homepage).toBe(`${repository.url}#readme`);
    expect(manifest.bugs).toBe(`${repository.url}/issues`);
  });
});
