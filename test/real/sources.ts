/**
 * npm run try:sources -- PLACE SERIES... [--most N]: what `source index` costs and finds on real repositories, served from
 * loopback by `git http-backend` with a token. PLACE says where bare mirrors of OCA's repositories are, with {repo} for the
 * name: /srv/mirrors/{repo}.git. With --most, so many of them, spread evenly over the alphabet. Prints the rows of BENCHMARKS.md.
 *
 * It compares the modules that were found with what git itself lists, and exits with 1 when they differ.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { isSeries, type Series } from '../../src/manifest/series.ts';
import type { SourceIndexReport } from '../../src/services/source-index/index-report.ts';
import { fetchedIndex } from '../../src/sources/fetched-index.ts';
import { readOcaIndex } from '../../src/sources/oca-index.ts';
import { type GitHttp, serveGit } from '../support/git-http.ts';
import { runCli } from '../support/server.ts';

const USAGE = 'usage: npm run try:sources -- PLACE SERIES... [--most N]; PLACE has {repo} in it.';
const LOGIN = { user: 'bench', token: 'of-the-bench' };
/** How long before the tip the branches are, when it is tried what a run costs after a while. */
const DAYS = 30;

const git = (folder: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'safe.directory=*', '-C', folder, ...args], {
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();

/** The repositories that have a branch for each series. */
function repositoriesAt(place: string, series: readonly Series[]): string[] {
  const [before = '', after = ''] = place.split('{repo}');
  const folder = before.endsWith('/') ? before : dirname(before);
  const start = before.slice(folder.length).replace(/^\//, '');
  const end = after.split('/')[0] ?? '';
  const names = readdirSync(folder)
    .filter((name) => name.startsWith(start) && name.endsWith(end))
    .map((name) => name.slice(start.length, name.length - end.length));
  return names.filter((repo) => {
    const path = place.replace('{repo}', repo);
    return existsSync(path) && series.every((one) => tipOf(path, one) !== null);
  });
}

function tipOf(path: string, series: Series): string | null {
  try {
    return git(path, 'rev-parse', '--verify', '--quiet', `refs/heads/${series}`);
  } catch {
    return null;
  }
}

function spread(names: readonly string[], most: number): string[] {
  const step = Math.max(1, names.length / most);
  return Array.from(
    { length: Math.min(most, names.length) },
    (_, at) => names[Math.floor(at * step)] as string,
  );
}

/** A repository with the objects of another one, whose branches are where they were some days before. */
function makeOlder(path: string, older: string, series: readonly Series[]): void {
  mkdirSync(dirname(older), { recursive: true });
  execFileSync('git', ['init', '-q', '--bare', older]);
  writeFileSync(join(older, 'objects/info/alternates'), `${join(path, 'objects')}\n`);
  for (const one of series) {
    const seconds = Number(git(path, 'log', '-1', '--format=%ct', `refs/heads/${one}`));
    const before = `--before=${seconds - DAYS * 24 * 60 * 60}`;
    const commit = git(path, 'rev-list', '-1', '--first-parent', before, `refs/heads/${one}`);
    git(older, 'update-ref', `refs/heads/${one}`, commit || (tipOf(path, one) as string));
  }
}

function bytesIn(path: string): number {
  const stats = lstatSync(path);
  if (!stats.isDirectory()) return stats.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesIn(join(path, name)), 0);
}

/** The modules that git lists at the top of a branch: folders with a manifest. */
function modulesOf(path: string, series: Series): string[] {
  const files = git(path, 'ls-tree', '-r', '--name-only', `refs/heads/${series}`).split('\n');
  const found = files.flatMap(
    (file) => /^([a-zA-Z_]\w*)\/__(?:manifest|openerp)__\.py$/.exec(file)?.[1] ?? [],
  );
  return found.filter((name) => name !== 'setup').sort();
}

const megabytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
const share = (part: number, whole: number) => `${part} of ${whole} (${Math.round((100 * part) / whole)}%)`;
const row = (...cells: (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);

/** Runs `source index` for repositories as the built program does. */
async function run(config: string, repos: readonly string[]): Promise<SourceIndexReport> {
  const named = repos.flatMap((repo) => ['--repo', repo]);
  const ended = await runCli(['source', 'index', '--json', '--config', config, ...named], {
    env: { BENCH_TOKEN: LOGIN.token },
  });
  if (ended.code !== 0) throw new Error(ended.stderr + ended.stdout);
  return JSON.parse(ended.stdout);
}

/** A configuration with a state directory of its own, and an instance for each series. */
function configure(scratch: string, name: string, url: string, series: readonly Series[]) {
  const at = join(scratch, name);
  const instances = series.map((one) => {
    for (const folder of ['oca', 'linked']) mkdirSync(join(at, one, folder), { recursive: true });
    return [one, { series: one, addonsDirs: [`${one}/linked`], roots: { oca: [`${one}/oca`] } }];
  });
  const oca = { url, user: LOGIN.user, token: `\${BENCH_TOKEN}` };
  const file = join(at, 'odoo-link.json');
  const config = { instances: Object.fromEntries(instances), stateDir: 'state', sources: { oca } };
  writeFileSync(file, JSON.stringify(config));
  return { file, state: join(at, 'state') };
}

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { most: { type: 'string' } },
  });
  const [place = '', ...given] = positionals;
  const series = given.filter(isSeries);
  if (!place.includes('{repo}') || series.length === 0 || series.length < given.length) {
    console.error(USAGE);
    return 2;
  }
  const all = repositoriesAt(place, series);
  const repos = spread(all, Number(values.most ?? all.length));
  const scratch = mkdtempSync(join(tmpdir(), 'odoo-link-sources-'));
  let isLater = true;
  const find = (repo: string) => (isLater ? place.replace('{repo}', repo) : join(scratch, 'older', repo));
  const http = await serveGit('', { find, login: LOGIN });
  try {
    console.log(`${repos.length} repositories, ${series.join(' and ')}: ${repos.join(', ')}\n`);
    const { file, state } = configure(scratch, 'now', http.url, series);
    await measureFirst(file, state, repos, series, http);
    for (const repo of repos) makeOlder(place.replace('{repo}', repo), join(scratch, 'older', repo), series);
    isLater = false;
    const later = configure(scratch, 'later', http.url, series);
    await run(later.file, repos);
    isLater = true;
    const moved = await run(later.file, repos);
    const changed = moved.series.reduce((sum, one) => sum + one.changed, 0);
    row(
      `${DAYS} days later: ${changed} branches moved, ${moved.manifests_read} manifests`,
      `${moved.seconds} s`,
    );
    return await compare(state, place, repos, series);
  } finally {
    await http.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function measureFirst(
  file: string,
  state: string,
  repos: readonly string[],
  series: readonly Series[],
  { requests }: GitHttp,
): Promise<void> {
  const report = await run(file, repos);
  const asked = requests.length;
  row(`first run: ${report.manifests_read} manifests, ${asked} requests`, `${report.seconds} s`);
  const again = await run(file, repos);
  row(`nothing new: ${requests.length - asked} requests`, `${again.seconds} s`);
  const [index, trees] = ['index', 'repositories'].map((name) => bytesIn(join(state, 'sources', name)));
  row(
    'state: what is known, and git folders with trees',
    `${megabytes(index ?? 0)}, ${megabytes(trees ?? 0)}`,
  );
  const began = performance.now();
  for (const one of series) fetchedIndex(state, one);
  const loaded = performance.now() - began;
  row('reading what is known for the first time', `${loaded.toFixed(0)} ms`);
}

/** Compares what was found with git, and with what the built-in index knows. Returns the exit code. */
async function compare(
  state: string,
  place: string,
  repos: readonly string[],
  series: readonly Series[],
): Promise<number> {
  let wrong = 0;
  console.log('');
  row('series', 'modules found', 'of these the built-in index has', 'of what it has, not there');
  row('---', '---', '---', '---');
  for (const one of series) {
    const fetched = fetchedIndex(state, one)?.modules ?? [];
    const builtIn = (await readOcaIndex(one)).modules.filter(({ repo }) => repos.includes(repo));
    const nameOf = ({ repo, name }: { repo: string; name: string }) => `${repo}/${name}`;
    const [found, known] = [new Set(fetched.map(nameOf)), new Set(builtIn.map(nameOf))];
    const both = [...found].filter((name) => known.has(name)).length;
    row(one, found.size, share(both, found.size), share(known.size - both, Math.max(known.size, 1)));
    for (const repo of repos) {
      const listed = modulesOf(place.replace('{repo}', repo), one);
      const kept = fetched.flatMap((module) => (module.repo === repo ? [module.name] : [])).sort();
      if (JSON.stringify(listed) === JSON.stringify(kept)) continue;
      wrong++;
      console.error(`${repo} ${one}: git lists ${listed.length} modules, found were ${kept.length}`);
    }
  }
  return wrong === 0 ? 0 : 1;
}

process.exitCode = await main();
