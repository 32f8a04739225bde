import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import {
  makeGitFolder,
  talkingConfig,
  talkingEnvironment,
} from '../../../src/sources/remote/git-folder-for.ts';
import { parseAddress, type Remote } from '../../../src/sources/remote/remote.ts';
import { talk } from '../../../src/sources/remote/talk.ts';
import { tipOf } from '../../../src/sources/remote/tip.ts';
import { createWorld } from '../../support/world.ts';

/** A line as git sends it (gitprotocol-common(5)). */
function line(text: string): string {
  return (text.length + 4).toString(16).padStart(4, '0') + text;
}

/** A remote with a branch, which never ends what it says to people before it sends a pack. */
async function serveChatter(): Promise<Remote> {
  const id = '1'.repeat(40);
  const offer = ['version 2\n', 'ls-refs\n', 'fetch=shallow\n', 'object-format=sha1\n'].map(line).join('');
  const begin = [line('shallow-info\n'), line(`shallow ${id}\n`), '0001', line('packfile\n')].join('');
  const chatter = line(`\u0002${`${'y'.repeat(99)}\n`.repeat(600)}`);
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    const type = `application/x-git-upload-pack-${request.method === 'GET' ? 'advertisement' : 'result'}`;
    response.writeHead(200, { 'Content-Type': type });
    if (request.method === 'GET')
      return void response.end(`${line('# service=git-upload-pack\n')}0000${offer}0000`);
    if (body.includes('command=ls-refs')) return void response.end(`${line(`${id} refs/heads/17.0\n`)}0000`);
    const go = () => {
      while (!response.destroyed && response.write(chatter));
    };
    response.write(begin);
    response.on('drain', go);
    go();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const parsed = parseAddress(`http://127.0.0.1:${(server.address() as AddressInfo).port}/{repo}`);
  if (!parsed.ok) throw new Error(parsed.refusal);
  return { ...parsed.value, credentials: null, credentialHelper: null };
}

it('ends with a remote that says more than can be kept', async () => {
  const world = createWorld();
  const remote = await serveChatter();
  const git = world.at('git');
  makeGitFolder(git, '17.0', talkingConfig(remote));
  const talked = await talk(
    ['fetch', '--depth=1', remote.address.replace('{repo}', 'web'), 'refs/heads/17.0'],
    {
      ...{ remote, cwd: world.path, limit: 300_000 },
      environment: { ...talkingEnvironment(remote), GIT_DIR: git },
    },
  );
  expect(talked).toEqual({ ok: false, refusal: { kind: 'broken', said: '' } });
});

it('shows a host of this machine to no proxy, and its token neither', async () => {
  const world = createWorld();
  const asked: (string | undefined)[] = [];
  const proxy = createServer((request, response) => {
    asked.push(request.headers.authorization);
    response.writeHead(502).end();
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void proxy.close());
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const parsed = parseAddress('http://localhost:1');
  if (!parsed.ok) throw new Error(parsed.refusal);
  const credentials = { user: 'robot', token: 'sesame' };
  const remote = { ...parsed.value, credentials, credentialHelper: null };
  const proxies = Object.fromEntries(['http_proxy', 'all_proxy', 'ALL_PROXY'].map((name) => [name, address]));
  const git = world.at('git');
  makeGitFolder(git, '17.0', talkingConfig(remote));
  const talked = await talk(['ls-remote', 'http://localhost:1/web'], {
    ...{ remote, cwd: world.path, limit: 300_000 },
    environment: { ...talkingEnvironment(remote, { ...process.env, ...proxies }), GIT_DIR: git },
  });
  expect(talked).toMatchObject({ ok: false, refusal: { kind: 'unreachable' } });
  expect(asked).toEqual([]);
});

it('gives git no home folder but for a credential helper: `.netrc` is in it', () => {
  const parsed = parseAddress('https://git.example.com');
  if (!parsed.ok) throw new Error(parsed.refusal);
  const remote = { ...parsed.value, credentials: null, credentialHelper: null };
  // Not absent: then curl asks the list of users.
  expect(talkingEnvironment(remote, { HOME: '/home/robot' }).HOME).toBe('/dev/null');
  const helped = talkingEnvironment({ ...remote, credentialHelper: 'store' }, { HOME: '/home/robot' });
  expect(helped.HOME).toBe('/home/robot');
});

it('takes the page of a proxy or a login for no repository without the branch', async () => {
  const world = createWorld();
  const server = createServer((_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html>Log in</html>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const parsed = parseAddress(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  if (!parsed.ok) throw new Error(parsed.refusal);
  const remote = { ...parsed.value, credentials: null, credentialHelper: null };
  expect(await tipOf(remote, 'web', '17.0', world.path, { limit: 300_000 })).toMatchObject({
    ok: false,
    refusal: { kind: 'broken' },
  });
});
