import { describe, expect, it } from 'vitest';
import { denied, describeBudget, rateLimited } from '../../src/gate/denial.ts';
import type { Standing } from '../../src/limiter/store.ts';
import type { PolicyLimit } from '../../src/policy/policy.ts';

const LIMIT: PolicyLimit = {
  counter: 'c',
  max: 10,
  windowMs: 60_000,
  scope: 'grant',
  cost: 'calls',
  mode: 'enforce',
  refund: true,
  isShared: false,
  pointer: '/tools/oca_link/limits/0',
};

function standing(retryAfterMs: number, limit: Partial<PolicyLimit> = {}, amount = 1) {
  const given = { ...LIMIT, ...limit };
  const charge = { limit: given, key: 'k', amount, mode: 'enforce' };
  return {
    fits: false,
    remaining: 3,
    resetMs: 9000,
    retryAfterMs,
    charge,
    limit: given,
  } as unknown as Standing & {
    limit: PolicyLimit;
  };
}

describe('a denial by a rule', () => {
  it('names the rule, the reason and the policy, and has a hint where there is one', () => {
    const rule = { rule: '/default', reason: 'WHY', hint: null };
    const plain = denied('oca_link', rule, 'abc');
    expect(plain).toMatchObject({ code: 'policy_denied', rule: '/default', reason: 'WHY', policy: 'abc' });
    expect(plain.message).toContain('WHY');
    expect(plain.message).toContain('oca_link');
    expect('hint' in plain).toBe(false);
    expect(denied('oca_link', { ...rule, hint: 'HINT' }, 'abc').hint).toBe('HINT');
  });
});

describe('a denial by limits', () => {
  it('tells of the one that takes longest, the first of those alike', () => {
    const told = (...times: number[]) =>
      rateLimited(
        'oca_link',
        times.map((ms, at) => standing(ms, { pointer: `/${at}` })),
        'abc',
      ).rule;
    expect(['/0', '/1', '/2', '/0']).toEqual([told(5), told(5, 9, 7), told(1, 2, 3), told(5, 5)]);
    expect(told(5, Number.POSITIVE_INFINITY, 9)).toBe('/1');
  });

  it.each([
    [1, 1, 1],
    [999.2, 1000, 1],
    [1000, 1000, 1],
    [1000.5, 1001, 2],
    [59_001, 59_001, 60],
  ])('says when to try again, rounded up: %d ms', (ms, expected, seconds) => {
    const denial = rateLimited('oca_link', [standing(ms)], 'abc');
    expect(denial).toMatchObject({
      code: 'rate_limited',
      rule: LIMIT.pointer,
      policy: 'abc',
      limit: 10,
      remaining: 3,
      retry_after_ms: expected,
    });
    expect(denial.message).toMatch(new RegExp(`\\b${seconds} s\\b`));
    expect(denial.reason).toBe(describeBudget(LIMIT, 'oca_link'));
  });

  it('says no time where it never fits', () => {
    const never = rateLimited('oca_link', [standing(Number.POSITIVE_INFINITY, { cost: 'links' }, 42)], 'abc');
    expect('retry_after_ms' in never).toBe(false);
    expect(never.message).toContain('42');
    const call = rateLimited('oca_link', [standing(Number.POSITIVE_INFINITY, {}, 42)], 'abc');
    expect(call.message).not.toContain('42');
    expect(call).toMatchObject({ code: 'rate_limited', limit: 10, remaining: 3 });
  });
});

describe('a budget in words', () => {
  it.each<[Partial<PolicyLimit>, string]>([
    [{}, '10 oca_link calls a minute'],
    [{ cost: 'links' }, '10 links a minute by oca_link'],
    [{ isShared: true }, '10 calls a minute by all tools'],
    [{ isShared: true, cost: 'links', windowMs: 3_600_000 }, '10 links an hour by all tools'],
  ])('%j is told by its number, what is counted, and by whom', (limit, words) => {
    const text = describeBudget({ ...LIMIT, ...limit }, 'oca_link');
    for (const word of words
      .split(' ')
      .filter((part) => /^(\d+|oca_link|calls|links|minute|hour|all)$/.test(part)))
      expect(text).toContain(word);
    expect(text.includes('oca_link')).toBe(limit.isShared !== true);
  });
});
