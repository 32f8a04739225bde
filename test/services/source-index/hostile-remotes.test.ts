import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readFetchedBranch } from '../../../src/sources/fetched-index.ts';
import { serveGit } from '../../support/git-http.ts';
import { manifestText } from '../../support/world.ts';
import { createUpstreams, openIndexSite } from './index-site.ts';

/** A site, and a repository `evil` whose only branch is made of a stream for `git fast-import`. */
function withEvil(stream: string | Buffer, options: Parameters<typeof openIndexSite>[1] = {}) {
  const made = createUpstreams();
  made.upstream.commit('evil', {});
  const folder = made.world.at('upstream/evil');
  execFileSync('git', ['-C', folder, 'fast-import', '--quiet', '--force'], {
    input: stream,
    env: { PATH: process.env.PATH, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
  });
  return openIndexSite(made, options);
}

const HEAD = 'commit refs/heads/17.0\ncommitter x <x@x> 1700000000 +0000\ndata 1\nx\ndeleteall\n';

/** The stream for a commit with these files; a value that begins with `->` is the target of a symlink. */
function commitOf(files: Readonly<Record<string, string>>): string {
  const told = Object.entries(files).map(([path, text]) => {
    const isLink = text.startsWith('->');
    const data = isLink ? text.slice(2) : text;
    return `M ${isLink ? '120000' : '100644'} inline ${path}\ndata ${Buffer.byteLength(data)}\n${data}\n`;
  });
  return HEAD + told.join('');
}

const GOOD = { 'good/__manifest__.py': manifestText({ version: '17.0.1.0.0' }) };
const ONLY_GOOD = { good: '17.0.1.0.0 base' };
/** What is kept of a manifest that is not read. */
const UNREAD = 'null undefined -';

it.each<[string, Record<string, string>, Record<string, string>]>([
  [
    'a symlink as manifest',
    { 'm/__manifest__.py': '->../good/__manifest__.py', 'n/__manifest__.py': '->/etc/passwd' },
    { m: UNREAD, n: UNREAD },
  ],
  ['a symlink as module', { m: '->good' }, {}],
  ['a folder as manifest', { 'm/__manifest__.py/x.py': '{}' }, {}],
  [
    'names that are no modules',
    Object.fromEntries(
      ['--upload-pack=x', 'a-b', '.hidden', '17x', 'ü', 'x.y', 'setup', 'a b'].map((name) => [
        `${name}/__manifest__.py`,
        GOOD['good/__manifest__.py'],
      ]),
    ),
    {},
  ],
  [
    'names that JavaScript has a meaning for',
    { '__proto__/__manifest__.py': '{"name": "p"}', 'constructor/__manifest__.py': '{"name": "c"}' },
    { ['__proto__']: 'null ', constructor: 'null ' },
  ],
  ['brackets without end', { 'm/__manifest__.py': '['.repeat(900_000) }, { m: UNREAD }],
  [
    'brackets inside one another',
    { 'm/__manifest__.py': `${'['.repeat(5000)}${']'.repeat(5000)}` },
    { m: UNREAD },
  ],
  [
    'what is not UTF-8 or no dict',
    { 'm/__manifest__.py': '"x"', 'n/__manifest__.py': 'import os' },
    { m: UNREAD, n: UNREAD },
  ],
  [
    'texts for a terminal and names of files in depends',
    {
      'm/__manifest__.py': manifestText({
        name: 'a\u001b[2J\nb',
        depends: ['../x', 'a b', 'base', 'base'],
        version: null,
      }),
    },
    { m: 'null base' },
  ],
])('keeps of %s no more than is so', async (_, files, expected) => {
  const { index, known, context } = withEvil(commitOf({ ...GOOD, ...files }));
  expect(await index(['evil'])).toMatchObject({ failed: [], series: [{ new: 1 }] });
  const entries = Object.entries(known('evil') ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const all = [...Object.entries(expected), ...Object.entries(ONLY_GOOD)];
  expect(entries).toEqual(all.sort(([a], [b]) => (a < b ? -1 : 1)));
  const texts = JSON.stringify(readFetchedBranch(context.stateDir, '17.0', 'evil'));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there.
  expect(texts).not.toMatch(/[\x00-\x1f\x7f]|\\u001b|\\n/);
});

it('does not read a manifest of 100 MB, and reads the others', async () => {
  const huge = Buffer.alloc(100 * 1024 * 1024, ' ');
  const head = Buffer.from(`${commitOf(GOOD)}M 100644 inline m/__manifest__.py\ndata ${huge.length}\n`);
  const { index, known } = withEvil(Buffer.concat([head, huge, Buffer.from('\n')]));
  expect(await index(['evil'])).toMatchObject({ failed: [], series: [{ new: 1 }], manifests_read: 1 });
  expect(known('evil')).toEqual({ ...ONLY_GOOD, m: UNREAD });
});

/** Bytes that cannot be made smaller. */
function noise(bytes: number): string {
  let state = 1;
  let text = '';
  while (text.length < bytes) {
    state = (state * 48271) % 2147483647;
    text += String.fromCharCode(33 + (state % 90));
  }
  return text;
}

it('ends the fetch of what grows beyond the limit, keeps nothing of it, and reads the others', async () => {
  const files = { ...GOOD, 'm/__manifest__.py': noise(4 * 1024 * 1024) };
  const { index, known, context } = withEvil(commitOf(files), { maxBytes: 1024 * 1024 });
  expect(await index(['evil', 'web'])).toMatchObject({
    failed: [{ repo: 'evil', kind: 'too_large', message: expect.stringContaining('sources.maxBytes') }],
    series: [{ new: 1 }],
  });
  expect(known('evil')).toBeNull();
  expect(readdirSync(join(context.stateDir, 'sources/repositories')).sort()).toEqual(['web']);
});

it('ends a fetch while it grows beyond the limit, without waiting for its end', async () => {
  const made = createUpstreams();
  made.world.file('upstream/evil/m/__manifest__.py', noise(8 * 1024 * 1024));
  made.upstream.commit('evil', {});
  const http = await serveGit(made.upstream.folder, { stallAfter: 6 * 1024 * 1024 });
  onTestFinished(() => http.close());
  const { index } = openIndexSite(made, { url: http.url, maxBytes: 1024 * 1024 });
  expect(await index(['evil'])).toMatchObject({ failed: [{ repo: 'evil', kind: 'too_large' }] });
});

it('reads no repository with twenty thousand folders', async () => {
  const blob = `blob\nmark :1\ndata 2\n{}\n`;
  const folders = Array.from({ length: 20_000 }, (_, at) => `M 100644 :1 m${at}/__manifest__.py\n`);
  const { index, known } = withEvil(blob + HEAD + folders.join(''));
  expect(await index(['evil', 'web'])).toMatchObject({
    failed: [{ repo: 'evil', kind: 'too_many', message: expect.stringContaining('5000 folders') }],
    series: [{ new: 1 }],
  });
  expect(known('evil')).toBeNull();
});

it('looks only at the top of folders that hold one another ten levels deep', async () => {
  const made = createUpstreams();
  made.upstream.commit('evil', { good: { version: '17.0.1.0.0' } });
  const folder = made.world.at('upstream/evil');
  const git = (args: string[], input: string) =>
    execFileSync('git', ['-C', folder, ...args], { input, encoding: 'utf8' }).trim();
  let tree = git(['mktree'], '');
  for (let level = 0; level < 10; level++) {
    const entries = Array.from({ length: 10 }, (_, at) => `040000 tree ${tree}\tm${at}\n`);
    tree = git(['mktree'], entries.join(''));
  }
  const commit = git(['-c', 'user.name=x', '-c', 'user.email=x', 'commit-tree', '-m', 'x', tree], '');
  made.upstream.git('evil', 'update-ref', 'refs/heads/17.0', commit);
  const { index, known } = openIndexSite(made);
  expect(await index(['evil'])).toMatchObject({ failed: [], series: [{ new: 1 }] });
  expect(known('evil')).toEqual({});
});

it('runs nothing of a repository and its folder, neither hooks nor what its configuration names', async () => {
  const { index, upstream, world } = withEvil(commitOf({ ...GOOD, '.gitattributes': '* filter=x diff=x\n' }));
  const canary = world.at('canary');
  for (const hook of ['post-checkout', 'reference-transaction', 'post-merge', 'pre-auto-gc'])
    world.file(`upstream/evil/.git/hooks/${hook}`, `#!/bin/sh\ntouch ${canary}\n`);
  upstream.git('evil', 'config', 'filter.x.smudge', `touch ${canary}`);
  upstream.git('evil', 'config', 'core.fsmonitor', `touch ${canary}`);
  upstream.git('evil', 'config', 'uploadpack.packObjectsHook', `touch ${canary}`);
  expect(await index(['evil'])).toMatchObject({ failed: [] });
  expect(existsSync(canary)).toBe(false);
});

it('writes the configuration of a git folder anew before git reads it', async () => {
  const site = openIndexSite(createUpstreams());
  await site.index(['web']);
  const canary = site.world.at('canary');
  const config = join(site.context.stateDir, 'sources/repositories/web/config');
  writeFileSync(
    config,
    `[remote "origin"]\n\turl = ${site.upstream.folder}/web\n\tuploadpack = touch ${canary}\n`,
  );
  site.upstream.commit('web', { web_x: null });
  expect(await site.index(['web'])).toMatchObject({ failed: [], series: [{ changed: 1 }] });
  expect(existsSync(canary)).toBe(false);
});
