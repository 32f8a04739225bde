import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createGate } from '../../src/policy/gate.ts';
import { createMemoryStore } from '../../src/policy/limiter/memory.ts';
import { policyOf } from './policies.ts';

const SEED = join(import.meta.dirname, 'policy-seed.json');

describe('the seed policy', () => {
  it('counts each tool on its own and says when to come back', () => {
    const clock = { now: 0 };
    const gate = createGate(
      policyOf(SEED),
      createMemoryStore(() => clock.now),
    );
    for (let call = 0; call < 10; call++) {
      const entered = gate.enter('oca_link');
      expect('admission' in entered && entered.admission.limit).toEqual({
        counter: 'oca_link_rate',
        limit: 10,
        remaining: 9 - call,
        reset_ms: 60_000,
      });
      clock.now += 1000;
    }
    expect(gate.enter('oca_link')).toEqual({
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
    expect(gate.enter('ee_link')).toHaveProperty('admission');
    clock.now += 49_999;
    expect(gate.enter('oca_link')).toHaveProperty('denial');
    clock.now += 1;
    expect(gate.enter('oca_link')).toHaveProperty('admission');
  });
});

describe('a policy', () => {
  const gateOf = (source: Record<string, unknown>) => createGate(policyOf(source), createMemoryStore());

  it('that denies by default hides every tool it does not list', () => {
    const gate = gateOf({ version: '1', default: 'deny', tools: { ee_link: {} } });
    expect(gate.isListed('oca_link')).toBe(false);
    expect(gate.isListed('ee_link')).toBe(true);
    expect(gate.enter('oca_link')).toMatchObject({ denial: { code: 'policy_denied', rule: '/default' } });
  });

  it('gives its reason for a denial', () => {
    const gate = gateOf({
      version: '1',
      default: 'allow',
      tools: { ee_link: { action: 'deny', reason: 'no licence' } },
    });
    expect(gate.enter('ee_link')).toMatchObject({
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

  it('may share one counter between tools', () => {
    const limits = [{ counter: 'links', window: 'minute', max: 1, scope: 'grant' }];
    const gate = gateOf({
      version: '1',
      default: 'deny',
      tools: { oca_link: { limits }, ee_link: { limits } },
    });
    expect(gate.enter('oca_link')).toHaveProperty('admission');
    expect(gate.enter('ee_link')).toMatchObject({ denial: { code: 'rate_limited' } });
  });
});
