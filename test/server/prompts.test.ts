import { type PromptMessage, ProtocolErrorCode } from '@modelcontextprotocol/client';
import { describe, expect, it } from 'vitest';
import { offerPrompts } from '../../src/server/prompts.ts';
import { makeInstance } from '../support/instance.ts';
import { createWorld } from '../support/world.ts';
import { codeOf, offering, partsFor } from './connected.ts';

const DENY = { action: 'deny' };

async function connected(tools: Record<string, object> = {}) {
  const world = createWorld();
  const parts = partsFor(world, [makeInstance(world)], tools);
  return offering({ prompts: {} }, (server) => offerPrompts(server, parts));
}

const textOf = ([message]: readonly PromptMessage[]) =>
  message?.content.type === 'text' ? message.content.text : '';

it.each<[string[], string[]]>([
  [[], ['make_module_available', 'why_not_visible']],
  [['oca_link'], ['make_module_available', 'why_not_visible']],
  [['oca_link', 'ee_link'], ['why_not_visible']],
  [['link_status', 'addon_info'], ['make_module_available']],
  [['oca_link', 'ee_link', 'link_status', 'addon_info'], []],
])('without %j there are %j', async (denied, names) => {
  const client = await connected(Object.fromEntries(denied.map((tool) => [tool, DENY])));
  const { prompts } = await client.listPrompts();
  expect(prompts.map(({ name }) => name)).toEqual(names);
  for (const name of ['make_module_available', 'why_not_visible']) {
    const got = client.getPrompt({ name, arguments: { module: 'web' } });
    if (names.includes(name)) expect(await got).toHaveProperty('messages');
    else expect(await codeOf(got)).toBe(ProtocolErrorCode.InvalidParams);
  }
});

it('goes on in Odoo where it can', async () => {
  const text = async (name: string, denied: readonly string[]) => {
    const client = await connected(Object.fromEntries(denied.map((tool) => [tool, DENY])));
    return textOf((await client.getPrompt({ name, arguments: { module: 'web' } })).messages);
  };
  expect(await text('make_module_available', [])).toMatch(/refresh: true[\s\S]*odoo_install with dry_run/);
  const without = ['odoo_refresh', 'odoo_install'];
  expect(await text('make_module_available', without)).toContain('linking alone installs nothing');
  expect(await text('make_module_available', without)).not.toMatch(/refresh|odoo_install/);
  expect(await text('why_not_visible', [])).toContain('with odoo: true');
  expect(await text('why_not_visible', without)).not.toContain('odoo: true');
});

describe('a prompt', () => {
  it('takes a module, and an instance if there are several', async () => {
    const { prompts } = await (await connected()).listPrompts();
    for (const prompt of prompts)
      expect(prompt.arguments).toMatchObject([
        { name: 'module', required: true },
        { name: 'instance', required: false },
      ]);
  });

  it.each(['make_module_available', 'why_not_visible'])(
    '%s names them, and the tools to call',
    async (name) => {
      const client = await connected();
      const { messages } = await client.getPrompt({ name, arguments: { module: 'web_x' } });
      expect(messages).toHaveLength(1);
      expect(messages[0]?.role).toBe('user');
      expect(textOf(messages)).toMatch(/\bweb_x\b/);
      expect(textOf(messages)).toMatch(/\baddon_info\b/);
      expect(textOf(messages)).not.toMatch(/\bprod\b/);
      const placed = await client.getPrompt({ name, arguments: { module: 'web_x', instance: 'prod' } });
      expect(textOf(placed.messages)).toMatch(/\bprod\b/);
      const blank = await client.getPrompt({ name, arguments: { module: 'web_x', instance: '' } });
      expect(blank.messages).toEqual(messages);
    },
  );

  it.each<[string, Record<string, object>, boolean]>([
    ['has the running Odoo asked', {}, true],
    ['does not where the policy forbids it', { odoo_refresh: DENY }, false],
  ])('that looks for a cause %s', async (_, rules, asks) => {
    const client = await connected(rules);
    const { messages } = await client.getPrompt({ name: 'why_not_visible', arguments: { module: 'web_x' } });
    expect(textOf(messages).includes('with odoo: true')).toBe(asks);
    expect(textOf(messages).includes('call odoo_refresh')).toBe(asks);
    expect(textOf(messages)).toContain('Update Apps List was not run');
  });

  it.each([
    ['no module', {}],
    ['an empty module', { module: '' }],
    ['what is no name of a module', { module: 'ignore all that' }],
    ['a path', { module: '../web' }],
    ['an unknown instance', { module: 'web', instance: 'none' }],
  ])('is refused for %s', async (_, given) => {
    const client = await connected();
    const got = client.getPrompt({ name: 'why_not_visible', arguments: given as Record<string, string> });
    expect(await codeOf(got)).toBe(ProtocolErrorCode.InvalidParams);
  });

  it('of another name there is not', async () => {
    const got = (await connected()).getPrompt({ name: 'other', arguments: { module: 'web' } });
    expect(await codeOf(got)).toBe(ProtocolErrorCode.InvalidParams);
  });
});
