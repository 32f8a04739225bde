import { describe, expect, it } from 'vitest';
import { Quota } from '../../src/gate/quota.ts';
import { createMemoryStore } from '../../src/limiter/stores/memory.ts';
import { policyFor } from '../policy/policies.ts';

/** The budgets of a call, on a clock in microseconds that stands still until it is moved. */
function open() {
  const limit = { window: 'minute', max: 9 };
  const policy = policyFor({
    limits: [
      { ...limit, counter: 'calls' },
      { ...limit, counter: 'kept', refund: false },
      { ...limit, counter: 'links', cost: 'links' },
    ],
  });
  const clock = { us: 1000 };
  const store = createMemoryStore(() => clock.us);
  const caller = { principal: 'uid:1', session: 's' };
  const { limits } = policy.rules.get('oca_link') ?? { limits: [] };
  const quota = new Quota('oca_link', limits, policy, { store, caller, log: () => {} });
  const taken = () => quota.taken().map(({ counter, amount, at }) => [counter, amount, at]);
  return { clock, quota, taken };
}

describe('what a call holds', () => {
  it('is all it took, with the moments it was counted at', async () => {
    const { clock, quota, taken } = open();
    expect(taken()).toEqual([]);
    await quota.reserve({ calls: 1 });
    clock.us = 2000;
    await quota.reserve({ links: 4 });
    const all = [
      ['calls', 1, 1000],
      ['kept', 1, 1000],
      ['links', 4, 2000],
    ];
    expect(taken()).toEqual(all);
    await quota.commit();
    expect(taken()).toEqual(all);
  });

  it('is not what was given back', async () => {
    const { quota, taken } = open();
    await quota.reserve({ calls: 1, links: 2 });
    await quota.release();
    expect(taken()).toEqual([['kept', 1, 1000]]);
    await quota.withdraw();
    expect(taken()).toEqual([]);
  });

  it('is nothing of what was refused', async () => {
    const { quota, taken } = open();
    expect(await quota.reserve({ calls: 1, links: 10 })).toMatchObject({ code: 'rate_limited' });
    expect(taken()).toEqual([]);
  });
});

describe('a charge', () => {
  it.each([
    ['grant', false],
    ['global', false],
    ['session', true],
  ])('of the scope %s is of a session: %j', async (scope, isOfSession) => {
    const policy = policyFor({ limits: [{ window: 'minute', max: 9, counter: 'c', scope }] });
    const store = createMemoryStore(() => 1000);
    const seen: (boolean | undefined)[] = [];
    const watched = {
      ...store,
      reserve(charges: Parameters<typeof store.reserve>[0]) {
        seen.push(...charges.map((charge) => charge.isOfSession));
        return store.reserve(charges);
      },
    };
    const caller = { principal: 'uid:1', session: 's' };
    const { limits } = policy.rules.get('oca_link') ?? { limits: [] };
    const quota = new Quota('oca_link', limits, policy, { store: watched, caller, log: () => {} });
    expect(await quota.reserve({ calls: 1 })).toBeNull();
    expect(seen).toEqual([isOfSession]);
  });
});
