import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createGate } from '../../src/policy/gate.ts';
import { createMemoryStore } from '../../src/policy/limiter/memory.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { createWorld } from '../support/world.ts';

const SEED = join(import.meta.dirname, 'policy-seed.json');

function policyOf(source: Parameters<typeof loadPolicy>[0]) {
  const loaded = loadPolicy(source);
  if ('problems' in loaded) throw new Error(loaded.problems.join('\n'));
  return loaded.policy;
}

function problemsOf(text: string): string[] {
  const path = createWorld().file('policy.json', text);
  const loaded = loadPolicy(path);
  return 'problems' in loaded ? loaded.problems.map((problem) => problem.replace(path, 'policy.json')) : [];
}

describe('the seed policy', () => {
  it('means ten calls a minute for each link tool', () => {
    expect([...policyOf(SEED).rules]).toEqual([
      [
        'oca_link',
        {
          allowed: true,
          hidden: false,
          reason: null,
          pointer: '/tools/oca_link',
          limits: [{ counter: 'oca_link_rate', max: 10, windowMs: 60_000 }],
        },
      ],
      [
        'ee_link',
        {
          allowed: true,
          hidden: false,
          reason: null,
          pointer: '/tools/ee_link',
          limits: [{ counter: 'ee_link_rate', max: 10, windowMs: 60_000 }],
        },
      ],
    ]);
  });

  it('counts each tool on its own and says when to come back', async () => {
    const clock = { now: 0 };
    const store = createMemoryStore(() => clock.now * 1000);
    const gate = createGate(policyOf(SEED), store, () => {});
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

  it('may give a limit in short', () => {
    const rules = policyOf({
      version: '1',
      default: 'deny',
      tools: { oca_link: { rate_limit: { max: 3, window: 5 } }, ee_link: { rate_limit: '2/hour' } },
    }).rules;
    expect(rules.get('oca_link')?.limits).toEqual([
      { counter: 'oca_link_rate_limit', max: 3, windowMs: 5000 },
    ]);
    expect(rules.get('ee_link')?.limits).toEqual([
      { counter: 'ee_link_rate_limit', max: 2, windowMs: 3_600_000 },
    ]);
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

  it('that is not configured allows every tool, ten calls a minute each', () => {
    const policy = policyOf(null);
    expect([...policy.rules.values()].map(({ allowed, limits }) => [allowed, limits[0]?.max])).toEqual([
      [true, 10],
      [true, 10],
    ]);
  });
});

describe('a policy that is not understood completely is refused', () => {
  it.each([
    ['{', 'policy.json:1:2: close brace expected'],
    ['', 'policy.json:1:1: the file is empty'],
    ['{"default": "deny"}', 'policy.json:1:1: /version is missing; it must be "1".'],
    ['{"version": "1"}', 'policy.json:1:1: /default is missing; it must be "allow" or "deny".'],
    [
      '{"version": "1", "default": "denny"}',
      'policy.json:1:18: /default must be "allow" or "deny". Did you mean "deny"?',
    ],
    [
      '{"version": "1", "default": "deny",\n  "tool": {}}',
      'policy.json:2:3: /tool is not known here. Did you mean "tools"?',
    ],
    [
      '{"version": "1", "default": "deny", "tools": {"oca_lnk": {}}}',
      'policy.json:1:47: /tools/oca_lnk is not known here. Did you mean "oca_link"?',
    ],
    [
      '{"version": "1", "default": "deny", "tools": {"oca_link": {"action": "alow"}}}',
      'policy.json:1:60: /tools/oca_link/action must be "allow" or "deny". Did you mean "allow"?',
    ],
    [
      '{"version": "1", "default": "deny", "tools": {"oca_link": {"limits": [{"counter": "c", "window": "minut", "max": 1}]}}}',
      'policy.json:1:88: /tools/oca_link/limits/0/window must be "second" or "minute" or "hour" or "day" or a number.',
    ],
    [
      '{"version": "1", "default": "deny", "tools": {"oca_link": {"limits": [{"counter": "c", "window": 1, "max": -1}]}}}',
      'policy.json:1:101: /tools/oca_link/limits/0/max is not valid: too small: expected number to be >=0.',
    ],
    [
      '{"version": "1", "default": "deny", "tools": {"oca_link": {"rate_limit": {"max": 1, "window": 1e300}}}}',
      'policy.json:1:85: /tools/oca_link/rate_limit/window is not valid: too big: expected number to be <=31536000.',
    ],
    [
      '{"version": "1", "default": "deny", "tools": {"oca_link": {"rate_limit": "ten a minute"}}}',
      'policy.json:1:60: /tools/oca_link/rate_limit is not valid: must look like "10/minute".',
    ],
  ])('%s', (text, expected) => {
    expect(problemsOf(text)).toEqual([expected]);
  });

  it('when one tool counts a call twice', () => {
    const limit = { counter: 'c', window: 'minute', max: 4 };
    const tools = { oca_link: { limits: [limit, limit] } };
    expect(problemsOf(JSON.stringify({ version: '1', default: 'deny', tools }))).toEqual([
      'policy.json: /tools/oca_link/limits/1: the counter "c" is there twice for one tool.',
    ]);
  });

  it('when one counter has two settings', () => {
    const limit = (max: number) => ({ limits: [{ counter: 'c', window: 'minute', max }] });
    const tools = { oca_link: limit(1), ee_link: limit(2) };
    expect(problemsOf(JSON.stringify({ version: '1', default: 'deny', tools }))).toEqual([
      'policy.json: /tools/ee_link/limits/0: the counter "c" has other settings elsewhere.',
    ]);
  });
});

describe('the seed in the tests', () => {
  it('is a policy a user can copy', () => {
    expect(JSON.parse(readFileSync(SEED, 'utf8'))).toMatchObject({ version: '1', default: 'deny' });
  });
});
