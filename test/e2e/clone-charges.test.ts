import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { findGit } from '../../src/sources/run-git.ts';
import { serveGit } from '../support/git-http.ts';
import { startServer } from '../support/server.ts';
import { createUpstream } from '../support/upstream.ts';
import { createWorld } from '../support/world.ts';

const POLICY = {
  ...{ version: '1', default: 'allow' },
  tools: { oca_clone: { action: 'allow', rate_limit: '1/hour' } },
};

function buildWorld() {
  const world = createWorld();
  const upstream = createUpstream(world);
  for (const repo of ['web', 'server-tools']) upstream.commit(repo, { [`${repo[0]}_module`]: {} });
  const outcomes = () =>
    readFileSync(world.at('state/audit.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line.includes('"kind":"outcome"'));
  return { world, upstream, outcomes };
}

it('a clone that is cancelled when some repositories have come is counted, and in the trail with these', async () => {
  const { world, upstream, outcomes } = buildWorld();
  // The other repository is asked for and never sent.
  const host = await serveGit(upstream.folder, {
    before: ({ repo, body }) =>
      repo === 'web' && body.includes('command=fetch') ? new Promise<undefined>(() => {}) : undefined,
  });
  const server = await startServer([
    ...['--config', world.config({}, { sources: { oca: { url: host.url } }, policy: POLICY })],
  ]);
  const cancel = new AbortController();
  const call = server.call('oca_clone', { repos: ['web', 'server-tools'] }, { signal: cancel.signal });
  const ended = call.catch(() => 'cancelled');
  await vi.waitFor(() => expect(readdirSync(world.at('src/oca'))).toContain('server-tools'), 60_000);
  cancel.abort();
  expect(await ended).toBe('cancelled');
  await vi.waitFor(() => expect(outcomes()).toHaveLength(1), 60_000);
  expect(outcomes()[0]).toMatch(/"outcome":"done".*"repo":"server-tools"/);
  const again = await server.call('oca_clone', { repos: ['web'] });
  expect(again.data).toMatchObject({ code: 'rate_limited' });
  expect(readdirSync(world.at('src/oca'))).toEqual(['server-tools']);
  await host.close();
});

it('so is one that a fault of the root ends when some have come', async () => {
  const { world, upstream, outcomes } = buildWorld();
  const real = findGit(process.env.PATH);
  // Once the other one has come, a folder that the server writes in is gone.
  const waits = `until [ -d '${world.at('src/oca/server-tools')}' ]; do /bin/sleep 0.1; done; /bin/rm -rf .git; exit 0`;
  const script = `#!/bin/sh\ncase "$PWD $*" in */web\\ read-tree*) ${waits};; esac\nexec '${real}' "$@"\n`;
  chmodSync(world.file('bin/git', script), 0o755);
  const config = world.config({}, { sources: { oca: { url: upstream.folder } }, policy: POLICY });
  const server = await startServer(['--config', config], {
    env: { PATH: `${world.at('bin')}:${process.env.PATH}` },
  });
  const { data } = await server.call('oca_clone', { repos: ['web', 'server-tools'] });
  expect(data).toMatchObject({
    status: 'incomplete',
    repositories: [{ repo: 'server-tools', action: 'clone' }],
    failed: [{ repo: 'web', code: 'io_error' }],
  });
  expect(outcomes()[0]).toMatch(/"outcome":"done".*"repo":"server-tools"/);
  expect((await server.call('oca_clone', { repos: ['web'] })).data).toMatchObject({ code: 'rate_limited' });
});
