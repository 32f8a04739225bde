import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dateInWords } from '../../src/base/text.ts';
import { runCli, startServer } from '../support/server.ts';
import { snapshotBesideTrail } from '../support/snapshot.ts';
import { createUpstream, git } from '../support/upstream.ts';
import { createWorld, type World } from '../support/world.ts';

/** A site of 17.0: `web` has been fetched and not merged, `later` is on the branch of 16.0, `acme` is the company's. */
function build(world: World, rest: Record<string, unknown> = {}) {
  const upstream = createUpstream(world);
  const clone = (repo: string, folder: string, branch: string) =>
    git(world.folder('src', folder), 'clone', '-q', '--branch', branch, `${upstream.folder}/${repo}`);
  upstream.commit('web', { web_a: {} });
  clone('web', 'oca', '17.0');
  upstream.commit('web', { web_fetched: {} });
  git(world.at('src/oca/web'), 'fetch', '-q');
  upstream.commit('later', { later_a: { version: '16.0.1.0.0' } }, '16.0');
  upstream.commit('later', { later_b: {} });
  clone('later', 'oca', '16.0');
  upstream.commit('acme', { acme_a: {} });
  clone('acme', 'own', '17.0');
  upstream.commit('acme', { acme_new: {} });
  git(world.at('src/own/acme'), 'fetch', '-q');
  return world.config({ roots: { oca: ['src/oca'], own: ['src/own'] } }, rest);
}

const TODAY = dateInWords(new Date().toISOString().slice(0, 10));

describe('a module that only another branch of a checkout has, through the built server', () => {
  it.each([
    [
      'web_fetched',
      { repos: ['web'], branch: 'origin/17.0', as_of: TODAY },
      /checkout of web has web_fetched on its branch origin\/17\.0 \(as of .*\), not in its work tree\. Ask the operator to run "git merge --ff-only origin\/17\.0" there\./,
    ],
    [
      'later_b',
      { repos: ['later'], branch: 'origin/17.0', as_of: TODAY },
      /checkout of later has later_b on its branch origin\/17\.0 .* Ask the operator to check out that branch under a root\./,
    ],
    [
      'acme_new',
      { repos: ['acme'], branch: 'origin/17.0', as_of: TODAY },
      /checkout of acme has acme_new on its branch/,
    ],
  ])('is told by who asks to link it: %s', async (module, known, hint) => {
    const world = createWorld();
    const config = build(world);
    const server = await startServer(['--config', config]);
    const before = snapshotBesideTrail(world.path);
    const { data, text } = await server.call('oca_link', { module });
    expect(data).toMatchObject({
      code: 'module_not_found',
      details: { known },
      hint: expect.stringMatching(hint),
    });
    expect(text).toMatch(hint);
    expect(snapshotBesideTrail(world.path)).toEqual(before);
  });

  it('is told by the dependency that needs it, and by a search', async () => {
    const world = createWorld();
    const config = build(world);
    world.module('src/own/acme/acme_needy', { depends: ['web_fetched'] });
    const server = await startServer(['--config', config]);
    const { data } = await server.call('oca_link', { module: 'acme_needy' });
    expect(data).toMatchObject({
      code: 'dependency_missing',
      hint: expect.stringContaining('on its branch origin/17.0'),
    });
    const { data: found, text } = await server.call('addon_search', { query: 'web_fetched' });
    expect(found.not_on_disk).toEqual([{ module: 'web_fetched', repo: 'web', branch: 'origin/17.0' }]);
    expect(text).toContain('web_fetched (web, branch origin/17.0 of its checkout)');
  });

  it('may have been deleted from the work tree of the branch that is checked out', async () => {
    const world = createWorld();
    const config = build(world);
    world.link(world.at('src/oca/web/web_a'), 'linked/web_a');
    rmSync(world.at('src/oca/web/web_a'), { recursive: true });
    const { stdout } = await runCli(['status', '--config', config]);
    expect(stdout).toContain(
      'Check out that branch under a root, or restore the folder with git if that branch is checked out already.',
    );
  });

  it('is told in no command where a remote chose the name of its branch', async () => {
    const world = createWorld();
    const config = build(world);
    const web = world.at('src/oca/web');
    const fetched = git(web, 'rev-parse', 'origin/17.0');
    git(web, 'update-ref', 'refs/remotes/origin/17.0-$(touch;x)/17.0', fetched);
    git(web, 'update-ref', '-d', 'refs/remotes/origin/17.0');
    const server = await startServer(['--config', config]);
    const { data } = await server.call('oca_link', { module: 'web_fetched' });
    expect(data.hint).toContain('on its branch "origin/17.0-$(touch;x)/17.0"');
    expect(data.hint).not.toContain('git merge');
  });

  it('is not told where the policy does not show the repository', async () => {
    const world = createWorld();
    const policy = {
      version: '1',
      default: 'allow',
      tools: Object.fromEntries(
        ['oca_link', 'addon_info', 'addon_search'].map((tool) => [
          tool,
          { deny_if: [{ 'args.repo': { exists: true, eq: 'acme' } }] },
        ]),
      ),
    };
    const config = build(world, { policy });
    const server = await startServer(['--config', config]);
    for (const [tool, args] of [
      ['oca_link', { module: 'acme_new' }],
      ['addon_info', { module: 'acme_new' }],
      ['addon_search', { query: 'acme_new' }],
    ] as const) {
      const { text } = await server.call(tool, args);
      expect(text).not.toMatch(/origin|checkout of acme|acme \(/);
    }
  });

  it('is not looked for where a link is made, or status is asked', async () => {
    const world = createWorld();
    const config = build(world);
    const path = process.env.PATH as string;
    const log = world.at('log');
    world.file('bin/git', `#!/bin/sh\necho "$@" >> ${log}\nPATH='${path}' exec git "$@"\n`);
    world.file('log');
    chmodSync(world.at('bin/git'), 0o755);
    const env = { PATH: `${world.at('bin')}:${path}` };
    const run = async (...args: string[]) => {
      const { code } = await runCli([...args, '--config', config], { env });
      return { code, git: readFileSync(log, 'utf8') };
    };
    expect((await run('link', 'oca', 'web_a')).code).toBe(0);
    const { code, git: asked } = await run('status');
    expect([code, asked]).toEqual([0, expect.not.stringContaining('cat-file')]);
    expect(asked).toContain('status');
    expect(await run('link', 'oca', 'later_b')).toMatchObject({
      code: 1,
      git: expect.stringContaining('cat-file'),
    });
  });
});
