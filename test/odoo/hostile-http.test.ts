import https from 'node:https';
import { createServer, type Socket } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openClient, seriesOfServer } from '../../src/odoo/odoo-client.ts';
import { servesFile } from '../../src/odoo/serves-file.ts';
import { CERTIFICATE, KEY } from '../support/certificate.ts';
import { connectionTo, startStandIn } from '../support/odoo.ts';

/** Longer than any test waits. */
const LONG = { limit: 600_000 };
const BODY = '{"jsonrpc":"2.0","result":{"server_serie":"17.0"}}';
const OK = 'HTTP/1.1 200 OK\r\n';
const chunked = `${OK}transfer-encoding: chunked\r\n\r\n`;

/** A server that answers every request so, if at all. */
async function thatAnswers(answer: (socket: Socket) => void) {
  const server = createServer((socket) => {
    socket.on('error', () => {}).once('data', () => answer(socket));
    onTestFinished(() => void socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  return connectionTo({ url: `http://127.0.0.1:${port}/` });
}

/** Writes the same again and again, until nobody reads. @param head What comes before. */
function flood(socket: Socket, text: string, head = ''): void {
  socket.write(head);
  const more = () => socket.write(text.repeat(1000)) && setImmediate(more);
  socket.on('drain', more);
  more();
}

it.each<[string, string, (socket: Socket) => void]>([
  ['of HTTP 0.9', 'not_odoo', (socket) => socket.end(BODY)],
  [
    'that switches to another protocol',
    'broke_off',
    (socket) => socket.write('HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
  ],
  ['with headers without end', 'not_odoo', (socket) => flood(socket, 'x: y\r\n', OK)],
  ['that is half there', 'broke_off', (socket) => socket.end(`${OK}content-length: 1000\r\n\r\n${BODY}`)],
  ['in chunks that are none', 'broke_off', (socket) => socket.write(`${chunked}zzz\r\n`)],
  ['with trailers without end', 'broke_off', (socket) => flood(socket, 'x: y\r\n', `${chunked}0\r\n`)],
  [
    'of two lengths',
    'not_odoo',
    (socket) => socket.write(`${OK}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n`),
  ],
  [
    'of a length below nothing',
    'not_odoo',
    (socket) => socket.write(`${OK}content-length: -5\r\n\r\n${BODY}`),
  ],
  ['that is none', 'broke_off', (socket) => socket.resetAndDestroy()],
])('an answer %s is not that of an Odoo, and nobody waits any longer', async (_, kind, answer) => {
  const connection = await thatAnswers(answer);
  expect(await seriesOfServer(connection, LONG)).toMatchObject({ refusal: { kind } });
  await servesFile(connection, 'a', ['static', 'x'], LONG);
});

it.each<[string, (socket: Socket) => void]>([
  ['that is announced without end', (socket) => flood(socket, 'HTTP/1.1 100 Continue\r\n\r\n')],
  ['that does not end', (socket) => socket.write(`${OK}content-length: 1000\r\n\r\n `)],
  ['in a chunk larger than everything', (socket) => socket.write(`${chunked}FFFFFFFFFFFFFFFF\r\n`)],
])('an answer %s is waited for as long as any', async (_, answer) => {
  const connection = await thatAnswers(answer);
  expect(await seriesOfServer(connection, { limit: 300 })).toMatchObject({ refusal: { kind: 'timed_out' } });
});

it('a certificate of nobody is not trusted, whatever the environment says', async () => {
  let asked = 0;
  const server = https.createServer({ key: KEY, cert: CERTIFICATE }, (_, response) => {
    asked++;
    response.end(BODY);
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const connection = connectionTo({ url: `https://127.0.0.1:${port}/` });
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(await seriesOfServer(connection, LONG)).toMatchObject({ refusal: { kind: 'untrusted' } });
  expect(await servesFile(connection, 'a', ['static', 'x'], LONG)).toBe(null);
  expect(asked).toBe(0);
});

it.each<[string, (socket: Socket) => void]>([
  ['ends the connection', (socket) => socket.end()],
  ['answers without TLS', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
])('a server that takes no TLS has no certificate either: it %s', async (_, answer) => {
  const { url } = await thatAnswers(answer);
  const connection = connectionTo({ url: url.href.replace('http:', 'https:') });
  expect(await seriesOfServer(connection, LONG)).toMatchObject({ refusal: { kind: 'no_tls' } });
});

it.each([
  ['502 Bad Gateway', 'unreachable', 'HTTP 502'],
  ['503 Service Unavailable', 'unreachable', 'HTTP 503'],
  ['504 Gateway Timeout', 'timed_out', 'HTTP 504'],
])(
  'a proxy in front of an Odoo that does not answer, %s, is not taken for something else',
  async (status, kind, said) => {
    const page = '<h1>no</h1>';
    const connection = await thatAnswers((socket) =>
      socket.end(`HTTP/1.1 ${status}\r\ncontent-length: ${page.length}\r\n\r\n${page}`),
    );
    expect(await seriesOfServer(connection, LONG)).toEqual({ ok: false, refusal: { kind, said } });
  },
);

it('an Odoo that answers with such a status is heard', async () => {
  const connection = await thatAnswers((socket) =>
    socket.end(`HTTP/1.1 503 no\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`),
  );
  expect(await seriesOfServer(connection, LONG)).toMatchObject({ ok: true });
});

it('an answer that is no list is not long, and a list may be', async () => {
  const long = 'x'.repeat(2 * 1024 * 1024);
  const odoo = await startStandIn({
    modules: { a: { state: 'installed', installed: long, onDisk: '1.0' } },
    instead(_, response, body) {
      if (!body.includes('update_list')) return false;
      response.end(JSON.stringify({ jsonrpc: '2.0', result: [1, 1], more: long }));
      return true;
    },
  });
  const client = await openClient(connectionTo(odoo), LONG);
  if (!client.ok) throw new Error(client.refusal.kind);
  expect(await client.value.updateList(LONG)).toMatchObject({ refusal: { kind: 'too_large' } });
  expect(await client.value.modules(['a'], new Set(), LONG)).toMatchObject({ value: [{ installed: long }] });
});
