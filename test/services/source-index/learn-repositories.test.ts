import { existsSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { readFetchedBranch } from '../../../src/sources/fetched-index.ts';
import { serveGit } from '../../support/git-http.ts';
import type { Upstream } from '../../support/upstream.ts';
import type { World } from '../../support/world.ts';
import { createUpstreams, openIndexSite } from './index-site.ts';

/** The list as the OCA has it: a file for each group of repositories. */
function list(world: World, upstream: Upstream, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) world.file(`upstream/repo-maintainer-conf/${name}`, text);
  upstream.commit('repo-maintainer-conf', {}, 'master');
}

const entry = (repo: string, ...branches: string[]) =>
  `${repo}:\n  branches:\n${branches.map((one) => `    - "${one}"\n`).join('')}  category: X\n  default_branch: "18.0"\n`;

/** `web` is in the built-in index; `sale` and `new-things` are only in the list. */
function build() {
  const made = createUpstreams();
  const { world, upstream } = made;
  upstream.commit('new-things', { thing_x: { version: '17.0.1.0.0' } });
  list(world, upstream, {
    'conf/repo/web.yml': entry('web', '16.0', '17.0') + entry('sale', '17.0'),
    'conf/repo/new.yml': entry('new-things', '17.0') + entry('later-things', '18.0'),
    'conf/repo/odoo.yml': entry('OCB', '17.0'),
    'conf/psc/people.yml': entry('people', '17.0'),
  });
  return made;
}

const ALL = { series: [{ new: 3, modules: 4, repositories: 3 }], failed: [], ended_early: null };

it('looks at the repositories that the OCA lists for the series, and at those that are known', async () => {
  const made = build();
  const http = await serveGit(made.upstream.folder);
  onTestFinished(() => http.close());
  const site = openIndexSite(made, { url: http.url });
  const report = await site.index([]);
  expect(report).toMatchObject({ ...ALL, listed: 5 });
  expect(site.known('new-things')).toEqual({ thing_x: '17.0.1.0.0 base' });
  const repos = new Set(http.requests.map(({ repo }) => repo));
  // Known from the built-in index, but neither listed nor there any more: no fault of anybody.
  expect(report.absent).toContain('partner-contact');
  expect(repos.has('partner-contact')).toBe(true);
  const { stateDir } = site.context;
  expect(readFetchedBranch(stateDir, '17.0', 'partner-contact')).toMatchObject({ commit: null, modules: {} });
  // Not of this series; Odoo itself; not a list of repositories.
  expect(['later-things', 'OCB', 'people'].filter((repo) => repos.has(repo))).toEqual([]);

  const from = http.requests.length;
  expect(await site.index([])).toMatchObject({ series: [{ unchanged: 3 }], listed: 5 });
  const fetches = http.requests.slice(from).filter(({ body }) => /command=fetch/.test(body));
  expect(fetches.map(({ repo }) => repo)).toEqual([]);
});

it('learns of a repository that is added to the list', async () => {
  const made = build();
  const site = openIndexSite(made);
  expect(await site.index([])).toMatchObject(ALL);
  made.upstream.commit('later-things', { later_x: { version: '17.0.1.0.0' } });
  list(made.world, made.upstream, { 'conf/repo/new.yml': entry('later-things', '17.0') });
  expect(await site.index([])).toMatchObject({ series: [{ new: 1, unchanged: 3, modules: 5 }], listed: 4 });
});

it('does without the list where a mirror has none', async () => {
  const made = createUpstreams();
  const { index, context } = openIndexSite(made);
  const report = await index([]);
  expect(report).toMatchObject({ listed: null, failed: [], series: [{ new: 1, modules: 2 }] });
  // The mirror need not have it: what the built-in index says still counts.
  expect(report.absent).toContain('partner-contact');
  expect(readFetchedBranch(context.stateDir, '17.0', 'partner-contact')).toBeNull();
});

it.each([
  ['lists nothing', { 'conf/repo/x.yml': '[]' }],
  ['has another form', { 'conf/other.yml': entry('web', '17.0') }],
  ['has brackets without end', { 'conf/repo/x.yml': '['.repeat(200_000) }],
])('says so when the list %s, and looks at what is known', async (_, files) => {
  const made = createUpstreams();
  list(made.world, made.upstream, files);
  expect(await openIndexSite(made).index([])).toMatchObject({
    listed: null,
    failed: [{ repo: 'repo-maintainer-conf', kind: 'broken' }],
    series: [{ new: 1, modules: 2 }],
  });
});

it('takes no path or option for a repository, whatever the list says', async () => {
  const made = createUpstreams();
  const names = ['../../x', '--upload-pack=touch', '.git', 'a.lock', 'x/y', '"; touch x"', '__proto__'];
  const listed = names.map((name) => entry(name, '17.0')).join('') + entry('web', '17.0');
  list(made.world, made.upstream, { 'conf/repo/x.yml': listed });
  const report = await openIndexSite(made).index([]);
  expect(report).toMatchObject({ listed: 2, failed: [], series: [{ new: 1, modules: 2 }] });
  expect(report.absent).toContain('__proto__');
  expect(existsSync(made.world.at('x'))).toBe(false);
});
