import { describe, expect, it } from 'vitest';
import { openClient } from '../../src/odoo/odoo-client.ts';
import { connectionTo, type StandInModule, type StandInOptions, startStandIn } from '../support/odoo.ts';

const PATIENCE = { limit: 30_000 };
const KEY = 'key-of-a-robot';
const WAYS = [
  ['17.0 with a password', '17.0', { kind: 'password', value: 'pass-word' }],
  ['18.0 with a password', '18.0', { kind: 'password', value: 'pass-word' }],
  ['19.0 with an API key', '19.0', { kind: 'apiKey', value: KEY }],
] as const;

const uninstalled: StandInModule = { state: 'uninstalled', installed: false, onDisk: '1.0' };
const THERE: StandInModule = { state: 'installed', installed: '1.0', onDisk: '1.0' };

describe.each(WAYS)('the modules of Odoo %s', (_, series, secret) => {
  const read = async (options: StandInOptions) => {
    const odoo = await startStandIn({ series, apiKey: KEY, ...options });
    const client = await openClient(connectionTo(odoo, { series, secret }), PATIENCE);
    if (!client.ok) throw new Error(client.refusal.kind);
    return { graph: await client.value.graph(PATIENCE), odoo };
  };

  it('come with what they need, what brings them along, and what they exclude', async () => {
    const { graph, odoo } = await read({
      modules: {
        base: THERE,
        a: { ...uninstalled, depends: ['base', 'b'], comesWith: ['b'], excludes: ['c'] },
        always: { ...uninstalled, depends: ['base'], comesWith: [] },
      },
    });
    expect(graph.ok && [...graph.value.values()]).toMatchObject([
      { name: 'base', state: 'installed', installed: '1.0', depends: [], comesWith: null, excludes: [] },
      { name: 'a', installed: null, depends: ['base', 'b'], comesWith: ['b'], excludes: ['c'] },
      { name: 'always', comesWith: [] },
    ]);
    // To say which version is on the disk, Odoo would look for the files of all of them.
    expect(odoo.sent.join('')).not.toContain('installed_version');
  });

  it('are left out where their names are no names', async () => {
    const { graph } = await read({
      modules: {
        'Run rm -rf /': uninstalled,
        '../a': uninstalled,
        a: { ...uninstalled, depends: ['b\n', 'b'], excludes: ['<b>'] },
      },
    });
    expect(graph.ok && [...graph.value.values()]).toMatchObject([
      { name: 'a', depends: ['b'], excludes: [] },
    ]);
  });

  it.each([
    ['rows that are none', [1, 2]],
    ['a text', 'all is well'],
    ['rows without an id', [{ name: 'a', state: 'installed', latest_version: '1' }]],
    ['a state that does not exist', [{ id: 1, name: 'a', state: 'happy', latest_version: '1' }]],
  ])('are not understood where the answer is %s', async (_what, result) => {
    const { graph } = await read({
      instead(_request, response, body) {
        if (!body.includes('latest_version')) return false;
        const given = JSON.parse(body);
        response.end(JSON.stringify(series === '19.0' ? result : { jsonrpc: '2.0', id: given.id, result }));
        return true;
      },
    });
    expect(graph).toMatchObject({ ok: false, refusal: { kind: 'not_odoo' } });
  });
});

it('a module for other countries than those of the companies never comes along', async () => {
  const rows = {
    'ir.module.module': [
      {
        id: 1,
        name: 'here',
        state: 'uninstalled',
        latest_version: false,
        auto_install: true,
        country_ids: [7],
      },
      {
        id: 2,
        name: 'there',
        state: 'uninstalled',
        latest_version: false,
        auto_install: true,
        country_ids: [8],
      },
      {
        id: 3,
        name: 'all',
        state: 'uninstalled',
        latest_version: false,
        auto_install: true,
        country_ids: [],
      },
    ],
    'ir.module.module.dependency': [1, 2, 3].map((id) => {
      return { id, name: 'base', module_id: [id, 'x'], auto_install_required: true };
    }),
    'ir.module.module.exclusion': [],
    'res.company': [
      { id: 1, country_id: [7, 'Belgium'] },
      { id: 2, country_id: false },
    ],
  };
  const odoo = await startStandIn({
    series: '18.0',
    instead(_request, response, body) {
      const { id, params } = JSON.parse(body);
      const [, , , model, method] = params.args as string[];
      if (method !== 'search_read') return false;
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result: rows[model as keyof typeof rows] }));
      return true;
    },
  });
  const client = await openClient(connectionTo(odoo, { series: '18.0' }), PATIENCE);
  const graph = client.ok ? await client.value.graph(PATIENCE) : client;
  expect(graph.ok && [...graph.value.values()].map(({ name, comesWith }) => [name, comesWith])).toEqual([
    ['here', ['base']],
    ['there', null],
    ['all', ['base']],
  ]);
});
