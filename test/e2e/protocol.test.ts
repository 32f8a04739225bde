import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { finished, runCli, spawnCli, startServer } from '../support/server.ts';
import { type Wire, wireOf } from '../support/wire.ts';
import { createWorld, type World } from '../support/world.ts';

const link = ({ request }: Wire, id: number, module: string) =>
  request(id, 'tools/call', { name: 'oca_link', arguments: { module } });

function prepared(): { world: World; config: string } {
  const world = createWorld();
  world.fixtures();
  return { world, config: world.config() };
}

/** A server with call 1 in hand: a git that takes its time keeps it there. */
async function callInHand(wire: Wire) {
  const { world, config } = prepared();
  execFileSync('git', ['-C', world.at('src/oca/contact-tools'), 'init', '-q']);
  world.file('bin/git', `#!/bin/sh\ntouch ${world.at('called')}\nsleep 0.7\nexit 1\n`);
  execFileSync('chmod', ['+x', world.at('bin/git')]);
  const env = { PATH: `${world.at('bin')}:${process.env.PATH}` };
  const child = spawnCli(['serve', '--config', config], { env });
  const end = finished(child);
  child.stdin.write(wire.hello + link(wire, 1, 'contact_nickname'));
  while (!existsSync(world.at('called'))) await setTimeout(10);
  return { world, child, end };
}

/** Every line of stdout has to be a JSON-RPC message. */
function messages(
  stdout: string,
): { id?: number; result?: never; error?: { code: number; message: string } }[] {
  expect(stdout === '' || stdout.endsWith('\n')).toBe(true);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const message = JSON.parse(line);
      expect(message.jsonrpc).toBe('2.0');
      return message;
    });
}

describe.each(['legacy', 'modern'] as const)('the stdio server (%s)', (era) => {
  const wire = wireOf(era);
  const { hello, request } = wire;

  it('answers what is in hand when stdin ends, then ends with code 0', async () => {
    const { config } = prepared();
    const input =
      hello + link(wire, 1, 'contact_nickname') + request(2, 'tools/list') + request(3, 'prompts/list');
    const { code, stdout, stderr } = await runCli(['serve', '--config', config], { input });
    expect(code).toBe(0);
    expect(stderr).toBe('');
    expect(
      messages(stdout)
        .map(({ id }) => id)
        .sort(),
    ).toEqual([0, 1, 2, 3]);
  });

  it('ends at once when stdin is empty', async () => {
    const { config } = prepared();
    expect(await runCli(['--config', config])).toEqual({ code: 0, signal: null, stdout: '', stderr: '' });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends with code 0 on %s after the call in hand', async (signal) => {
    const { child, end } = await callInHand(wire);
    child.kill(signal);
    const { code, stdout } = await end;
    expect(code).toBe(0);
    expect(messages(stdout).find(({ id }) => id === 1)).toMatchObject({
      result: { structuredContent: { status: 'linked' } },
    });
  });

  it('survives malformed messages and goes on', async () => {
    const { config } = prepared();
    const malformed = [
      'not json',
      '{',
      '[]',
      '[{"jsonrpc":"2.0","id":7,"method":"ping"}]',
      'null',
      '42',
      '{"jsonrpc":"1.0","id":1,"method":"ping"}',
      '{"jsonrpc":"2.0","id":{},"method":"ping"}',
      '{"jsonrpc":"2.0","method":5}',
      '{"id":1}',
      '\u0000\u0001\u0002',
      '\u001b]0;title\u0007\u009b2J',
      '',
      '\r',
      `{"jsonrpc":"2.0","id":1,"method":"${'x'.repeat(100_000)}"}`,
      request(2, 'tools/call', { name: 'oca_link', arguments: 'a string' }),
      request(3, 'tools/call', { name: 'no_such_tool' }),
      request(4, 'tools/call'),
      request(5, 'no/such/method'),
      '{"jsonrpc":"2.0","id":6,"result":{}}',
      '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":99}}',
    ];
    const input = `${hello}${malformed.join('\n')}\n${link(wire, 50, 'contact_nickname')}`;
    const { code, stdout, stderr } = await runCli(['serve', '--config', config], { input });
    expect(code).toBe(0);
    expect(stderr.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(stderr).toMatch(/^(odoo-link-mcp: protocol error: .{10,}\n)+$/);
    const answers = messages(stdout);
    expect(answers.find(({ id }) => id === 50)).toMatchObject({
      result: { structuredContent: { status: 'linked' } },
    });
    expect(answers.find(({ id }) => id === 3)?.error).toMatchObject({
      code: -32602,
      message: expect.stringContaining('No tool has this name'),
    });
    expect(answers.find(({ id }) => id === 4)?.error?.code).toBe(-32602);
    expect(answers.find(({ id }) => id === 5)?.error?.code).toBe(-32601);
    expect(answers.find(({ id }) => id === 2)).toMatchObject({
      result: {
        isError: true,
        structuredContent: { code: 'invalid_argument', message: 'arguments must be an object.' },
      },
    });
    expect(stdout).not.toMatch(/node_modules|at \w+ \(/);
  });

  it('does not link for a call that was cancelled before it came to that', async () => {
    const { world, child, end } = await callInHand(wire);
    const cancelled = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } };
    child.stdin.end(`${JSON.stringify(cancelled)}\n`);
    const { code, stdout } = await end;
    expect([code, messages(stdout).map(({ id }) => id)]).toEqual([0, [0]]);
    expect(readdirSync(world.at('linked'))).toEqual([]);
  });

  it('does not keep a message that is too large, answers it with its id, and goes on', async () => {
    const { config } = prepared();
    const params = `"params":{"id":7,"x":"${'x'.repeat(24 * 1024 * 1024)}"}`;
    const first = `{"jsonrpc":"2.0","id":1,"method":"ping",${params}}\n`;
    const last = `{"method":"ping",${params},"jsonrpc":"2.0","id":"two"}\n`;
    const { code, stdout, stderr } = await runCli(['serve', '--config', config], {
      input: hello + first + last + request(3, 'prompts/list'),
    });
    expect(code).toBe(0);
    expect(messages(stdout).map(({ id, error }) => [id, error?.code])).toEqual([
      [0, undefined],
      [1, -32600],
      ['two', -32600],
      [3, undefined],
    ]);
    expect(stderr).toMatch(/dropped a message that is larger than 1048576 bytes/);
  });

  it('ends quietly when the client closes its end', async () => {
    const { config } = prepared();
    const child = spawnCli(['serve', '--config', config]);
    const end = new Promise((resolve) => child.on('exit', (code) => resolve(code)));
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    await new Promise((resolve) => {
      child.stdout.once('data', resolve);
      child.stdin.write(hello);
    });
    child.stdout.destroy();
    child.stdin.on('error', () => {});
    for (let id = 1; id < 50; id++) child.stdin.write(request(id, 'tools/list'));
    expect(await end).toBe(0);
    expect(stderr).toBe('');
  });

  it('answers two thousand requests at once, keeping the limit', async () => {
    const world = createWorld();
    world.fixtures();
    const policy = JSON.parse(readFileSync(`${import.meta.dirname}/../policy/policy-seed.json`, 'utf8'));
    const config = world.config({}, { policy });
    const calls = Array.from({ length: 2000 }, (_, index) => link(wire, index + 1, 'contact_nickname')).join(
      '',
    );
    const { code, stdout, stderr } = await runCli(['serve', '--config', config], {
      input: hello + calls,
    });
    expect([code, stderr]).toEqual([0, '']);
    const answers = messages(stdout).filter(({ id }) => id !== 0) as unknown as {
      result: { structuredContent: { status: string; code?: string } };
    }[];
    const count = (wanted: string) =>
      answers.filter(
        ({ result: { structuredContent } }) =>
          (structuredContent.code ?? structuredContent.status) === wanted,
      ).length;
    expect([answers.length, count('linked'), count('already_linked'), count('rate_limited')]).toEqual([
      2000, 1, 9, 1990,
    ]);
  });

  it('runs five hundred calls at once where nothing limits them', async () => {
    const { world, config } = prepared();
    execFileSync('git', ['-C', world.at('src/oca/contact-tools'), 'init', '-q']);
    const calls = Array.from({ length: 500 }, (_, index) => link(wire, index + 1, 'contact_nickname')).join(
      '',
    );
    const { code, stdout } = await runCli(['serve', '--config', config], { input: hello + calls });
    expect(code).toBe(0);
    expect(stdout.match(/"status":"(linked|already_linked)"/g)?.length).toBe(500);
    expect(stdout.match(/"status":"linked"/g)?.length).toBe(1);
  });

  it('does not start with a configuration it cannot prove: code 2, one line a problem, nothing on stdout', async () => {
    const world = createWorld();
    const config = world.file(
      'odoo-link.json',
      JSON.stringify({
        instances: { prod: { series: '17.0', addonsDirs: ['gone'], roots: { oca: ['missing'] } } },
        policy: 'none.json',
      }),
    );
    const { code, stdout, stderr } = await runCli(['serve', '--config', config]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(
        /^odoo-link-mcp: .*gone does not exist: make that folder first, or correct the path\.$/,
      ),
      expect.stringMatching(/^odoo-link-mcp: .*missing does not exist\.$/),
      expect.stringMatching(/^odoo-link-mcp: .*none\.json: the policy does not exist\.$/),
    ]);
    expect(await runCli([])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('No instance is configured'),
    });
  });
});

describe('the rate limit', () => {
  it('of the seed policy refuses the eleventh call with retry_after_ms, for each tool on its own', async () => {
    const world = createWorld();
    world.fixtures();
    const policy = JSON.parse(readFileSync(`${import.meta.dirname}/../policy/policy-seed.json`, 'utf8'));
    const server = await startServer(['--config', world.config({}, { policy })]);
    for (let call = 0; call < 10; call++) {
      const { data } = await server.call('oca_link', { module: 'contact_nickname' });
      expect(data.limit).toEqual({
        counter: 'oca_link_rate',
        limit: 10,
        remaining: 9 - call,
        reset_ms: 60_000,
      });
    }
    const { data, text } = await server.call('oca_link', { module: 'contact_nickname' });
    expect(data).toMatchObject({
      status: 'refused',
      code: 'rate_limited',
      rule: '/tools/oca_link/limits/0',
      limit: 10,
      remaining: 0,
    });
    expect(data.retry_after_ms).toBeGreaterThan(0);
    expect(data.retry_after_ms).toBeLessThanOrEqual(60_000);
    expect(text).toMatch(/^Rate limit: 10 oca_link calls a minute\. Try again in \d+ s\./);
    expect((await server.call('ee_link', { modules: ['ledger_lite'] })).data.status).toBe('linked');
  });

  it('lets a call pass that waited as long as it was told, and charges neither refusals nor dry runs', async () => {
    const world = createWorld();
    world.fixtures();
    const policy = {
      version: '1',
      default: 'allow',
      tools: { oca_link: { rate_limit: { max: 2, window: 1.5 } } },
    };
    const server = await startServer(['--config', world.config({}, { policy })]);
    const call = (args: object = {}) => server.call('oca_link', { module: 'contact_nickname', ...args });
    for (let round = 0; round < 5; round++) {
      expect((await call({ dry_run: true })).data.limit.remaining).toBe(2);
      expect((await call({ module: 'nobody_has_it' })).data.code).toBe('module_not_found');
    }
    // As long as calls take longer than the window, none is refused.
    let refused = await call();
    while (refused.data.status !== 'refused') refused = await call();
    expect(refused.data.code).toBe('rate_limited');
    await setTimeout(refused.data.retry_after_ms);
    expect((await call()).data.status).toBe('already_linked');
  });

  it('is ten a minute for each tool when no policy is configured', async () => {
    const world = createWorld();
    world.fixtures();
    const server = await startServer(['--config', world.config({}, { policy: undefined })]);
    const { data } = await server.call('oca_link', { module: 'contact_nickname' });
    expect(data.limit).toMatchObject({ limit: 10, remaining: 9 });
  });

  it('of a policy that denies by default leaves only what is listed', async () => {
    const world = createWorld();
    const policy = { version: '1', default: 'deny', tools: { ee_link: {} } };
    const server = await startServer(['--config', world.config({}, { policy })]);
    expect((await server.listTools()).map(({ name }) => name)).toEqual(['ee_link']);
  });
});
