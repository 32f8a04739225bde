import { PassThrough } from 'node:stream';
import { Server } from '@modelcontextprotocol/server';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { serveStdio } from '../../src/server/stdio.ts';

/** Serves a client on streams in the place of this process's own. */
function serve() {
  const [input, output] = [new PassThrough(), new PassThrough()];
  for (const [name, stream] of [
    ['stdin', input],
    ['stdout', output],
  ] as const) {
    const spy = vi.spyOn(process, name, 'get').mockReturnValue(stream as never);
    onTestFinished(() => spy.mockRestore());
  }
  const { log, info, debug } = console;
  const listeners = process.stderr.listeners('error');
  onTestFinished(() => {
    Object.assign(console, { log, info, debug });
    for (const listener of process.stderr.listeners('error'))
      if (!listeners.includes(listener)) process.stderr.off('error', listener as () => void);
    process.removeAllListeners('SIGINT');
    process.removeAllListeners('SIGTERM');
  });
  let written = '';
  output.on('data', (chunk) => {
    written += chunk;
  });
  const servers: Server[] = [];
  const open = () => {
    const server = new Server({ name: 'test', version: '0' }, { capabilities: {} });
    servers.push(server);
    return server;
  };
  const steps: string[] = [];
  const logged: string[] = [];
  let finish = () => {};
  const idle = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const parts = {
    open,
    hangUp: () => void steps.push('hang up'),
    idle: () => {
      steps.push('idle');
      return idle;
    },
  };
  const served = serveStdio(parts, (line) => logged.push(line)).then(() => void steps.push('end'));
  return { input, output, servers, served, steps, logged, finish: () => finish(), written: () => written };
}

const PING = `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })}\n`;

describe('serving on stdio', () => {
  it('answers, and at the end of stdin hangs up and waits for the calls in hand', async () => {
    const { input, served, steps, finish, written } = serve();
    // The last request comes with the end.
    input.end(PING);
    await vi.waitFor(() => expect(steps).toEqual(['hang up', 'idle']), { interval: 1 });
    finish();
    await served;
    expect(steps).toEqual(['hang up', 'idle', 'end']);
    expect(JSON.parse(written())).toMatchObject({ id: 1, result: {} });
  });

  it('writes the answers of calls that have ended only now', async () => {
    const { input, servers, served, steps, finish, written } = serve();
    input.write(PING);
    await vi.waitFor(() => expect(servers).toHaveLength(1), { interval: 1 });
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    servers[0]?.setRequestHandler('ping', async () => {
      await ended;
      // On its way through the SDK an answer waits for several promises.
      for (let turn = 0; turn < 50; turn++) await null;
      return {};
    });
    input.end(PING.replace('"id":1', '"id":2'));
    await vi.waitFor(() => expect(steps).toEqual(['hang up', 'idle']), { interval: 1 });
    finish();
    end();
    await served;
    expect(written()).toContain('"id":2');
  });

  it.each<[string, (parts: ReturnType<typeof serve>) => void]>([
    ['stdin fails', ({ input }) => void input.destroy(new Error('no'))],
    ['the client goes away', ({ output }) => void output.destroy(new Error('EPIPE'))],
    ['SIGINT comes', () => void process.emit('SIGINT')],
    ['SIGTERM comes', () => void process.emit('SIGTERM')],
  ])('ends when %s', async (_, end) => {
    const parts = serve();
    parts.finish();
    end(parts);
    await parts.served;
    expect(parts.steps).toEqual(['hang up', 'idle', 'end']);
  });

  it('keeps whatever a library prints from stdout', async () => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    onTestFinished(() => error.mockRestore());
    const { input, served, finish, written } = serve();
    console.log('a');
    console.info('b');
    console.debug('c');
    finish();
    input.end();
    await served;
    expect(written()).toBe('');
    expect(error.mock.calls).toEqual([['a'], ['b'], ['c']]);
  });

  it('logs an error of the protocol in one short line', async () => {
    const { input, servers, served, logged, finish } = serve();
    input.write(PING);
    await vi.waitFor(() => expect(servers).toHaveLength(1), { interval: 1 });
    servers[0]?.onerror?.(new Error(`a\n\u001b[31m ${'x'.repeat(500)}`));
    finish();
    input.end();
    await served;
    expect(logged).toHaveLength(1);
    for (const unseen of ['\n', '\u001b']) expect(logged[0]).not.toContain(unseen);
    expect(logged[0]?.length).toBeLessThan(250);
  });

  it('logs what it cannot read once, before and after the first message', async () => {
    const { input, served, logged, finish } = serve();
    input.write('{\n');
    input.write(PING);
    await new Promise(setImmediate);
    finish();
    input.end('[]\n');
    await served;
    expect(logged).toEqual([
      'protocol error: The message is not JSON.',
      'protocol error: The message is not an object.',
    ]);
  });
});
