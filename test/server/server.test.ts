import { ProtocolErrorCode } from '@modelcontextprotocol/client';
import { describe, expect, it } from 'vitest';
import { buildServer, listTools } from '../../src/server/server.ts';
import { TOOL_NAMES } from '../../src/tool-table.ts';
import { gateOf, policyOf } from '../policy/policies.ts';
import { makeInstance } from '../support/instance.ts';
import { createWorld } from '../support/world.ts';
import { codeOf, connect, ERAS, partsFor } from './connected.ts';

function build(tools: Record<string, object | 'hidden'> = {}, rest: object = {}) {
  const world = createWorld();
  const instance = makeInstance(world);
  world.module('oca/web/a', { depends: ['b'] });
  world.module('oca/web/b', { depends: [] });
  const parts = { ...partsFor(world, [instance], tools), version: '1.2.3', ...rest };
  return { world, parts, built: buildServer(parts) };
}

describe.each(ERAS)('the server (%s)', (era) => {
  it('says who it is, what it offers, and where its links go', async () => {
    const { world, built } = build();
    const client = await connect(built.open, {}, era);
    expect(client.getServerVersion()).toMatchObject({ name: 'odoo-link-mcp', version: '1.2.3' });
    expect(client.getServerCapabilities()).toEqual({
      tools: { listChanged: true },
      resources: { listChanged: true },
      prompts: { listChanged: true },
      completions: {},
    });
    const instructions = client.getInstructions() ?? '';
    expect(instructions).toMatch(/\bprod\b.*17\.0/);
    expect(instructions).toContain(world.at('linked'));
    for (const tool of TOOL_NAMES) expect(instructions).toMatch(new RegExp(`\\b${tool}\\b`));
    await Promise.all([client.listPrompts(), client.listResources()]);
  });

  it.each<[string, object | 'hidden']>([
    ['denied', { action: 'deny' }],
    ['hidden', 'hidden'],
  ])('names no tool that is %s', async (_, rule) => {
    const { built, parts } = build({ ee_link: rule });
    const client = await connect(built.open, {}, era);
    const { tools } = await client.listTools();
    const others = TOOL_NAMES.filter((tool) => tool !== 'ee_link');
    expect(tools.map(({ name }) => name)).toEqual(others);
    expect(listTools(parts.gate, parts.context.instances).map(({ name }) => name)).toEqual(others);
    expect(client.getInstructions()).not.toMatch(/\bee_link\b/);
  });
});

describe.each(ERAS)('a call (%s)', (era) => {
  it('answers with a text and the same as data', async () => {
    const { built } = build();
    const client = await connect(built.open, {}, era);
    const result = await client.callTool({ name: 'oca_link', arguments: { module: 'a', dry_run: true } });
    expect(result).toMatchObject({
      content: [{ type: 'text', text: expect.stringMatching(/\ba\b/) }],
      structuredContent: { status: 'planned', links: [{ module: 'a' }, { module: 'b' }] },
    });
    expect(result).not.toHaveProperty('isError');
  });

  it.each<[what: string, params: object, code: string]>([
    ['bad arguments', { name: 'oca_link', arguments: { modul: 'a' } }, 'invalid_argument'],
    ['arguments that are no object', { name: 'oca_link', arguments: 'a' }, 'invalid_argument'],
    ['null as arguments', { name: 'oca_link', arguments: null }, 'invalid_argument'],
    ['no arguments', { name: 'oca_link' }, 'invalid_argument'],
    ['an unknown module', { name: 'oca_link', arguments: { module: 'none' } }, 'module_not_found'],
    ['a tool that is denied', { name: 'ee_link', arguments: { modules: ['a'] } }, 'policy_denied'],
  ])('is refused with a code for %s', async (_, params, code) => {
    const { built } = build({ ee_link: { action: 'deny' } });
    const client = await connect(built.open, {}, era);
    const result = await client.callTool(params as { name: string });
    expect(result).toMatchObject({ isError: true, structuredContent: { status: 'refused', code } });
  });

  it('needs no arguments where none is required', async () => {
    const { built } = build();
    const client = await connect(built.open, {}, era);
    for (const none of [{}, { arguments: null as never }])
      expect(await client.callTool({ name: 'addon_search', ...none })).toMatchObject({
        structuredContent: { total: 2 },
      });
  });

  it.each<[what: string, params: object]>([
    ['an unknown tool', { name: 'other' }],
    ['a hidden tool', { name: 'ee_link', arguments: { modules: ['a'] } }],
    ['a name that is no text', { name: 5 }],
    ['no name', {}],
  ])('of %s is an error of the protocol', async (_, params) => {
    const { built } = build({ ee_link: 'hidden' });
    const client = await connect(built.open, {}, era);
    expect(await codeOf(client.callTool(params as { name: string }))).toBe(ProtocolErrorCode.InvalidParams);
  });

  it('tells its progress to a client that wants to know', async () => {
    const { built } = build();
    const client = await connect(built.open, {}, era);
    const told: unknown[] = [];
    await client.callTool(
      { name: 'oca_link', arguments: { module: 'a' } },
      {
        onprogress: ({ progress, total }) => told.push([progress, total]),
      },
    );
    expect(told.at(-1)).toEqual([2, 2]);
  });

  it('knows how the client calls itself', async () => {
    const clients: unknown[] = [];
    const trail = {
      decide: async (entry: { client: unknown }) => {
        clients.push(entry.client);
        return { ok: true, value: { conclude: async () => {} } };
      },
    };
    const { built } = build({}, { trail });
    const client = await connect(built.open, {}, era);
    await client.callTool({ name: 'oca_link', arguments: { module: 'none' } });
    expect(clients).toMatchObject([{ name: 'test', version: '0' }]);
  });

  it('may come from a client that does not say what it is', async () => {
    const clients: unknown[] = [];
    const decide = async ({ client }: { client: unknown }) => {
      clients.push(client);
      return { ok: true, value: { conclude: async () => {} } };
    };
    const { built } = build({}, { trail: { decide } });
    const client = await connect(built.open, {}, era);
    const _meta = { 'io.modelcontextprotocol/clientInfo': undefined };
    const call = { name: 'oca_link', arguments: { module: 'none' }, _meta };
    expect(await client.callTool(call as never)).toMatchObject({ isError: true });
    expect(clients).toMatchObject([era === 'modern' ? null : { name: 'test' }]);
  });
});

describe.each(ERAS)('a policy that changes (%s)', (era) => {
  /** A server, and a way to put another policy in force. */
  function changeable() {
    let policy = policyOf({ version: '1', default: 'allow' });
    let tell = () => {};
    const source = {
      current: () => policy,
      isFixed: false,
      onChange: (listener: () => void) => {
        tell = listener;
      },
    };
    const { built } = build({}, { gate: gateOf(null, { source }) });
    const obey = (next: object) => {
      policy = policyOf({ version: '1', default: 'allow', ...next });
      tell();
    };
    return { built, obey };
  }

  it('is told to clients that listen, if other tools, prompts or resources are listed by it', async () => {
    const { built, obey } = changeable();
    const client = await connect(built.open, {}, era);
    const told: string[] = [];
    client.fallbackNotificationHandler = async ({ method }) => void told.push(method);
    if (era === 'modern') await client.listen({ toolsListChanged: true, promptsListChanged: true });
    const toldBy = async (next: object) => {
      obey(next);
      await new Promise(setImmediate);
      return told.splice(0).map((method) => method.split('/')[1]);
    };
    expect(await toldBy({ hide: ['ee_link'] })).toEqual(['tools']);
    expect(await toldBy({ hide: ['ee_link'], tools: { oca_link: { rate_limit: '3/day' } } })).toEqual([]);
    // This client of the newer revision does not listen for resources.
    const all = era === 'modern' ? ['tools', 'prompts'] : ['tools', 'prompts', 'resources'];
    expect(await toldBy({ hide: ['ee_link', 'addon_info', 'link_status'] })).toEqual(all);
    expect((await client.listTools()).tools).toHaveLength(TOOL_NAMES.length - 3);
  });

  it('is told to nobody who has gone', async () => {
    const { built, obey } = changeable();
    const told: string[] = [];
    const client = await connect(
      (opened) => {
        const server = built.open(opened);
        server.sendToolListChanged = async () => void told.push('tools');
        return server;
      },
      {},
      era,
    );
    obey({ hide: ['ee_link'] });
    await client.close();
    obey({});
    expect(told).toEqual(['tools']);
  });
});

describe('the end', () => {
  it.each(ERAS)('waits for the calls in hand (%s)', async (era) => {
    const { built, parts } = build();
    let finish = () => {};
    const begun = new Promise<void>((resolve) => {
      parts.gate.enter = () =>
        new Promise((_, reject) => {
          finish = () => reject(new Error('over'));
          resolve();
        });
    });
    const client = await connect(built.open, {}, era);
    const call = client.callTool({ name: 'addon_search', arguments: {} });
    await begun;
    let isIdle = false;
    const idle = built.idle().then(() => {
      isIdle = true;
    });
    await new Promise(setImmediate);
    expect(isIdle).toBe(false);
    finish();
    await Promise.all([idle, call]);
    await built.idle();
  });

  it('is not kept waiting by a person who is asked', async () => {
    const { built, parts } = build();
    const answers: unknown[] = [];
    const begun = new Promise<void>((resolve) => {
      parts.gate.enter = async (_tool, _args, _facts, ask) => {
        const answer = ask({ id: '1', message: 'May it?', word: 'a', timeoutMs: 60_000 });
        answers.push(await answer);
        throw new Error('over');
      };
      void resolve();
    });
    await begun;
    const client = await connect(built.open, { elicitation: { form: {} } });
    const asked = new Promise<void>((resolve) => {
      client.setRequestHandler('elicitation/create', () => {
        resolve();
        return new Promise(() => {});
      });
    });
    const call = client.callTool({ name: 'addon_search', arguments: {} });
    await asked;
    built.hangUp();
    await built.idle();
    await call;
    expect(answers).toEqual(['gone']);
  });
});
