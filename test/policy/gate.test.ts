import { describe, expect, it } from 'vitest';
import { createGate } from '../../src/policy/gate.ts';
import { createMemoryStore } from '../../src/policy/limiter/memory.ts';
import { builtInPolicy } from '../../src/policy/policy.ts';

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
        policy: 'built-in',
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
