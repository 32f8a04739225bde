import { describe, expect, it } from 'vitest';
import { deniedOutright, evaluate, type Facts, isHidden, isListed } from '../../src/policy/evaluate.ts';
import type { Policy } from '../../src/policy/policy.ts';
import type { ArgumentKind } from '../../src/tool-arguments.ts';
import { TOOL_NAMES, type ToolName, toolEntry } from '../../src/tool-table.ts';
import fc from '../support/property.ts';
import { policyFor, policyOf } from './policies.ts';

const FACTS: Facts = { instance: 'prod', series: '17.0', targetDirs: ['/srv/odoo/linked'] };
const ARGS = { module: 'sale_x', with_dependencies: true, replace: false, dry_run: false };

const judge = (policy: Policy, args: unknown = ARGS, facts = FACTS) =>
  evaluate(policy, 'oca_link', args, facts);
const kindOf = (rule: Record<string, unknown>, args?: unknown, facts?: Facts) =>
  judge(policyFor(rule), args, facts).kind;

describe('a call', () => {
  it('is allowed with the limits that count it', () => {
    const limit = { counter: 'c', window: 'minute', max: 4 };
    expect(judge(policyFor({ limits: [limit] }))).toEqual({
      kind: 'allow',
      rule: '/tools/oca_link',
      limits: [expect.objectContaining({ counter: 'c', pointer: '/tools/oca_link/limits/0' })],
    });
  });

  it.each([
    ['the default', policyOf({ version: '1', default: 'deny' }), '/default', 'the tool is not allowed'],
    ['its action', policyFor({ action: 'deny', reason: 'no licence' }), '/tools/oca_link', 'no licence'],
    ['hide', policyFor({ reason: 'secret' }, { hide: ['*'] }), '/hide/0', 'no tool has this name'],
  ])('is denied by %s, whatever its arguments', (_, policy, rule, reason) => {
    const denied = { kind: 'deny', rule, reason, hint: null };
    expect(judge(policy)).toEqual(denied);
    expect(deniedOutright(policy, 'oca_link')).toEqual(denied);
  });

  it('is denied by the first deny_if it meets, then by the first requirement it misses', () => {
    const policy = policyFor({
      require: [{ series: { eq: '17.0' } }, { 'args.replace': { eq: false } }],
      deny_if: [{ 'args.module': { regex: '^l10n_' } }, { 'args.module': { contains: 'test' } }],
    });
    const ruleOf = (args: unknown, facts?: Facts) => judge(policy, args, facts);
    expect(ruleOf(ARGS)).toMatchObject({ kind: 'allow' });
    expect(ruleOf({ ...ARGS, module: ['sale', 'test_l10n'], replace: true })).toEqual({
      kind: 'deny',
      rule: '/tools/oca_link/deny_if/1',
      reason: 'not with this module',
      hint: null,
    });
    expect(ruleOf({ ...ARGS, replace: true })).toMatchObject({
      rule: '/tools/oca_link/require/1',
      reason: 'not with this replace',
    });
    expect(ruleOf(ARGS, { ...FACTS, series: '16.0' })).toMatchObject({ rule: '/tools/oca_link/require/0' });
    expect(deniedOutright(policy, 'oca_link')).toBe(null);
  });

  it('is denied with the reason the policy gives, and a hint when an argument is left out', () => {
    const require = [{ 'args.repo': { in: ['web', 'sale-workflow'] }, 'args.replace': { eq: false } }];
    expect(judge(policyFor({ require, reason: 'our repositories only' }))).toEqual({
      kind: 'deny',
      rule: '/tools/oca_link/require/0',
      reason: 'our repositories only',
      hint: 'Call again with repo: the policy must evaluate it.',
    });
    expect(judge(policyFor({ require }))).toMatchObject({ reason: 'not without repo' });
    expect(judge(policyFor({ require }), { ...ARGS, repo: 'x', replace: true })).toMatchObject({
      reason: 'not with this repo and replace',
      hint: null,
    });
  });

  it('waits for approval when the action or a condition says so, and nothing denies it', () => {
    expect(judge(policyFor({ action: 'require_approval' }))).toMatchObject({
      kind: 'approval',
      rule: '/tools/oca_link/action',
    });
    const policy = policyFor({
      rate_limit: '1/minute',
      require_approval: [{ 'args.replace': { eq: true } }, { 'args.module': { regex: '^account' } }],
      deny_if: [{ 'args.module': { eq: 'account_secret' } }],
    });
    expect(judge(policy)).toMatchObject({ kind: 'allow' });
    expect(judge(policy, { ...ARGS, module: ['sale', 'account_x'] })).toMatchObject({
      kind: 'approval',
      rule: '/tools/oca_link/require_approval/1',
      limits: [{ max: 1 }],
    });
    expect(judge(policy, { ...ARGS, module: 'account_secret' })).toMatchObject({ kind: 'deny' });
  });
});

describe('an argument that is left out', () => {
  it('fails a requirement, unless that is what is required', () => {
    expect(kindOf({ require: [{ 'args.repo': { neq: 'x' } }] })).toBe('deny');
    expect(kindOf({ require: [{ 'args.repo': { exists: true } }] })).toBe('deny');
    expect(kindOf({ require: [{ 'args.repo': { exists: false } }] })).toBe('allow');
  });

  it('could be anything to deny_if and require_approval, unless they ask whether it is given', () => {
    const named = [{ 'args.repo': { eq: 'x' } }];
    const given = [{ 'args.repo': { exists: true, eq: 'x' } }];
    expect(kindOf({ deny_if: named })).toBe('deny');
    expect(kindOf({ require_approval: named })).toBe('approval');
    expect(kindOf({ deny_if: given })).toBe('allow');
    expect(kindOf({ require_approval: given })).toBe('allow');
    expect(kindOf({ deny_if: given }, { ...ARGS, repo: 'x' })).toBe('deny');
    expect(kindOf({ deny_if: [{ 'args.repo': { exists: false } }] })).toBe('deny');
  });

  it('does not get around a rule about where the call goes: the facts stand for it', () => {
    const elsewhere = { ...FACTS, targetDirs: ['/srv/odoo/other'] };
    for (const path of ['args.instance', 'instance'])
      expect(kindOf({ deny_if: [{ [path]: { eq: 'prod' } }] }), path).toBe('deny');
    for (const path of ['args.branch', 'series'])
      expect(kindOf({ deny_if: [{ [path]: { eq: '17.0' } }] }), path).toBe('deny');
    const inside = { require: [{ 'args.target_dir': { in: ['/srv/odoo/linked'] } }] };
    expect(kindOf(inside)).toBe('allow');
    expect(kindOf(inside, ARGS, elsewhere)).toBe('deny');
    // Nor does naming it in another way.
    expect(kindOf(inside, { ...ARGS, target_dir: '/srv/odoo/linked' }, elsewhere)).toBe('deny');
  });

  it('may be all addons directories of the instance', () => {
    const policy = (rule: Record<string, unknown>) =>
      policyOf({ version: '1', default: 'deny', tools: { link_status: rule } });
    const facts = { ...FACTS, targetDirs: ['/srv/a', '/srv/b'] };
    const only = { 'args.target_dir': { eq: '/srv/a' } };
    expect(evaluate(policy({ require: [only] }), 'link_status', {}, facts).kind).toBe('deny');
    expect(evaluate(policy({ deny_if: [only] }), 'link_status', {}, facts).kind).toBe('deny');
  });
});

describe('a repository', () => {
  it.each([
    'web',
    'OCA/web',
    'oca/web/',
    '/srv/src/oca/web',
    'https://github.com/OCA/web.git',
    'git@github.com:OCA/web.git',
  ])('is judged by its folder name, written as %s', (repo) => {
    expect(kindOf({ deny_if: [{ 'args.repo': { eq: 'web' } }] }, { ...ARGS, repo })).toBe('deny');
    expect(kindOf({ deny_if: [{ 'args.repo': { eq: 'OCA' } }] }, { ...ARGS, repo })).toBe('allow');
    expect(kindOf({ require: [{ 'args.repo': { in: ['web'] } }] }, { ...ARGS, repo })).toBe('allow');
  });

  it.each<[string, object]>([
    ['eq', { eq: 'Web' }],
    ['in', { in: ['other', 'Web'] }],
    ['contains', { contains: 'We' }],
    ['regex', { regex: '^We\\w$' }],
  ])(
    'what denies repositories by %s does so in any case of letters, as hosts take them; what permits does not',
    (_, test) => {
      for (const repo of ['Web', 'web', 'WEB', 'OCA/weB']) {
        expect(kindOf({ deny_if: [{ 'args.repo': test }] }, { ...ARGS, repo })).toBe('deny');
        expect(kindOf({ require_approval: [{ 'args.repo': test }] }, { ...ARGS, repo })).toBe('approval');
      }
      expect(kindOf({ require: [{ 'args.repo': test }] }, { ...ARGS, repo: 'WEB' })).toBe('deny');
      expect(kindOf({ require: [{ 'args.repo': test }] }, { ...ARGS, repo: 'Web' })).toBe('allow');
      expect(kindOf({ deny_if: [{ 'args.repo': { neq: 'web' } }] }, { ...ARGS, repo: 'WEB' })).toBe('deny');
    },
  );
});

describe('the family', () => {
  const deny = policyFor({ deny_if: [{ family: { eq: 'own' } }] });
  const require = policyFor({ require: [{ family: { in: ['oca'] } }] });
  const approve = policyFor({ require_approval: [{ family: { eq: 'own' } }] });
  it.each<[string, readonly string[] | undefined, string[]]>([
    ['waits until the modules are found', undefined, ['allow', 'allow', 'allow']],
    ['is that of what is found', ['oca'], ['allow', 'allow', 'allow']],
    ['decides by any module', ['oca', 'own'], ['deny', 'deny', 'approval']],
    ['that is not known helps nobody', [], ['deny', 'deny', 'approval']],
  ])('%s', (_, family, expected) => {
    const facts = { ...FACTS, ...(family !== undefined && { found: { family } }) };
    const kinds = [deny, require, approve].map(
      (policy) => evaluate(policy, 'oca_link', { module: 'a' }, facts).kind,
    );
    expect(kinds).toEqual(expected);
  });
});

describe('a tool', () => {
  it('is listed when some call of it could be allowed', () => {
    const listed = (rule: Record<string, unknown>, rest?: Record<string, unknown>) =>
      isListed(policyFor(rule, rest), 'oca_link');
    const never = { counter: 'c', window: 'minute', max: 0 };
    expect(listed({})).toBe(true);
    expect(listed({ action: 'require_approval' })).toBe(true);
    expect(listed({ deny_if: [{ 'args.module': { regex: '.' } }] })).toBe(true);
    expect(listed({ action: 'deny' })).toBe(false);
    expect(listed({}, { hide: ['oca_link'] })).toBe(false);
    expect(listed({ limits: [never] })).toBe(false);
    expect(listed({}, { all_tools: { limits: [never] } })).toBe(false);
    expect(listed({ limits: [{ ...never, mode: 'observe' }] })).toBe(true);
    expect(listed({ limits: [{ ...never, cost: 'links' }] })).toBe(true);
    expect(isListed(policyFor({}), 'ee_link')).toBe(false);
  });

  it('is hidden only by `hide`', () => {
    expect(isHidden(policyFor({ action: 'deny' }), 'oca_link')).toBe(false);
    expect(isHidden(policyFor({}, { hide: ['oca_link'] }), 'oca_link')).toBe(true);
  });
});

describe('whatever the arguments are', () => {
  const wordsOf = (kind: ArgumentKind): readonly string[] => {
    if (typeof kind !== 'string') return kind;
    return kind === 'path' ? ['/a', '/b'] : ['sale', 'l10n_be', 'web'];
  };
  const someValue = (kind: ArgumentKind): fc.Arbitrary<unknown> => {
    if (kind === 'number') return fc.integer({ min: 1, max: 100 });
    return kind === 'flag' ? fc.boolean() : fc.constantFrom(...wordsOf(kind));
  };
  /** Arguments as the tool takes them, some of them lists; or any JSON, as a whole or in the place of one. */
  const argsOf = (tool: ToolName) => {
    const values = Object.entries(toolEntry(tool).args).map(([name, { kind }]) => {
      const value = someValue(kind);
      const odd = fc.oneof(fc.array(fc.oneof(value, fc.jsonValue())), fc.jsonValue());
      return [name, fc.oneof({ arbitrary: value, weight: 8 }, fc.array(value), odd)] as const;
    });
    const whole = fc.record(Object.fromEntries(values));
    const some = fc.record(
      { ...Object.fromEntries(values), ['__proto__']: fc.jsonValue() },
      { requiredKeys: [] },
    );
    return fc.oneof({ arbitrary: whole, weight: 8 }, some, fc.jsonValue());
  };
  const facts = fc.record({
    instance: fc.constantFrom('sale', 'test'),
    series: fc.constantFrom('16.0', '17.0'),
    targetDirs: fc.array(fc.constantFrom('/a', '/b'), { minLength: 1 }),
  });
  const operatorsOf = (name: string, kind: ArgumentKind) => {
    const value = someValue(kind);
    const values = fc.array(value, { minLength: 1, maxLength: 3 });
    const text = { regex: fc.constantFrom('^l10n_', 'a', '(a+)+$'), contains: fc.constantFrom('a', 'l') };
    const order = { lt: value, lte: value, gt: value, gte: value };
    const more = kind === 'number' ? order : kind === 'flag' ? {} : text;
    const given = { eq: value, neq: value, in: values, not_in: values, ...more, exists: fc.constant(true) };
    const operators = fc
      .subarray(Object.entries(given), { minLength: 1, maxLength: 2 })
      .chain((some) => fc.record(Object.fromEntries(some)));
    return fc
      .oneof({ arbitrary: operators, weight: 8 }, fc.constant({ exists: false }))
      .map((all) => [name, all] as const);
  };
  const conditionOf = (name: ToolName) => {
    const paths = Object.entries(toolEntry(name).args).map(([key, { kind }]) =>
      operatorsOf(`args.${key}`, kind),
    );
    const one = fc.oneof(...paths, operatorsOf('instance', 'text'), operatorsOf('series', ['16.0', '17.0']));
    return fc.array(one, { minLength: 1, maxLength: 2 }).map((parts) => Object.fromEntries(parts));
  };
  const ruleFor = (name: ToolName) => {
    const conditions = fc.array(conditionOf(name), { minLength: 1, maxLength: 2 });
    return fc.oneof(
      fc.record({ require: conditions }),
      fc.record({ deny_if: conditions }),
      fc.record({ action: fc.constantFrom('allow', 'require_approval') }),
      fc.record({ require: conditions, deny_if: conditions }),
    );
  };
  const scene = fc.constantFrom(...TOOL_NAMES).chain((name) =>
    fc.record({
      name: fc.constant(name),
      rule: ruleFor(name),
      more: conditionOf(name),
      args: argsOf(name),
      facts,
    }),
  );
  const decide = (
    { name, args, facts }: { name: ToolName; args: unknown; facts: Facts },
    rule: Record<string, unknown>,
  ) => evaluate(policyOf({ version: '1', default: 'deny', tools: { [name]: rule } }), name, args, facts);
  const RANK = { deny: 0, approval: 1, allow: 2 };
  type Rule = { require?: unknown[]; deny_if?: unknown[] } & Record<string, unknown>;

  it('there is a decision, the same each time', () => {
    fc.assert(
      fc.property(scene, (given) => {
        const decision = decide(given, given.rule);
        expect(Object.keys(RANK)).toContain(decision.kind);
        expect(decide(given, given.rule)).toEqual(decision);
      }),
      { numRuns: 500 },
    );
  });

  it.each(['deny_if', 'require', 'require_approval'] as const)('one more %s never allows more', (key) => {
    fc.assert(
      fc.property(scene, (given) => {
        const { action: _, ...rule } = given.rule as Rule;
        const before = decide(given, rule);
        const after = decide(given, { ...rule, [key]: [...((rule[key] as unknown[]) ?? []), given.more] });
        expect(RANK[after.kind]).toBeLessThanOrEqual(RANK[before.kind]);
      }),
      { numRuns: 500 },
    );
  });

  it('a denial wins over an approval', () => {
    fc.assert(
      fc.property(scene, (given) => {
        const { action: _, ...rule } = given.rule as Rule;
        const plain = decide(given, rule);
        const asking = decide(given, { ...rule, action: 'require_approval' });
        expect(asking.kind).toBe(plain.kind === 'deny' ? 'deny' : 'approval');
      }),
      { numRuns: 500 },
    );
  });

  it('one more element in a list never allows more', () => {
    const policy = policyFor({
      require: [{ 'args.module': { regex: '^[a-z]+$' } }],
      deny_if: [{ 'args.module': { in: ['a', 'b'] } }],
      require_approval: [{ 'args.module': { contains: 'c' } }],
    });
    const names = fc.array(
      fc.oneof(fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd', '1') }), fc.jsonValue()),
      {
        minLength: 1,
      },
    );
    fc.assert(
      fc.property(names, fc.jsonValue(), (module, one) => {
        const before = judge(policy, { module });
        const after = judge(policy, { module: [...module, one] });
        expect(RANK[after.kind]).toBeLessThanOrEqual(RANK[before.kind]);
      }),
    );
  });

  it('a module by itself is a list of one', () => {
    const policy = policyFor({ deny_if: [{ 'args.module': { regex: '^l' } }] });
    fc.assert(
      fc.property(fc.string(), (module) => {
        expect(judge(policy, { module })).toEqual(judge(policy, { module: [module] }));
      }),
    );
  });
});
