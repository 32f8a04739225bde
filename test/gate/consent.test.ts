import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ModuleName } from '../../src/addons/module-name.ts';
import type { BoundCall } from '../../src/approvals/approval.ts';
import { Approvals } from '../../src/approvals/approvals.ts';
import { type AskPerson, Consent, type Question } from '../../src/gate/consent.ts';
import type { PlannedChange } from '../../src/links/plan-links.ts';
import { policyOf } from '../policy/policies.ts';
import { createWorld } from '../support/world.ts';

const CHANGE: PlannedChange = {
  module: 'web_a' as ModuleName,
  action: 'create',
  source: '/src/web/web_a',
  previous: null,
  target: '/src/web/web_a',
  state: {
    repos: ['web'],
    commit: 'c0ffee',
    dirty: false,
    manifest: 'abcd',
    folders: { module: null, repository: null, root: null },
  },
};
const CALL: BoundCall = {
  tool: 'oca_link',
  args: { module: 'web_a' },
  principal: 'uid:1',
  policy: 'abc',
  instance: 'prod',
  targetDirs: ['/srv/linked'],
  changes: [CHANGE],
  checkouts: [],
  odoo: null,
};
const CHANGED: BoundCall = { ...CALL, changes: [{ ...CHANGE, source: '/src/fork/web_a' }] };
const RULE = '/tools/oca_link/require_approval/0';
const YES = { approved: true, by: 'alice', channel: 'operator' } as const;

function prepare(
  channel: 'operator' | 'elicit' = 'operator',
  answer: Awaited<ReturnType<AskPerson>> = 'yes',
) {
  const world = createWorld();
  const clock = { boot: 'boot', at: 1_000_000, wall: 1_000_000 };
  const approvals = new Approvals(world.at('state'), () => ({ ...clock }));
  const policy = policyOf({ version: '1', default: 'allow', approval_channel: channel, approval_ttl: 60 });
  const asked: Question[] = [];
  const logged: string[] = [];
  const ask: AskPerson = async (question) => {
    asked.push(question);
    return answer;
  };
  const open = (asking = ask) =>
    new Consent(RULE, policy, { approvals, ask: asking, log: (line) => void logged.push(line) });
  const approve = () => {
    for (const { request, state } of approvals.list())
      if (state === 'requested') approvals.decide(request.id, YES);
  };
  return { world, clock, approvals, policy, asked, logged, open, consent: open(), approve };
}

type Prepared = ReturnType<typeof prepare>;

const idOf = ({ approvals }: Prepared) => approvals.list()[0]?.request.id as string;

const states = (approvals: Approvals) => approvals.list().map(({ state }) => state);

describe('a call that needs the consent of the operator', () => {
  it('is told what to do, and asks once however often it is made', async () => {
    const { approvals, consent, asked, clock } = prepare();
    const denial = await consent.seek(CALL);
    const [{ request }] = approvals.list() as [ReturnType<Approvals['list']>[number]];
    expect(denial).toMatchObject({
      code: 'approval_required',
      rule: RULE,
      policy: 'abc',
      hint: expect.stringContaining(`odoo-link-mcp approvals approve ${request.id}`),
      details: {
        id: request.id,
        expires_at: new Date(clock.wall + 60_000).toISOString(),
        command: `odoo-link-mcp approvals approve ${request.id}`,
        target_dirs: ['/srv/linked'],
        links: [
          {
            module: 'web_a',
            action: 'create',
            source: '/src/web/web_a',
            repos: ['web'],
            commit: 'c0ffee',
            dirty: false,
            manifest_sha256: 'abcd',
            folders: CHANGE.state?.folders,
          },
        ],
      },
    });
    expect(denial?.details).not.toHaveProperty('changed_since_approval');
    expect((await consent.seek(CALL))?.details).toMatchObject({ id: request.id });
    expect([states(approvals), asked]).toEqual([['requested'], []]);
  });

  it('says nothing of the state of what has none', async () => {
    const { consent } = prepare();
    const removal = { ...CHANGE, action: 'remove', source: null, state: null } as const;
    expect((await consent.seek({ ...CALL, changes: [removal] }))?.details?.links).toEqual([
      { module: 'web_a', action: 'remove', source: null },
    ]);
  });

  it('runs once when it was approved, with that very approval', async () => {
    const { approvals, consent, open, approve } = prepare();
    await consent.seek(CALL);
    approve();
    expect([await consent.seek(CALL), consent.id()]).toEqual([null, null]);
    expect(await consent.take(CALL)).toBe(null);
    expect([consent.id(), states(approvals)]).toEqual([approvals.list()[0]?.request.id, ['used']]);
    const other = open();
    expect(await other.take(CALL)).toMatchObject({ code: 'approval_required' });
    expect(other.id()).toBe(null);
  });

  it('does not run before it was approved', async () => {
    const { approvals, consent } = prepare();
    // Even if the records would let it be used.
    approvals.use = () => true;
    expect(await consent.take(CALL)).toMatchObject({ code: 'approval_required' });
    expect([consent.id(), states(approvals)]).toEqual([null, ['requested']]);
  });

  it('does not run when another call was quicker', async () => {
    const { approvals, consent, approve } = prepare();
    await consent.seek(CALL);
    approve();
    const use = approvals.use.bind(approvals);
    approvals.use = (id) => {
      use(id);
      return false;
    };
    expect(await consent.take(CALL)).toMatchObject({ code: 'approval_required' });
    expect(consent.id()).toBe(null);
  });

  it('gives back what it took when it changed nothing, once', async () => {
    const { approvals, consent, approve, logged } = prepare();
    consent.giveBack();
    await consent.seek(CALL);
    approve();
    await consent.take(CALL);
    consent.giveBack();
    expect([states(approvals), consent.id(), logged]).toEqual([['approved'], null, []]);
    const gone = approvals.giveBack;
    approvals.giveBack = () => {
      throw new Error('twice');
    };
    consent.giveBack();
    expect(logged).toEqual([]);
    approvals.giveBack = gone;
  });

  it('says that an approval stays used where it cannot be given back', async () => {
    const { approvals, consent, approve, logged } = prepare();
    await consent.seek(CALL);
    approve();
    await consent.take(CALL);
    const id = consent.id();
    approvals.giveBack = () => {
      throw new Error('a full disk');
    };
    consent.giveBack();
    expect(logged).toEqual([expect.stringContaining('a full disk')]);
    expect(logged[0]).toContain(id);
    expect(consent.id()).toBe(id);
  });

  it('is denied when it was not approved, whatever it asks for', async () => {
    const { approvals, consent } = prepare();
    await consent.seek(CALL);
    const [{ request }] = approvals.list() as [ReturnType<Approvals['list']>[number]];
    approvals.decide(request.id, { ...YES, approved: false });
    for (const denial of [await consent.seek(CALL), await consent.take(CALL)])
      expect(denial).toMatchObject({ code: 'policy_denied', rule: RULE });
    expect(states(approvals)).toEqual(['denied']);
  });

  it('asks again, and says what has changed, when it would do something else', async () => {
    const { consent, approve, approvals, clock } = prepare();
    await consent.seek(CALL);
    approve();
    clock.wall += 1;
    const denial = await consent.seek(CHANGED);
    expect(denial).toMatchObject({ code: 'approval_required' });
    expect(denial?.details?.changed_since_approval).toEqual([expect.stringContaining('web_a')]);
    expect(states(approvals)).toEqual(['approved', 'requested']);
  });

  it('is denied while too many wait', async () => {
    const { consent, approvals } = prepare();
    approvals.request = () => null;
    const denial = await consent.seek(CALL);
    expect(denial).toMatchObject({ code: 'policy_denied', rule: RULE, hint: expect.any(String) });
  });

  it('is denied where the records cannot be used, which is said to the operator alone', async () => {
    const { consent, approvals, logged } = prepare();
    approvals.find = () => {
      throw new Error('/srv/secret is open to others');
    };
    for (const denial of [await consent.seek(CALL), await consent.take(CALL)]) {
      expect(denial).toMatchObject({ code: 'policy_denied', rule: RULE });
      expect(JSON.stringify(denial)).not.toContain('secret');
    }
    expect(logged).toEqual(Array(2).fill(expect.stringContaining('secret')));
    approvals.find = () => {
      throw 'a text';
    };
    await consent.seek(CALL);
    expect(logged.at(-1)).toContain('a text');
  });
});

describe('a call that needs the consent of the person at the client', () => {
  it('asks for the first module by name, and runs with a yes', async () => {
    const { consent, asked, approvals } = prepare('elicit');
    expect(await consent.seek(CALL)).toBe(null);
    const [{ request }] = approvals.list() as [ReturnType<Approvals['list']>[number]];
    expect(asked).toEqual([
      { id: request.id, message: expect.stringContaining('web_a'), word: 'web_a', timeoutMs: 60_000 },
    ]);
    expect(approvals.list()).toMatchObject([
      { state: 'approved', decision: { channel: 'client', approved: true } },
    ]);
    expect(await consent.seek(CALL)).toBe(null);
    expect(asked).toHaveLength(1);
    expect(await consent.take(CALL)).toBe(null);
  });

  it('asks for the tool where nothing would be changed', async () => {
    const { consent, asked } = prepare('elicit');
    await consent.seek({ ...CALL, changes: [] });
    expect(asked[0]?.word).toBe('oca_link');
  });

  it.each([
    ['no', 'denied'],
    ['mistyped', 'requested'],
    ['unable', 'requested'],
    ['gone', 'requested'],
  ] as const)('is denied when the answer is %s, and the request is %s then', async (answer, state) => {
    const { consent, approvals } = prepare('elicit', answer);
    expect(await consent.seek(CALL)).toMatchObject({ code: 'policy_denied', rule: RULE });
    expect([states(approvals), consent.id()]).toEqual([[state], null]);
  });

  it('is denied for a reason of its own with each answer', async () => {
    const reasons = [];
    for (const answer of ['no', 'mistyped', 'unable', 'gone'] as const) {
      reasons.push((await prepare('elicit', answer).consent.seek(CALL))?.reason);
    }
    expect(new Set(reasons).size).toBe(4);
  });

  it('says what has changed since the same was approved', async () => {
    const { consent, asked } = prepare('elicit');
    await consent.seek(CALL);
    await consent.seek(CHANGED);
    expect(asked).toHaveLength(2);
    expect(asked[1]?.message.length).toBeGreaterThan((asked[0]?.message.length ?? 0) + 10);
  });

  it('is denied when a yes comes too late', async () => {
    const { approvals, consent } = prepare('elicit');
    approvals.decide = () => ({ done: false, state: 'expired' });
    expect(await consent.seek(CALL)).toMatchObject({ code: 'policy_denied' });
    approvals.decide = () => null;
    expect(await consent.seek(CALL)).toMatchObject({ code: 'policy_denied' });
  });

  it('is told to call again, not to ask the operator, when its approval was taken by another one', async () => {
    const { approvals, consent } = prepare('elicit');
    await consent.seek(CALL);
    approvals.use = () => false;
    const denial = await consent.take(CALL);
    expect(denial).toMatchObject({ code: 'approval_required', hint: expect.any(String) });
    expect(denial?.hint).not.toContain('approvals approve');
  });
});

describe('a call whose question goes out with its end, and whose answer comes with the same call', () => {
  /** The question was shown a moment ago; `retry` makes the call again with an answer. */
  async function shown() {
    const parts = prepare('elicit', 'asked');
    const denial = await parts.consent.seek(CALL);
    const id = idOf(parts);
    parts.clock.wall += 1;
    const retry = (answer: Awaited<ReturnType<AskPerson>>, call: BoundCall) =>
      parts.open(async () => answer).seek(call);
    return { ...parts, denial, id, retry };
  }

  it('is told that it needs approval, and nothing is decided', async () => {
    const { denial, approvals } = await shown();
    expect(denial).toMatchObject({ code: 'approval_required' });
    expect(states(approvals)).toEqual(['requested']);
  });

  it('runs with a yes', async () => {
    const { retry, approvals } = await shown();
    expect(await retry('yes', CALL)).toBe(null);
    expect(states(approvals)).toEqual(['approved']);
  });

  it('is told what has changed since the question was shown', async () => {
    const { retry, id, approvals } = await shown();
    const denial = await retry({ about: id, said: 'yes' }, CHANGED);
    expect(denial).toMatchObject({ code: 'approval_required', hint: expect.stringContaining('again') });
    expect(denial?.details?.changed_since_approval).toEqual([expect.stringContaining('web_a')]);
    expect(states(approvals)).toEqual(['approved', 'requested']);
  });

  it.each([
    ['no', 'denied', 'it was not approved'],
    ['mistyped', 'requested', 'the typed name is not the one asked for'],
  ] as const)('is denied with %s to what was shown, which is %s then', async (said, state, reason) => {
    const { retry, id, approvals } = await shown();
    expect(await retry({ about: id, said }, CHANGED)).toMatchObject({ code: 'policy_denied', reason });
    expect(states(approvals)).toEqual([state, 'requested']);
  });

  it.each<[string, (parts: Prepared) => unknown]>([
    ['was denied', (parts) => parts.approvals.decide(idOf(parts), { ...YES, approved: false })],
    ['was approved', (parts) => parts.approvals.decide(idOf(parts), YES)],
    ['has expired', ({ clock }) => (clock.wall += 60_000)],
    ['is gone', (parts) => rmSync(parts.world.at(`state/approvals/${idOf(parts)}.json`))],
  ])('cannot use an answer to a question that %s', async (_, meanwhile) => {
    const parts = await shown();
    meanwhile(parts);
    const before = states(parts.approvals);
    expect(await parts.retry({ about: parts.id, said: 'yes' }, CHANGED)).toMatchObject({
      code: 'invalid_request_state',
      rule: RULE,
      hint: expect.stringContaining('again'),
    });
    expect(states(parts.approvals)).toEqual([...before, 'requested']);
  });
});
