import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { serveGit } from '../support/git-http.ts';
import { CLI, runCli, startServer } from '../support/server.ts';
import { snapshot, textsIn } from '../support/snapshot.ts';
import { createUpstream, git } from '../support/upstream.ts';
import { createWorld } from '../support/world.ts';

/** A world with an upstream of two repositories, which an instance may clone from the folder. */
function cloneable(rest: Record<string, unknown> = {}) {
  const world = createWorld();
  const upstream = createUpstream(world);
  const commits = {
    web: upstream.commit('web', { web_responsive: {}, web_timeline: {} }),
    tools: upstream.commit('server-tools', { base_exception: {} }),
  };
  const config = world.config({}, { sources: { oca: { url: upstream.folder } }, ...rest });
  return { world, upstream, commits, config };
}

describe('oca_clone, through the built server', () => {
  it('clones a repository at the branch of the series, as git would, so that its modules can be linked', async () => {
    const { world, upstream, commits, config } = cloneable();
    upstream.commit('web', { web_old: {} }, '16.0');
    const server = await startServer(['--config', config]);
    const { data, text } = await server.call('oca_clone', { repos: ['OCA/web'] });
    expect(data).toEqual({
      status: 'cloned',
      instance: 'prod',
      series: '17.0',
      root: world.at('src/oca'),
      repositories: [
        {
          ...{ repo: 'web', action: 'clone', branch: '17.0', commit: commits.web },
          ...{ modules: 2, bytes: expect.any(Number) },
        },
      ],
      next_steps: ['Call addon_search {} to see which modules there are now.'],
    });
    expect(text).toContain(`- web: branch 17.0, commit ${commits.web.slice(0, 12)}, 2 modules`);
    const checkout = world.at('src/oca/web');
    expect(git(checkout, 'status', '--porcelain')).toBe('');
    expect(git(checkout, 'rev-parse', '--abbrev-ref', '@{upstream}')).toBe('origin/17.0');
    expect(git(checkout, 'fsck', '--strict')).toBe('');
    expect(git(checkout, 'pull', '--ff-only')).toContain('Already up to date');
    expect(readdirSync(world.at('src/oca'))).toEqual(['web']);
    const linked = await server.call('oca_link', { module: 'web_timeline' });
    expect(linked.data).toMatchObject({ status: 'linked', links: [{ module: 'web_timeline', repo: 'web' }] });
    const again = await server.call('oca_clone', { repos: ['web'] });
    expect(again.data).toMatchObject({
      status: 'already_there',
      repositories: [{ repo: 'web', action: 'keep', branch: '17.0', commit: commits.web }],
    });
  });

  it('clones several, tells commits in a dry run and changes nothing then', async () => {
    const { world, commits, config } = cloneable();
    const server = await startServer(['--config', config]);
    const before = snapshot(world.at('src'));
    const planned = await server.call('oca_clone', { repos: ['web', 'server-tools'], dry_run: true });
    expect(planned.data).toMatchObject({
      status: 'planned',
      repositories: [
        { repo: 'web', action: 'clone', commit: commits.web },
        { repo: 'server-tools', action: 'clone', commit: commits.tools },
      ],
    });
    expect(snapshot(world.at('src'))).toEqual(before);
    const done = await server.call('oca_clone', { repos: ['web', 'server-tools'] });
    expect(done.data).toMatchObject({ status: 'cloned' });
    expect(readdirSync(world.at('src/oca'))).toEqual(['server-tools', 'web']);
  });

  it('keeps what came when another repository cannot be had, and says so', async () => {
    const { world, config } = cloneable();
    const server = await startServer(['--config', config]);
    const { data, text, isError } = await server.call('oca_clone', { repos: ['web', 'nowhere'] });
    expect(isError).toBe(false);
    expect(data).toMatchObject({
      status: 'incomplete',
      repositories: [{ repo: 'web', action: 'clone' }],
      failed: [
        { repo: 'nowhere', code: 'remote_failed', message: expect.stringContaining('no such repository') },
      ],
    });
    expect(text).toContain('nowhere could not be cloned');
    expect(readdirSync(world.at('src/oca'))).toEqual(['web']);
  });

  it('shows a token to the remote, and to nobody else', async () => {
    const { world, upstream } = cloneable();
    const login = { user: 'robot', token: 'sesame-open-1' };
    const host = await serveGit(upstream.folder, { login });
    const token = world.file('token', `${login.token}\n`);
    chmodSync(token, 0o600);
    const config = world.config(
      {},
      { sources: { oca: { url: host.url, user: 'robot', token: { file: 'token' } } } },
    );
    const server = await startServer(['--config', config]);
    const { data } = await server.call('oca_clone', { repos: ['web'] });
    expect(data).toMatchObject({ status: 'cloned' });
    expect(host.requests.length).toBeGreaterThan(2);
    expect(readFileSync(world.at('src/oca/web/.git/config'), 'utf8')).toContain(`url = "${host.url}/web"`);
    const encoded = Buffer.from(`robot:${login.token}`).toString('base64');
    for (const [path, text] of Object.entries(textsIn(world.at('src'), world.at('state')))) {
      expect(text, path).not.toContain(login.token);
      expect(text, path).not.toContain(encoded);
    }
    expect(server.stderr()).not.toContain(login.token);
    await host.close();
  });

  it('leaves nothing when the server is killed: the next one removes what was begun, and clones', async () => {
    const { world, upstream } = cloneable();
    let isHeld = true;
    const host = await serveGit(upstream.folder, {
      before: ({ body }) =>
        isHeld && body.includes('command=fetch') ? new Promise<undefined>(() => {}) : undefined,
    });
    const config = world.config({}, { sources: { oca: { url: host.url } } });
    const first = await startServer(['--config', config], { keep: true });
    first.call('oca_clone', { repos: ['web'] }).catch(() => {});
    const begun = () =>
      readdirSync(world.at('src/oca')).filter((name) => existsSync(world.at('src/oca', name, 'web')));
    await vi.waitFor(() => expect(begun()).toHaveLength(1), 30_000);
    process.kill(first.pid(), 'SIGKILL');
    await first.close();
    expect(readdirSync(world.at('src/oca'))).toEqual([expect.stringMatching(/^\.odoo-link-staging-/)]);
    isHeld = false;
    const second = await startServer(['--config', config]);
    expect(readdirSync(world.at('src/oca'))).toEqual([]);
    expect(second.stderr()).toContain('an interrupted clone was removed');
    expect((await second.call('oca_clone', { repos: ['web'] })).data).toMatchObject({ status: 'cloned' });
    await host.close();
  });

  it('ends when the client cancels it, and leaves nothing', async () => {
    const { world, upstream } = cloneable();
    const host = await serveGit(upstream.folder, {
      before: ({ body }) => (body.includes('command=fetch') ? new Promise<undefined>(() => {}) : undefined),
    });
    const config = world.config({}, { sources: { oca: { url: host.url } } });
    const server = await startServer(['--config', config]);
    const giveUp = new AbortController();
    const call = server.call('oca_clone', { repos: ['web'] }, { signal: giveUp.signal });
    const fetching = () => host.requests.some(({ body }) => body.includes('command=fetch'));
    await vi.waitFor(() => expect(fetching()).toBe(true), 30_000);
    giveUp.abort();
    await expect(call).rejects.toThrow();
    await vi.waitFor(() => expect(readdirSync(world.at('src/oca'))).toEqual([]), 30_000);
    await host.close();
  });

  it('clones once what two calls ask for at the same time, and waits its turn', async () => {
    const { world, config } = cloneable();
    const server = await startServer(['--config', config]);
    const calls = await Promise.all([
      server.call('oca_clone', { repos: ['web'] }),
      server.call('oca_clone', { repos: ['web', 'server-tools'] }),
    ]);
    for (const { isError } of calls) expect(isError).toBe(false);
    expect(readdirSync(world.at('src/oca'))).toEqual(['server-tools', 'web']);
    expect(git(world.at('src/oca/web'), 'status', '--porcelain')).toBe('');
  });

  it('are proven by doctor: where to clone to, and whether the remote answers', async () => {
    const { world, upstream, config } = cloneable();
    const sources = async () => {
      const { stdout } = await runCli(['doctor', '--config', config, '--json']);
      const { findings } = JSON.parse(stdout) as {
        findings: { section: string; level: string; text: string; remedy?: string }[];
      };
      return findings
        .filter(({ section }) => section === 'sources')
        .map(({ level, text, remedy }) => `${level} ${text}${remedy === undefined ? '' : ` -> ${remedy}`}`);
    };
    expect(await sources()).toEqual([
      `ok oca: \`source clone oca\` clones into ${world.at('src/oca')}`,
      'ok oca: a local folder answers',
    ]);
    upstream.git('server-tools', 'branch', '-m', 'main');
    world.module('src/oca/a');
    expect(await sources()).toEqual([
      expect.stringContaining('warn oca: there is no folder of checkouts to clone into'),
      expect.stringMatching(
        /^warn oca: a local folder, asked for server-tools: it has no branch of that name -> the repository has not /,
      ),
    ]);
    expect(readdirSync(world.at('src/oca'))).toEqual(['a']);
  });

  it('are cloned at the command line with hints that work there', async () => {
    const { config } = cloneable();
    const said = async (...args: string[]) => {
      const { stdout, stderr } = await runCli(['source', 'clone', 'oca', ...args, '--config', config]);
      return stdout + stderr;
    };
    expect(await said()).toContain('Name repositories with REPO, or modules whose repositories');
    expect(await said()).toContain('are wanted with --module.');
    expect(await said('web', '--dry-run')).toContain('Make the same call without --dry-run.');
    expect(await said('--module', 'nobody_has_this')).toContain(
      'or give the repository that has it as REPO.',
    );
    expect(await said('--module', 'base_rest')).not.toContain('as REPO');
  });

  it.each(['../web', 'OCA/../web', '--upload-pack=touch', '.git', 'web.git', 'a b', ''])(
    'takes no %j for a repository',
    async (repo) => {
      const { world, config } = cloneable();
      const server = await startServer(['--config', config]);
      const { data } = await server.call('oca_clone', { repos: [repo] });
      expect(data).toMatchObject({ code: 'invalid_argument' });
      expect(readdirSync(world.at('src/oca'))).toEqual([]);
    },
  );

  it('are there only where sources are configured, and Enterprise only with an address', async () => {
    const world = createWorld();
    const plain = await startServer(['--config', world.config()]);
    expect((await plain.listTools()).map(({ name }) => name)).not.toContain('oca_clone');
    await expect(plain.call('oca_clone', { repos: ['web'] })).rejects.toThrow('No tool has this name');
    const { config } = cloneable();
    const server = await startServer(['--config', config]);
    const names = (await server.listTools()).map(({ name }) => name);
    expect(names).toContain('oca_clone');
    expect(names).not.toContain('ee_clone');
  });

  it('needs the approval of exactly these commits, where the policy asks for it', async () => {
    const { world, upstream, commits, config } = cloneable({
      policy: { version: '1', default: 'allow', tools: { oca_clone: { action: 'require_approval' } } },
    });
    const server = await startServer(['--config', config]);
    const asked = await server.call('oca_clone', { repos: ['web'] });
    expect(asked.data).toMatchObject({
      code: 'approval_required',
      details: {
        checkouts: [{ repo: 'web', action: 'clone', branch: '17.0', after: commits.web }],
      },
    });
    expect(asked.text).toContain(
      `oca_clone for prod: clone web at ${commits.web.slice(0, 12)} needs approval`,
    );
    expect(existsSync(world.at('src/oca/web'))).toBe(false);
    const approve = (id: string) =>
      execFileSync(process.execPath, [CLI, 'approvals', 'approve', id, '--yes', '--config', config], {
        encoding: 'utf8',
      });
    approve(asked.data.details.id);
    upstream.commit('web', { web_more: {} });
    const moved = await server.call('oca_clone', { repos: ['web'] });
    expect(moved.data).toMatchObject({ code: 'approval_required' });
    expect(moved.text).toContain('the branch of web moved');
    approve(moved.data.details.id);
    expect((await server.call('oca_clone', { repos: ['web'] })).data).toMatchObject({ status: 'cloned' });
    expect(readFileSync(world.at('state/audit.jsonl'), 'utf8')).toContain(
      '"checkouts":[{"repo":"web","action":"clone","before":null',
    );
  });
});
