import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type CloneOrder, cloneRepository } from '../../../src/sources/remote/clone-repository.ts';
import { parseAddress } from '../../../src/sources/remote/remote.ts';
import { withStaging } from '../../../src/sources/remote/staging.ts';
import { findGit } from '../../../src/sources/run-git.ts';
import { createUpstream, git } from '../../support/upstream.ts';
import { createWorld, type World } from '../../support/world.ts';

function clone(world: World, more: Partial<CloneOrder> = {}) {
  const parsed = parseAddress(world.at('upstream'));
  if (!parsed.ok) throw new Error(parsed.refusal);
  const remote = { ...parsed.value, credentials: null, credentialHelper: null };
  const root = world.folder('root');
  return withStaging(root, (staging) =>
    cloneRepository({
      ...{ remote, repo: 'web', branch: '17.0', isFull: false, root, staging },
      ...{ maxBytes: 1e9, limit: 300_000 },
      ...more,
    }),
  );
}

/** Makes a branch of a tree whose text git would not make itself; each entry is a folder. */
function commitFolders(world: World, build: (tree: (folders: Record<string, string>) => string) => string) {
  createUpstream(world).commit('web', { a: {} });
  const repo = world.at('upstream/web');
  const root = build((folders) => {
    const entries = Object.entries(folders).map(([name, id]) =>
      Buffer.concat([Buffer.from(`40000 ${name}\0`), Buffer.from(id, 'hex')]),
    );
    writeFileSync(world.at('tree'), Buffer.concat(entries));
    return git(repo, 'hash-object', '-w', '-t', 'tree', world.at('tree'));
  });
  git(repo, 'update-ref', 'refs/heads/17.0', git(repo, 'commit-tree', root, '-m', 'folders'));
}

describe('a check-out', () => {
  it('does not look through folders without a file for ever', async () => {
    const world = createWorld();
    commitFolders(world, (tree) => {
      let inner = tree({});
      for (let depth = 0; depth < 14; depth++)
        inner = tree(Object.fromEntries([...'abcdefghij'].map((name) => [name, inner])));
      return inner;
    });
    expect(await clone(world)).toMatchObject({ ok: false, refusal: { kind: 'too_large' } });
  });

  it('counts the room of folders, and of files of a few bytes', async () => {
    const world = createWorld();
    for (let index = 0; index < 300; index++) world.file(`upstream/web/a/${index}/x`, 'x');
    createUpstream(world).commit('web', { b: {} });
    expect(await clone(world, { maxBytes: 2e6 })).toMatchObject({ refusal: { kind: 'too_large' } });
    expect(await clone(world, { maxBytes: 3e6 })).toMatchObject({ ok: true });
  });

  it('makes no file larger than it is in the repository', async () => {
    const world = createWorld();
    world.file(
      'upstream/web/.gitattributes',
      '*.id ident\n*.bat eol=crlf\n*.u working-tree-encoding=UTF-32\n',
    );
    const files = { 'a.id': '$Id$\n'.repeat(1000), 'a.bat': '\n'.repeat(1000), 'a.u': 'a'.repeat(1000) };
    const repo = world.folder('upstream/web');
    git(repo, 'init', '-q', '-b', '17.0');
    world.file('upstream/web/.git/info/attributes', '* -text -ident -working-tree-encoding\n');
    for (const [name, text] of Object.entries(files)) world.file(`upstream/web/${name}`, text);
    git(repo, 'add', '-A');
    git(repo, 'commit', '-q', '-m', 'files');
    expect(await clone(world)).toMatchObject({ ok: true });
    for (const [name, text] of Object.entries(files))
      expect(readFileSync(world.at('root/web', name), 'utf8')).toBe(text);
    expect(existsSync(world.at('root/web/.git/info/attributes'))).toBe(false);
    expect(git(world.at('root/web'), 'status', '--porcelain')).toBe('');
  });

  it('ends, and its git with it, when it is cancelled', async () => {
    const world = createWorld();
    createUpstream(world).commit('web', { a: {} });
    const [seen, real] = [world.at('seen'), findGit(process.env.PATH)];
    const waits = `case "$*" in *ls-tree*) : > '${seen}'; exec /bin/sleep 100000;; esac`;
    chmodSync(world.file('bin/git', `#!/bin/sh\n${waits}\nexec '${real}' "$@"\n`), 0o755);
    vi.stubEnv('PATH', `${world.at('bin')}:${process.env.PATH}`);
    onTestFinished(() => void vi.unstubAllEnvs());
    const cancel = new AbortController();
    const cloned = clone(world, { signal: cancel.signal });
    await vi.waitFor(() => expect(existsSync(seen)).toBe(true), 60_000);
    cancel.abort();
    expect(await cloned).toEqual({ ok: false, refusal: { kind: 'cancelled', said: '' } });
    expect(readdirSync(world.at('root'))).toEqual([]);
  });
});
