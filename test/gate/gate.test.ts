import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Approvals } from '../../src/approvals/approvals.ts';
import type { Gate } from '../../src/gate/gate.ts';
import type { LimiterStore } from '../../src/limiter/store.ts';
import { createMemoryStore } from '../../src/limiter/stores/memory.ts';
import type { LinkPlan } from '../../src/links/plan-links.ts';
import type { loadPolicy } from '../../src/policy/load.ts';
import { builtInPolicy } from '../../src/policy/policy.ts';
import type { ToolName } from '../../src/tool-table.ts';
import { gateOf, policyOf, sourceOf } from '../policy/policies.ts';
import { ANY_STATE } from '../support/batch.ts';
import { createWorld } from '../support/world.ts';

const SEED = join(import.meta.dirname, '../policy/policy-seed.json');
const FACTS = { instance: 'prod', series: '17.0', targetDirs: ['/srv/linked'] };

/** A gate for calls that go the same place. */
function entering(source: Parameters<typeof loadPolicy>[0], parts: Parameters<typeof gateOf>[1] = {}) {
  const gate = gateOf(source, parts);
  const enter = (tool: ToolName = 'oca_link', args: Record<string, unknown> = { module: 'a' }) =>
    gate.enter(tool, args, FACTS, async () => 'unable');
  return { gate, enter };
}

async function admitted(entered: ReturnType<Gate['enter']>) {
  const found = await entered;
  if (found.ok) return found.value;
  throw new Error(`expected an admission, not ${JSON.stringify(found)}`);
}

/** A link of a plan; its folder lies in these repositories, the innermost first. */
function link(module: string, action: 'create' | 'keep', repos = ['web'], folder = module) {
  const repositories = repos.map((name) => ({ name }));
  const source = { path: `/srv/oca/${repos[0]}/${folder}`, repository: repositories[0], repositories };
  return { module, action, source, state: ANY_STATE, target: source.path, previous: null };
}

function planWith(...links: ReturnType<typeof link>[]): LinkPlan {
  return { dir: { path: '/srv/linked' }, links, removals: [] } as unknown as LinkPlan;
}

/** A plan that makes links of these names, and keeps one more. */
function planOf(...names: string[]): LinkPlan {
  return planWith(...names.map((name) => link(name, 'create')), link('kept', 'keep'));
}

describe('the seed policy', () => {
  it('counts each tool on its own and says when to come back', async () => {
    const clock = { now: 0 };
    const { enter } = entering(SEED, { store: createMemoryStore(() => clock.now * 1000) });
    for (let call = 0; call < 10; call++) {
      expect(await (await admitted(enter())).commit()).toEqual({
        counter: 'oca_link_rate',
        limit: 10,
        remaining: 9 - call,
        reset_ms: 60_000,
      });
      clock.now += 1000;
    }
    expect(await enter()).toEqual({
      ok: false,
      refusal: {
        code: 'rate_limited',
        message: 'Rate limit: 10 oca_link calls a minute. Try again in 50 s.',
        rule: '/tools/oca_link/limits/0',
        reason: '10 oca_link calls a minute',
        policy: policyOf(SEED).hash,
        limit: 10,
        remaining: 0,
        retry_after_ms: 50_000,
      },
    });
    expect(await enter('ee_link', { modules: ['a'] })).toHaveProperty('ok', true);
    clock.now += 49_999;
    expect(await enter()).toHaveProperty('ok', false);
    clock.now += 1;
    expect(await enter()).toHaveProperty('ok', true);
  });
});

describe('a policy', () => {
  it('that denies by default hides every tool it does not list', async () => {
    const { gate, enter } = entering({ version: '1', default: 'deny', tools: { ee_link: {} } });
    expect(gate.isListed('oca_link')).toBe(false);
    expect(gate.isListed('ee_link')).toBe(true);
    const denial = { code: 'policy_denied', rule: '/default' };
    expect(gate.deniedOutright('oca_link')).toMatchObject(denial);
    expect(await enter()).toMatchObject({ refusal: denial });
  });

  it('gives its reason for a denial', async () => {
    const tools = { ee_link: { action: 'deny', reason: 'no licence' } };
    const { enter } = entering({ version: '1', default: 'allow', tools });
    expect(await enter('ee_link', { modules: ['a'] })).toMatchObject({
      refusal: {
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

  it('is asked anew with each call, and counts survive its change', async () => {
    const limited = (max: number) =>
      policyOf({ version: '1', default: 'deny', tools: { oca_link: { rate_limit: { max, window: 60 } } } });
    let current = limited(2);
    const { gate, enter } = entering(null, { source: sourceOf(() => current) });
    expect(await enter()).toHaveProperty('ok', true);
    expect(await enter()).toHaveProperty('ok', true);
    expect(await enter()).toMatchObject({ refusal: { code: 'rate_limited', limit: 2 } });
    current = limited(3);
    expect(await enter()).toHaveProperty('ok', true);
    expect(await enter()).toMatchObject({ refusal: { code: 'rate_limited', limit: 3 } });
    current = policyOf({ version: '1', default: 'deny' });
    expect(gate.isListed('oca_link')).toBe(false);
  });

  it('leaves only a tool open that it neither restricts nor counts', () => {
    const isOpen = (rule: Record<string, unknown>) =>
      gateOf({ version: '1', default: 'deny', tools: { addon_search: rule } }).isOpen('addon_search');
    expect(isOpen({})).toBe(true);
    expect(isOpen({ action: 'deny' })).toBe(false);
    expect(isOpen({ rate_limit: '9/day' })).toBe(false);
    expect(isOpen({ deny_if: [{ 'args.repo': { eq: 'web' } }] })).toBe(false);
  });
});

describe('a condition on names', () => {
  const tools = {
    oca_link: { deny_if: [{ 'args.module': { regex: '^l10n_' } }], reason: 'no localization' },
  };
  const policy = { version: '1', default: 'deny', tools };

  it('is judged on what the call names', async () => {
    const { enter } = entering(policy);
    expect(await enter('oca_link', { module: 'web_a' })).toHaveProperty('ok', true);
    expect(await enter('oca_link', { module: ['web_a', 'l10n_at'] })).toMatchObject({
      refusal: { code: 'policy_denied', rule: '/tools/oca_link/deny_if/0', reason: 'no localization' },
    });
  });

  it('holds for everything that is linked along', async () => {
    const { enter } = entering(policy);
    const admission = await admitted(enter('oca_link', { module: 'web_a' }));
    for (const judge of [
      (plan: LinkPlan) => admission.review(plan, true),
      (plan: LinkPlan) => admission.begin(plan),
    ]) {
      expect(await judge(planOf('web_a', 'web_b'))).toMatchObject({ ok: true });
      expect(await judge(planOf('web_a', 'l10n_base'))).toMatchObject({
        ok: false,
        refusal: {
          code: 'policy_denied',
          rule: '/tools/oca_link/deny_if/0',
          hint: 'The call would change more than it names: l10n_base.',
        },
      });
    }
  });

  it('holds for a folder that a symlink gives another name', async () => {
    const { enter } = entering(policy);
    const admission = await admitted(enter('oca_link', { module: 'web_a' }));
    const plan = planWith(link('web_a', 'create', ['web'], 'l10n_at'));
    for (const judge of [
      (plan: LinkPlan) => admission.review(plan, true),
      (plan: LinkPlan) => admission.begin(plan),
    ]) {
      expect(await judge(plan)).toMatchObject({
        ok: false,
        refusal: { hint: 'The call would link folders with other names: l10n_at.' },
      });
    }
  });
});

describe('a condition on repositories', () => {
  const rules = {
    deny_if: { deny_if: [{ 'args.repo': { exists: true, eq: 'evil' } }] },
    require: { require: [{ 'args.repo': { in: ['web', 'crm'] } }] },
  };
  const enterWith = (rule: keyof typeof rules, args: Record<string, unknown> = { module: 'a' }) =>
    admitted(
      entering({ version: '1', default: 'deny', tools: { oca_link: rules[rule] } }).enter('oca_link', args),
    );
  const denied = (rule: string) => ({
    ok: false,
    refusal: {
      code: 'policy_denied',
      rule: `/tools/oca_link/${rule}/0`,
      reason: 'not with this repo',
      hint: expect.stringMatching(
        /^The call would (take modules from: .*evil|change more than it names: b)\.$/,
      ),
    },
  });

  it('is judged by where modules were found, whether or not the call names a repository', async () => {
    for (const [rule, args] of [
      ['deny_if', { module: 'a' }],
      ['deny_if', { module: 'a', repo: 'web' }],
      ['require', { module: 'a', repo: 'web' }],
    ] as const) {
      const admission = await enterWith(rule, args);
      for (const judge of [
        (plan: LinkPlan) => admission.review(plan, true),
        (plan: LinkPlan) => admission.begin(plan),
      ]) {
        expect(await judge(planOf('a'))).toMatchObject({ ok: true });
        expect(await judge(planWith(link('a', 'create', ['evil'])))).toMatchObject(denied(rule));
      }
    }
  });

  it('holds for what is linked along, for what is kept, and for a repository around another', async () => {
    for (const rule of ['deny_if', 'require'] as const) {
      const admission = await enterWith(rule, { module: 'a', repo: 'web' });
      for (const other of [
        link('b', 'create', ['evil']),
        link('b', 'keep', ['evil']),
        link('b', 'create', ['web', 'evil']),
      ]) {
        const plan = planWith(link('a', 'create'), other);
        expect(await admission.review(plan, false)).toMatchObject(denied(rule));
      }
    }
  });

  it('may ask whether the caller named one: what was found does not answer that', async () => {
    const policy = (exists: boolean) => {
      const tools = { oca_link: { require: [{ 'args.repo': { exists } }] } };
      return entering({ version: '1', default: 'deny', tools });
    };
    const without = await admitted(policy(false).enter());
    expect(await without.begin(planOf('a'))).toMatchObject({ ok: true });
    const given = await admitted(policy(true).enter('oca_link', { module: 'a', repo: 'web' }));
    expect(await given.begin(planOf('a'))).toMatchObject({ ok: true });
    expect(await policy(true).enter()).toHaveProperty('ok', false);
  });

  it('is judged by what a call that only reads has found', async () => {
    const tools = {
      addon_info: { ...rules.deny_if, require: [{ 'args.family': { exists: true, neq: 'ee' } }] },
    };
    const { enter } = entering({ version: '1', default: 'deny', tools });
    const admission = await admitted(enter('addon_info', { module: 'a', family: 'oca' }));
    expect(admission.evaluateFound({ module: ['a'], family: 'oca', repo: ['web'] })).toBeNull();
    expect(admission.evaluateFound({ module: ['a'], family: 'ee', repo: ['web'] })).toMatchObject({
      code: 'policy_denied',
      reason: 'not with this family',
    });
    expect(admission.evaluateFound({ module: ['a'], family: 'oca', repo: ['evil'] })).toMatchObject({
      code: 'policy_denied',
      reason: 'not with this repo',
    });
  });

  it('that asks for an approval does not let a reading call tell what it did not name', async () => {
    const require_approval = [{ 'args.repo': { exists: true, eq: 'evil' } }];
    const { enter } = entering({
      version: '1',
      default: 'deny',
      tools: { addon_info: { require_approval } },
    });
    const unnamed = await admitted(enter('addon_info', { module: 'a' }));
    expect(unnamed.evaluateFound({ repo: ['web'] })).toBeNull();
    expect(unnamed.evaluateFound({ repo: ['evil'] })).toMatchObject({
      code: 'policy_denied',
      rule: '/tools/addon_info/require_approval/0',
    });
    const named = await admitted(enter('addon_info', { module: 'a', repo: 'evil' }));
    expect(named.evaluateFound({ repo: ['evil'] })).toBeNull();
  });
});

describe('what a call has found in another instance', () => {
  const found = { module: ['a'], family: 'oca', repo: ['web'] };
  const other = { instance: 'test', series: '16.0', targetDirs: ['/srv/other'] };
  const judge = async (rule: object, tool: ToolName = 'addon_info') => {
    const { enter } = entering({ version: '1', default: 'allow', tools: { addon_info: rule } });
    return (await admitted(enter(tool, { module: 'a' }))).evaluateElsewhere(found, other);
  };

  it.each<[string, object, string | null]>([
    ['is told', {}, null],
    [
      'is not, of a denied instance',
      { deny_if: [{ 'args.instance': { eq: 'test' } }] },
      '/tools/addon_info/deny_if/0',
    ],
    ['is, of another', { deny_if: [{ 'args.instance': { eq: 'third' } }] }, null],
    ['is not, of a denied series', { deny_if: [{ series: { eq: '16.0' } }] }, '/tools/addon_info/deny_if/0'],
    [
      'is not, of a denied module',
      { deny_if: [{ 'args.module': { eq: 'a' }, instance: { eq: 'test' } }] },
      '/tools/addon_info/deny_if/0',
    ],
    [
      'is not, of a denied family',
      { deny_if: [{ 'args.family': { eq: 'oca' }, instance: { eq: 'test' } }] },
      '/tools/addon_info/deny_if/0',
    ],
    [
      'is not, of a denied repository',
      { deny_if: [{ 'args.repo': { eq: 'web' }, instance: { eq: 'test' } }] },
      '/tools/addon_info/deny_if/0',
    ],
    [
      'is not, where that needs approval',
      { require_approval: [{ instance: { eq: 'test' } }] },
      '/tools/addon_info/require_approval/0',
    ],
  ])('%s', async (_, rule, pointer) => {
    const denial = await judge(rule);
    expect(denial?.rule ?? null).toBe(pointer);
    expect(denial?.code ?? 'policy_denied').toBe('policy_denied');
    // Whatever tool was called, it tells what addon_info there would tell.
    expect((await judge(rule, 'oca_link'))?.rule ?? null).toBe(pointer);
  });

  it('is not told where addon_info is denied', async () => {
    expect((await judge({ action: 'deny' }, 'oca_link'))?.rule).toBe('/tools/addon_info');
  });
});

describe('a limit', () => {
  const policyWith = (...limits: Record<string, unknown>[]) => ({
    version: '1',
    default: 'deny',
    tools: {
      oca_link: { limits: limits.map((limit) => ({ counter: 'c', window: 'minute', max: 1, ...limit })) },
      ee_link: { limits: [] as unknown[] },
    },
  });

  it('may be shared by tools', async () => {
    const policy = policyWith({});
    policy.tools.ee_link = policy.tools.oca_link;
    const { enter } = entering(policy);
    expect(await enter()).toHaveProperty('ok', true);
    expect(await enter('ee_link', { modules: ['a'] })).toMatchObject({ refusal: { code: 'rate_limited' } });
  });

  it('of links counts those that are made, when the plan is carried out', async () => {
    const { enter } = entering(policyWith({ cost: 'links', max: 3 }));
    const first = await admitted(enter());
    expect(await first.begin(planOf('a', 'b'))).toMatchObject({ ok: true });
    expect(await first.commit()).toMatchObject({ limit: 3, remaining: 1 });
    const second = await admitted(enter());
    expect(await second.begin(planOf('c', 'd'))).toMatchObject({
      ok: false,
      refusal: { code: 'rate_limited', reason: '3 links a minute by oca_link', remaining: 1 },
    });
    expect(await second.release()).toMatchObject({ remaining: 1 });
    const third = await admitted(enter());
    expect(await third.begin(planOf('a', 'b', 'c', 'd'))).toMatchObject({
      refusal: { message: 'Rate limit: 3 links a minute by oca_link; it never admits 4 at once.' },
    });
  });

  it('that refuses the links gives back the call', async () => {
    const { enter } = entering(policyWith({ max: 2 }, { counter: 'l', cost: 'links', max: 1 }));
    for (let attempt = 0; attempt < 5; attempt++) {
      const admission = await admitted(enter());
      expect(await admission.begin(planOf('a', 'b'))).toMatchObject({ ok: false });
      await admission.release();
    }
    const admission = await admitted(enter());
    expect(await admission.begin(planOf('a'))).toMatchObject({ ok: true });
    expect(await admission.commit()).toMatchObject({ counter: 'l', remaining: 0 });
  });

  it('without a refund keeps what a call took that changed nothing', async () => {
    const { enter } = entering(policyWith({ max: 2, refund: false }, { counter: 'other', max: 5 }));
    expect(await (await admitted(enter())).release()).toMatchObject({ counter: 'c', remaining: 1 });
    expect(await (await admitted(enter())).release()).toMatchObject({ counter: 'c', remaining: 0 });
    expect(await enter()).toMatchObject({ refusal: { rule: '/tools/oca_link/limits/0' } });
  });

  it('that refuses takes nothing from the others, with or without a refund', async () => {
    const { enter } = entering(
      policyWith(
        {},
        { counter: 'kept', max: 9, refund: false },
        { counter: 'session', scope: 'session', max: 9 },
      ),
    );
    await admitted(enter());
    for (let attempt = 0; attempt < 20; attempt++) expect(await enter()).toHaveProperty('ok', false);
  });

  it('tells the longest wait of several', async () => {
    const { enter } = entering(
      policyWith({ refund: true }, { counter: 'kept', window: 'hour', refund: false }),
      { store: createMemoryStore(() => 0) },
    );
    await admitted(enter());
    expect(await enter()).toMatchObject({
      refusal: { rule: '/tools/oca_link/limits/1', retry_after_ms: 3_600_000 },
    });
  });

  it('that only observes is logged, and never refuses', async () => {
    const lines: string[] = [];
    const { enter } = entering(policyWith({ mode: 'observe' }), { log: (line) => lines.push(line) });
    expect(await (await admitted(enter())).commit()).toBeNull();
    expect(lines).toEqual([]);
    await admitted(enter());
    expect(lines).toEqual([
      '/tools/oca_link/limits/0 would refuse oca_link if it were enforced: 1 oca_link calls a minute',
    ]);
  });

  it('is one budget for a principal, for a session, or for everybody, as its scope says', async () => {
    const store = createMemoryStore();
    const counts = async (scope: string, other: { principal: string; session: string }) => {
      const policy = policyWith({ counter: scope, scope });
      await admitted(entering(policy, { store, caller: { principal: 'p', session: 's' } }).enter());
      return !(await entering(policy, { store, caller: other }).enter()).ok;
    };
    expect(await counts('grant', { principal: 'other', session: 's' })).toBe(false);
    expect(await counts('session', { principal: 'p', session: 'other' })).toBe(false);
    expect(await counts('global', { principal: 'other', session: 'other' })).toBe(true);
  });
});

describe('a call that is about to change something', () => {
  const LIMITED = {
    version: '1',
    default: 'deny',
    tools: { oca_link: { rate_limit: '5/day' } },
  };

  /** A store whose reservations are on the disk when somebody says so. */
  function slowStore(answer: Promise<{ unavailable: string } | null>): LimiterStore {
    const store = createMemoryStore();
    return {
      ...store,
      async reserve(charges) {
        const reserved = await store.reserve(charges);
        if (!('reservation' in reserved)) return reserved;
        return { reservation: { ...reserved.reservation, secured: () => answer } };
      },
    };
  }

  it('waits until what it took is on the disk', async () => {
    const { promise, resolve } = withResolver<null>();
    const { enter } = entering(LIMITED, { store: slowStore(promise) });
    const admission = await admitted(enter());
    let hasBegun = false;
    const begun = admission.begin(planOf('a')).then((result) => {
      hasBegun = true;
      return result;
    });
    await new Promise(setImmediate);
    expect(hasBegun).toBe(false);
    resolve(null);
    expect(await begun).toMatchObject({ ok: true });
  });

  it('is denied where that cannot be, and keeps its approval', async () => {
    const { approvals, approveAll } = approving();
    const policy = {
      ...LIMITED,
      tools: { oca_link: { ...LIMITED.tools.oca_link, action: 'require_approval' } },
    };
    const store = slowStore(Promise.resolve({ unavailable: 'EIO' }));
    const { enter } = entering(policy, { store, approvals });
    await (await admitted(enter())).review(planOf('a'), false);
    approveAll();
    const admission = await admitted(enter());
    expect(await admission.review(planOf('a'), false)).toMatchObject({ ok: true });
    expect(await admission.begin(planOf('a'))).toMatchObject({
      ok: false,
      refusal: { code: 'policy_denied', reason: 'limiter unavailable' },
    });
    expect(approvals.list()).toMatchObject([{ state: 'approved' }]);
  });

  it('is charged when it was approved, once, and not for asking', async () => {
    const { approvals, approveAll } = approving();
    const limits = [
      { counter: 'calls', window: 'day', max: 2, refund: false },
      { counter: 'links', window: 'day', max: 9, cost: 'links' },
    ];
    const tools = { oca_link: { action: 'require_approval', limits } };
    const { enter } = entering({ version: '1', default: 'deny', tools }, { approvals });
    for (let attempt = 0; attempt < 3; attempt++) {
      const asking = await admitted(enter());
      expect(await asking.review(planOf('a'), false)).toMatchObject({
        refusal: { code: 'approval_required' },
      });
      expect(asking.authority().taken).toEqual([]);
    }
    approveAll();
    const admission = await admitted(enter());
    expect(await admission.review(planOf('a'), false)).toEqual({ ok: true, value: 'look again' });
    expect(admission.authority().taken).toEqual([]);
    expect(await admission.begin(planOf('a'))).toMatchObject({ ok: true });
    expect(admission.authority().taken.map(({ counter, amount }) => [counter, amount])).toEqual([
      ['links', 1],
      ['calls', 1],
    ]);
    expect(await admission.commit()).toMatchObject({ counter: 'calls', limit: 2, remaining: 1 });
    expect(approvals.list()).toMatchObject([{ state: 'used' }]);
  });
});

/** Approvals that an operator can be quick with. */
function approving() {
  const approvals = new Approvals(createWorld().at('state'));
  const approveAll = () => {
    for (const { request } of approvals.list())
      approvals.decide(request.id, { approved: true, by: 'alice', channel: 'operator' });
  };
  return { approvals, approveAll };
}

function withResolver<T>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

describe('the gate', () => {
  it('denies calls while the limiter cannot be used, and tells the operator alone why', async () => {
    const store = createMemoryStore();
    await store.close();
    const lines: string[] = [];
    const { enter } = entering(null, { store, log: (line) => lines.push(line) });
    expect(await enter()).toEqual({
      ok: false,
      refusal: {
        code: 'policy_denied',
        message: 'The policy denies oca_link: limiter unavailable.',
        rule: '/tools/oca_link/limits/0',
        reason: 'limiter unavailable',
        policy: builtInPolicy().hash,
      },
    });
    expect(lines).toEqual(['limiter unavailable: the store is closed']);
  });

  it('gives a call back that is released, and not one that was committed', async () => {
    const { enter } = entering(null);
    const committed = await admitted(enter());
    const released = await admitted(enter());
    expect(await released.release()).toMatchObject({ limit: 10, remaining: 9 });
    await committed.commit();
    expect(await committed.release()).toMatchObject({ remaining: 9 });
  });

  it('does not say how a caller stands when the limiter has gone away meanwhile', async () => {
    const store = createMemoryStore();
    const admission = await admitted(entering(null, { store }).enter());
    await store.close();
    expect(await admission.release()).toBeNull();
  });
});
