import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { verifyTrail } from '../../src/audit/verify.ts';
import { budgetKey, stdioCaller } from '../../src/gate/open-stores.ts';
import { readLines } from '../audit/entries.ts';
import { appendDenied, bytesIn } from '../limiter/denied.ts';
import { charge } from '../limiter/stores.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { createWorld } from '../support/world.ts';

const CALLS = 10_000;
/** So many are under way at a time. */
const AT_ONCE = 100;
/** The trail has so many lines of refusals a minute. */
const LINES = 60;
const DAY_MS = 86_400_000;

const LIMIT = { counter: 'linking', max: 1, window: 'day', scope: 'global' } as const;

/** A world with the modules a and b, and a server that lets one call of oca_link through, and none of ee_link. */
async function prepare(given: (stateDir: string) => Promise<unknown> = async () => {}) {
  const world = createWorld();
  for (const name of ['a', 'b']) world.module(`src/oca/web/${name}`);
  const tools = { oca_link: { limits: [LIMIT] }, ee_link: { action: 'deny' } };
  const config = world.config({}, { policy: { version: '1', default: 'allow', tools } });
  await given(world.at('state'));
  return { world, server: await startServer(['--config', config]) };
}

async function flood(server: TestServer): Promise<Map<string, number>> {
  const codes = new Map<string, number>();
  for (let first = 0; first < CALLS; first += AT_ONCE) {
    const calls = Array.from({ length: AT_ONCE }, (_, index) =>
      index % 2 === 0 ? server.call('oca_link', { module: 'a' }) : server.call('ee_link', { modules: ['a'] }),
    );
    for (const { data } of await Promise.all(calls)) codes.set(data.code, (codes.get(data.code) ?? 0) + 1);
  }
  return codes;
}

describe('ten thousand denied calls', () => {
  it('cost the limiter nothing and the trail some lines, and everything else has its line all the same', async () => {
    const { world, server } = await prepare();
    expect((await server.call('oca_link', { module: 'a' })).data).toMatchObject({ status: 'linked' });
    await server.call('oca_link', { module: 'a' });
    const journal = bytesIn(world.at('state/limits'));
    const start = performance.now();
    expect(Object.fromEntries(await flood(server))).toEqual({
      rate_limited: CALLS / 2,
      policy_denied: CALLS / 2,
    });
    expect(bytesIn(world.at('state/limits'))).toBe(journal);
    expect((await server.call('oca_unlink', { modules: ['a'] })).data).toMatchObject({ status: 'unlinked' });
    const minutes = Math.ceil((performance.now() - start) / 60_000);
    await server.close();

    const lines = readLines(world.at('state'));
    const denials = lines.filter((line) => line.kind === 'decision' && line.decision === 'deny').length;
    const omitted = lines.reduce((sum, line) => sum + (line.kind === 'omission' ? line.refusals : 0), 0);
    expect(denials + omitted).toBe(CALLS + 1);
    expect(denials).toBeLessThanOrEqual(LINES * (minutes + 1));
    expect(lines.filter((line) => line.kind === 'outcome').map(({ tool }) => tool)).toEqual([
      'oca_link',
      'oca_unlink',
    ]);
    expect(verifyTrail(world.at('state'))).toMatchObject({
      ok: true,
      value: { isSound: true, openCount: 0 },
    });
    expect(readdirSync(world.at('linked'))).toEqual([]);
  });
});

describe('a journal of a hundred thousand denied attempts', () => {
  it('is read by a server with its first call, and cleared away', async () => {
    const key = budgetKey(LIMIT, stdioCaller());
    const { world, server } = await prepare((stateDir) =>
      appendDenied(stateDir, charge(1, DAY_MS, { key }), 100_000),
    );
    expect((await server.call('oca_link', { module: 'a' })).data).toMatchObject({ code: 'rate_limited' });
    expect(readdirSync(world.at('linked'))).toEqual([]);
    expect(readdirSync(world.at('state/limits'))).toEqual(['2.journal']);
  });
});
