import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createGate } from '../../src/policy/gate.ts';
import { createMemoryStore } from '../../src/policy/limiter/memory.ts';
import { builtInPolicy } from '../../src/policy/policy.ts';
import { policyOf } from './policies.ts';

const SEED = join(import.meta.dirname, 'policy-seed.json');

describe('the seed policy', () => {
  it('counts each tool on its own and says when to come back', async () => {
    const clock = { now: 0 };
    const gate = createGate(
      policyOf(SEED),
      createMemoryStore(() => clock.now * 1000),
      () => {},
    );
    for (let call = 0; call < 10; call++) {
      const entered = await gate.enter('oca_link');
      expect('admission' in entered && entered.admission.limit).toEqual({
        counter: 'oca_link_rate',
        limit: 10,
        remaining: 9 - call,
        reset_ms: 60_000,
      });
      clock.now += 1000;
    }
    expect(await gate.enter('oca_link')).toEqual({
      denial: {
        code: 'rate_limited',
        message: 'Rate limit: 10 oca_link calls a minute. Try again in 50 s.',
        rule: '/tools/oca_link',
        reason: '10 oca_link calls a minute',
        policy: policyOf(SEED).hash,
        limit: 10,
        remaining: 0,
        retry_after_ms: 50_000,
      },
    });
    expect(await gate.enter('ee_link')).toHaveProperty('admission');
    clock.now += 49_999;
    expect(await gate.enter('oca_link')).toHaveProperty('denial');
    clock.now += 1;
    expect(await gate.enter('oca_link')).toHaveProperty('admission');
  });
});

describe('a policy', () => {
  const gateOf = (source: Record<string, unknown>) =>
    createGate(policyOf(source), createMemoryStore(), () => {});

  it('that denies by default hides every tool it does not list', async () => {
    const gate = gateOf({ version: '1', default: 'deny', tools: { ee_link: {} } });
    expect(gate.isListed('oca_link')).toBe(false);
    expect(gate.isListed('ee_link')).toBe(true);
    expect(await gate.enter('oca_link')).toMatchObject({
      denial: { code: 'policy_denied', rule: '/default' },
    });
  });

  it('gives its reason for a denial', async () => {
    const gate = gateOf({
      version: '1',
      default: 'allow',
      tools: { ee_link: { action: 'deny', reason: 'no licence' } },
    });
    expect(await gate.enter('ee_link')).toMatchObject({
      denial: {
        message: 'The policy denies ee_link: no licence.',
        reason: 'no licence',
        rule: '/tools/ee_link',
      },
    });
  });

  it('hides what it hides, and everything with "*"', () => {
    expect(gateOf({ version: '1', default: 'allow', hide: ['ee_link'] }).isHidden('ee_link')).toBe(true);
    expect(gateOf({ version: '1', default: 'allow', hide: ['*'] }).isListed('oca_link')).toBe(false);
  });

  it('may share one counter between tools', async () => {
    const limits = [{ counter: 'links', window: 'minute', max: 1, scope: 'grant' }];
    const gate = gateOf({
      version: '1',
      default: 'deny',
      tools: { oca_link: { limits }, ee_link: { limits } },
    });
    expect(await gate.enter('oca_link')).toHaveProperty('admission');
    expect(await gate.enter('ee_link')).toMatchObject({ denial: { code: 'rate_limited' } });
  });
});

async function enter(gate: ReturnType<typeof createGate>) {
  const entered = await gate.enter('oca_link');
  if ('admission' in entered) return entered.admission;
  throw new Error(`expected an admission, not ${JSON.stringify(entered)}`);
}

describe('the gate', () => {
  it('denies calls while the limiter cannot be used, and tells the operator alone why', async () => {
    const store = createMemoryStore();
    await store.close();
    const lines: string[] = [];
    const gate = createGate(builtInPolicy(), store, (line) => lines.push(line));
    expect(await gate.enter('oca_link')).toEqual({
      denial: {
        code: 'policy_denied',
        message: 'The policy denies oca_link: limiter unavailable.',
        rule: '/tools/oca_link',
        reason: 'limiter unavailable',
        policy: builtInPolicy().hash,
      },
    });
    expect(lines).toEqual(['limiter unavailable: the store is closed']);
  });

  it('gives a call back that is released, and not one that was committed', async () => {
    const gate = createGate(
      builtInPolicy(),
      createMemoryStore(() => 0),
      () => {},
    );
    const committed = await enter(gate);
    const released = await enter(gate);
    expect(released.limit).toMatchObject({ limit: 10, remaining: 8 });
    expect(await released.release()).toMatchObject({ remaining: 9 });
    await committed.commit();
    expect(await committed.release()).toMatchObject({ remaining: 9 });
  });

  it('does not say how a caller stands when the limiter has gone away meanwhile', async () => {
    const store = createMemoryStore();
    const admission = await enter(createGate(builtInPolicy(), store, () => {}));
    await store.close();
    expect(await admission.release()).toBeNull();
  });
});
