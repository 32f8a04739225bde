import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from './support/server.ts';
import { createWorld, type World } from './support/world.ts';

const ROOT = join(import.meta.dirname, '..');

/** Copies what an installation has to where no other package is in reach; returns a way to run it. */
function install(world: World) {
  const { files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  for (const name of ['package.json', ...files])
    cpSync(join(ROOT, name), world.at('installed', name), { recursive: true });
  /** Runs the copy; says what it printed, and which of its files it loaded. */
  return async (args: readonly string[], input = '') => {
    const coverage = world.folder('coverage');
    const cli = world.at('installed/dist/cli.js');
    const env = { NODE_V8_COVERAGE: coverage };
    const { code, stdout, stderr } = await runCli(args, { input, env, cli });
    const [report] = readdirSync(coverage);
    const { result } = JSON.parse(readFileSync(join(coverage, report as string), 'utf8'));
    const urls: string[] = result.map(({ url }: { url: string }) => url);
    const loaded = urls.flatMap((url) => /\/installed\/dist\/(.*)$/.exec(url)?.[1] ?? []).sort();
    return { code, stdout, stderr, loaded };
  };
}

const request = (id: number, method: string, params: Record<string, unknown>) =>
  `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`;
const clientInfo = { name: 'test', version: '0' };
const INITIALIZE = request(0, 'initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo });

describe('the built program, copied elsewhere', () => {
  it('says its version from two files', async () => {
    const run = install(createWorld());
    expect(await run(['--version'])).toMatchObject({ code: 0, loaded: ['cli.js', 'main.js'] });
  });

  it.each([
    ['the built-in policy', undefined],
    ['a policy without patterns', { version: '1', default: 'deny', tools: { oca_link: {} } }],
  ])('serves with %s from three files', async (_, policy) => {
    const world = createWorld();
    const run = install(world);
    const { code, stdout, loaded } = await run(
      ['serve', '--config', world.config({}, { policy })],
      INITIALIZE,
    );
    expect([code, JSON.parse(stdout).result.serverInfo.name]).toEqual([0, 'odoo-link-mcp']);
    expect(loaded).toEqual(['cli.js', 'main.js', 'serve.js']);
  });

  it('loads git and patterns of paths for those who use them', async () => {
    const world = createWorld();
    world.module('src/oca/web/a');
    execFileSync('git', ['-C', world.at('src/oca/web'), 'init', '-q', '-b', '17.0']);
    const run = install(world);
    const config = world.config({ roots: { oca: ['src/o*'] } });
    const { code, stdout, loaded } = await run(['link', 'oca', 'a', '--json', '--config', config]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'linked', repositories: [{ branch: '17.0' }] });
    expect(loaded).toEqual(['cli.js', 'fast-glob.cjs', 'main.js', 'shell.js']);
  });

  it('loads the index of words for a search that is no name', async () => {
    const world = createWorld();
    world.module('src/oca/web/web_responsive', { summary: 'For phones' });
    const run = install(world);
    const search = (...words: string[]) => run(['search', ...words, '--json', '--config', world.config()]);
    const byName = await search('web_resp');
    expect([byName.code, JSON.parse(byName.stdout).total, byName.loaded]).toEqual([
      0,
      1,
      ['cli.js', 'main.js', 'shell.js'],
    ]);
    rmSync(world.at('coverage'), { recursive: true });
    const inWords = await search('a', 'module', 'for', 'my', 'phone');
    expect([inWords.code, JSON.parse(inWords.stdout).total]).toEqual([0, 1]);
    expect(inWords.loaded).toEqual(['cli.js', 'main.js', 'minisearch.cjs', 'shell.js']);
  });

  it('loads the names of characters for a manifest that has one', async () => {
    const world = createWorld();
    world.module('src/oca/web/a');
    world.file(
      'src/oca/web/b/__manifest__.py',
      "{'name': '\\N{BULLET}', 'version': '17.0.1.0.0', 'license': 'AGPL-3'}",
    );
    world.file('src/oca/web/b/__init__.py');
    const run = install(world);
    const args = (module: string) => [
      'check',
      world.at('src/oca/web', module),
      '--series',
      '17.0',
      '--format',
      'jsonl',
    ];
    const plain = await run(args('a'));
    expect([plain.code, plain.loaded]).toEqual([0, ['check.js', 'cli.js', 'main.js']]);
    rmSync(world.at('coverage'), { recursive: true });
    const named = await run(args('b'));
    expect(JSON.parse(named.stdout).manifest.name).toBe('•');
    expect([named.code, named.loaded]).toEqual([0, ['check.js', 'cli.js', 'main.js', 'unicode-names.cjs']]);
  });

  it('loads regular expressions for a policy that has one', async () => {
    const world = createWorld();
    const run = install(world);
    const tools = { oca_link: { require: [{ 'args.module': { regex: '^web_' } }] } };
    const file = world.file('policy.json', JSON.stringify({ version: '1', default: 'deny', tools }));
    const { code, stdout, loaded } = await run(['policy', 'check', file]);
    expect([code, stdout]).toEqual([0, expect.stringContaining('^web_')]);
    expect(loaded).toEqual(['cli.js', 'main.js', 're2js.cjs', 'shell.js']);
  });

  it('loads the driver of PostgreSQL for a policy that names a database', async () => {
    const world = createWorld();
    const run = install(world);
    const policy = {
      version: '1',
      default: 'deny',
      tools: { link_status: { rate_limit: '1/minute' } },
      limiter: { postgres: `postgres:///x?host=${world.at('nobody')}` },
    };
    const call = request(1, 'tools/call', { name: 'link_status', arguments: {} });
    const { code, stdout, loaded } = await run(
      ['serve', '--config', world.config({}, { policy })],
      INITIALIZE + call,
    );
    expect([code, stdout]).toEqual([0, expect.stringContaining('limiter unavailable')]);
    expect(loaded).toEqual(['cli.js', 'main.js', 'pg.cjs', 'serve.js']);
  });

  it('runs the demo, whose client checks the answers', async () => {
    const { code, stdout, stderr, loaded } = await install(createWorld())(['demo']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('# What the addons directory holds now');
    expect(loaded).toEqual(['ajv.cjs', 'cli.js', 'demo.js', 'main.js']);
  });
});

describe('THIRD_PARTY_LICENSES.txt', () => {
  it('names the packages in the bundles, each once', () => {
    const text = readFileSync(join(ROOT, 'dist/THIRD_PARTY_LICENSES.txt'), 'utf8');
    const named = [...text.matchAll(/^(\S+) \d+\.\d+\.\d+\S* \(/gm)].map(([, name]) => name);
    const asked = [
      '@modelcontextprotocol/client',
      '@modelcontextprotocol/server',
      'fast-glob',
      'jsonc-parser',
      'minisearch',
      'pg',
      're2js',
      'zod',
    ];
    const withinTheSdk = ['ajv', 'ajv-formats', 'content-type', 'fast-uri'];
    expect(named).toEqual(expect.arrayContaining([...asked, ...withinTheSdk]));
    expect(new Set(named).size).toBe(named.length);
  });
});
