import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { openClient, seriesOfServer } from '../../src/odoo/odoo-client.ts';
import { faultOfException, odooFault } from '../../src/odoo/odoo-fault.ts';
import { readRows } from '../../src/odoo/read-rows.ts';
import { restartOdoo } from '../../src/odoo/restart-odoo.ts';
import { withoutSecret } from '../../src/odoo/without-secret.ts';
import { connectionTo, OdooError, startStandIn } from '../support/odoo.ts';

const PATIENCE = { limit: 30_000 };
const SECRET = 'sesame-open-4';
const secret = { kind: 'password', value: SECRET } as const;
const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

/** An Odoo that answers every request with that text. */
const thatSays = (text: string) =>
  startStandIn({
    instead(_, response) {
      response.end(text);
      return true;
    },
  });

describe('an error that is no text', () => {
  it.each([
    ['objects that cannot be texts', '{"name":{"toString":0,"valueOf":0},"message":{"toString":0}}'],
    ['lists too deep to be texts', `{"name":${deep},"message":${deep}}`],
    ['numbers', '{"name":1,"message":2}'],
    ['nothing', 'null'],
  ])('is one all the same, with %s', async (_, data) => {
    const odoo = await thatSays(`{"jsonrpc":"2.0","error":{"message":{"toString":1},"data":${data}}}`);
    const fault = { ok: false, refusal: { kind: 'server_error', said: '' } };
    expect(await seriesOfServer(connectionTo(odoo), PATIENCE)).toEqual(fault);
  });

  it('is one of the other protocol, too', async () => {
    const odoo = await startStandIn({
      series: '19.0',
      instead(_, response) {
        response.writeHead(500).end('{"name":"x","message":{"toString":0}}');
        return true;
      },
    });
    const connection = connectionTo(odoo, { series: '19.0', secret: { kind: 'apiKey', value: 'k' } });
    const client = await openClient(connection, PATIENCE);
    expect(client.ok && (await client.value.updateList(PATIENCE))).toMatchObject({
      refusal: { kind: 'server_error', said: '' },
    });
  });

  it('does not end the server that waits for a restart', async () => {
    const odoo = await thatSays('{"jsonrpc":"2.0","error":{"data":{"name":{"toString":0}}}}');
    const restart = [process.execPath, '-e', 'setTimeout(() => {}, 500)'];
    expect(await restartOdoo(connectionTo(odoo, { restart }), { limit: 1000 })).toMatchObject({
      refusal: { kind: 'not_back' },
    });
  });
});

it('a watcher that fails ends the call, not the server', async () => {
  const odoo = await startStandIn();
  const restart = [process.execPath, '-e', 'setTimeout(() => {}, 500)'];
  const onProgress = () => {
    throw new Error('nobody listens');
  };
  const done = restartOdoo(connectionTo(odoo, { restart }), { limit: 60_000, onProgress });
  await expect(done).rejects.toThrow('nobody listens');
});

describe('the secret', () => {
  const odd = `p"a'ss\\w&<ö>  /x`;
  it.each([
    ['as it is', SECRET, `Access of admin with ${SECRET} denied`, 'Access of admin with *** denied'],
    ['twice', SECRET, `${SECRET}${SECRET}`, '******'],
    ['in JSON', odd, `sent: ${JSON.stringify([odd])}`, 'sent: ["***"]'],
    ['in JSON of ASCII', odd, String.raw`["p\"a'ss\\w&<\u00f6>  /x"]`, '["***"]'],
    ['in JSON in JSON', odd, JSON.stringify(JSON.stringify(odd)), String.raw`"\"***\""`],
    ['as Python prints it', odd, String.raw`args=('p"a\'ss\\w&<ö>  /x',)`, "args=('***',)"],
    ['in a page', odd, '<b>p&quot;a&#x27;ss\\w&amp;&lt;ö&gt;  /x</b>', '<b>***</b>'],
    ['in an address', odd, `/login?password=${encodeURIComponent(odd)}&x=1`, '/login?password=***&x=1'],
    ['in Base64', SECRET, `Basic ${Buffer.from(SECRET).toString('base64')}`, 'Basic ***'],
    ['with one space', 'two  words-of-it', 'two words-of-it', '***'],
    ['with marks of a pattern', '(a+)+$|^[b].*', 'said (a+)+$|^[b].* twice', 'said *** twice'],
    // Otherwise what is hidden would tell it, and nothing could be read.
    [
      'that is short, as a word',
      'odoo',
      'Odoo: odoo, not odoo_x, has (odoo).',
      'Odoo: ***, not odoo_x, has (***).',
    ],
  ])('is hidden %s', (_, value, text, shown) => {
    expect(withoutSecret(text, { secret: { kind: 'password', value } })).toBe(shown);
  });

  it.each([
    ['17.0', 'password'],
    ['19.0', 'apiKey'],
  ] as const)('is not in what Odoo %s says, not even where that is cut', async (series, kind) => {
    for (const before of ['', 'x'.repeat(495), ' '.repeat(19_995)]) {
      const odoo = await startStandIn({
        ...{ series, password: SECRET, apiKey: SECRET },
        before() {
          throw new OdooError('builtins.ValueError', `${before}${SECRET}`);
        },
      });
      const client = await openClient(
        connectionTo(odoo, { series, secret: { kind, value: SECRET } }),
        PATIENCE,
      );
      const done = client.ok ? await client.value.updateList(PATIENCE) : client;
      expect(done).toMatchObject({ refusal: { kind: 'server_error' } });
      expect(JSON.stringify(done)).not.toContain('ses');
      expect(JSON.stringify(done)).toContain('***');
    }
  });

  it('is not in the cause of what Odoo says, nor in the place', async () => {
    const cause = `  File "/a.py", line 1\nValueError: ${SECRET}`;
    const caused = 'The above exception was the direct cause of the following exception:';
    const traceback = `T\n${cause}\n\n${caused}\n\nT\n  File "/${SECRET}", line 2, in b\n`;
    const message = 'while parsing /a.xml:1, somewhere inside\n<a/>';
    const data = { name: 'odoo.tools.convert.ParseError', message, debug: traceback };
    expect(faultOfException(data, { secret })).toEqual({
      kind: 'server_error',
      said: 'while parsing /a.xml:1: ValueError: ***, somewhere inside <a/>',
      at: '/***:2',
    });
  });

  it('is not in a version, nor in the series', async () => {
    const told = { installed: `1.0-${SECRET}`, onDisk: SECRET } as const;
    const odoo = await startStandIn({ password: SECRET, modules: { a: { state: 'installed', ...told } } });
    const client = await openClient(connectionTo(odoo, { secret }), PATIENCE);
    if (!client.ok) throw new Error(client.refusal.kind);
    const read = await client.value.modules(['a'], new Set(['a']), PATIENCE);
    expect(read.ok && read.value).toMatchObject([{ installed: '1.0-***', onDisk: '***' }]);
    const graph = await client.value.graph(PATIENCE);
    expect(graph.ok && graph.value.get('a')?.installed).toBe('1.0-***');
    const other = await thatSays(`{"jsonrpc":"2.0","result":{"server_serie":"${SECRET}"}}`);
    expect(await seriesOfServer(connectionTo(other), PATIENCE)).toMatchObject({
      refusal: { kind: 'not_odoo' },
    });
  });

  it('that looks like a version leaves versions as they are: they are compared', async () => {
    const numbers = { kind: 'password', value: '17.0' } as const;
    const told = { installed: '17.0.1.0', onDisk: '17.0' } as const;
    const odoo = await startStandIn({ password: '17.0', modules: { a: { state: 'installed', ...told } } });
    const client = await openClient(connectionTo(odoo, { secret: numbers }), PATIENCE);
    const read = client.ok ? await client.value.modules(['a'], new Set(['a']), PATIENCE) : client;
    expect(read.ok && read.value).toMatchObject([told]);
  });

  it('is not in the last words of a restart command', async () => {
    const odoo = await startStandIn();
    const said = `${SECRET.slice(0, 4)}\u001b[0m${SECRET.slice(4)}${'x'.repeat(245)}`;
    const restart = [process.execPath, '-e', `console.log(${JSON.stringify(said)}); process.exitCode = 1`];
    const done = await restartOdoo(connectionTo(odoo, { secret, restart }), { limit: 60_000 });
    expect(done).toMatchObject({ refusal: { kind: 'restart_failed' } });
    expect(JSON.stringify(done)).not.toMatch(/ame|open-4/);
  });
});

it('only the beginning of what is said is looked at', () => {
  const end = 'the end';
  expect(odooFault('server_error', `${' '.repeat(20_000)}${end}`).said).toBe('');
  expect(odooFault('server_error', `${' '.repeat(10_000)}${end}`).said).toBe(end);
});

describe('a list', () => {
  it('ends at the first record that is none, however many there are', async () => {
    let read = 0;
    const row = z.custom<number>((value) => {
      read++;
      return value === 1;
    });
    const answer = (value: unknown) => {
      const call = async () => ({ ok: true, value }) as const;
      return readRows({ call, hide: String }, { model: 'm', domain: [], fields: [], row, most: 5 }, PATIENCE);
    };
    expect(await answer([1, 1])).toEqual({ ok: true, value: [1, 1] });
    read = 0;
    const fault = { ok: false, refusal: { kind: 'not_odoo', said: '' } };
    expect(await answer([1, 2, 3, 4])).toEqual(fault);
    expect(read).toBe(2);
    for (const wrong of [[1, 1, 1, 1, 1, 1], { length: 1, 0: 1 }, 'all', null])
      expect(await answer(wrong)).toEqual(fault);
  });

  it('has no module that was not asked for', async () => {
    const row = { id: 1, name: 'other', state: 'installed', latest_version: '1.0' };
    const odoo = await startStandIn({
      instead(_, response, body) {
        if (!body.includes('search_read')) return false;
        response.end(JSON.stringify({ jsonrpc: '2.0', result: [row, { ...row, name: 'a' }] }));
        return true;
      },
    });
    const client = await openClient(connectionTo(odoo), PATIENCE);
    const read = client.ok ? await client.value.modules(['a'], new Set(), PATIENCE) : client;
    expect(read.ok && read.value.map(({ name }) => name)).toEqual(['a']);
  });
});
