import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli, startServer } from '../support/server.ts';
import { snapshot } from '../support/snapshot.ts';
import { createUpstream, git } from '../support/upstream.ts';
import { createWorld } from '../support/world.ts';

/** Checkouts of every family, each in another state. */
function site(rest: Record<string, unknown> = {}) {
  const world = createWorld();
  const upstream = createUpstream(world);
  const clone = (repo: string, place: string) => {
    git(world.folder('src'), 'clone', '-q', `file://${world.at('upstream', repo)}`, world.at(place));
    git(world.at(place), 'remote', 'set-url', 'origin', world.at('upstream', repo));
    git(world.at(place), 'config', 'user.name', 'x');
    git(world.at(place), 'config', 'user.email', 'x');
  };
  upstream.commit('web', { web_a: {}, web_b: {} });
  upstream.commit('enterprise', { web_enterprise: {} });
  upstream.commit('acme', { acme_sale: {} });
  clone('web', 'src/oca/web');
  clone('web', 'src/oca/web-fork');
  clone('acme', 'src/own/acme');
  clone('enterprise', 'src/ee/enterprise');
  const instance = { roots: { oca: ['src/oca'], ee: ['src/ee'], own: ['src/own'] } };
  const sources = { oca: { url: upstream.folder } };
  const config = world.config(instance, { sources, ...rest });
  return { world, upstream, config };
}

describe('oca_status, through the built server', () => {
  it('tells of all checkouts what is checked out, how it stands to the remote, and what keeps it from an update', async () => {
    const { world, upstream, config } = site();
    upstream.commit('web', { web_c: {} });
    const behind = world.at('src/oca/web');
    git(behind, 'fetch', '-q', `file://${world.at('upstream/web')}`, '17.0:refs/remotes/origin/17.0');
    const fork = world.at('src/oca/web-fork');
    git(fork, 'checkout', '-q', '-b', '17.0-topic');
    git(fork, 'commit', '-q', '--allow-empty', '-m', 'own');
    writeFileSync(join(fork, 'web_a/__manifest__.py'), '{}');
    const server = await startServer(['--config', config]);
    await server.call('oca_link', { module: ['acme_sale'] });
    const was = snapshot(world.at('src'));
    const { data, text } = await server.call('oca_status', {});
    expect(snapshot(world.at('src'))).toEqual(was);
    const commit = (place: string) => git(world.at(place), 'rev-parse', 'HEAD');
    const date = (place: string) =>
      new Date(Number(git(world.at(place), 'log', '-1', '--format=%ct')) * 1000).toISOString();
    const common = { fetched: expect.stringMatching(/^\d{4}-\d\d-\d\dT/), changed: false, linked: 0 };
    expect(data).toEqual({
      status: 'ok',
      instance: 'prod',
      series: '17.0',
      total: 4,
      checkouts: [
        {
          ...{ repo: 'enterprise', family: 'ee', path: world.at('src/ee/enterprise') },
          ...{ branch: '17.0', commit: commit('src/ee/enterprise'), date: date('src/ee/enterprise') },
          ...{ ...common, ahead: 0, behind: 0, modules: 1 },
        },
        {
          ...{ repo: 'web', family: 'oca', path: behind, branch: '17.0', commit: commit('src/oca/web') },
          ...{ ...common, date: date('src/oca/web'), ahead: 0, behind: 1, modules: 2 },
        },
        {
          ...{
            repo: 'web-fork',
            family: 'oca',
            path: fork,
            branch: '17.0-topic',
            commit: commit('src/oca/web-fork'),
          },
          ...{
            ...common,
            date: date('src/oca/web-fork'),
            changed: true,
            modules: 2,
          },
          problem: 'web-fork has the branch 17.0-topic checked out.',
        },
        {
          ...{ repo: 'acme', family: 'own', path: world.at('src/own/acme'), branch: '17.0' },
          ...{ ...common, commit: commit('src/own/acme'), date: date('src/own/acme') },
          ...{ ahead: 0, behind: 0, modules: 1, linked: 1 },
        },
      ],
    });
    expect(text).toContain(`- web (oca): branch 17.0, commit ${commit('src/oca/web').slice(0, 12)}`);
    expect(text).toContain('1 behind');
    const { stdout, code } = await runCli(['source', 'status', '--config', config]);
    expect([code, stdout.trim()]).toEqual([0, text.trim()]);
  });

  it('tells of one checkout, a page at a time, and nothing that the policy hides', async () => {
    const { config } = site({
      policy: {
        version: '1',
        default: 'allow',
        tools: { oca_status: { deny_if: [{ 'args.repo': { eq: 'acme' } }] } },
      },
    });
    const server = await startServer(['--config', config]);
    const one = await server.call('oca_status', { repo: 'OCA/web' });
    expect(one.data).toMatchObject({ total: 1, checkouts: [{ repo: 'web' }] });
    expect((await server.call('oca_status', { repo: 'acme' })).data).toMatchObject({ code: 'policy_denied' });
    expect((await server.call('oca_status', {})).data).toMatchObject({ code: 'policy_denied' });
    const open = await startServer(['--config', site().config]);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { data } = await open.call('oca_status', { limit: 1, ...(cursor !== undefined && { cursor }) });
      seen.push(...data.checkouts.map(({ repo }: { repo: string }) => repo));
      cursor = data.next_cursor;
    } while (cursor !== undefined);
    expect(seen).toEqual(['enterprise', 'web', 'web-fork', 'acme']);
    const other = await open.call('oca_status', { cursor: 'abc' });
    expect(other.data).toMatchObject({ code: 'invalid_argument' });
  });

  it('says of a git folder that it cannot read what it can', async () => {
    const { world, config } = site();
    writeFileSync(world.at('src/oca/web/.git/HEAD'), 'nonsense');
    writeFileSync(world.at('src/oca/web-fork/.git/config'), '[core');
    const index = world.at('src/own/acme/.git/index');
    writeFileSync(index, 'DIRC');
    utimesSync(index, 1, 1);
    const server = await startServer(['--config', config]);
    const { data } = await server.call('oca_status', {});
    // What is not known is left out.
    const [ee, web, fork, acme] = data.checkouts;
    expect(ee).toMatchObject({ repo: 'enterprise', changed: false });
    expect(Object.keys(web)).toEqual(['repo', 'family', 'path', 'modules', 'linked', 'problem']);
    expect(fork).toMatchObject({ branch: '17.0', problem: expect.stringContaining('configuration') });
    expect(acme).toMatchObject({ branch: '17.0', modules: 1 });
    expect(acme).not.toHaveProperty('changed');
  });
});
