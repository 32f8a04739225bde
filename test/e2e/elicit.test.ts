import { readdirSync } from 'node:fs';
import type { ElicitResult } from '@modelcontextprotocol/client';
import { describe, expect, it } from 'vitest';
import type { ClientName } from '../support/clients.ts';
import { finished, runCli, spawnCli, startServer } from '../support/server.ts';
import { createWorld } from '../support/world.ts';

const POLICY = {
  version: '1',
  default: 'deny',
  approval_channel: 'elicit',
  tools: { oca_link: { action: 'require_approval', rate_limit: '3/day' } },
};

/** A server whose client answers forms in some way, or has none. */
async function connect(
  client: ClientName,
  answer: (() => ElicitResult) | null,
  rest: Record<string, unknown> = {},
) {
  const world = createWorld();
  world.module('src/oca/web/a');
  const config = world.config({}, { policy: { ...POLICY, ...rest } });
  const questions: string[] = [];
  const server = await startServer(['--config', config], {
    client,
    ...(answer !== null && {
      answerForm: ({ message }) => {
        questions.push(message);
        return answer();
      },
    }),
  });
  const link = async () => (await server.call('oca_link', { module: 'a' })).data;
  return { world, config, questions, link, links: () => readdirSync(world.at('linked')) };
}

/** A server that was asked, as call 1, to link; the client says the rest itself. */
function speak() {
  const world = createWorld();
  world.module('src/oca/web/a');
  const config = world.config({}, { policy: POLICY });
  const child = spawnCli(['serve', '--config', config]);
  const capabilities = { elicitation: {} };
  const clientInfo = { name: 'test', version: '0' };
  const params = { protocolVersion: '2025-06-18', capabilities, clientInfo };
  say(child, { id: 0, method: 'initialize', params });
  say(child, { method: 'notifications/initialized' });
  say(child, { id: 1, method: 'tools/call', params: { name: 'oca_link', arguments: { module: 'a' } } });
  return { world, config, child, end: finished(child) };
}

function say(child: ReturnType<typeof spawnCli>, message: Record<string, unknown>): void {
  child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
}

const approvalsOf = async (config: string) => {
  return JSON.parse((await runCli(['approvals', 'list', '--json', '--config', config])).stdout);
};

describe.each(['SDK 1', 'SDK 2', 'SDK 2, pinned'] as const)(
  'an approval that is asked for through %s',
  (client) => {
    it('is given by typing the name of the first module, and recorded as what the client asserts', async () => {
      const { world, config, questions, link, links } = await connect(client, () => ({
        action: 'accept',
        content: { name: 'a' },
      }));
      expect(await link()).toMatchObject({ status: 'linked', limit: { remaining: 2 } });
      const identity = '\\d+:\\d+';
      expect(questions).toEqual([
        expect.stringMatching(
          new RegExp(
            `^oca_link in ${world.at('linked')}: create a\\. a: from web, commit unknown, local changes unknown, ` +
              `manifest sha256 [0-9a-f]{64}, folder ${identity}, repository ${identity}, root ${identity}\\. ` +
              'Type a to allow it\\.$',
          ),
        ),
      ]);
      expect(links()).toEqual(['a']);
      expect(await approvalsOf(config)).toMatchObject([
        { state: 'used', decision: { approved: true, by: 'asserted by the client', channel: 'client' } },
      ]);
    });

    it.each(['decline', 'cancel'] as const)('is not given by %s, and not asked for again', async (action) => {
      const { questions, link, links } = await connect(client, () => ({ action }));
      for (let attempt = 0; attempt < 2; attempt++)
        expect(await link()).toMatchObject({ code: 'policy_denied', reason: 'it was not approved' });
      expect(questions).toHaveLength(1);
      expect(links()).toEqual([]);
    });

    it('is not given by another name, which may be typed again', async () => {
      const names = ['b', 'a'];
      const { link, links } = await connect(client, () => ({
        action: 'accept',
        content: { name: names.shift() as string },
      }));
      expect(await link()).toMatchObject({
        code: 'policy_denied',
        reason: 'the typed name is not the one asked for',
      });
      expect(links()).toEqual([]);
      expect(await link()).toMatchObject({ status: 'linked' });
    });

    it('is not given by an answer that is no form', async () => {
      const { link, links } = await connect(client, () => ({ action: 'accept' }));
      expect(await link()).toMatchObject({ code: 'policy_denied' });
      expect(links()).toEqual([]);
    });

    it('is refused where the client has no forms', async () => {
      const { link, links } = await connect(client, null);
      expect(await link()).toMatchObject({
        code: 'policy_denied',
        reason: 'it needs approval, and this client cannot ask for it',
      });
      expect(links()).toEqual([]);
    });

    it('does not hold for what is put in the place of what the form showed, while it was open', async () => {
      let isLate = false;
      const { world, questions, link, links } = await connect(client, () => {
        if (!isLate) world.module('src/oca/web/a', { summary: 'other' });
        isLate = true;
        return { action: 'accept', content: { name: 'a' } };
      });
      expect(await link()).toMatchObject({
        code: 'approval_required',
        hint: 'Make the same call again: the client then asks about the changes as they are now.',
        details: { changed_since_approval: ['the manifest of a changed'] },
      });
      expect(links()).toEqual([]);
      expect(await link()).toMatchObject({ status: 'linked', limit: { remaining: 2 } });
      expect(questions[1]).toContain(
        '. Since it was approved, the manifest of a changed. Type a to allow it.',
      );
    });

    it('may be given within a year', async () => {
      const accept = { action: 'accept', content: { name: 'a' } } as const;
      const { link } = await connect(client, () => accept, { approval_ttl: '365 days' });
      expect(await link()).toMatchObject({ status: 'linked' });
    });
  },
);

describe('an approval that is asked for while the call waits', () => {
  it('is withdrawn when the call is cancelled, and nobody has said no', async () => {
    const { world, config, child, end } = speak();
    child.stdout.on('data', (chunk) => {
      if (String(chunk).includes('elicitation/create'))
        say(child, { method: 'notifications/cancelled', params: { requestId: 1 } });
      if (String(chunk).includes('notifications/cancelled')) child.stdin.end();
    });
    expect(await end).toMatchObject({ code: 0 });
    expect(readdirSync(world.at('linked'))).toEqual([]);
    expect(await approvalsOf(config)).toMatchObject([{ state: 'requested' }]);
  });

  it('does not keep the server waiting once the client has gone', async () => {
    const { config, child, end } = speak();
    child.stdout.on('data', (chunk) => {
      if (String(chunk).includes('elicitation/create')) child.stdin.end();
    });
    const { code, stdout } = await end;
    expect(code).toBe(0);
    expect(stdout).toContain('the client disconnected before anyone decided');
    expect(await approvalsOf(config)).toMatchObject([{ state: 'requested' }]);
  });
});
