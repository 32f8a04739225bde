/**
 * .ci/conformance: the official suite against the built server, and against one with fixtures, in both revisions of the
 * protocol; then what an inspector makes of the list of tools. Fails for whatever fails and is not in scenarios.json, and for
 * what is there and does not fail.
 *
 * Its argument is a folder where the packages are installed, which it may write to.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { type StartCommand, startBridge } from './bridge.ts';
import expected from './scenarios.json' with { type: 'json' };

const REVISIONS = ['2025-11-25', '2026-07-28'] as const;
const KINDS = ['built', 'fixtures'] as const;
type Kind = (typeof KINDS)[number];

/** What the suite says about one requirement. */
interface Check {
  readonly id: string;
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO';
  readonly errorMessage?: string;
}
/** Checks by scenario. */
type Results = ReadonlyMap<string, readonly Check[]>;

const folder = resolve(process.argv[2] as string);
const root = join(import.meta.dirname, '../..');
const modules = join(folder, 'node_modules');
/** The suite needs a later Node than the program. */
const laterNode = join(modules, 'node/bin/node');
const fixtureServer = join(folder, 'fixture-server.mjs');

/** Runs a command to its end, whatever its end is. */
function run(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return new Promise<{ code: unknown; out: string; err: string }>((done) =>
    execFile(
      laterNode,
      args,
      { env: { ...process.env, HOME: folder, ...env }, maxBuffer: 2 ** 28 },
      (error, out, err) => done({ code: error === null ? 0 : error.code, out, err }),
    ),
  );
}

/** A configuration of its own for a server: a few modules, and a tool that asks first. */
function configure(name: string): string {
  const place = join(folder, 'worlds', name);
  rmSync(place, { recursive: true, force: true });
  cpSync(join(root, 'fixtures'), join(place, 'src'), { recursive: true });
  mkdirSync(join(place, 'linked'));
  const config = {
    instances: {
      prod: { series: '17.0', addonsDirs: ['linked'], roots: { oca: ['src/oca'], ee: ['src/ee'] } },
    },
    policy: {
      version: '1',
      default: 'allow',
      approval_channel: 'elicit',
      tools: { oca_link: { action: 'require_approval' } },
    },
    stateDir: 'state',
  };
  const file = join(place, 'odoo-link.json');
  writeFileSync(file, JSON.stringify(config));
  return file;
}

function startOf(kind: Kind, revision: string): StartCommand {
  const config = configure(`${kind}-${revision}`);
  const args =
    kind === 'built' ? [join(root, 'dist/cli.js'), 'serve', '--config', config] : [fixtureServer, config];
  return { command: process.execPath, args, env: { PATH: process.env.PATH as string, HOME: folder } };
}

async function bundleFixtureServer(): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, 'fixture-server.ts')],
    outfile: fixtureServer,
    bundle: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
    logLevel: 'warning',
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
  });
  cpSync(join(root, 'src/data'), join(folder, 'data'), { recursive: true });
}

/** Runs every scenario of a revision. */
async function runSuite(kind: Kind, revision: string): Promise<Results> {
  const out = join(folder, 'results', `${kind}-${revision}`);
  rmSync(out, { recursive: true, force: true });
  const bridge = await startBridge(startOf(kind, revision));
  const suite = join(modules, '@modelcontextprotocol/conformance/dist/index.js');
  const asked = ['--suite', 'all', '--spec-version', revision, '-o', out];
  const said = await run([suite, 'server', '--url', bridge.url, ...asked]);
  bridge.close();
  try {
    return new Map(
      readdirSync(out).map((name) => [
        name.replace(/^server-|-\d{4}-\d\d-\d\dT[\w-]+$/g, ''),
        JSON.parse(readFileSync(join(out, name, 'checks.json'), 'utf8')),
      ]),
    );
  } catch (error) {
    throw new Error(`the suite ended with ${said.code} and no results: ${error}\n${said.out}${said.err}`);
  }
}

const fixtures = new Set(expected.fixtures);
const notApplicable = new Map(Object.entries(expected.notApplicable));
const expectedFailures = new Map(Object.entries(expected.expectedFailures));
const problems: string[] = [];
const met = { scenarios: new Set<string>(), failures: new Set<string>() };

const failed = (checks: readonly Check[]) =>
  checks.filter(({ status }) => status === 'FAILURE' || status === 'WARNING');
/** The suite checks the form of messages in every scenario; that alone is no success. */
const hasPassed = (checks: readonly Check[]) =>
  checks.some(({ id, status }) => status === 'SUCCESS' && id !== 'wire-schema-valid');

/** What became of a scenario, for the table. */
function judge(scenario: string, revision: string, results: Readonly<Record<Kind, Results>>): string {
  met.scenarios.add(scenario);
  const kind = fixtures.has(scenario) ? 'fixtures' : 'built';
  const checks = results[kind].get(scenario) ?? [];
  const reason = notApplicable.get(scenario);
  if (reason !== undefined) {
    if (failed(checks).length === 0 && hasPassed(checks))
      problems.push(`${scenario} in ${revision}: passes, so it is not to be listed as not applicable`);
    return `not applicable: ${reason}`;
  }
  const excused: string[] = [];
  for (const { id, errorMessage } of failed(checks)) {
    const name = `${scenario}:${id}`;
    met.failures.add(name);
    const why = expectedFailures.get(name);
    if (why === undefined) problems.push(`${name} in ${revision}: ${errorMessage}`);
    else excused.push(`${id}: ${why}`);
  }
  if (!hasPassed(checks) && excused.length === 0)
    problems.push(`${scenario} in ${revision}: nothing of it was checked`);
  const where = kind === 'built' ? '' : ', with fixtures';
  const successes = checks.filter(({ status }) => status === 'SUCCESS').length;
  return `${successes} passed${where}${excused.map((why) => `; expected to fail: ${why}`).join('')}`;
}

async function inspect(): Promise<void> {
  const cli = join(modules, '@modelcontextprotocol/inspector/clients/launcher/build/index.js');
  const config = configure('inspector');
  for (const era of ['legacy', 'modern']) {
    const asked = ['--method', 'tools/list', '--strict', '--protocol-era', era, '--format', 'json'];
    const start = ['-e', `ODOO_LINK_CONFIG=${config}`, process.execPath, join(root, 'dist/cli.js')];
    const { code, out, err } = await run([cli, '--cli', ...start, ...asked]);
    const count = (what: string) => err.match(new RegExp(`^${what}:`, 'gm'))?.length ?? 0;
    const tools = code === 0 ? JSON.parse(out).result.tools.length : 0;
    console.log(`inspector, ${era}: ${tools} tools, ${count('Error')} errors, ${count('Warning')} warnings`);
    if (code !== 0 || tools === 0 || err.trim() !== '')
      problems.push(`inspector, ${era}, ended with ${code}: ${err}`);
  }
}

await bundleFixtureServer();
for (const revision of REVISIONS) {
  const [built, withFixtures] = await Promise.all(KINDS.map((kind) => runSuite(kind, revision)));
  const results = { built: built as Results, fixtures: withFixtures as Results };
  console.log(`\n${revision}`);
  for (const scenario of results.built.keys())
    console.log(`  ${scenario}: ${judge(scenario, revision, results)}`);
}
for (const scenario of [...fixtures, ...notApplicable.keys()])
  if (!met.scenarios.has(scenario))
    problems.push(`scenarios.json has ${scenario}, which the suite does not have`);
for (const name of expectedFailures.keys())
  if (!met.failures.has(name)) problems.push(`scenarios.json expects ${name} to fail, and it does not`);
console.log('');
await inspect();
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
