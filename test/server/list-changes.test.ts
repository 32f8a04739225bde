import type { Server } from '@modelcontextprotocol/server';
import { describe, expect, it } from 'vitest';
import { listWatch } from '../../src/server/list-changes.ts';

/** What is listed, who is told, and the function that tells. */
function watch(revisions: readonly (string | undefined)[], fails = false) {
  const listed = { tools: ['a'], prompts: ['a'], resources: ['a'] };
  const told: string[][] = revisions.map(() => []);
  const servers = revisions.map((revision, index) => {
    const tell = (what: string) => async () => {
      told[index]?.push(what);
      if (fails) throw new Error('Not connected');
    };
    return {
      getNegotiatedProtocolVersion: () => revision,
      sendToolListChanged: tell('tools'),
      sendPromptListChanged: tell('prompts'),
      sendResourceListChanged: tell('resources'),
    } as unknown as Server;
  });
  const lists = {
    tools: () => listed.tools,
    prompts: () => listed.prompts,
    resources: () => listed.resources,
  };
  return { listed, told, look: listWatch(lists, servers) };
}

describe('clients', () => {
  it('are told of the lists that have changed since the last look, each time', () => {
    const { listed, told, look } = watch(['2025-11-25', '2026-07-28']);
    look();
    expect(told).toEqual([[], []]);
    listed.tools = [];
    look();
    listed.prompts = ['a', 'b'];
    listed.resources = ['b'];
    look();
    look();
    const all = ['tools', 'prompts', 'resources'];
    expect(told).toEqual([all, all]);
  });

  it('are told nothing before the handshake', () => {
    const { listed, told, look } = watch([undefined, '2025-11-25']);
    listed.tools = [];
    look();
    expect(told).toEqual([[], ['tools']]);
  });

  it('may be gone', async () => {
    const { listed, told, look } = watch(['2025-11-25'], true);
    listed.tools = [];
    look();
    await new Promise(setImmediate);
    expect(told).toEqual([['tools']]);
  });
});
