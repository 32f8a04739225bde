/**
 * npm run bench -- TREE SERIES: every figure of BENCHMARKS.md, as ratios taken in one run; then those of cost.ts,
 * limiter.ts, call.ts and audit.ts, which can be run alone.
 *
 * TREE is a folder of OCA checkouts of one series, with 1,500 modules or more. Without one a tree of that size is
 * written from a generated manifest; figures from it say less, since real manifests are larger and differ.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { build } from 'esbuild';
import glob from 'fast-glob';
import { repositoriesOf } from '../../src/addons/discover.ts';
import { modulesIn, modulesUnder } from '../../src/addons/module-folders.ts';
import { takeTurns } from '../../src/base/turns.ts';
import { parseLiteral } from '../../src/manifest/literal.ts';
import { isSeries, type Series } from '../../src/manifest/series.ts';
import { all } from '../support/turns.ts';
import { manifestText } from '../support/world.ts';
import { median, ms, quantile, times } from './figures.ts';
import { growTree } from './grow.ts';
import { benchPlans } from './plans.ts';
import type { SearchFigures } from './search.ts';
import { benchStart } from './start.ts';

const here = import.meta.dirname;
const CLI = join(here, '../../dist/cli.js');
const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'odoo-link-bench-')));

const rows: string[][] = [];
function report(what: string, figure: string, target = ''): void {
  rows.push([what, figure, target]);
  process.stdout.write(`${what}: ${figure}${target === '' ? '' : ` (target ${target})`}\n`);
}

function generatedTree(): string {
  const tree = join(scratch, 'generated');
  for (let index = 0; index < 1600; index++) {
    const folder = join(tree, `repo_${index % 40}`, `module_${index}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, '__init__.py'), '');
    writeFileSync(
      join(folder, '__manifest__.py'),
      manifestText({ summary: 'x'.repeat(80), data: ['a.xml', 'b.xml'] }),
    );
  }
  return tree;
}

function benchLiterals(manifests: string[]): void {
  const texts = manifests.map((path) => readFileSync(path, 'utf8'));
  const round = () => {
    const start = performance.now();
    for (const text of texts) parseLiteral(text);
    return performance.now() - start;
  };
  round();
  const ratios: number[] = [];
  for (let pair = 0; pair < 5; pair++) {
    const ours = median(Array.from({ length: 5 }, round));
    const python =
      1000 *
      Number(execFileSync('python3', [join(here, 'literals.py'), '5'], { input: manifests.join('\n') }));
    ratios.push(python / ours);
  }
  const size = texts.reduce((sum, text) => sum + text.length, 0);
  report(
    `(a) literal parser, ${texts.length} manifests, ${(size / 1e6).toFixed(1)} MB: throughput against CPython`,
    times(median(ratios)),
    '>= 3x',
  );
}

async function benchCatalog(tree: string, series: Series): Promise<void> {
  const script = join(scratch, 'catalog.mjs');
  // Bundled as the program is: a process that compiles TypeScript first is not a fresh one.
  const [entry, outfile] = [join(here, 'catalog.ts'), script];
  await build({ entryPoints: [entry], outfile, bundle: true, minify: true, platform: 'node', format: 'esm' });
  const first: number[] = [];
  const warm: number[] = [];
  const whole: number[] = [];
  let count = 0;
  for (let pair = 0; pair < 15; pair++) {
    const python = execFileSync('python3', [join(here, 'catalog.py'), tree], { encoding: 'utf8' });
    const base = 1000 * Number(python.split(' ')[1]);
    const ours = execFileSync(process.execPath, [script, tree, series], { encoding: 'utf8' });
    const [modules, cold, last] = ours.split(' ').map(Number) as [number, number, number];
    count = modules;
    first.push(cold / base);
    warm.push(last / base);
    const check = timeProcess(process.execPath, [CLI, 'check', tree, '--series', series]);
    whole.push(check / timeProcess('python3', [join(here, 'catalog.py'), tree]));
  }
  const what = `(b) catalog of ${count} modules: time against a Python script that lists and literal_evals them`;
  report(`${what}, first build of a process`, times(median(first)), '<= 0.5x');
  report('(b) the same, in a server that has been running', times(median(warm)), '<= 0.5x');
  report('(b) the whole process: `check`, verdicts included, against that script', times(median(whole)));
}

async function benchDiscovery(tree: string): Promise<void> {
  const roots = [{ family: 'oca', path: realpathSync(tree) }] as const;
  const ratios: number[] = [];
  for (let pair = 0; pair < 15; pair++) {
    let start = performance.now();
    let ours = 0;
    for (const { path } of await repositoriesOf(roots[0], takeTurns())) {
      ours += (await modulesIn(path, takeTurns())).length;
    }
    const plain = performance.now() - start;
    start = performance.now();
    const globbed = await glob('*/*/__manifest__.py', { cwd: tree, ignore: ['*/setup/**'] });
    ratios.push(plain / (performance.now() - start));
    if (globbed.length !== ours) throw new Error(`${ours} modules found, fast-glob finds ${globbed.length}`);
  }
  report('(b) finding the modules by plain directory reads: time against fast-glob', times(median(ratios)));
}

async function benchSearch(tree: string, series: Series): Promise<void> {
  const script = join(scratch, 'search.mjs');
  const [entry, outfile] = [join(here, 'search.ts'), script];
  await build({ entryPoints: [entry], outfile, bundle: true, minify: true, platform: 'node', format: 'esm' });
  // As in the built program, which reads its facts beside it.
  cpSync(join(here, '../../src/data'), join(scratch, 'data'), { recursive: true });
  const run = (folder: string, ...rest: string[]): SearchFigures => {
    const args = ['--expose-gc', script, folder, series, ...rest];
    return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
  };
  const runs = Array.from({ length: 7 }, () => run(tree));
  const ratios = runs.map(({ cold, searches }) => cold / median(searches));
  const what = `(f) search among ${runs[0]?.modules} modules`;
  report(`${what}: the first build takes as long as`, `${median(ratios).toFixed(0)} searches`, '>= 100');
  const searches = runs.flatMap((figures) => figures.searches);
  report(`${what}: median, p99`, `${ms(median(searches))}, ${ms(quantile(searches, 0.99))}`);
  report(`${what}: the very first, which builds and judges`, ms(median(runs.map(({ first }) => first))));
  for (const count of [1500, 15_000]) {
    const grown = join(scratch, `grown-${count}`);
    await growTree(tree, grown, count);
    // A change of the last seconds is looked at more than once.
    await sleep(2500);
    const { modules, cold, watches, heap, ...times } = run(grown, 'may write');
    const of = `(f) the tree copied to ${modules} modules`;
    report(
      `${of}: first build, search, search after an edit`,
      [cold, median(times.searches), median(times.edits)].map(ms).join(', '),
    );
    report(`${of}: watches, memory`, `${watches}, ${(heap / 2 ** 20).toFixed(1)} MiB`);
    rmSync(grown, { recursive: true });
  }
}

function timeProcess(command: string, args: string[]): number {
  const start = performance.now();
  try {
    execFileSync(command, args, { stdio: 'ignore' });
  } catch {
    // `check` ends with 1 when a module would be refused.
  }
  return performance.now() - start;
}

async function benchCalls(tree: string, series: Series, what: string): Promise<void> {
  const addonsDir = join(scratch, `linked-${rows.length}`);
  mkdirSync(addonsDir);
  const config = writeConfig(tree, series, addonsDir);
  const client = new Client({ name: 'bench', version: '0' });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [CLI, 'serve', '--config', config],
  });
  await client.connect(transport);
  const names = await moduleNames(tree);
  const call = async (index: number) => {
    const start = performance.now();
    await client.callTool({ name: 'oca_link', arguments: { module: names[index % names.length] } });
    return performance.now() - start;
  };
  const memory = () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${transport.pid}/status`, 'utf8'))?.[1]) / 1024;
  for (let index = 0; index < 20; index++) await call(index);
  const before = memory();
  const durations: number[] = [];
  for (let index = 20; index < 1020; index++) durations.push(await call(index));
  report(`(d) oca_link round trip, 1000 calls, ${what}: median`, ms(median(durations)));
  report(`(d) the same: p99`, ms(quantile(durations, 0.99)));
  report(
    `(e) memory of the server after those calls, and 1000 calls earlier`,
    `${memory().toFixed(0)} MiB, ${before.toFixed(0)} MiB`,
  );
  await client.close();
}

/** Names that one repository alone offers: the others would be refused as ambiguous. */
async function moduleNames(tree: string): Promise<string[]> {
  const names = (await all(modulesUnder(tree, takeTurns()))).map((path) =>
    path.slice(path.lastIndexOf('/') + 1),
  );
  return names.filter((name, _, all) => all.indexOf(name) === all.lastIndexOf(name));
}

function writeConfig(
  tree: string,
  series: Series,
  addonsDir: string,
  rest: object = { policy: { version: '1', default: 'allow' } },
): string {
  const config = join(scratch, 'odoo-link.json');
  const instances = { prod: { series, addonsDirs: [addonsDir], roots: { oca: [tree] } } };
  writeFileSync(config, JSON.stringify({ instances, stateDir: join(scratch, 'state'), ...rest }));
  return config;
}

/** The same modules outside git. */
function withoutGit(tree: string): string {
  const copy = join(scratch, 'no-git');
  cpSync(tree, copy, { recursive: true, filter: (path) => !/\/(\.git|static|i18n|readme|demo)$/.test(path) });
  return copy;
}

async function main(): Promise<void> {
  const [given, named = '17.0'] = process.argv.slice(2);
  if (!isSeries(named)) throw new Error(`${named} is not a series`);
  const tree = given === undefined ? generatedTree() : resolve(given);
  const manifests = (await all(modulesUnder(tree, takeTurns()))).map((path) => join(path, '__manifest__.py'));
  process.stdout.write(
    `Node ${process.version}, ${execFileSync('python3', ['--version'], { encoding: 'utf8' }).trim()}, `,
  );
  process.stdout.write(
    `${cpus().length} cores; ${readdirSync(tree).length} repositories, ${manifests.length} modules, series ${named}\n\n`,
  );
  benchLiterals(manifests);
  await benchCatalog(tree, named);
  await benchDiscovery(tree);
  await benchPlans(tree, named, scratch, report);
  await benchSearch(tree, named);
  const linked = mkdirLinked();
  const start = { cli: CLI, scratch, report };
  await benchStart({ ...start, config: writeConfig(tree, named, linked, {}) }, 'with the built-in policy');
  await benchStart({ ...start, config: writeConfig(tree, named, linked) }, 'with a policy to read');
  await benchCalls(tree, named, 'with git provenance');
  await benchCalls(withoutGit(tree), named, 'outside git');
  process.stdout.write(`\n| figure | this run | target |\n| --- | --- | --- |\n`);
  for (const row of rows) process.stdout.write(`| ${row.join(' | ')} |\n`);
  const scripts = [['cost', ...process.argv.slice(2)], ['limiter'], ['call'], ['audit']] as const;
  for (const [script, ...args] of scripts) {
    process.stdout.write(`\n${script}.ts: `);
    const path = join(here, `${script}.ts`);
    execFileSync(process.execPath, [...process.execArgv, path, ...args], { stdio: 'inherit' });
  }
}

function mkdirLinked(): string {
  const folder = join(scratch, 'linked');
  mkdirSync(folder);
  return folder;
}

try {
  await main();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
