/**
 * npm run try:updates -- PLACE SERIES REPO...: what it costs to update real checkouts, and to see what is checked out. PLACE says
 * where bare mirrors of OCA's repositories are, with {repo} for the name: /srv/mirrors/{repo}.git. The mirrors are cloned as
 * they were some thirty steps of the branch before, served as a folder and by `git http-backend` with a token; then they move on.
 * Prints rows for BENCHMARKS.md, medians of five calls through a client; exits with 1 when something is not as it should be.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectClient } from '../support/clients.ts';
import { serveGit } from '../support/git-http.ts';
import { CLI, runCli } from '../support/server.ts';

const USAGE = 'usage: npm run try:updates -- PLACE SERIES REPO...; PLACE has {repo} in it.';
const LOGIN = { user: 'bench', token: 'of-the-bench' };
const TIMES = 5;
/** How many steps of the branch a mirror is behind at first. */
const STEPS = 30;

const [place = '', series = '', ...repos] = process.argv.slice(2);
if (!place.includes('{repo}') || repos.length === 0) {
  console.error(USAGE);
  process.exit(2);
}
const [moving = ''] = repos;
const work = mkdtempSync(join(tmpdir(), 'odoo-link-updates-'));
const at = (...parts: string[]) => join(work, ...parts);
const git = (folder: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'safe.directory=*', ...args], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();

/** A mirror of its own, which has the objects of the real one, and whose branch can move. */
function borrow(repo: string): void {
  const real = place.replace('{repo}', repo);
  git(work, 'init', '-q', '--bare', at('mirror', repo));
  writeFileSync(at('mirror', repo, 'objects/info/alternates'), `${real}/objects\n`);
  git(at('mirror', repo), 'update-ref', branch, git(real, 'rev-parse', branch));
}
const branch = `refs/heads/${series}`;

const wrong: string[] = [];
const rows: string[] = [];

async function measure<T>(name: string, work: () => Promise<T>, times = TIMES): Promise<T> {
  const took: number[] = [];
  let last: T | undefined;
  for (let time = 0; time < times; time++) {
    const begun = performance.now();
    last = await work();
    took.push(performance.now() - begun);
  }
  took.sort((a, b) => a - b);
  const median = took[Math.floor(took.length / 2)] as number;
  rows.push(`| ${name} | ${median.toFixed(0)} ms |`);
  return last as T;
}

function configure(name: string, oca: Record<string, unknown>): string {
  writeFileSync(at('token'), LOGIN.token);
  chmodSync(at('token'), 0o600);
  const instance = { series, addonsDirs: ['linked'], roots: { oca: ['oca'] } };
  const policy = { version: '1', default: 'allow' };
  const config = { instances: { prod: instance }, sources: { oca }, policy, stateDir: 'state' };
  writeFileSync(at(name), JSON.stringify(config));
  return at(name);
}

/** Calls tools of a server over stdio. */
async function serve(config: string) {
  const env = { PATH: process.env.PATH as string, HOME: '/nonexistent' };
  const start = { command: process.execPath, args: [CLI, 'serve', '--config', config], env };
  const { call, close } = await connectClient('SDK 1', start);
  return {
    close,
    // biome-ignore lint/suspicious/noExplicitAny: reports of several tools
    call: async (name: string, args: Record<string, unknown> = {}): Promise<any> =>
      (await call({ name, arguments: args }, {})).structuredContent,
  };
}

/** What people run for each repository, one after the other. */
async function threeGits(): Promise<void> {
  for (const repo of repos) {
    const folder = at('oca', repo);
    git(folder, 'status', '--porcelain=v2', '--branch');
    git(folder, 'log', '-1', '--format=%H %cI');
    git(folder, 'rev-list', '--left-right', '--count', 'HEAD...@{upstream}');
  }
}

async function measureTools(how: string, config: string): Promise<void> {
  for (const repo of repos) {
    const url = how === 'a folder' ? at('mirror', repo) : `${host.url}/${repo}`;
    git(at('oca', repo), 'remote', 'set-url', 'origin', url);
  }
  const server = await serve(config);
  const none = await measure(`update of ${repos.length} from ${how}, nothing new`, () =>
    server.call('oca_update'),
  );
  if (none.status !== 'up_to_date') wrong.push(`nothing new: ${JSON.stringify(none)}`);
  const tip = git(at('mirror', moving), 'rev-parse', branch);
  const real = git(place.replace('{repo}', moving), 'rev-parse', branch);
  git(at('mirror', moving), 'update-ref', branch, real);
  await measure(`dry run of one that moved, from ${how}`, () => server.call('oca_update', { dry_run: true }));
  cpSync(at('oca', moving), at('kept'), {
    recursive: true,
    preserveTimestamps: true,
    verbatimSymlinks: true,
  });
  const moved = await measure(
    `update of one that moved, from ${how}`,
    () => server.call('oca_update', { repos: [moving] }),
    1,
  );
  if (moved.updated?.[0]?.after !== real) wrong.push(`moved: ${JSON.stringify(moved)}`);
  if (git(at('oca', moving), 'status', '--porcelain') !== '') wrong.push('the work tree is not clean');
  git(at('oca', moving), 'fsck', '--no-dangling');
  rmSync(at('oca', moving), { recursive: true });
  cpSync(at('kept'), at('oca', moving), {
    recursive: true,
    preserveTimestamps: true,
    verbatimSymlinks: true,
  });
  rmSync(at('kept'), { recursive: true });
  git(at('mirror', moving), 'update-ref', branch, tip);
  await server.close();
}

for (const folder of ['mirror', 'oca', 'linked']) mkdirSync(at(folder));
const host = await serveGit(at('mirror'), { login: LOGIN });
try {
  for (const repo of repos) borrow(repo);
  const steps = git(at('mirror', moving), 'rev-list', '--first-parent', `--max-count=${STEPS + 1}`, branch);
  git(at('mirror', moving), 'update-ref', branch, steps.split('\n').at(-1) as string);
  const local = configure('local.json', { url: at('mirror') });
  const http = configure('http.json', { url: host.url, user: LOGIN.user, token: { file: 'token' } });
  const cloned = await runCli(['source', 'clone', 'oca', ...repos, '--config', local]);
  if (cloned.code !== 0) wrong.push(`clone: ${cloned.stdout}`);
  const server = await serve(local);
  const status = await measure(`oca_status of ${repos.length}`, () => server.call('oca_status'));
  if (status.checkouts?.length !== repos.length) wrong.push(`status: ${JSON.stringify(status)}`);
  await measure('three git processes for each, one after the other', threeGits);
  await server.close();
  await measureTools('a folder', local);
  await measureTools('HTTP with a token', http);
  console.log(rows.join('\n'));
  for (const line of wrong) console.error(line);
  process.exitCode = wrong.length > 0 ? 1 : 0;
} finally {
  await host.close();
  rmSync(work, { recursive: true, force: true });
}
