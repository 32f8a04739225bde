/** What other messages get while a call takes long, and what becomes of a server that has no descriptors left. */
import { describe, expect, it } from 'vitest';
import { finished, runCli, spawnCli } from '../support/server.ts';
import { createWorld } from '../support/world.ts';

const line = (message: object) => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`;
const call = (id: number, name: string, args: object = {}) =>
  line({ id, method: 'tools/call', params: { name, arguments: args } });
const initialize = line({
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '0' } },
});

// biome-ignore lint/suspicious/noExplicitAny: tests read whatever they expect to be there
const answersOf = (stdout: string): any[] =>
  stdout
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text));

/** Three thousand links that lead nowhere: a look at them takes many turns. */
function busyWorld() {
  const world = createWorld();
  world.fixtures();
  const config = world.config();
  for (let at = 0; at < 3000; at++) world.link('/nowhere', `linked/leads_nowhere_${at}`);
  return { world, config };
}

describe('while a call takes long', () => {
  it('a ping is answered', async () => {
    const { config } = busyWorld();
    const input = initialize + call(1, 'link_status') + line({ id: 2, method: 'ping' });
    const { stdout } = await runCli(['serve', '--config', config], { input });
    expect(answersOf(stdout).map(({ id }) => id)).toEqual([0, 2, 1]);
  });

  it('it is cancelled at its next turn, and the server goes on', async () => {
    const { config } = busyWorld();
    const cancel = line({ method: 'notifications/cancelled', params: { requestId: 1, reason: 'enough' } });
    const input =
      initialize + call(1, 'link_status') + cancel + call(2, 'addon_info', { module: 'contact_nickname' });
    const { code, stdout } = await runCli(['serve', '--config', config], { input });
    expect([code, answersOf(stdout).map(({ id }) => id)]).toEqual([0, [0, 2]]);
  });

  it('its answer is bounded, a page of a whole that can be read to its end', async () => {
    const { config } = busyWorld();
    const child = spawnCli(['serve', '--config', config]);
    const end = finished(child);
    const names: string[] = [];
    let id = 0;
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n')) {
        const answer = text.slice(0, at);
        text = text.slice(at + 1);
        expect(Buffer.byteLength(answer)).toBeLessThan(256 * 1024);
        const { links = [], next_cursor: cursor } = JSON.parse(answer).result.structuredContent ?? {};
        names.push(...links.flatMap(({ modules }: { modules: string[] }) => modules));
        if (id === 0 || cursor !== undefined) child.stdin.write(call(++id, 'link_status', { cursor }));
        else child.stdin.end();
      }
    });
    child.stdin.write(initialize);
    expect((await end).code).toBe(0);
    expect(id).toBeGreaterThan(2);
    expect(new Set(names).size).toBe(3000);
  });
});

describe('without descriptors', () => {
  const limits = Array.from({ length: 12 }, (_, step) => 18 + 2 * step);

  it.each(limits)('a server that could start with %i answers every call and ends well', async (limit) => {
    const world = createWorld();
    world.fixtures();
    const config = world.config({ python: '/usr/bin/env' });
    const calls = [
      ...Array.from({ length: 8 }, (_, at) => call(at + 1, 'addon_info', { module: 'contact_nickname' })),
      call(9, 'oca_link', { module: 'contact_nickname' }),
      call(10, 'addon_search'),
      call(11, 'link_status'),
      call(12, 'oca_unlink', { modules: ['contact_nickname'] }),
    ];
    const { code, stdout, stderr } = await runCli(['serve', '--config', config], {
      input: initialize + calls.join(''),
      through: ['sh', '-c', 'ulimit -n "$0" && exec "$@"', String(limit)],
    });
    const answers = answersOf(stdout);
    // Node itself, or the program, may not even start.
    if (answers.length === 0) return expect(code).not.toBe(0);
    expect([code, answers.length]).toEqual([0, 13]);
    for (const { id, result } of answers) {
      if (id === 0) continue;
      const { status, code: refusal } = result.structuredContent;
      expect([limit, id, refusal]).toEqual([limit, id, status === 'refused' ? refusal : undefined]);
      expect(refusal).not.toBe('internal_error');
      expect(refusal).not.toBe('module_not_found');
    }
    expect(stderr).not.toMatch(/ at \S+ \(/);
  });
});
