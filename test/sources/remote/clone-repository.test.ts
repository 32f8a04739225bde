import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type CloneOrder, cloneRepository } from '../../../src/sources/remote/clone-repository.ts';
import { withStaging } from '../../../src/sources/remote/staging.ts';
import { type GitHttpOptions, serveGit } from '../../support/git-http.ts';
import { BROKEN_TREES, commitEntries, type TreeEntry } from '../../support/tree-entries.ts';
import { remoteAt } from '../../support/updates.ts';
import { createUpstream, git } from '../../support/upstream.ts';
import { createWorld, type World } from '../../support/world.ts';

/** Clones from a folder, or from an address, into `roots`. */
function clone(world: World, address: string, more: Partial<CloneOrder> = {}) {
  const root = world.folder('root');
  return withStaging(root, (staging) =>
    cloneRepository({
      ...{ remote: remoteAt(address), repo: 'web', branch: '17.0', isFull: false, root, staging },
      ...{ maxBytes: 1e9, limit: 60_000 },
      ...more,
    }),
  );
}

async function serve(world: World, options: GitHttpOptions = {}) {
  const host = await serveGit(world.at('upstream'), options);
  onTestFinished(() => host.close());
  return host;
}

/** Makes `upstream/web` of a tree with entries that no git would add, see {@link commitEntries}. */
function commitTree(world: World, entries: readonly TreeEntry[]): void {
  const repo = world.folder('upstream/web');
  git(repo, 'init', '-q', '-b', '17.0');
  commitEntries(repo, entries);
}

const left = (world: World) => readdirSync(world.at('root'));

describe('a clone', () => {
  it('has one commit and one branch, or all of its history', async () => {
    const world = createWorld();
    const upstream = createUpstream(world);
    for (const version of ['17.0.1.0.0', '17.0.1.1.0']) upstream.commit('web', { a: { version } });
    upstream.commit('web', { b: {} }, '16.0');
    const shallow = await clone(world, upstream.folder);
    const path = world.at('root/web');
    expect(shallow).toEqual({
      ok: true,
      value: { path, commit: git(path, 'rev-parse', 'HEAD'), bytes: expect.any(Number) },
    });
    // `file://` because of --depth: a path alone would be copied.
    expect(git(path, 'rev-list', '--count', 'HEAD')).toBe('1');
    expect(git(path, 'for-each-ref', '--format=%(refname)').split('\n')).toEqual([
      'refs/heads/17.0',
      'refs/remotes/origin/17.0',
    ]);
    const other = createWorld();
    await clone(other, upstream.folder, { isFull: true });
    expect(git(other.at('root/web'), 'rev-list', '--count', 'HEAD')).toBe('2');
  });

  it('reads no configuration of the system, the user or the process, and runs nothing that these name', async () => {
    const world = createWorld();
    const upstream = createUpstream(world);
    const canary = world.at('canary');
    const program = world.file('program', `#!/bin/sh\ntouch ${canary}\ncat\n`);
    execFileSync('chmod', ['+x', program]);
    for (const hook of ['post-checkout', 'reference-transaction', 'post-index-change'])
      world.link(program, `hooks/${hook}`);
    world.link(program, 'template/hooks/post-checkout');
    world.file(
      'home/.gitconfig',
      `[core]\nhooksPath = ${world.at('hooks')}\nfsmonitor = ${program}\nsshCommand = ${program}\n` +
        `[init]\ntemplateDir = ${world.at('template')}\n[filter "evil"]\nsmudge = ${program}\nprocess = ${program}\n` +
        `[credential]\nhelper = !${program}\n[url "ext::${program}"]\ninsteadOf = /\n[uploadpack]\npackObjectsHook = ${program}\n`,
    );
    world.file('upstream/web/.gitattributes', '* filter=evil diff=evil merge=evil\n');
    upstream.commit('web', { a: {} });
    const settings = {
      HOME: world.at('home'),
      XDG_CONFIG_HOME: world.at('home'),
      GIT_TEMPLATE_DIR: world.at('template'),
    };
    const others = {
      GIT_CONFIG_GLOBAL: world.at('home/.gitconfig'),
      GIT_CONFIG_COUNT: '1',
      GIT_EXTERNAL_DIFF: program,
    };
    const more = {
      GIT_CONFIG_KEY_0: 'core.hooksPath',
      GIT_CONFIG_VALUE_0: world.at('hooks'),
      GIT_DIR: world.at('elsewhere'),
    };
    for (const [name, value] of Object.entries({ ...settings, ...others, ...more })) vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await clone(world, upstream.folder)).toMatchObject({ ok: true });
    expect(readFileSync(world.at('root/web/a/__manifest__.py'), 'utf8')).toContain('Test');
    expect(existsSync(canary)).toBe(false);
    expect(readFileSync(world.at('root/web/.git/config'), 'utf8')).not.toMatch(/hooksPath|helper|filter/);
    expect(existsSync(world.at('root/web/.git/hooks'))).toBe(false);
  });

  it.each(BROKEN_TREES)(
    'of a tree with %s does not appear, and writes nothing elsewhere',
    async (_, entries) => {
      const world = createWorld();
      commitTree(world, [['100644', 'fine', 'README'], ...entries]);
      const before = readdirSync(world.path);
      const cloned = await clone(world, world.at('upstream'));
      expect(cloned).toMatchObject({ ok: false, refusal: { kind: 'broken' } });
      expect(left(world)).toEqual([]);
      expect(readdirSync(world.path).sort()).toEqual([...new Set([...before, 'root'])].sort());
    },
  );

  it('of a tree with a symlink and a folder of one name writes nothing elsewhere', async () => {
    const world = createWorld();
    commitTree(world, [
      ['100644', 'fine', 'README'],
      ['120000', '../..', 'a'],
      ['40000', 'x', 'a'],
    ]);
    const before = readdirSync(world.path);
    const cloned = await clone(world, world.at('upstream'));
    expect(cloned).toMatchObject({ refusal: { kind: 'broken' } });
    expect(readdirSync(world.path).sort()).toEqual([...new Set([...before, 'root'])].sort());
    expect(existsSync(world.at('inside'))).toBe(false);
  });

  it('has symlinks as they are, submodules as empty folders, and names that differ only in case', async () => {
    const world = createWorld();
    world.file('secret', 'secret');
    const modules = '[submodule "sub"]\n\tpath = sub\n\turl = ext::touch canary\n\tupdate = !touch canary\n';
    commitTree(world, [
      ['100644', modules, '.gitmodules'],
      ['100644', 'upper', 'README'],
      ['120000', '../../secret', 'escape'],
      ['100644', 'lower', 'readme'],
      ['160000', '1234567890123456789012345678901234567890', 'sub'],
    ]);
    expect(await clone(world, world.at('upstream'))).toMatchObject({ ok: true });
    expect(lstatSync(world.at('root/web/escape')).isSymbolicLink()).toBe(true);
    expect(readdirSync(world.at('root/web/sub'))).toEqual([]);
    expect(readFileSync(world.at('root/web/readme'), 'utf8')).toBe('lower');
    expect(existsSync(world.at('canary')) || existsSync(world.at('root/web/canary'))).toBe(false);
  });

  it('is of one branch alone: a hundred thousand others are not even listed', async () => {
    const world = createWorld();
    const upstream = createUpstream(world);
    const commit = upstream.commit('web', { a: {} });
    const refs = Array.from(
      { length: 100_000 },
      (_, index) => `${commit} refs/heads/--upload-pack=touch-${String(index).padStart(6, '0')}`,
    );
    world.file(
      'upstream/web/.git/packed-refs',
      `# pack-refs with: peeled fully-peeled sorted\n${refs.join('\n')}\n`,
    );
    const host = await serve(world);
    expect(await clone(world, host.url)).toMatchObject({ ok: true });
    expect(git(world.at('root/web'), 'for-each-ref').split('\n')).toHaveLength(2);
  });

  it.each<[string, (world: World) => void, number]>([
    ['packs', (world) => world.file('upstream/web/big', noise(3e6)), 2e6],
    [
      'files that are small when they are packed',
      (world) => world.file('upstream/web/big', '0'.repeat(5e7)),
      1e7,
    ],
  ])('does not appear with more than the most bytes, of %s', async (_, grow, maxBytes) => {
    const world = createWorld();
    const upstream = createUpstream(world);
    upstream.commit('web', { a: {} });
    grow(world);
    upstream.commit('web', {});
    const host = await serve(world);
    expect(await clone(world, host.url, { maxBytes })).toMatchObject({ refusal: { kind: 'too_large' } });
    expect(left(world)).toEqual([]);
  });

  it.each<[string, (url: string) => Partial<CloneOrder>, object]>([
    ['takes too long', () => ({ limit: 300 }), { kind: 'too_slow', said: '' }],
    ['is cancelled', () => ({ signal: AbortSignal.timeout(300) }), { kind: 'cancelled', said: '' }],
  ])('leaves nothing, and no git, when it %s', async (_, order, refusal) => {
    const world = createWorld();
    createUpstream(world).commit('web', { a: {} });
    const host = await serve(world, { before: () => new Promise<undefined>(() => {}) });
    expect(await clone(world, host.url, order(host.url))).toEqual({ ok: false, refusal });
    expect(left(world)).toEqual([]);
    // A killed process is there until it has been waited for.
    await vi.waitFor(() => expect(gitProcesses(host.url)).toEqual([]), 10_000);
  });

  it.each<[string, GitHttpOptions, string]>([
    ['there is no such repository', { find: () => null }, 'not_found'],
    ['a token is wanted', { login: { user: 'robot', token: 'other' } }, 'unauthorised'],
    ['it may not be read', { before: () => 403 }, 'unauthorised'],
    ['the host is broken', { before: () => 500 }, 'unreachable'],
  ])('is refused when %s', async (_, options, kind) => {
    const world = createWorld();
    createUpstream(world).commit('web', { a: {} });
    const host = await serve(world, options);
    const credentials = { user: 'robot', token: 'wrong-token' };
    const refused = await clone(world, host.url, { remote: remoteAt(host.url, { credentials }) });
    expect(refused).toMatchObject({ ok: false, refusal: { kind } });
    expect(JSON.stringify(refused)).not.toMatch(/wrong-token|127\.0\.0\.1/);
    expect(left(world)).toEqual([]);
  });

  it.each<[string, string, string, string]>([
    ['the branch is missing', 'upstream', '19.0', 'no_branch'],
    ['the folder is no repository', 'empty', '17.0', 'not_found'],
  ])('is refused when %s', async (_, folder, branch, kind) => {
    const world = createWorld();
    createUpstream(world).commit('web', { a: {} });
    mkdirSync(world.at('empty/web'), { recursive: true });
    expect(await clone(world, world.at(folder), { branch })).toMatchObject({ refusal: { kind } });
  });

  it('goes where no redirection leads', async () => {
    const world = createWorld();
    createUpstream(world).commit('web', { a: {} });
    const other = await serve(world);
    const server = createServer((request, response) => {
      response.writeHead(302, { location: `${other.url}${request.url}` }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const credentials = { user: 'robot', token: 'sesame' };
    expect(await clone(world, url, { remote: remoteAt(url, { credentials }) })).toMatchObject({
      refusal: { kind: 'redirected' },
    });
    expect(other.requests).toEqual([]);
  });

  it('shows its token in no command line, and in the environment of git alone', async () => {
    const world = createWorld();
    createUpstream(world).commit('web', { a: {} });
    const login = { user: 'robot', token: 'sesame-open-2' };
    const encoded = Buffer.from(`robot:${login.token}`).toString('base64');
    const seen: { command: string; environment: string }[] = [];
    const host = await serve(world, { login, before: () => void seen.push(...processes()) });
    const cloned = await clone(world, host.url, { remote: remoteAt(host.url, { credentials: login }) });
    expect(cloned).toMatchObject({ ok: true });
    const holding = seen.filter(
      ({ environment }) => environment.includes(encoded) || environment.includes(login.token),
    );
    for (const { command } of seen) {
      expect(command).not.toContain(encoded);
      expect(command).not.toContain(login.token);
    }
    // Where there is no /proc, nothing can be seen of others.
    if (existsSync('/proc/self/environ')) expect(holding.length).toBeGreaterThan(0);
    for (const { command } of holding) expect(command).toMatch(/^(?:\S*\/)?git[\s-]/);
  });
});

/** Bytes that do not become smaller when they are packed. */
function noise(length: number): string {
  let state = 1;
  return Array.from({ length }, () => {
    state = (state * 48271) % 2147483647;
    return String.fromCharCode(33 + (state % 90));
  }).join('');
}

/** All processes that can be seen. */
function processes(): { command: string; environment: string }[] {
  if (!existsSync('/proc/self/environ')) return [];
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    const read = (name: string) => readFileSync(join('/proc', pid, name), 'utf8').replaceAll('\0', ' ');
    try {
      return [{ command: read('cmdline'), environment: read('environ') }];
    } catch {
      return [];
    }
  });
}

/** The command lines of processes that talk with a host. */
function gitProcesses(url: string): string[] {
  return processes()
    .map(({ command }) => command)
    .filter((command) => command.includes(url));
}
