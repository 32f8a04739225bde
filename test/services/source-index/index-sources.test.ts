import { randomUUID } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { ServiceContext } from '../../../src/services/context.ts';
import { indexSources } from '../../../src/services/source-index/index-sources.ts';
import { readFetchedBranch } from '../../../src/sources/fetched-index.ts';
import { type GitHttp, type GitHttpOptions, serveGit } from '../../support/git-http.ts';
import { makeContext, makeInstance } from '../../support/instance.ts';
import { git } from '../../support/upstream.ts';
import { createUpstreams, type IndexSiteOptions, openIndexSite } from './index-site.ts';

/** The repositories behind HTTP, as at GitHub. */
async function serve(options: GitHttpOptions = {}, site: IndexSiteOptions = {}) {
  const made = createUpstreams();
  const http = await serveGit(made.upstream.folder, options);
  onTestFinished(() => http.close());
  return { http, ...openIndexSite(made, { url: http.url, ...site }) };
}

/** What was asked of each repository: how often where its branches are, how often for objects, and for how many. */
function asked({ requests }: GitHttp, from = 0): Record<string, string> {
  const told: Record<string, { refs: number; fetches: number; wants: number }> = {};
  for (const { repo, body } of requests.slice(from)) {
    told[repo] ??= { refs: 0, fetches: 0, wants: 0 };
    const counts = told[repo];
    counts.refs += /command=ls-refs/.test(body) ? 1 : 0;
    counts.fetches += /command=fetch/.test(body) ? 1 : 0;
    counts.wants += body.match(/want [0-9a-f]{40}/g)?.length ?? 0;
  }
  const texts = Object.entries(told).map(([repo, { refs, fetches, wants }]) => {
    return [repo, `${refs} ls-refs, ${fetches} fetches of ${wants}`];
  });
  return Object.fromEntries(texts);
}

const BOTH = { web_x: '17.0.1.0.0 web', web_y: '17.0.2.0.0 web_x+sale_x' };

it.each(['a path', 'http'])(
  'knows after a first run what the manifests of a remote say: %s',
  async (kind) => {
    const site = kind === 'http' ? await serve() : openIndexSite(createUpstreams());
    const report = await site.index(['web', 'sale']);
    expect(report).toMatchObject({
      status: 'ok',
      ended_early: null,
      series: [
        { series: '17.0', new: 2, changed: 0, unchanged: 0, without_branch: 0, modules: 3, repositories: 2 },
      ],
      failed: [],
      manifests_read: 3,
      sent_whole: [],
    });
    expect(site.known('web')).toEqual(BOTH);
    expect(site.known('sale')).toEqual({ sale_x: '17.0.1.0.0 sale' });
    const branch = readFetchedBranch(site.context.stateDir, '17.0', 'web');
    expect(branch?.commit).toBe(site.upstream.git('web', 'rev-parse', '17.0'));
    const committed = Number(site.upstream.git('web', 'log', '-1', '--format=%ct', '17.0')) * 1000;
    expect(Date.parse(branch?.committed ?? '')).toBe(committed);
  },
);

it('keeps of a repository one commit, its folders and the manifests, and no other file', async () => {
  const { index, upstream, world, context } = await serve();
  world.file('upstream/web/README.md', 'read me');
  upstream.commit('web', {});
  await index(['web']);
  const folder = join(context.stateDir, 'sources/repositories/web');
  const objects = git(folder, 'cat-file', '--batch-all-objects', '--batch-check=%(objecttype)').split('\n');
  const count = (type: string) => objects.filter((one) => one === type).length;
  // The top and two modules; their manifests.
  expect([count('commit'), count('tree'), count('blob')]).toEqual([1, 3, 2]);
});

it('asks where branches are once, fetches trees once, and all manifests in one request', async () => {
  const { http, index } = await serve();
  await index(['web']);
  // The fetches ask where the branch is, too. One wants the commit, the other two manifests.
  expect(asked(http)).toEqual({ web: '2 ls-refs, 2 fetches of 3' });
});

it('fetches nothing where nothing moved, and only what changed where something did', async () => {
  const { http, index, known, upstream } = await serve();
  await index(['web', 'sale']);
  const first = http.requests.length;
  const again = await index(['web', 'sale']);
  expect(again.series).toMatchObject([{ new: 0, changed: 0, unchanged: 2, modules: 3 }]);
  expect(again.manifests_read).toBe(0);
  const idle = '1 ls-refs, 0 fetches of 0';
  expect(asked(http, first)).toEqual({ web: idle, sale: idle });

  upstream.commit('web', { web_y: { version: '17.0.3.0.0', depends: [] }, web_x: null });
  const second = http.requests.length;
  const moved = await index(['web', 'sale']);
  expect(moved.series).toMatchObject([{ changed: 1, unchanged: 1, modules: 2 }]);
  expect(moved.manifests_read).toBe(1);
  expect(asked(http, second)).toEqual({ web: '2 ls-refs, 2 fetches of 2', sale: idle });
  expect(known('web')).toEqual({ web_y: '17.0.3.0.0 ' });
});

it('needs no manifest where a branch moved and no manifest changed', async () => {
  const { http, index, known, upstream, world } = await serve();
  await index(['web']);
  world.file('upstream/web/web_x/models/x.py', 'x = 1');
  upstream.commit('web', {});
  const from = http.requests.length;
  expect(await index(['web'])).toMatchObject({ series: [{ changed: 1 }], manifests_read: 0 });
  expect(asked(http, from)).toEqual({ web: '2 ls-refs, 1 fetches of 1' });
  expect(known('web')).toEqual(BOTH);
});

it('fetches several series of a repository in the same requests', async () => {
  const { http, index, known, upstream } = await serve();
  upstream.commit('web', { web_z: { version: '16.0.1.0.0' } }, '16.0');
  expect(await index(['web'], { series: ['17.0', '16.0'] })).toMatchObject({
    series: [
      { series: '16.0', new: 1 },
      { series: '17.0', new: 1 },
    ],
  });
  expect(asked(http)).toEqual({ web: expect.stringMatching(/^2 ls-refs, 2 fetches/) });
  expect(Object.keys(known('web', '16.0') ?? {})).toContain('web_z');
  expect(known('web')).toEqual(BOTH);
});

it('remembers that a repository has no branch of a series, until it has one', async () => {
  const { index, known, upstream, context } = await serve();
  expect(await index(['web'], { series: ['18.0'] })).toMatchObject({
    series: [{ new: 0, without_branch: 1, modules: 0, repositories: 0 }],
    failed: [],
  });
  expect(readFetchedBranch(context.stateDir, '18.0', 'web')).toMatchObject({ commit: null, modules: {} });
  upstream.commit('web', { web_n: { version: '18.0.1.0.0' } }, '18.0');
  expect(await index(['web'], { series: ['18.0'] })).toMatchObject({ series: [{ new: 1 }] });
  expect(known('web', '18.0')).toMatchObject({ web_n: '18.0.1.0.0 base' });
});

it.each<[string, GitHttpOptions]>([
  ['that ignores filters', { config: { 'uploadpack.allowFilter': 'false' } }],
  [
    'that refuses filters',
    { config: { 'uploadpack.allowFilter': 'true', 'uploadpackfilter.allow': 'false' } },
  ],
  ['that sends only what refs lead to', { isOld: true }],
])('fetches whole branches from a remote %s, and says so', async (_, options) => {
  const { index, known, upstream } = await serve(options);
  expect(await index(['web'])).toMatchObject({ sent_whole: ['web'], failed: [], manifests_read: 2 });
  expect(known('web')).toEqual(BOTH);
  upstream.commit('web', { web_y: null });
  expect(await index(['web'])).toMatchObject({ series: [{ changed: 1 }], failed: [] });
  expect(known('web')).toEqual({ web_x: BOTH.web_x });
});

it('keeps what came when one repository cannot be reached, and tells the cause', async () => {
  const { index, known } = await serve({ before: ({ repo }) => (repo === 'sale' ? 500 : undefined) });
  const report = await index(['sale', 'web']);
  expect(report.series).toMatchObject([{ new: 1, modules: 2 }]);
  expect(report.failed).toMatchObject([
    { repo: 'sale', kind: 'unreachable', message: expect.stringContaining('500'), hint: expect.any(String) },
  ]);
  expect([known('web'), known('sale')]).toEqual([BOTH, null]);
});

it('keeps what was known of a repository that fails later', async () => {
  let fails = false;
  const { index, known, upstream } = await serve({
    before: ({ body }) => (fails && /command=fetch/.test(body) ? 500 : undefined),
  });
  await index(['web']);
  fails = true;
  upstream.commit('web', { web_x: null });
  expect(await index(['web'])).toMatchObject({ failed: [{ repo: 'web', kind: 'unreachable' }] });
  expect(known('web')).toEqual(BOTH);
  fails = false;
  expect(await index(['web'])).toMatchObject({ failed: [], series: [{ changed: 1 }] });
  expect(known('web')).toEqual({ web_y: BOTH.web_y });
});

it('is let in with a token, which is nowhere in the state directory', async () => {
  const login = { user: 'robot', token: 'hushhush-4711' };
  const { index, known, context } = await serve({ login }, { login });
  await index(['web']);
  expect(known('web')).toEqual(BOTH);
  const encoded = Buffer.from(`${login.user}:${login.token}`).toString('base64');
  const files = readdirSync(context.stateDir, { recursive: true, withFileTypes: true });
  const texts = files
    .filter((file) => file.isFile())
    .map((file) => readFileSync(join(file.parentPath, file.name), 'latin1'));
  expect(texts.length).toBeGreaterThan(5);
  expect(texts.filter((text) => text.includes(login.token) || text.includes(encoded))).toEqual([]);
});

it('says that a wrong token is not accepted, without it', async () => {
  const login = { user: 'robot', token: 'hushhush-4711' };
  const { index } = await serve({ login }, { login: { ...login, token: 'wrong-0815' } });
  const report = await index(['web']);
  expect(report.failed).toMatchObject([{ repo: 'web', kind: 'unauthorised' }]);
  expect(JSON.stringify(report)).not.toContain('wrong-0815');
});

it('gives up when one repository after the other cannot be reached', async () => {
  const { http, index } = await serve({ before: () => 500 });
  const repos = Array.from({ length: 40 }, (_, at) => `repo-${at}`);
  const report = await index(repos);
  expect(report.ended_early).toBe('gave_up');
  expect(report.failed.length + report.left).toBe(40);
  expect(new Set(http.requests.map(({ repo }) => repo)).size).toBeLessThan(20);
});

it('ends when it is cancelled; the next run goes on from there', async () => {
  const ending = new AbortController();
  let isHeld = true;
  const hold: GitHttpOptions['before'] = async ({ repo, body }) => {
    if (!isHeld || repo !== 'web' || !/command=fetch/.test(body)) return undefined;
    ending.abort();
    return new Promise(() => {});
  };
  const { index, known, http, world, upstream } = await serve({ before: hold }, { signal: ending.signal });
  await expect(index(['sale'])).resolves.toMatchObject({ ended_early: null });
  expect(await index(['sale', 'web'])).toMatchObject({ ended_early: 'cancelled', left: 1, failed: [] });
  expect(known('web')).toBeNull();
  isHeld = false;
  const later = openIndexSite({ world, upstream }, { url: http.url });
  expect(await later.index(['sale', 'web'])).toMatchObject({
    series: [{ new: 1, unchanged: 1 }],
    failed: [],
  });
  expect(known('web')).toEqual(BOTH);
});

it('goes on after damage: files and folders of an earlier run that cannot be used are made anew', async () => {
  const { index, known, upstream, context } = await serve();
  await index(['web']);
  const folder = join(context.stateDir, 'sources/repositories/web');
  for (const damage of [
    // A git that was killed while it wrote.
    () => writeFileSync(join(folder, 'shallow.lock'), ''),
    () => writeFileSync(join(folder, 'objects/pack/tmp_pack_x'), 'PACK'),
    () => damagePacks(folder),
    () => writeFileSync(join(context.stateDir, `sources/index/17.0/draft-${randomUUID()}`), '{'),
    () => writeFileSync(join(context.stateDir, 'sources/index/17.0/web.json'), '{"format": 1'),
    () => writeFileSync(join(context.stateDir, 'sources/index/17.0/web.json'), ''),
  ]) {
    damage();
    upstream.commit('web', {});
    expect(await index(['web'])).toMatchObject({ failed: [] });
    expect(known('web')).toEqual(BOTH);
    const names = readdirSync(join(context.stateDir, 'sources'), { recursive: true, encoding: 'utf8' });
    expect(names.filter((name) => /\.lock$|tmp_|draft/.test(name))).toEqual([]);
  }
});

function damagePacks(folder: string): void {
  const packs = join(folder, 'objects/pack');
  for (const name of readdirSync(packs).filter((one) => one.endsWith('.pack')))
    writeFileSync(join(packs, name), 'no pack', { mode: 0o600 });
}

it('makes a git folder anew after many fetches, so that it does not grow for ever', async () => {
  const { index, upstream, context } = await serve();
  const packs = join(context.stateDir, 'sources/repositories/web/objects/pack');
  const counts: number[] = [];
  for (let round = 0; round < 16; round++) {
    upstream.commit('web', { web_x: { version: `17.0.1.0.${round}` } });
    await index(['web']);
    counts.push(readdirSync(packs).filter((name) => name.endsWith('.pack')).length);
  }
  expect(Math.max(...counts)).toBeGreaterThan(20);
  expect(counts.at(-1)).toBeLessThan(10);
});

it('refuses without a remote, for a name that is none, and for an instance that is not there', async () => {
  const site = openIndexSite(createUpstreams());
  const refusalOf = async (
    more: Partial<Parameters<typeof indexSources>[0]>,
    context: ServiceContext = site.context,
  ) => {
    const result = await indexSources({ series: [], repos: ['web'], ...more }, context);
    return result.ok ? null : result.refusal;
  };
  expect(await refusalOf({}, makeContext(site.world, [makeInstance(site.world)]))).toMatchObject({
    code: 'no_remote',
    hint: expect.stringContaining('"sources"'),
  });
  for (const repo of ['../web', '--upload-pack=x', '.git', 'a/b', ''])
    expect(await refusalOf({ repos: [repo] })).toMatchObject({ code: 'invalid_argument' });
  expect(await refusalOf({ instance: 'nope' })).toMatchObject({ code: 'unknown_instance' });
});

it('refuses a state directory in which another user could have written', async () => {
  const site = openIndexSite(createUpstreams());
  await site.index(['web']);
  const folder = join(site.context.stateDir, 'sources/repositories/web');
  chmodSync(folder, 0o777);
  expect(await indexSources({ series: [], repos: ['web'] }, site.context)).toMatchObject({
    ok: false,
    refusal: { code: 'io_error', message: expect.stringContaining('cannot be trusted') },
  });
});
