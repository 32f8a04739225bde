import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { dateInWords } from '../../src/base/text.ts';
import { runCli, startServer } from '../support/server.ts';
import { createUpstream } from '../support/upstream.ts';
import { ENV_OF_UNPRIVILEGED, unprivileged } from '../support/users.ts';
import { createWorld } from '../support/world.ts';

/** An instance with another checkout, and a remote with what no built-in index knows. */
function build() {
  const world = createWorld();
  const upstream = createUpstream(world);
  upstream.commit('things', {
    thing_base: { version: '17.0.1.0.0', depends: ['base'] },
    thing_more: { version: '17.0.1.0.0', depends: ['thing_base'] },
    thing_later: { version: '17.0.1.0.0', depends: ['base'], installable: false },
  });
  // The built-in index knows others in there, which are gone.
  upstream.commit('web', { web_new: { version: '17.0.1.0.0' } });
  world.module('src/oca/other/other_x');
  const config = world.config({}, { sources: { oca: { url: upstream.folder } } });
  const index = (...repos: string[]) =>
    runCli(['source', 'index', '--config', config, ...repos.flatMap((repo) => ['--repo', repo])]);
  return { world, upstream, config, index };
}

/** Today, as answers write it; a test at midnight may see the day before. */
const today = () => {
  const days = [0, 60_000].map((ago) => dateInWords(new Date(Date.now() - ago).toISOString().slice(0, 10)));
  return expect.stringMatching(new RegExp(`^(?:${days.join('|')})$`));
};

it('a server tells what was fetched since it started, as of its day, instead of what is built in', async () => {
  const { config, index, upstream } = build();
  const server = await startServer(['--config', config]);
  const ask = async (module: string) => (await server.call('oca_link', { module })).data;
  expect((await ask('thing_more')).details.known.repos).toBeUndefined();
  expect((await ask('web_responsive')).details.known).toMatchObject({
    repos: ['web'],
    as_of: 'October 2024',
  });

  expect(await index('things', 'web')).toMatchObject({ code: 0 });
  const known = await ask('thing_more');
  expect(known).toMatchObject({
    code: 'module_not_found',
    details: { known: { repos: ['things'], as_of: today() } },
    hint: expect.stringMatching(
      /^OCA's things has thing_more for Odoo 17\.0 \(as of \d+ \w+ \d{4}\)\. Call oca_link .*fetch/,
    ),
  });
  expect((await ask('web_responsive')).details.known.repos).toBeUndefined();
  const search = await server.call('addon_search', { query: 'thing base' });
  expect(search.data).toMatchObject({
    not_on_disk: [{ module: 'thing_base', repo: 'things' }],
    as_of: today(),
  });

  upstream.commit('things', { thing_more: null });
  expect(await index('things')).toMatchObject({ code: 0 });
  expect((await ask('thing_more')).details.known.repos).toBeUndefined();
});

it('what the index says is needed is fetched with one call', async () => {
  const { config, index } = build();
  const server = await startServer(['--config', config]);
  await index('things');
  const { data } = await server.call('oca_link', { module: 'thing_more', fetch: true });
  expect(data).toMatchObject({
    status: 'linked',
    links: [{ module: 'thing_more' }, { module: 'thing_base' }],
    fetched: [{ repo: 'things' }],
  });
});

it('a module whose manifest says that it cannot be installed is told as that, and nothing is cloned for it', async () => {
  const { config, index } = build();
  const server = await startServer(['--config', config]);
  await index('things');
  const { data } = await server.call('oca_link', { module: 'thing_later', fetch: true });
  expect(data).toMatchObject({
    code: 'module_not_found',
    details: { known: { repos: ['things'], installable: false } },
    hint: expect.stringContaining('cannot be installed'),
  });
  expect(data.hint).not.toContain('fetch');
  const asked = await server.call('oca_link', {
    module: 'thing_later',
    fetch: true,
    allow_uninstallable: true,
  });
  expect(asked.data).toMatchObject({ fetched: [{ repo: 'things' }] });
});

it('doctor says how old the index is', async () => {
  const { config, index } = build();
  const before = await runCli(['doctor', '--config', config]);
  expect(before.stdout).not.toContain("index of the OCA's repositories");
  await index('things');
  const { stdout } = await runCli(['doctor', '--config', config]);
  expect(stdout).toMatch(
    /^index\n {2}ok {4}index of the OCA's repositories: 17\.0 as of \d+ \w+ \d{4} \(3 modules of 1 repository\)$/m,
  );
});

it('doctor finds nothing wrong with what git keeps there, as the user whose it is', async () => {
  const { config, world } = build();
  // Root may write to what is read-only.
  const { uid, gid } = unprivileged;
  if (uid !== undefined) execFileSync('chown', ['-R', `${uid}:${gid}`, world.path]);
  const env = uid === undefined ? {} : ENV_OF_UNPRIVILEGED;
  const ended = await runCli(['source', 'index', '--config', config, '--repo', 'things'], { env });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  const { stdout } = await runCli(['doctor', '--config', config], { env });
  expect(stdout).toContain("index of the OCA's repositories");
  expect(stdout).not.toContain('FAIL');
});
