/**
 * npm run try:clones -- PLACE SERIES MODULE REPO REPO REPO: what cloning real repositories costs, served from loopback by
 * `git http-backend` with a token. PLACE says where bare mirrors of OCA's repositories are, with {repo} for the name:
 * /srv/mirrors/{repo}.git. Clones three repositories, then links a module from nothing: as a dry run, with one repository that
 * cannot be had, and for real. Prints rows for BENCHMARKS.md; exits with 1 when something is not as it should be.
 */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveGit } from '../support/git-http.ts';
import { runCli } from '../support/server.ts';

const USAGE = 'usage: npm run try:clones -- PLACE SERIES MODULE REPO...; PLACE has {repo} in it.';
const LOGIN = { user: 'bench', token: 'of-the-bench' };

const [place = '', series = '', module = '', ...repos] = process.argv.slice(2);
if (!place.includes('{repo}') || repos.length === 0) {
  console.error(USAGE);
  process.exit(2);
}
const work = mkdtempSync(join(tmpdir(), 'odoo-link-clones-'));
let missing: string | null = null;
const host = await serveGit('/', {
  login: LOGIN,
  find: (repo) => (repo === missing ? null : place.replace('{repo}', repo)),
});

/** Runs a command with roots of its own. */
async function run(name: string, ...args: string[]) {
  const at = (...parts: string[]) => join(work, name, ...parts);
  for (const folder of ['linked', 'oca']) mkdirSync(at(folder), { recursive: true });
  writeFileSync(at('token'), LOGIN.token);
  chmodSync(at('token'), 0o600);
  const instance = { series, addonsDirs: ['linked'], roots: { oca: ['oca'] } };
  const oca = { url: host.url, user: LOGIN.user, token: { file: 'token' } };
  writeFileSync(
    at('config.json'),
    JSON.stringify({ instances: { prod: instance }, sources: { oca }, stateDir: 'state' }),
  );
  const begun = performance.now();
  const { code, stdout, stderr } = await runCli([...args, '--config', at('config.json'), '--json']);
  const ms = Math.round(performance.now() - begun);
  return {
    code,
    ms,
    data: JSON.parse(stdout || '{}'),
    stderr,
    cloned: readdirSync(at('oca')),
    links: readdirSync(at('linked')),
  };
}

try {
  const rows: string[] = [];
  const wrong: string[] = [];
  const clone = await run('clone', 'source', 'clone', 'oca', ...repos);
  const bytes = (clone.data.repositories ?? []).reduce(
    (sum: number, one: { bytes: number }) => sum + one.bytes,
    0,
  );
  rows.push(
    `| clone of ${repos.length} (${(bytes / 1e6).toFixed(1)} MB with their files) | ${clone.ms} ms |`,
  );
  if (clone.code !== 0 || clone.cloned.length !== repos.length) wrong.push(`clone: ${clone.stderr}`);
  const dry = await run('link', 'link', 'oca', module, '--fetch', '--dry-run');
  const named = (dry.data.fetched ?? []).map(({ repo }: { repo: string }) => repo);
  rows.push(`| dry run of ${module} from nothing: ${named.length} repositories named | ${dry.ms} ms |`);
  if (dry.cloned.length + dry.links.length > 0) wrong.push('the dry run changed something');
  missing = named.at(-1) ?? null;
  const without = await run('without', 'link', 'oca', module, '--fetch');
  rows.push(
    `| the same when ${missing} cannot be had: ${without.links.length} links, ${without.cloned.length} clones stay | ${without.ms} ms |`,
  );
  if (without.code !== 1 || without.links.length > 0 || without.data.code !== 'remote_failed')
    wrong.push(`without ${missing}: ${JSON.stringify(without.data)}`);
  missing = null;
  const linked = await run('link', 'link', 'oca', module, '--fetch');
  rows.push(
    `| link of ${module} from nothing: ${linked.cloned.length} clones, ${linked.links.length} links | ${linked.ms} ms |`,
  );
  if (linked.code !== 0 || linked.links.length === 0) wrong.push(`link: ${linked.stderr}`);
  console.log(rows.join('\n'));
  for (const line of wrong) console.error(line);
  process.exitCode = wrong.length > 0 ? 1 : 0;
} finally {
  await host.close();
  rmSync(work, { recursive: true, force: true });
}
