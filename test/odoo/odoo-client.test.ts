import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openClient, seriesOfServer } from '../../src/odoo/odoo-client.ts';
import type { OdooConnection } from '../../src/odoo/odoo-connection.ts';
import {
  connectionTo,
  OdooError,
  type StandIn,
  type StandInOptions,
  startStandIn,
  userError,
} from '../support/odoo.ts';

const PATIENCE = { limit: 30_000 };
const KEY = 'key-of-a-robot';

const PARSING = 'while parsing /links/a/data.xml:3';

/** The same Odoo by each protocol. */
const WAYS = [
  ['17.0 with a password', '17.0', { kind: 'password', value: 'pass-word' }],
  ['16.0 with an API key', '16.0', { kind: 'apiKey', value: KEY }],
  ['19.0 with a password', '19.0', { kind: 'password', value: 'pass-word' }],
  ['19.0 with an API key', '19.0', { kind: 'apiKey', value: KEY }],
] as const;

describe.each(WAYS)('Odoo %s', (_, series, secret) => {
  const start = (options: StandInOptions = {}) => startStandIn({ series, apiKey: KEY, ...options });
  const open = async (odoo: StandIn, more: Partial<OdooConnection> = {}) => {
    const client = await openClient(connectionTo(odoo, { series, secret, ...more }), PATIENCE);
    if (!client.ok) throw new Error(client.refusal.kind);
    return client.value;
  };
  /** The first fault on the way to a list that is up to date. */
  const faultOf = async (odoo: Pick<StandIn, 'url'>, more: Partial<OdooConnection> = {}, limit = 30_000) => {
    const client = await openClient(connectionTo(odoo, { series, secret, ...more }), { limit });
    if (!client.ok) return client.refusal;
    const updated = await client.value.updateList({ limit });
    return updated.ok ? null : updated.refusal;
  };

  it('tells what it knows of modules, with the versions by their right names', async () => {
    const odoo = await start({
      modules: {
        old: { state: 'installed', installed: '1.0', onDisk: '2.0' },
        other: { state: 'uninstalled', installed: false, onDisk: '1.0' },
        stuck: { state: 'to install', installed: false, onDisk: '1.0' },
      },
    });
    const client = await open(odoo);
    expect(await client.modules(['old', 'other', 'nowhere'], new Set(['old']), PATIENCE)).toEqual({
      ok: true,
      value: [
        { id: 480, name: 'old', state: 'installed', installed: '1.0', onDisk: '2.0' },
        // Its files may not be there, and then Odoo must not be made to look for them.
        { id: 481, name: 'other', state: 'uninstalled', installed: null, onDisk: null },
      ],
    });
    const touched = await client.touched(PATIENCE);
    expect(touched.ok && touched.value.map(({ name }) => name)).toEqual(['old', 'stuck']);
  });

  it('updates its list, installs, upgrades and gives up', async () => {
    const odoo = await start({ onDisk: () => ({ a: '1.0', b: '1.0' }) });
    const client = await open(odoo);
    expect(await client.updateList(PATIENCE)).toEqual({ ok: true, value: { updated: 0, added: 2 } });
    const read = await client.modules(['a'], new Set(), PATIENCE);
    const [a] = read.ok ? read.value : [];
    for (const operation of ['install', 'upgrade', 'cancel_install', 'cancel_upgrade'] as const)
      expect(await client.press(operation, [a?.id as number], PATIENCE)).toEqual({
        ok: true,
        value: undefined,
      });
    expect(odoo.calls.slice(2)).toEqual([
      ...[
        'button_immediate_install a',
        'button_immediate_upgrade a',
        'button_install_cancel a',
        'button_upgrade_cancel a',
      ],
    ]);
    await expect(client.press('install', [], PATIENCE)).rejects.toThrow('needs modules');
  });

  it.each<[string, StandInOptions, object]>([
    ['a user who is no administrator', { isLow: true }, { kind: 'not_administrator', said: '' }],
    [
      'a missing dependency',
      {
        before: () => {
          throw userError(
            'You try to install module t_b\nBut the latter module is not available in your system.',
          );
        },
      },
      { kind: 'user_error', said: expect.stringContaining('But the latter module is not available') },
    ],
    [
      'another operation',
      {
        before: () => {
          throw userError(
            'Odoo is currently processing another module operation.\nPlease try again later or contact your system administrator.',
          );
        },
      },
      { kind: 'busy', said: expect.any(String) },
    ],
    [
      'a scheduled action',
      {
        before: () => {
          throw userError(
            'Odoo is currently processing a scheduled action.\nModule operations are not possible at this time, please try again later or contact your system administrator.',
          );
        },
      },
      { kind: 'busy', said: expect.any(String) },
    ],
    [
      'another update of the list, by a database that speaks German',
      {
        before: () => {
          throw new OdooError('psycopg2.errors.SerializationFailure', 'konnte Zugriff nicht serialisieren');
        },
      },
      { kind: 'concurrent', said: 'konnte Zugriff nicht serialisieren' },
    ],
    [
      'another update of the list',
      {
        before: () => {
          throw new OdooError(
            'psycopg2.OperationalError',
            'canceling statement\nCONTEXT:  while updating tuple (1,2) in relation "ir_module_module"',
          );
        },
      },
      { kind: 'concurrent', said: expect.any(String) },
    ],
    [
      'a manifest that breaks',
      {
        before: () => {
          throw new OdooError('builtins.ValueError', 'Module x: invalid manifest');
        },
      },
      { kind: 'server_error', said: 'Module x: invalid manifest' },
    ],
    [
      'an exception with its cause, and of where it arose',
      {
        before: () => {
          const cause = '  File "/odoo/model.py", line 7, in get\nValueError: No such id: x.y';
          const caused = 'The above exception was the direct cause of the following exception:';
          const traceback = `Traceback ...\n${cause}\n\n${caused}\n\nTraceback ...\n  File "/links/a/data.py", line 9, in b\n`;
          throw new OdooError(
            'odoo.tools.convert.ParseError',
            `${PARSING}, somewhere inside\n<a/>`,
            traceback,
          );
        },
      },
      {
        kind: 'server_error',
        said: `${PARSING}: ValueError: No such id: x.y, somewhere inside <a/>`,
        at: '/links/a/data.py:9',
      },
    ],
  ])('tells of %s', async (_, options, fault) => {
    expect(await faultOf(await start(options))).toEqual(fault);
  });

  it('is asked to answer in English, whatever the language of the user is', async () => {
    const odoo = await start();
    const client = await open(odoo);
    await client.updateList(PATIENCE);
    await client.modules(['a'], new Set(), PATIENCE);
    await client.press('install', [1], PATIENCE);
    const asked = odoo.sent.filter((sent) => /update_list|search_read|button/.test(sent));
    expect(asked).toHaveLength(3);
    for (const sent of asked) expect(sent).toContain('"context":{"lang":"en_US"}');
  });

  it('lets nobody in with a wrong login, or to a database that is not there', async () => {
    const odoo = await start();
    expect(await faultOf(odoo, { secret: { ...secret, value: 'wrong' } })).toEqual({
      kind: 'bad_login',
      said: '',
    });
    expect(await faultOf(odoo, { database: 'nodb' })).toEqual({ kind: 'no_database', said: '' });
  });

  it.each<[string, NonNullable<StandInOptions['instead']>, string]>([
    [
      'a page of HTML',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
        return true;
      },
      'not_odoo',
    ],
    [
      'JSON of something else',
      (_, response) => {
        response.writeHead(200).end('{"hello": "world"}');
        return true;
      },
      'not_odoo',
    ],
    [
      'half an answer',
      (_, response) => {
        response.writeHead(200, { 'content-length': '1000' }).end('{"jsonrpc": "2.0"');
        return true;
      },
      'broke_off',
    ],
    [
      'a gigabyte',
      (_, response) => {
        pour(response);
        return true;
      },
      'too_large',
    ],
    [
      'a redirection',
      (_, response) => {
        response.writeHead(303, { location: 'http://127.0.0.1:1/' }).end();
        return true;
      },
      'redirected',
    ],
  ])('is not believed with %s', async (_, instead, kind) => {
    expect(await faultOf(await start({ instead }))).toMatchObject({ kind });
  });

  it('is not waited for without end, or once nobody waits', async () => {
    const odoo = await start({ instead: () => true });
    expect(await faultOf(odoo, {}, 200)).toMatchObject({ kind: 'timed_out' });
    const giveUp = AbortSignal.timeout(200);
    const connection = connectionTo(odoo, { series, secret });
    const opened = await openClient(connection, { limit: 30_000, signal: giveUp });
    const ended = opened.ok ? await opened.value.updateList({ limit: 30_000, signal: giveUp }) : opened;
    expect(ended).toEqual({ ok: false, refusal: { kind: 'cancelled', said: '' } });
  });
});

it('tells its series to everybody', async () => {
  const odoo = await startStandIn({ series: '18.0' });
  expect(await seriesOfServer(connectionTo(odoo), PATIENCE)).toEqual({ ok: true, value: '18.0' });
});

it.each(['15.0', '17.0', '19.0'])(
  'is told that an address is not that of Odoo %s, which answers there',
  async (series) => {
    const odoo = await startStandIn({ series });
    expect(await seriesOfServer(connectionTo({ url: `${odoo.url}web/` }), PATIENCE)).toMatchObject({
      refusal: { kind: 'not_odoo' },
    });
  },
);

it('is told where nothing listens, and where something else does', async () => {
  const connection = (port: number) => connectionTo({ url: `http://127.0.0.1:${port}/` });
  const server = createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  expect(await seriesOfServer(connection(port), PATIENCE)).toMatchObject({ refusal: { kind: 'not_odoo' } });
  expect(await seriesOfServer(connection(1), PATIENCE)).toMatchObject({ refusal: { kind: 'unreachable' } });
});

/** Sends on as long as somebody reads. */
function pour(response: import('node:http').ServerResponse): void {
  const part = ' '.repeat(1024 * 1024);
  let left = 1024;
  const more = () => {
    while (left-- > 0) if (!response.write(part)) return;
    response.end();
  };
  response
    .writeHead(200)
    .on('drain', more)
    .on('error', () => {});
  more();
}
