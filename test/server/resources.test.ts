import { ProtocolErrorCode, ResourceNotFoundError } from '@modelcontextprotocol/client';
import { describe, expect, it } from 'vitest';
import { offerResources } from '../../src/server/resources.ts';
import { linkedModule, makeInstance } from '../support/instance.ts';
import { createWorld } from '../support/world.ts';
import { codeOf, ERAS, offering, partsFor, runFor } from './connected.ts';

/** As for any other parameter that is not valid (specification 2026-07-28, Key Changes). */
const NOT_FOUND = -32602;
const INSTANCES = 'odoo-link://instances';
const LINKS = 'odoo-link://prod/links';
const MODULE = 'odoo-link://prod/modules/a';

async function connected(
  tools: Record<string, object | 'hidden'> = {},
  era: (typeof ERAS)[number] = 'legacy',
) {
  const world = createWorld();
  const instances = [
    makeInstance(world),
    makeInstance(world, { name: 'test', series: '18.0', dirs: ['other'] }),
  ];
  linkedModule(world, 'oca/web/a');
  let calls = 0;
  const parts = partsFor(world, instances, tools);
  const offer: Parameters<typeof offering>[1] = (server, era) => {
    const run = runFor(server, era, parts);
    offerResources(server, parts, (...call) => {
      calls++;
      return run(...call);
    });
  };
  const client = await offering({ resources: {} }, offer, era);
  const read = async (uri: string) => {
    const { contents } = await client.readResource({ uri });
    const [content] = contents as { uri: string; mimeType: string; text: string }[];
    expect(content).toMatchObject({ uri, mimeType: 'application/json' });
    return JSON.parse(content?.text ?? '');
  };
  return { world, client, read, calls: () => calls };
}

it.each<[string, object, links: boolean, module: boolean]>([
  ['allowed', {}, true, true],
  ['denied', { link_status: { action: 'deny' }, addon_info: { action: 'deny' } }, false, false],
  ['hidden', { link_status: 'hidden', addon_info: 'hidden' }, false, false],
  ['allowed in part', { link_status: { action: 'deny' } }, false, true],
])('lists what the tools tell, where they are %s', async (_, tools, hasLinks, hasModule) => {
  const { client } = await connected(tools as Record<string, object | 'hidden'>);
  const { resources } = await client.listResources();
  const links = [LINKS, 'odoo-link://test/links'];
  expect(resources.map(({ uri }) => uri)).toEqual([INSTANCES, ...(hasLinks ? links : [])]);
  const { resourceTemplates } = await client.listResourceTemplates();
  expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
    ...(hasLinks ? ['odoo-link://{instance}/links'] : []),
    ...(hasModule ? ['odoo-link://{instance}/modules/{name}'] : []),
  ]);
});

describe('reading', () => {
  it('the instances is no call, and possible whatever the policy', async () => {
    const deny = { action: 'deny' };
    const { world, read, calls } = await connected({ link_status: deny, addon_info: deny });
    const roots = [
      { family: 'oca', path: world.at('oca') },
      { family: 'ee', path: world.at('ee') },
    ];
    expect(await read(INSTANCES)).toEqual([
      { instance: 'prod', series: '17.0', addons_dirs: [world.at('linked')], roots },
      { instance: 'test', series: '18.0', addons_dirs: [world.at('other')], roots },
    ]);
    expect(calls()).toBe(0);
  });

  it('links and modules is a call of the tool', async () => {
    const { read, calls } = await connected();
    expect(await read(LINKS)).toMatchObject({ instance: 'prod', links: [{ modules: ['a'], state: 'ok' }] });
    expect(await read(MODULE)).toMatchObject({ instance: 'prod', module: 'a', family: 'oca' });
    expect(calls()).toBe(2);
  });

  it.each([
    ['an unknown instance', 'odoo-link://none/links', NOT_FOUND],
    ['an unknown module', 'odoo-link://prod/modules/none', NOT_FOUND],
    ['what is no name of a module', 'odoo-link://prod/modules/a%20b', ProtocolErrorCode.InvalidRequest],
    ['a module of no name', 'odoo-link://prod/modules/', NOT_FOUND],
    ['something below a module', `${MODULE}/x`, NOT_FOUND],
    ['something below the links', `${LINKS}/x`, NOT_FOUND],
    ['a query', `${LINKS}?x=1`, NOT_FOUND],
    ['no instance', 'odoo-link:///links', NOT_FOUND],
    ['an instance alone', 'odoo-link://prod', NOT_FOUND],
    ['another scheme', 'file:///etc/passwd', NOT_FOUND],
  ])('%s is an error', async (_, uri, code) => {
    const { client } = await connected();
    expect(await codeOf(client.readResource({ uri }))).toBe(code);
  });

  it.each<[string, object | 'hidden', number]>([
    ['denied', { action: 'deny' }, ProtocolErrorCode.InvalidRequest],
    ['hidden', 'hidden', NOT_FOUND],
  ])('what is %s is an error', async (_, rule, code) => {
    const { client } = await connected({ link_status: rule, addon_info: rule });
    expect(await codeOf(client.readResource({ uri: LINKS }))).toBe(code);
    expect(await codeOf(client.readResource({ uri: MODULE }))).toBe(code);
  });

  it.each(ERAS)(
    'what there is not says so in the way of the protocol, and in plain words (%s)',
    async (era) => {
      const { client } = await connected({}, era);
      const error = await client.readResource({ uri: 'odoo-link://none/links' }).catch((thrown) => thrown);
      expect(error).toBeInstanceOf(ResourceNotFoundError);
      expect(error.data).toEqual({ uri: 'odoo-link://none/links' });
      expect(error.message).toMatch(/^No instance .* \[unknown_instance\]$/);
    },
  );
});
