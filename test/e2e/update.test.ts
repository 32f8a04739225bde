import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, realpathSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type GitHttpOptions, serveGit } from '../support/git-http.ts';
import { CLI, runCli, spawnCli, startServer } from '../support/server.ts';
import { snapshot, textsIn } from '../support/snapshot.ts';
import { createUpstream, git } from '../support/upstream.ts';
import { createWorld, type World } from '../support/world.ts';

const MODULES = { web_responsive: {}, web_timeline: {}, web_old: {}, web_same: {} };

/** A world with an upstream of two repositories, of which an instance has clones. */
async function cloned(rest: Record<string, unknown> = {}) {
  const world = createWorld();
  const upstream = createUpstream(world);
  upstream.commit('web', MODULES);
  upstream.commit('server-tools', { base_exception: {} });
  const config = world.config({}, { sources: { oca: { url: upstream.folder } }, ...rest });
  for (const repo of ['web', 'server-tools']) cloneTo(world, repo);
  return { world, upstream, config };
}

/** Clones as people do; what it comes from is the folder that is configured. */
function cloneTo(world: World, repo: string, place = `src/oca/${repo}`, depth = true) {
  const from = world.at('upstream', repo);
  git(world.folder('src'), 'clone', '-q', ...(depth ? ['--depth=1'] : []), `file://${from}`, world.at(place));
  git(world.at(place), 'remote', 'set-url', 'origin', from);
}

const headOf = (world: World, repo: string) => git(world.at('src/oca', repo), 'rev-parse', 'HEAD');

function expectSound(world: World, repo: string, commit: string) {
  const path = world.at('src/oca', repo);
  expect(git(path, 'fsck', '--no-dangling')).toBe('');
  expect(git(path, 'status', '--porcelain', '--untracked-files=all')).toBe('');
  expect(git(path, 'rev-parse', 'HEAD', 'origin/17.0')).toBe(`${commit}\n${commit}`);
  const left = readdirSync(join(path, '.git'), { recursive: true, encoding: 'utf8' });
  expect(left.filter((name) => /\.lock$|odoo-link/.test(name))).toEqual([]);
}

describe('oca_update, through the built server', () => {
  it('moves checkouts forward, and says what that means for linked modules; a dry run says the same', async () => {
    const { world, upstream, config } = await cloned();
    const server = await startServer(['--config', config]);
    await server.call('oca_link', { module: [...Object.keys(MODULES), 'base_exception'] });
    const before = headOf(world, 'web');
    upstream.commit('web', {
      web_responsive: { version: '17.0.1.1.0', depends: ['base', 'web_more', 'base_exception', 'nowhere'] },
      web_more: {},
      web_timeline: { installable: false },
    });
    world.file('upstream/web/web_same/models.py', 'x = 1\n');
    const after = upstream.commit('web', { web_old: null });
    const was = snapshot(world.at('src'));
    const planned = await server.call('oca_update', { dry_run: true });
    expect(snapshot(world.at('src'))).toEqual(was);
    const done = await server.call('oca_update', {});
    const { status, next_steps, updated, ...rest } = done.data;
    expect(planned.data).toEqual({
      ...done.data,
      status: 'planned',
      next_steps: [
        'Make the same call without dry_run.',
        'Before that, uninstall web_old in Odoo where it is installed: its code goes.',
        ...next_steps,
      ],
    });
    expect(status).toBe('updated');
    expect(updated).toEqual([{ repo: 'web', before, after, date: expect.stringMatching(/^\d{4}-/) }]);
    expect(rest).toMatchObject({
      up_to_date: ['server-tools'],
      deleted: [{ module: 'web_old', repo: 'web', remedy: expect.stringContaining('oca_unlink') }],
      lost_installability: [{ module: 'web_timeline', repo: 'web', problem: expect.any(String) }],
      changed_version: [{ module: 'web_responsive', repo: 'web', from: '17.0.1.0.0', to: '17.0.1.1.0' }],
      changed_without_version: ['web_same', 'web_timeline'],
      new_dependencies: [
        { module: 'web_responsive', needs: 'web_more', is: 'known' },
        { module: 'web_responsive', needs: 'base_exception', is: 'linked' },
        { module: 'web_responsive', needs: 'nowhere', is: 'missing' },
      ],
      modules: { added: 1, removed: 1, changed: 3 },
    });
    expect(next_steps).toEqual([
      expect.stringContaining('Call oca_link {"module":"web_more"}'),
      expect.stringMatching(/^Restart Odoo/),
      expect.stringContaining('odoo -d DATABASE -u web_responsive --stop-after-init'),
      expect.stringContaining('Files of web_same changed without a new version'),
    ]);
    for (const text of ['Gone: web_old from web', 'web_responsive 17.0.1.0.0 -> 17.0.1.1.0'])
      expect(done.text).toContain(text);
    expectSound(world, 'web', after);
    expect((await server.call('oca_update', {})).data).toMatchObject({
      status: 'up_to_date',
      up_to_date: ['server-tools', 'web'],
    });
    expect(readFileSync(world.at('state/audit.jsonl'), 'utf8')).toContain(
      `"checkouts":[{"repo":"web","action":"update","before":"${before}","after":"${after}"}]`,
    );
  });

  it('follows a linked module into another repository, also if that is new there', async () => {
    const { world, upstream, config } = await cloned();
    const server = await startServer(['--config', config]);
    await server.call('oca_link', { module: ['web_old', 'web_same'] });
    upstream.commit('web', { web_old: null, web_same: null });
    upstream.commit('server-tools', { web_old: { version: '17.0.2.0.0' }, 'addons/web_same': {} });
    const { data } = await server.call('oca_update', {});
    expect(data.moved).toEqual([
      {
        ...{ module: 'web_old', repo: 'web', to: 'server-tools' },
        remedy: 'Call oca_link {"module":["web_old"],"replace":true}: another folder has the module.',
      },
    ]);
    expect(data.deleted).toMatchObject([{ module: 'web_same' }]);
    const linked = await server.call('oca_link', { module: ['web_old'], replace: true });
    expect(linked.data).toMatchObject({ status: 'linked' });
    expect(realpathSync(world.at('linked/web_old'))).toBe(world.at('src/oca/server-tools/web_old'));
  });

  it('judges a manifest that is a symlink to another file of the repository by that', async () => {
    const { world, upstream, config } = await cloned();
    const server = await startServer(['--config', config]);
    await server.call('oca_link', { module: ['web_responsive', 'web_timeline'] });
    upstream.commit('web', { web_responsive: { version: '17.0.2.0.0' } });
    const [manifest, real] = ['web_responsive/__manifest__.py', 'manifests/responsive.py'];
    world.file(`upstream/web/${real}`, readFileSync(world.at('upstream/web', manifest), 'utf8'));
    for (const [name, target] of [
      [manifest, '../manifests/next.py'],
      ['manifests/next.py', 'responsive.py'],
      ['web_timeline/__manifest__.py', '../../outside.py'],
    ] as const) {
      rmSync(world.at('upstream/web', name), { force: true });
      world.link(target, `upstream/web/${name}`);
    }
    upstream.commit('web', {});
    const { data } = await server.call('oca_update', {});
    expect(data.changed_version).toMatchObject([{ module: 'web_responsive', to: '17.0.2.0.0' }]);
    expect(data.lost_installability).toMatchObject([{ module: 'web_timeline' }]);
    const linked = (await server.call('addon_info', { module: 'web_responsive' })).data;
    expect(JSON.stringify(linked)).toContain('17.0.2.0.0');
  });

  it('leaves alone what a person must see to, and says why', async () => {
    const { world, upstream, config } = await cloned();
    upstream.commit('acme', { acme_sale: {} });
    for (const place of ['fork', 'topic', 'dirty', 'detached']) cloneTo(world, 'web', `src/oca/${place}`);
    cloneTo(world, 'acme', 'src/oca/acme');
    git(world.at('src/oca/fork'), 'remote', 'set-url', 'origin', 'https://me:secret@github.com/acme/web');
    git(world.at('src/oca/topic'), 'checkout', '-q', '-b', 'topic');
    git(world.at('src/oca/detached'), 'checkout', '-q', '--detach');
    world.file('src/oca/dirty/web_old/__manifest__.py', '{}');
    world.module('src/oca/plain/no_git');
    const after = upstream.commit('web', { web_old: null });
    const server = await startServer(['--config', config]);
    const was = ['fork', 'topic', 'dirty', 'detached'].map((one) => snapshot(world.at('src/oca', one)));
    const { data, text } = await server.call('oca_update', {});
    expect(data).toMatchObject({
      status: 'updated',
      updated: [{ repo: 'web', after }],
      up_to_date: ['acme', 'server-tools'],
      left_alone: [
        { repo: 'detached', problem: 'detached has no branch checked out, but a commit.' },
        { repo: 'dirty', problem: 'dirty has files that were changed: web_old/__manifest__.py.' },
        {
          repo: 'fork',
          problem: 'fork comes from elsewhere: its origin is not a repository of a local folder.',
        },
        { repo: 'topic', problem: 'topic has the branch topic checked out.' },
      ],
    });
    for (const { remedy } of data.left_alone) expect(text).toContain(remedy);
    expect(JSON.stringify(data)).not.toContain('secret');
    expect(['fork', 'topic', 'dirty', 'detached'].map((one) => snapshot(world.at('src/oca', one)))).toEqual(
      was,
    );
    const named = await server.call('oca_update', { repos: ['dirty', 'web'] });
    expect(named.data).toMatchObject({
      status: 'incomplete',
      up_to_date: ['web'],
      left_alone: [{ repo: 'dirty' }],
    });
    const plain = await server.call('oca_update', { repos: ['plain'] });
    expect(plain.data.left_alone).toMatchObject([{ problem: 'plain is not a checkout of git.' }]);
  });

  it.each<[string, string]>([
    ['https', 'https://github.com/OCA/web'],
    ['ssh', 'git@github.com:OCA/web.git'],
    ['https with a user', 'https://me:token@github.com/oca/web.git/'],
  ])(
    'takes a clone of the OCA by %s, and updates it from the mirror that is configured',
    async (_, origin) => {
      const { world, upstream, config } = await cloned();
      git(world.at('src/oca/web'), 'remote', 'set-url', 'origin', origin);
      const after = upstream.commit('web', { web_more: {} });
      const dry = await runCli(['source', 'update', 'oca', 'web', '--dry-run', '--config', config]);
      expect(dry.stdout).toContain('Make the same call without --dry-run.');
      const { code, stdout } = await runCli(['source', 'update', 'oca', 'web', '--config', config]);
      expect([code, stdout]).toEqual([0, expect.stringContaining('Updated 1 repository')]);
      expect(headOf(world, 'web')).toBe(after);
    },
  );

  it('says which checkouts there are when a name is none of them', async () => {
    const { config } = await cloned();
    const server = await startServer(['--config', config]);
    const { data } = await server.call('oca_update', { repos: ['wev', 'other'] });
    expect(data).toMatchObject({ status: 'refused', code: 'invalid_argument' });
    expect(JSON.stringify(data)).toContain('Did you mean \\"web\\"?');
    expect(JSON.stringify(data)).toContain('Call oca_status {}');
  });

  it('goes on with others when one cannot be reached, and tells of nothing when none can', async () => {
    const { world, upstream, config } = await cloned();
    const after = upstream.commit('web', { web_more: {} });
    rmSync(world.at('upstream/server-tools'), { recursive: true });
    const server = await startServer(['--config', config]);
    const { data } = await server.call('oca_update', {});
    expect(data).toMatchObject({
      status: 'incomplete',
      updated: [{ repo: 'web', after }],
      failed: [{ repo: 'server-tools', code: 'remote_failed' }],
    });
    expectSound(world, 'web', after);
    rmSync(world.at('upstream/web'), { recursive: true });
    expect((await server.call('oca_update', {})).data).toMatchObject({
      status: 'refused',
      code: 'remote_failed',
    });
  });

  it('updates Odoo Enterprise alone by its own tool', async () => {
    const world = createWorld();
    const upstream = createUpstream(world);
    upstream.commit('enterprise', { web_enterprise: {} });
    upstream.commit('web', MODULES);
    cloneTo(world, 'enterprise', 'src/ee/enterprise');
    cloneTo(world, 'web');
    const sources = { oca: { url: upstream.folder }, ee: { url: upstream.folder } };
    const server = await startServer(['--config', world.config({}, { sources })]);
    const after = upstream.commit('enterprise', { web_studio: {} });
    const other = await server.call('oca_update', { repos: ['enterprise'] });
    expect(other.data).toMatchObject({ code: 'invalid_argument', hint: 'ee_update is for that checkout.' });
    expect((await server.call('ee_update', {})).data).toMatchObject({
      status: 'updated',
      updated: [{ repo: 'enterprise', after }],
    });
  });

  it('shows its token to the remote alone, and tells how far it is', async () => {
    const { world, upstream } = await cloned();
    const login = { user: 'robot', token: 'sesame-open-3' };
    const host = await serve(world, { login });
    const token = world.file('token', `${login.token}\n`);
    chmodSync(token, 0o600);
    const config = world.config(
      {},
      { sources: { oca: { url: host.url, user: 'robot', token: { file: 'token' } } } },
    );
    for (const repo of ['web', 'server-tools'])
      git(world.at('src/oca', repo), 'remote', 'set-url', 'origin', `${host.url}/${repo}`);
    const after = upstream.commit('web', { web_more: {} });
    const server = await startServer(['--config', config]);
    const seen: number[] = [];
    const onprogress = ({ progress }: { progress: number }) => void seen.push(progress);
    const { data } = await server.call('oca_update', {}, { onprogress });
    expect(data).toMatchObject({ status: 'updated', updated: [{ repo: 'web', after }] });
    expectSound(world, 'web', after);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(200);
    for (const [path, text] of Object.entries(textsIn(world.at('src'), world.at('state'))))
      expect(text, path).not.toContain(login.token);
  });
});

async function serve(world: World, options: GitHttpOptions = {}) {
  const host = await serveGit(world.at('upstream'), options);
  onTestFinished(() => host.close());
  return host;
}

describe('the policy', () => {
  it('asks for the approval of exactly these commits', async () => {
    const { world, upstream, config } = await cloned({
      policy: { version: '1', default: 'allow', tools: { oca_update: { action: 'require_approval' } } },
    });
    const server = await startServer(['--config', config]);
    const before = headOf(world, 'web');
    expect((await server.call('oca_update', {})).data).toMatchObject({ status: 'up_to_date' });
    const first = upstream.commit('web', { web_more: {} });
    const asked = await server.call('oca_update', {});
    expect(asked.data).toMatchObject({
      code: 'approval_required',
      details: { checkouts: [{ repo: 'web', action: 'update', branch: '17.0', before, after: first }] },
    });
    expect(asked.text).toContain(
      `oca_update for prod: update web from ${before.slice(0, 12)} to ${first.slice(0, 12)} needs approval`,
    );
    expect((await server.call('oca_update', { dry_run: true })).data).toMatchObject({ status: 'planned' });
    const approve = (id: string) =>
      execFileSync(process.execPath, [CLI, 'approvals', 'approve', id, '--yes', '--config', config]);
    approve(asked.data.details.id);
    const second = upstream.commit('web', { web_most: {} });
    const moved = await server.call('oca_update', {});
    expect(moved.data).toMatchObject({ code: 'approval_required' });
    expect(headOf(world, 'web')).toBe(before);
    approve(moved.data.details.id);
    expect((await server.call('oca_update', {})).data).toMatchObject({ updated: [{ after: second }] });
    expectSound(world, 'web', second);
  });

  it('tells of no checkout that it hides from a call which names none', async () => {
    const hidden = { deny_if: [{ 'args.repos': { exists: true, eq: 'web' } }] };
    const { world, upstream, config } = await cloned({
      policy: {
        version: '1',
        default: 'allow',
        tools: {
          oca_update: hidden,
          oca_status: { deny_if: [{ 'args.repo': { exists: true, eq: 'web' } }] },
        },
      },
    });
    upstream.commit('web', { web_more: {} });
    const after = upstream.commit('server-tools', { base_more: {} });
    const server = await startServer(['--config', config]);
    const { data } = await server.call('oca_update', {});
    expect(data).toMatchObject({ status: 'updated', updated: [{ repo: 'server-tools', after }] });
    expect(JSON.stringify(data)).not.toMatch(/\bweb\b/);
    expect(git(world.at('src/oca/web'), 'status', '-sb')).not.toContain('web_more');
    const status = await server.call('oca_status', {});
    expect(status.data.checkouts).toMatchObject([{ repo: 'server-tools' }]);
    expect(status.data.note).toBe('The policy does not show 1 more entry.');
  });

  it('judges repositories that a call does not name, and hides those that may not be told of', async () => {
    const { world, upstream, config } = await cloned({
      policy: {
        version: '1',
        default: 'allow',
        tools: {
          oca_update: { require: [{ 'args.repos': { in: ['server-tools'] } }] },
          oca_status: { deny_if: [{ 'args.repo': { eq: 'web' } }] },
        },
      },
    });
    upstream.commit('web', { web_more: {} });
    const server = await startServer(['--config', config]);
    const was = snapshot(world.at('src'));
    expect((await server.call('oca_update', {})).data).toMatchObject({ code: 'policy_denied' });
    expect((await server.call('oca_update', { repos: ['OCA/web'] })).data).toMatchObject({
      code: 'policy_denied',
    });
    expect(snapshot(world.at('src'))).toEqual(was);
    expect((await server.call('oca_update', { repos: ['server-tools'] })).data).toMatchObject({
      status: 'up_to_date',
      up_to_date: ['server-tools'],
    });
    expect((await server.call('oca_status', {})).data).toMatchObject({ code: 'policy_denied' });
  });
});

describe('an update that does not come to its end', () => {
  it('changes nothing when the client cancels it', async () => {
    const { world, upstream } = await cloned();
    const host = await serve(world, {
      before: ({ body }) => (body.includes('command=fetch') ? new Promise<undefined>(() => {}) : undefined),
    });
    git(world.at('src/oca/web'), 'remote', 'set-url', 'origin', `${host.url}/web`);
    upstream.commit('web', { web_more: {} });
    const server = await startServer(['--config', world.config({}, { sources: { oca: { url: host.url } } })]);
    const was = snapshot(world.at('src'));
    const giveUp = new AbortController();
    const call = server.call('oca_update', { repos: ['web'] }, { signal: giveUp.signal });
    const fetching = () => host.requests.some(({ body }) => body.includes('command=fetch'));
    await vi.waitFor(() => expect(fetching()).toBe(true), 30_000);
    giveUp.abort();
    await expect(call).rejects.toThrow();
    await vi.waitFor(() => expect(snapshot(world.at('src'))).toEqual(was), 30_000);
  });

  it('counts what was moved, and tells what was not, when git cannot write one of them', async () => {
    const { world, upstream, config } = await cloned({
      policy: {
        version: '1',
        default: 'allow',
        tools: { oca_update: { action: 'allow', rate_limit: '1/hour' } },
      },
    });
    const before = headOf(world, 'web');
    upstream.commit('web', { web_more: {} });
    const after = upstream.commit('server-tools', { base_more: {} });
    const server = await startWith(world, config, '*/web\\ read-tree\\ -m\\ -u*) exit 1;;');
    const alone = await server.call('oca_update', { repos: ['web'] });
    expect(alone.data).toMatchObject({ status: 'refused', code: 'io_error' });
    const { data } = await server.call('oca_update', {});
    expect(data).toMatchObject({
      status: 'incomplete',
      updated: [{ repo: 'server-tools', after }],
      failed: [{ repo: 'web', code: 'io_error', message: 'web could not be written, and is as it was.' }],
    });
    expect(data.modules).toEqual({ added: 1, removed: 0, changed: 0 });
    expectSound(world, 'server-tools', after);
    expectSound(world, 'web', before);
    const trail = readFileSync(world.at('state/audit.jsonl'), 'utf8').trim().split('\n');
    expect(trail.at(-1)).toMatch(/"outcome":"done".*"checkouts":\[\{"repo":"server-tools"[^[]*\]/);
    expect((await server.call('oca_update', {})).data).toMatchObject({ code: 'rate_limited' });
  });

  it.each<[string, string, object]>([
    [
      'has ended meanwhile',
      `env -i PATH='${process.env.PATH}' git pull -q --ff-only >/dev/null 2>&1`,
      { status: 'up_to_date', up_to_date: ['server-tools', 'web'] },
    ],
    [
      'is at work',
      'mkdir -p web_more; : >web_more/__manifest__.py; : >.git/index.lock',
      { left_alone: [{ repo: 'web', problem: expect.stringContaining('has git at work in it') }] },
    ],
  ])(
    'does not take the files of another update for those of somebody, which %s',
    async (_, meanwhile, expected) => {
      const { world, upstream, config } = await cloned();
      upstream.commit('web', { web_more: {} });
      // When the new commit is measured, the files were compared and what is in the way was not looked for.
      const server = await startWith(world, config, `*/web\\ ls-tree*) ${meanwhile};;`);
      expect((await server.call('oca_update', {})).data).toMatchObject(expected);
    },
  );

  it('does not keep others from theirs where one cannot even be looked at', async () => {
    const { world, upstream, config } = await cloned();
    const after = upstream.commit('server-tools', { base_more: {} });
    // A shallow clone that a second fetch is tried for, and that is none any more.
    git(world.at('upstream/web'), 'checkout', '-q', '--orphan', 'other');
    git(world.at('upstream/web'), 'commit', '-q', '-m', 'anew');
    git(world.at('upstream/web'), 'branch', '-q', '-M', '17.0');
    const server = await startWith(world, config, '*/web\\ *fetch*) rm -f .git/shallow;;');
    const { data } = await server.call('oca_update', {});
    expect(data).toMatchObject({
      status: 'incomplete',
      updated: [{ repo: 'server-tools', after }],
      failed: [{ repo: 'web', code: 'io_error' }],
    });
  });

  it('is done once when two processes begin it together', async () => {
    const { world, upstream, config } = await cloned();
    const after = upstream.commit('web', { web_more: {} });
    const server = await startServer(['--config', config]);
    const [one, other, third] = await Promise.all([
      server.call('oca_update', {}),
      server.call('oca_update', {}),
      runCli(['source', 'update', 'oca', '--config', config]),
    ]);
    expect([one.isError, other.isError, third.code]).toEqual([false, false, 0]);
    expectSound(world, 'web', after);
  });

  // test/sources/remote/killed.test.ts has each moment; here are those of a real process with a real git.
  it('is ended by the next one, whenever the process was killed', async () => {
    const { world, upstream, config } = await cloned();
    for (let file = 0; file < 300; file++)
      world.file(`upstream/web/web_same/static/${file}.txt`, `${file}\n`.repeat(2000));
    const last = upstream.commit('web', { web_old: null });
    const path = world.at('src/oca/web');
    const first = headOf(world, 'web');
    const args = ['source', 'update', 'oca', 'web', '--config', config];
    const took = await timeOf(() => runCli(args));
    expectSound(world, 'web', last);
    for (let round = 0; round < ROUNDS; round++) {
      git(path, 'reset', '-q', '--hard', first);
      git(path, 'update-ref', 'refs/remotes/origin/17.0', first);
      const child = spawnCli(args);
      const ended = new Promise((resolve) => child.on('close', resolve));
      // Towards the end, where it writes.
      await new Promise((resolve) => setTimeout(resolve, took * (0.5 + round * 0.06)));
      child.kill('SIGKILL');
      await ended;
      git(path, 'status');
      expect(git(path, 'fsck', '--no-dangling')).toBe('');
      const lock = join(path, '.git/index.lock');
      if (existsSync(lock)) {
        // A git that it has started ends by itself; one that nobody knows is waited for, which is a minute.
        if (readFileSync(lock, 'utf8').endsWith('git unknown\n')) utimesSync(lock, 1, 1);
        const status = async () => (await runCli(['source', 'status', 'web', '--config', config])).stdout;
        await vi.waitFor(async () => {
          expect(await status()).toContain('web was being updated when the server was ended');
        }, 30_000);
      }
      const { code, stdout } = await runCli(args);
      expect([code, stdout]).toEqual([0, expect.stringMatching(/Updated 1 repository|Nothing to update/)]);
      expectSound(world, 'web', last);
    }
  });
});

/** Starts a server whose git does something first: a branch of the shell's `case` for its folder and arguments. */
function startWith(world: World, config: string, first: string) {
  const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  const program = world.file('bin/git', `#!/bin/sh\ncase "$PWD $*" in ${first} esac\nexec '${real}' "$@"\n`);
  chmodSync(program, 0o755);
  return startServer(['--config', config], { env: { PATH: `${world.at('bin')}:${process.env.PATH}` } });
}

/** How often it is killed. */
const ROUNDS = 8;

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}
