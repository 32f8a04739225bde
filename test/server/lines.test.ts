import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { IdFinder } from '../../src/server/id-finder.ts';
import { LineTransport } from '../../src/server/lines.ts';
import { MOST_ANSWER, readMessage, tamed } from '../../src/server/messages.ts';
import fc from '../support/property.ts';

const DEEP = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;

describe('a line', () => {
  it.each([
    ['a request', '{"jsonrpc":"2.0","id":1,"method":"ping"}'],
    ['the largest id', '{"jsonrpc":"2.0","id":9007199254740991,"method":"ping"}'],
    ['a request with an id of text', '{"jsonrpc":"2.0","id":"a","method":"ping","params":{"_meta":{}}}'],
    ['a notification', '{"jsonrpc":"2.0","method":"notifications/initialized"}'],
    ['an answer', '{"jsonrpc":"2.0","id":1,"result":{}}'],
    ['deep arguments', `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"arguments":${DEEP}}}`],
  ])('with %s is passed on', (_, line) => {
    expect(Object.keys(readMessage(line))).toEqual(['message']);
  });

  it.each([
    ['no JSON', '{', -32700, null],
    ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32600, null],
    ['null', 'null', -32600, null],
    ['another version', '{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600, 1],
    ['no version', '{"id":"x","method":"ping"}', -32600, 'x'],
    ['a method that is none', '{"jsonrpc":"2.0","id":2,"method":5}', -32600, 2],
    ['no method', '{"jsonrpc":"2.0","id":3}', -32600, 3],
    ['an id that is none', '{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600, null],
    ['an id of null', '{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600, null],
    ['half an id', '{"jsonrpc":"2.0","id":1.5,"method":"ping"}', -32600, 1.5],
    [
      'an id that is read as another one',
      '{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}',
      -32600,
      null,
    ],
    ['a large id below zero', '{"jsonrpc":"2.0","id":-9007199254740993,"method":"ping"}', -32600, null],
    ['an id that is no finite number', '{"jsonrpc":"2.0","id":1e999,"method":"ping"}', -32600, null],
    ['a large id of something malformed', '{"id":9007199254740993,"method":5}', -32600, null],
    ['a very long id', `{"jsonrpc":"2.0","id":"${'i'.repeat(300)}","method":"ping"}`, -32600, null],
    ['params of null', '{"jsonrpc":"2.0","id":4,"method":"ping","params":null}', -32602, 4],
    ['params in a list', '{"jsonrpc":"2.0","id":4,"method":"ping","params":[]}', -32602, 4],
    ['params of text', '{"jsonrpc":"2.0","id":4,"method":"ping","params":"x"}', -32602, 4],
    ['deep params', `{"jsonrpc":"2.0","id":4,"method":"ping","params":${DEEP}}`, -32602, 4],
    ['_meta of text', '{"jsonrpc":"2.0","id":5,"method":"ping","params":{"_meta":"x"}}', -32602, 5],
    ['_meta of null', '{"jsonrpc":"2.0","id":5,"method":"ping","params":{"_meta":null}}', -32602, 5],
    ['_meta in a list', '{"jsonrpc":"2.0","id":5,"method":"ping","params":{"_meta":[]}}', -32602, 5],
    [
      'a token that is none',
      '{"jsonrpc":"2.0","id":5,"method":"ping","params":{"_meta":{"progressToken":{}}}}',
      -32602,
      5,
    ],
    [
      'a very long token',
      `{"jsonrpc":"2.0","id":5,"method":"ping","params":{"_meta":{"progressToken":"${'t'.repeat(300)}"}}}`,
      -32602,
      5,
    ],
    ['something else', '{"jsonrpc":"2.0","id":6,"method":"ping","more":1}', -32600, 6],
  ])('with %s is answered with an error and its id', (_, line, code, id) => {
    expect(readMessage(line)).toMatchObject({ answer: { jsonrpc: '2.0', id, error: { code } } });
  });

  it.each([
    ['a notification', '{"jsonrpc":"2.0","method":"x","params":[]}'],
    ['an answer', '{"jsonrpc":"2.0","id":1,"result":5}'],
  ])('with %s that is malformed is not answered', (_, line) => {
    expect(readMessage(line)).toMatchObject({ problem: expect.any(String), answer: null });
  });
});

describe('the id of a message that is too large', () => {
  it('is the one JSON.parse finds, in whatever order and pieces the message comes', () => {
    const id = fc.oneof(fc.integer(), fc.string({ unit: 'binary', maxLength: 40 }));
    const member = fc.tuple(fc.oneof(fc.string(), fc.constantFrom('ID', 'params', 'id ')), fc.jsonValue());
    fc.assert(
      fc.property(
        id,
        fc.array(member),
        fc.array(member),
        fc.integer({ min: 1, max: 9 }),
        (id, before, after, size) => {
          const members = [
            ...before.filter(([key]) => key !== 'id' && key !== 'method'),
            ['method', 'x'],
            ['id', id],
            ...after.filter(([key]) => key !== 'id' && key !== 'method'),
          ];
          const text = `{${members.map(([key, value]) => `${JSON.stringify(key)} : ${JSON.stringify(value, null, 1)}`).join(' ,')}}`;
          const bytes = Buffer.from(text);
          const finder = new IdFinder();
          for (let at = 0; at < bytes.length; at += size) finder.read(bytes.subarray(at, at + size));
          expect(finder.found).toEqual({ id: JSON.parse(text).id, isRequest: true });
        },
      ),
    );
  });

  const many = ' \t\r\n'.repeat(2000);
  const escaped = (text: string) =>
    [...text].map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
  it.each([
    ['an escape in its key', '{"\\u0069d":7,"method":"x"}', 7],
    ['an escape in the key of the method', '{"id":7,"metho\\u0064":"x"}', 7],
    ['blanks around everything', `${many}{${many}"id"${many}:${many}7${many},${many}"method"${many}:"x"}`, 7],
    ['the longest text in escapes', `{"id":"${escaped('i'.repeat(256))}","method":"x"}`, 'i'.repeat(256)],
    ['letters of several bytes', `{"id":"${'\u20ac'.repeat(256)}","method":"x"}`, '\u20ac'.repeat(256)],
    ['blanks in a text', '{"id":" a  b ","method":"x"}', ' a  b '],
  ])('is found with %s', (_, text, id) => {
    const finder = new IdFinder();
    finder.read(Buffer.from(text));
    expect(finder.found).toEqual({ id, isRequest: true });
    expect(JSON.parse(text)).toMatchObject({ id, method: 'x' });
  });

  it.each([
    ['there is none', '{"method":"x","params":{"id":1}}', null, true],
    ['it is none', '{"id":[1],"method":"x"}', null, true],
    ['it is very long', `{"id":"${'x'.repeat(5000)}","method":"x"}`, null, true],
    ['it is two numbers', '{"id":1 2,"method":"x"}', null, true],
    ['only the beginning of it is short', `{"id":1.${'0'.repeat(5000)}e5,"method":"x"}`, null, true],
    ['only the end of its key is', '{"x\\"id":1,"method":"x"}', null, true],
    ['it is read as another one', '{"id":9007199254740993,"method":"x"}', null, true],
    ['it is that of an answer', '{"id":1,"result":{"method":"x"}}', 1, false],
    ['there is no object', '[{"id":1,"method":"x"}]', null, false],
  ])('is not made up where %s', (_, text, id, isRequest) => {
    const finder = new IdFinder();
    finder.read(Buffer.from(text));
    expect(finder.found).toEqual({ id, isRequest });
  });
});

describe('a connection', () => {
  function connect() {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const logged: string[] = [];
    const received: unknown[] = [];
    const transport = new LineTransport(input, output, (line) => logged.push(line));
    transport.onmessage = (message) => received.push(message);
    void transport.start();
    const sent = () =>
      String(output.read() ?? '')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line));
    return { input, output, transport, received, logged, sent };
  }

  it('goes on after a message that was too large, and keeps nothing of it', () => {
    const { input, received, sent } = connect();
    for (const part of [
      '{"jsonrpc":"2.0","id":7,"x":"',
      ...Array(40).fill('x'.repeat(100_000)),
      '","method":"m"}\n',
    ])
      input.write(part);
    input.write('\n\r\n{"jsonrpc":"2.0","id":8,"method":"ping"}\n');
    expect(sent()).toEqual([
      { jsonrpc: '2.0', id: 7, error: { code: -32600, message: expect.stringContaining('1048576') } },
    ]);
    expect(received).toEqual([{ jsonrpc: '2.0', id: 8, method: 'ping' }]);
  });

  it('does not read a message of very many members, but answers it', () => {
    const { input, received, sent } = connect();
    const modules = Array.from({ length: 30_000 }, () => 1);
    input.write(`${JSON.stringify({ method: 'tools/call', params: { modules }, jsonrpc: '2.0', id: 7 })}\n`);
    const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
    input.write(`{"jsonrpc":"2.0","id":8,"method":"ping","params":{"x":${deep}}}\n`);
    expect(sent()).toMatchObject([
      { id: 7, error: { code: -32600, message: expect.stringContaining('25000 members') } },
      { id: 8, error: { code: -32600 } },
    ]);
    expect(received).toEqual([]);
  });

  describe('whose client does not read', () => {
    const ping = (id: number) => `${JSON.stringify({ jsonrpc: '2.0', id, method: 'ping' })}\n`;
    const turn = () => new Promise((resolve) => setImmediate(resolve));

    /** Sends pings until nobody takes more of them; each that is read is answered. */
    async function fill() {
      const connection = connect();
      const { input, output, transport } = connection;
      transport.onmessage = (message) => {
        connection.received.push(message);
        void transport.send({ jsonrpc: '2.0', id: (message as { id: number }).id, result: {} });
      };
      let sent = 0;
      while (input.write(ping(sent++)) && sent < 10_000) await turn();
      return { ...connection, sent, unread: output.writableLength + output.readableLength };
    }

    it('is read from no further, until it reads', async () => {
      const { input, output, received, sent: count, unread } = await fill();
      expect(unread).toBeLessThan(4 * output.writableHighWaterMark);
      expect(count).toBeLessThan(10_000);
      expect(received.length).toBeLessThan(count);
      let text = '';
      output.on('data', (part) => {
        text += part;
      });
      input.end();
      await once(input, 'end');
      await turn();
      const ids = text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).id);
      expect(ids).toEqual(Array.from({ length: count }, (_, id) => id));
    });

    it('is not read from again once the connection has stopped', async () => {
      const { input, output, transport, received } = await fill();
      const before = received.length;
      transport.stop();
      output.resume();
      await once(output, 'drain');
      await turn();
      expect([received.length, input.isPaused()]).toEqual([before, true]);
    });

    it('gets the question of a call, and the call its answer, as soon as it reads', async () => {
      const { input, output, transport, received } = await fill();
      void transport.send({ jsonrpc: '2.0', id: 'asked', method: 'elicitation/create' });
      transport.onmessage = (message) => received.push(message);
      input.write('{"jsonrpc":"2.0","id":"asked","result":{}}\n');
      output.resume();
      await once(output, 'drain');
      await turn();
      expect(received.at(-1)).toEqual({ jsonrpc: '2.0', id: 'asked', result: {} });
    });
  });

  it('answers requests of another revision itself, where each request names one', () => {
    const { input, transport, received, sent } = connect();
    const line = (id: number | null, revision?: unknown) => {
      const _meta = { 'io.modelcontextprotocol/protocolVersion': revision };
      const params = revision === undefined ? {} : { params: { _meta } };
      return `${JSON.stringify({ jsonrpc: '2.0', ...(id !== null && { id }), method: 'm', ...params })}\n`;
    };
    const lines = [
      line(1),
      line(2, '2026-07-28'),
      line(3, '2099-01-01'),
      line(4, 7),
      line(null, '2099-01-01'),
    ];
    transport.setProtocolVersion('2026-07-28');
    for (const one of lines) input.write(one);
    expect(sent()).toEqual([
      {
        jsonrpc: '2.0',
        id: 3,
        error: {
          code: -32022,
          message: 'Unsupported protocol version: 2099-01-01',
          data: { supported: ['2026-07-28'], requested: '2099-01-01' },
        },
      },
    ]);
    expect(received).toHaveLength(4);
    transport.setProtocolVersion('2025-11-25');
    for (const one of lines) input.write(one);
    expect([sent(), received.length]).toEqual([[], 9]);
  });

  it('does not wait for a client that has gone', async () => {
    const { output, transport } = connect();
    const sending = transport.send({ jsonrpc: '2.0', id: 1, result: { text: 'x'.repeat(200_000) } });
    output.destroy();
    await sending;
    expect(output.listenerCount('drain')).toBe(0);
  });

  it('sends no answer that is too large', () => {
    const { transport, sent } = connect();
    void transport.send({ jsonrpc: '2.0', id: 1, result: { text: 'x'.repeat(MOST_ANSWER) } });
    expect(sent()).toEqual([
      { jsonrpc: '2.0', id: 1, error: { code: -32603, message: 'The answer is too large.' } },
    ]);
  });
});

describe('an error of the SDK', () => {
  const error = (code: number, message: string) =>
    ({ jsonrpc: '2.0', id: 1, error: { code, message } }) as const;

  it('says what is wrong with params, not how they were checked', () => {
    const dump = JSON.stringify([
      { code: 'invalid_type', path: ['params', 'uri'], message: 'expected string' },
    ]);
    expect(tamed(error(-32603, dump), () => {})).toEqual(error(-32602, 'params.uri: expected string'));
  });

  it('does not say what an exception says, but for the log', () => {
    const logged: string[] = [];
    const sent = tamed(error(-32603, 'ENOENT: /etc/x\n at y'), (line) => logged.push(line));
    expect(sent).toEqual(error(-32603, 'Internal error in the server.'));
    expect(logged).toEqual(['protocol error: ENOENT: /etc/x\\u{a} at y']);
  });

  it('is short', () => {
    const sent = tamed(error(-32602, 'x'.repeat(1_000_000)), () => {});
    expect(JSON.stringify(sent).length).toBeLessThan(2000);
  });
});
