import { describe, expect, it } from 'vitest';
import { compileCondition } from '../../src/policy/conditions.ts';
import {
  describeAction,
  describeCondition,
  describeLimit,
  describeRule,
  describeWindow,
  toPlainPolicy,
} from '../../src/policy/describe.ts';
import type { PolicyLimit, ToolRule } from '../../src/policy/policy.ts';
import { policyOf } from './policies.ts';

const LIMIT: PolicyLimit = {
  counter: 'COUNTER',
  max: 10,
  windowMs: 60_000,
  scope: 'grant',
  cost: 'calls',
  mode: 'enforce',
  refund: true,
  isShared: false,
  pointer: '/p',
};
const limit = (more: Partial<PolicyLimit> = {}) => describeLimit({ ...LIMIT, ...more });
const allDifferent = (texts: readonly string[]) => expect(new Set(texts).size).toBe(texts.length);

describe('an action in words', () => {
  it('is one of four, and hidden before all', () => {
    const words = (['allow', 'deny', 'require_approval'] as const).map((action) =>
      describeAction({ action, hidden: false }),
    );
    allDifferent([...words, 'hidden']);
    expect(describeAction({ action: 'allow', hidden: true })).toBe('hidden');
    expect(describeAction({ action: 'deny', hidden: true })).toBe('hidden');
  });
});

describe('a window in words', () => {
  it.each([
    [1000, 'second'],
    [60_000, 'minute'],
    [3_600_000, 'hour'],
    [86_400_000, 'day'],
    [90_000, '90 s'],
    [1500, '1.5 s'],
    [7_200_000, '7200 s'],
  ])('of %i ms has %j in it', (ms, word) => expect(describeWindow(ms)).toContain(word));
});

describe('a limit in words', () => {
  it('has its number, what it counts, its window and its counter', () => {
    for (const part of ['10', 'calls', describeWindow(60_000), 'COUNTER']) expect(limit()).toContain(part);
    expect(limit({ cost: 'links' })).toContain('links');
    expect(limit({ counter: 'a\nb' })).not.toContain('\n');
  });

  it('counts one call, or one link, in the singular', () => {
    expect(limit({ max: 1 })).toMatch(/^1 call\b/);
    expect(limit({ max: 1, cost: 'links' })).toMatch(/^1 link\b/);
    expect(limit({ max: 0 })).toMatch(/^0 calls\b/);
  });

  it('says whose calls it counts, whether it refuses, and what is given back', () => {
    allDifferent([
      limit(),
      limit({ scope: 'session' }),
      limit({ scope: 'global' }),
      limit({ mode: 'observe' }),
      limit({ refund: false }),
      limit({ mode: 'observe', refund: false }),
    ]);
    // What is usual is not said.
    expect(limit().length).toBeLessThan(limit({ mode: 'observe' }).length);
    expect(limit().length).toBeLessThan(limit({ refund: false }).length);
  });
});

describe('a condition in words', () => {
  const words = (document: Parameters<typeof compileCondition>[0]) =>
    describeCondition(compileCondition(document, '/p'));

  it('has each operator in words of its own, and its values as JSON', () => {
    const operators = [
      { eq: 7 },
      { neq: 7 },
      { in: [7] },
      { not_in: [7] },
      { lt: 7 },
      { lte: 7 },
      { gt: 7 },
      { gte: 7 },
      { regex: '7' },
      { contains: '7' },
      { exists: true },
      { exists: false },
    ];
    const texts = operators.map((operator) => words({ 'args.x': operator }));
    allDifferent(texts);
    for (const text of texts) expect(text).toMatch(/^args\.x /);
    for (const text of texts.slice(0, 10)) expect(text).toContain('7');
    const [given, leftOut] = texts.slice(-2);
    expect([given?.includes('given'), leftOut?.includes('given')]).toEqual([true, false]);
    expect(words({ 'args.x': { in: ['a', 'b'] } })).toMatch(/"a", "b"$/);
  });

  it('has all of several operators, and of several arguments', () => {
    const text = words({ 'args.x': { exists: true, eq: 'a', neq: 'b' }, instance: { eq: 'c' } });
    for (const part of ['"a"', '"b"', '"c"', 'args.x', 'instance']) expect(text).toContain(part);
    expect(text.match(/args\.x/g)).toHaveLength(3);
    expect(words({ 'args.x': { eq: '\x1b' } })).not.toContain('\x1b');
  });
});

describe('a rule', () => {
  const condition = (pointer: string) => compileCondition({ instance: { eq: pointer } }, pointer);
  const RULE: ToolRule = {
    action: 'allow',
    hidden: false,
    reason: 'WHY\n',
    limits: [LIMIT],
    require: [condition('/a')],
    denyIf: [condition('/b'), condition('/c')],
    requireApproval: [condition('/d')],
    pointer: '/p',
  };

  it('has a line for the reason, each limit and each condition, with the word of the policy', () => {
    const lines = describeRule(RULE);
    expect(lines.map(([word]) => word)).toEqual([
      'reason',
      'limit',
      'require',
      'deny_if',
      'deny_if',
      'require_approval',
    ]);
    expect(lines[0]?.[1]).toContain('WHY');
    expect(lines[0]?.[1]).not.toContain('\n');
    expect(lines[1]?.[1]).toBe(limit());
    for (const [at, name] of ['/a', '/b', '/c', '/d'].entries()) expect(lines[at + 2]?.[1]).toContain(name);
    expect(
      describeRule({ ...RULE, reason: null, limits: [], require: [], denyIf: [], requireApproval: [] }),
    ).toEqual([]);
  });
});

describe('a policy as data', () => {
  it('says what it means, and not where the counts are kept', () => {
    const policy = policyOf({
      version: '1',
      default: 'deny',
      hide: ['ee_link'],
      approval_ttl: 90,
      approval_channel: 'elicit',
      limiter: { postgres: 'postgres://u:secret@h/d' },
      tools: {
        oca_link: {
          reason: 'WHY',
          limits: [{ counter: 'c', window: 90, max: 3 }],
          require: [{ instance: { eq: 'a' } }],
          deny_if: [{ 'args.module': { eq: 'b' }, series: { eq: '17.0' } }],
          require_approval: [{ instance: { neq: 'c' } }],
        },
      },
    });
    const plain = toPlainPolicy(policy);
    expect(plain).toMatchObject({
      policy: policy.hash,
      origin: 'the configuration',
      approval_ttl: 90,
      approval_channel: 'elicit',
      limiter: 'postgres',
    });
    expect(JSON.stringify(plain)).not.toContain('secret');
    expect(plain.tools.oca_link).toEqual({
      action: 'allow',
      hidden: false,
      reason: 'WHY',
      rule: '/tools/oca_link',
      limits: [
        {
          counter: 'c',
          max: 3,
          window: 90,
          scope: 'grant',
          cost: 'calls',
          mode: 'enforce',
          refund: true,
          rule: '/tools/oca_link/limits/0',
        },
      ],
      require: [{ rule: '/tools/oca_link/require/0', condition: { instance: { eq: 'a' } } }],
      deny_if: [
        {
          rule: '/tools/oca_link/deny_if/0',
          condition: { 'args.module': { eq: 'b' }, series: { eq: '17.0' } },
        },
      ],
      require_approval: [
        { rule: '/tools/oca_link/require_approval/0', condition: { instance: { neq: 'c' } } },
      ],
    });
    expect(plain.tools.ee_link).toMatchObject({ action: 'deny', hidden: true, rule: '/hide/0' });
    expect(toPlainPolicy(policyOf(null)).limiter).toBe('this host');
  });
});
