import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type GitHttp, type GitHttpOptions, serveGit } from '../support/git-http.ts';
import { eventually } from '../support/patience.ts';
import { finished, onTerminal, runCli, spawnCli } from '../support/server.ts';
import { createUpstream } from '../support/upstream.ts';
import { createWorld, type World } from '../support/world.ts';

const LOGIN = { user: 'robot', token: 'hushhush-4711' };
const ENCODED = Buffer.from(`${LOGIN.user}:${LOGIN.token}`).toString('base64');
/** Few enough for a run, and more than are fetched at the same time. */
const REPOS = Array.from({ length: 12 }, (_, at) => `repo-${at}`);
const NAMED = REPOS.flatMap((repo) => ['--repo', repo]);

interface Site {
  readonly world: World;
  readonly http: GitHttp;
  /** Arguments of `source index` for all repositories. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The repositories of which the index is kept. */
  kept(): string[];
}

/** Twelve repositories with a module each behind HTTP with a token, and a configuration. */
async function serve(before?: GitHttpOptions['before']): Promise<Site> {
  const world = createWorld();
  const upstream = createUpstream(world);
  for (const repo of REPOS) upstream.commit(repo, { [`m_${repo.replace('-', '_')}`]: {} });
  const http = await serveGit(upstream.folder, { login: LOGIN, before });
  onTestFinished(() => http.close());
  const oca = { url: http.url, user: LOGIN.user, token: `\${SOURCE_TOKEN}` };
  const config = world.config({}, { sources: { oca } });
  return {
    world,
    http,
    args: ['source', 'index', '--config', config],
    env: { SOURCE_TOKEN: LOGIN.token },
    kept() {
      const names = readdirSync(world.at('state/sources/index/17.0'));
      return names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -5));
    },
  };
}

it('fetches, says what it did, and has nothing to do the second time', async () => {
  const { args, env } = await serve();
  const first = await runCli([...args, ...NAMED], { env });
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout.split('\n')).toEqual([
    '17.0: 12 new, 0 changed, 0 unchanged; 12 modules known in 12 repositories.',
    expect.stringMatching(/^12 manifests read in [\d.]+ s\.$/),
    '',
  ]);
  const again = await runCli([...args, ...NAMED, '--json'], { env });
  expect(again.code).toBe(0);
  expect(JSON.parse(again.stdout)).toMatchObject({
    status: 'ok',
    series: [{ series: '17.0', new: 0, changed: 0, unchanged: 12, modules: 12 }],
    manifests_read: 0,
  });
});

it('ends with 1 when one repository failed, and names it, the cause and what to do', async () => {
  const { args, env, kept } = await serve(({ repo }) => (repo === 'repo-7' ? 503 : undefined));
  const ended = await runCli([...args, ...NAMED], { env });
  expect(ended.code).toBe(1);
  expect(ended.stdout).toMatch(/^17\.0: 11 new/);
  expect(ended.stdout).toMatch(
    /^Failed: repo-7 could not be fetched from 127\.0\.0\.1:\d+: .*503.*`sources`\.$/m,
  );
  expect(kept()).toHaveLength(11);
});

it.each<[string, string[], RegExp]>([
  ['no action', ['source'], /source needs an action: clone, update, status, index/],
  ['another action', ['source', 'constructor'], /source needs an action: clone, update, status, index/],
  ['an option of another action', ['source', 'index', '--full'], /--full belongs to source clone/],
  ['arguments', ['source', 'index', 'web'], /source index takes no arguments/],
  ['no series', ['source', 'index', '--series', '12.0'], /--series must be one of 14\.0/],
  ['two selections', ['source', 'index', '--series', '17.0', '--instance', 'prod'], /exclude each other/],
])('ends with 2 for %s', async (_, args, message) => {
  expect(await runCli(args)).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
});

it('keeps what it writes for its user alone, whatever others may usually read and write', async () => {
  const { args, env } = await serve();
  const through = ['sh', '-c', 'umask 000; exec "$@"', 'sh'];
  expect(await runCli([...args, '--repo', 'repo-1'], { env, through })).toMatchObject({ code: 0 });
  expect(await runCli([...args, '--repo', 'repo-1'], { env, through })).toMatchObject({ code: 0 });
});

it('shows on a terminal how far it is, and removes that at the end', async () => {
  const { args, env } = await serve();
  const { stdout } = await runCli([...args, ...NAMED], { env, through: onTerminal('no question', '') });
  const shown = stdout.split('\r').filter((line) => line.startsWith('[#') || line.startsWith('[.'));
  expect(shown.length).toBeGreaterThan(3);
  const bar = `[${'#'.repeat(20)}]`;
  expect(shown.at(-1)).toContain(`${bar} 12 of 12 repositories, 12 new or changed: repo-`);
  expect(stdout).toContain('\r\u001b[K17.0: 12 new');
});

/** Holds back what is fetched from the tenth fetch on, until it is let go. */
function dam() {
  let fetches = 0;
  const held: (() => void)[] = [];
  let isOpen = false;
  return {
    isFull: () => held.length > 0,
    open() {
      isOpen = true;
      for (const go of held) go();
    },
    async before({ body }: { readonly body: string }): Promise<undefined> {
      if (isOpen || !body.includes('command=fetch') || ++fetches < 10) return;
      await new Promise<void>((resolve) => held.push(resolve));
    },
  };
}

it('a run that is killed in the middle loses only what was in hand; the next one goes on from there', async () => {
  const middle = dam();
  const { args, env, kept, http, world } = await serve(middle.before);
  const child = spawnCli([...args, ...NAMED], { env });
  const end = finished(child);
  await eventually(() => expect(middle.isFull()).toBe(true));
  await eventually(() => expect(kept().length).toBeGreaterThan(0));
  child.kill('SIGKILL');
  await end;
  const before = kept();
  expect(before.length).toBeLessThan(12);
  middle.open();
  const from = http.requests.length;
  expect(await runCli([...args, ...NAMED], { env })).toMatchObject({ code: 0 });
  expect(kept()).toHaveLength(12);
  const fetched = http.requests.slice(from).filter(({ body }) => body.includes('command=fetch'));
  expect(fetched.filter(({ repo }) => before.includes(repo))).toEqual([]);
  // Nothing of the killed run is left.
  const names = readdirSync(world.at('state/sources'), { recursive: true, encoding: 'utf8' });
  expect(names.filter((name) => /staging|draft|tmp_|\.lock$/.test(name))).toEqual([]);
});

it('SIGINT ends a run, which keeps what came and says what is left', async () => {
  const middle = dam();
  const { args, env, kept } = await serve(middle.before);
  const child = spawnCli([...args, ...NAMED], { env });
  const end = finished(child);
  await eventually(() => expect(middle.isFull()).toBe(true));
  await eventually(() => expect(kept().length).toBeGreaterThan(0));
  child.kill('SIGINT');
  const ended = await end;
  expect(ended.code).toBe(1);
  const left = 12 - kept().length;
  expect(ended.stdout).toMatch(
    new RegExp(`^Interrupted: ${left} repositor(y was|ies were) not looked at`, 'm'),
  );
});

it('a second run at the same time is refused, and disturbs nothing', async () => {
  const middle = dam();
  const { args, env, kept } = await serve(middle.before);
  const child = spawnCli([...args, ...NAMED], { env });
  const end = finished(child);
  await eventually(() => expect(middle.isFull()).toBe(true));
  expect(await runCli([...args, ...NAMED], { env })).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/\(busy\): Another process is fetching the index now/),
  });
  middle.open();
  expect(await end).toMatchObject({ code: 0 });
  expect(kept()).toHaveLength(12);
});

it('shows its token to the remote and to nobody else', async () => {
  const middle = dam();
  const { args, env, world, http } = await serve(middle.before);
  const child = spawnCli([...args, ...NAMED], { env });
  const end = finished(child);
  await eventually(() => expect(middle.isFull()).toBe(true));
  const lines = commandLines();
  expect(lines.filter((line) => /fetch.*--filter=blob:none|cat-file|remote-http/.test(line))).not.toEqual([]);
  middle.open();
  const ended = await end;
  const files = readdirSync(world.at('state'), { recursive: true, encoding: 'utf8' })
    .map((name) => world.at('state', name))
    .filter((path) => statSync(path).isFile());
  const texts = [...lines, ended.stdout, ended.stderr, ...files.map((file) => readFileSync(file, 'latin1'))];
  expect(files.length).toBeGreaterThan(30);
  expect(texts.filter((text) => text.includes(LOGIN.token) || text.includes(ENCODED))).toEqual([]);
  expect(http.requests.every(({ authorization }) => authorization === `Basic ${ENCODED}`)).toBe(true);
});

/** What every process of the machine was started with, as anybody may read it. */
function commandLines(): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    try {
      return /^\d+$/.test(pid) ? [readFileSync(join('/proc', pid, 'cmdline'), 'latin1')] : [];
    } catch {
      return [];
    }
  });
}
