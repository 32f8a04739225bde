/**
 * npx tsx test/bench/cost.ts [TREE SERIES]: what a whole call costs over stdio, with policy, limiter and audit trail: among a
 * thousand links, in git, with ten times as many modules; and beside a stand-in for the tool that this program replaces.
 * All servers run at the same time and are called in turn, so that the ratios hold on a busy machine. Build first.
 *
 * TREE is a folder of OCA checkouts with more than 1,100 modules; without it trees are generated.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { modulesUnder } from '../../src/addons/module-folders.ts';
import { takeTurns } from '../../src/base/turns.ts';
import { all } from '../support/turns.ts';
import { manifestText } from '../support/world.ts';
import { median, ms, times } from './figures.ts';
import { growTree } from './grow.ts';

const here = import.meta.dirname;
const CLI = join(here, '../../dist/cli.js');
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'odoo-link-cost-')));
const LINKS = 1000;
const ROUNDS = 150;
const READS = 40;

/** Modules of about the size of the OCA's, forty in a repository. */
function generateTree(tree: string, count: number): void {
  for (let index = 0; index < count; index++) {
    const folder = join(tree, `repo_${Math.floor(index / 40)}`, `module_${index}`);
    const write = (path: string, text = '') => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    };
    write('__init__.py', 'from . import models\n');
    write('__manifest__.py', manifestText({ summary: 'x'.repeat(80), data: ['views/a.xml'] }));
    for (const path of [
      'models/__init__.py',
      'models/a.py',
      'models/b.py',
      'tests/__init__.py',
      'tests/test_a.py',
    ])
      write(path, 'from odoo import models\n');
    for (const path of [
      'views/a.xml',
      'README.rst',
      'readme/DESCRIPTION.md',
      'static/description/index.html',
    ])
      write(path);
    for (let language = 0; language < 20; language++) write(`i18n/l${language}.po`);
  }
}

function commitAll(tree: string): void {
  const git = (cwd: string, ...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@a', ...args], { cwd, stdio: 'ignore' });
  for (const name of readdirSync(tree)) {
    git(join(tree, name), 'init', '-q', '-b', '17.0');
    git(join(tree, name), 'add', '-A');
    git(join(tree, name), 'commit', '-qm', 'first');
  }
}

interface Connected {
  readonly what: string;
  readonly linked: string;
  /** What is linked from the beginning. */
  readonly kept: ReadonlySet<string>;
  call(tool: string, args: Record<string, unknown>): Promise<number>;
  close(): Promise<void>;
}

async function connect(
  what: string,
  command: string,
  args: readonly string[],
  linked: string,
): Promise<Connected> {
  const client = new Client({ name: 'bench', version: '0' });
  const transport = new StdioClientTransport({ command, args: [...args], stderr: 'pipe' });
  let said = '';
  transport.stderr?.on('data', (text) => {
    said += text;
  });
  await client.connect(transport);
  await sleep(100);
  const [line = ''] = said.split('\n');
  return {
    what: line === '' ? what : `${what} (${line})`,
    linked,
    kept: new Set(readdirSync(linked)),
    async call(name, args) {
      const start = performance.now();
      const result = await client.callTool({ name, arguments: args });
      const time = performance.now() - start;
      if (result.isError) throw new Error(JSON.stringify(result.content));
      return time;
    },
    close: () => client.close(),
  };
}

const POLICY = {
  version: '1',
  default: 'deny',
  all_tools: { limits: [{ counter: 'all', window: 'hour', max: 1_000_000, scope: 'global' }] },
  tools: Object.fromEntries(
    ['oca_link', 'link_status', 'addon_info'].map((tool) => [
      tool,
      { limits: [{ counter: tool, window: 'minute', max: 1_000_000 }] },
    ]),
  ),
};

let count = 0;

/** Starts the program on a tree, in a directory that links some modules. */
function serve(what: string, tree: string, series: string, links: readonly string[]): Promise<Connected> {
  const at = join(scratch, `server-${count++}`);
  const linked = join(at, 'linked');
  mkdirSync(linked, { recursive: true });
  for (const path of links) symlinkSync(join(tree, path), join(linked, basename(path)));
  const instances = { prod: { series, addonsDirs: [linked], roots: { oca: [tree] } } };
  const config = join(at, 'odoo-link.json');
  writeFileSync(config, JSON.stringify({ instances, stateDir: join(at, 'state'), policy: POLICY }));
  return connect(what, process.execPath, [CLI, 'serve', '--config', config], linked);
}

function serveOld(tree: string): Promise<Connected> {
  const linked = join(scratch, 'old');
  mkdirSync(linked);
  const python = process.env.BENCH_PYTHON ?? 'python3';
  return connect('the old tool', python, [join(here, 'old-tool.py'), tree, linked], linked);
}

/** Milliseconds of each round by server, which are called in turn. */
async function measure(
  servers: readonly Connected[],
  rounds: number,
  work: (server: Connected, round: number) => Promise<number>,
): Promise<Map<Connected, number[]>> {
  const found = new Map(servers.map((server) => [server, [] as number[]]));
  for (let round = -10; round < rounds; round++) {
    for (const server of servers) {
      const time = await work(server, round + 10);
      if (round >= 0) found.get(server)?.push(time);
    }
  }
  return found;
}

function row(what: string, figure: string, target = ''): void {
  process.stdout.write(`| ${[what, figure, target].join(' | ')} |\n`);
}

async function main([given, series = '17.0']: readonly string[]): Promise<void> {
  const plain = join(scratch, 'plain');
  const inGit = given === undefined ? join(scratch, 'git') : realpathSync(resolve(given));
  const large = join(scratch, 'large');
  if (given === undefined) {
    generateTree(plain, 1500);
    cpSync(plain, inGit, { recursive: true });
    commitAll(inGit);
  } else cpSync(inGit, plain, { recursive: true, filter: (path) => !path.endsWith('/.git') });
  await growTree(plain, large, 15_000);
  const paths = (await all(modulesUnder(plain, takeTurns()))).map((path) => path.slice(plain.length + 1));
  const names = paths.map((path) => basename(path));
  const alone = paths.filter((path) => names.indexOf(basename(path)) === names.lastIndexOf(basename(path)));
  const links = alone.slice(0, LINKS);
  const others = alone.slice(LINKS).map((path) => basename(path));
  const empty = await serve('an empty directory', plain, series, []);
  const full = await serve(`${LINKS} links`, plain, series, links);
  const git = await serve('git', inGit, series, []);
  const many = await serve('15,000 modules', large, series, []);
  const old = await serveOld(plain);
  // What changed in the last seconds is looked at more than once.
  await sleep(2500);
  // In a real tree some modules need what is in no checkout.
  const linkable: string[] = [];
  for (const module of others) {
    const isRefused = await empty.call('oca_link', { module, dry_run: true }).then(
      () => false,
      () => true,
    );
    if (!isRefused) linkable.push(module);
  }
  const nameFor = (round: number) => linkable[round % linkable.length] as string;
  const dry = await measure([empty, full, git, many], ROUNDS, (server, round) =>
    server.call('oca_link', { module: nameFor(round), dry_run: true }),
  );
  const link = await measure([empty, full, git, old], ROUNDS, async (server, round) => {
    const module = nameFor(round);
    const time = await server.call('oca_link', { module });
    for (const name of readdirSync(server.linked))
      if (!server.kept.has(name)) unlinkSync(join(server.linked, name));
    return time;
  });
  const status = await measure([empty, full], READS, (server) => server.call('link_status', {}));
  const info = await measure([empty, full], READS, (server, round) =>
    server.call('addon_info', { module: nameFor(round) }),
  );
  const load = loadavg()[0] ?? 0;
  process.stdout.write(
    `Node ${process.version}, ${cpus().length} cores, load ${load.toFixed(1)}, ${paths.length} modules\n\n`,
  );
  process.stdout.write('| figure | this run | target |\n| --- | --- | --- |\n');
  const of = (found: Map<Connected, number[]>, server: Connected) => median(found.get(server) as number[]);
  const ratio = (found: Map<Connected, number[]>, server: Connected, base = empty) =>
    `${times(of(found, server) / of(found, base))} (${ms(of(found, server))} to ${ms(of(found, base))})`;
  row(
    `(i) dry run of \`oca_link\` among ${LINKS} links: against an empty directory`,
    ratio(dry, full),
    '<= 3x',
  );
  row('(i) the same, with the link made', ratio(link, full), '<= 3x');
  row('(i) dry run in git: more than outside git', ms(of(dry, git) - of(dry, empty)), '<= 4 ms');
  row('(i) the same, with the link made', ms(of(link, git) - of(link, empty)), '<= 4 ms');
  row('(i) dry run with 15,000 modules: against this tree', ratio(dry, many), '<= 1.5x');
  row(`(i) a link into an empty directory: against ${old.what}`, ratio(link, empty, old), '<= 1x');
  row(`(i) \`link_status\` of ${LINKS} links: against an empty directory`, ratio(status, full));
  row(`(i) \`addon_info\` among ${LINKS} links: against an empty directory`, ratio(info, full));
  for (const server of [empty, full, git, many, old]) await server.close();
}

try {
  await main(process.argv.slice(2));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
