import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createRequestStates } from '../../src/server/request-state.ts';

const SHOWN = { id: '0123456789', word: 'web' };
const MINUTE = 60_000;

/** Sets the clock; what waits goes on. */
function at(time: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: time });
  onTestFinished(() => void vi.useRealTimers());
}

describe('a state', () => {
  it('says what was shown to the call that it was made for', async () => {
    const states = createRequestStates();
    expect(await states.open(await states.seal(SHOWN, 'call', MINUTE), 'call')).toEqual(SHOWN);
  });

  it('differs with what was shown and with the call', async () => {
    const states = createRequestStates();
    const made = [
      await states.seal(SHOWN, 'call', MINUTE),
      await states.seal({ ...SHOWN, id: '1' }, 'call', MINUTE),
      await states.seal(SHOWN, 'other', MINUTE),
    ];
    expect(new Set(made).size).toBe(3);
  });

  it('is over when its time is', async () => {
    const states = createRequestStates();
    at(1_000_000_000);
    const state = await states.seal(SHOWN, 'call', MINUTE);
    at(1_000_000_000 + MINUTE);
    expect(await states.open(state, 'call')).toEqual(SHOWN);
    at(1_000_000_000 + MINUTE + 1000);
    expect(await states.open(state, 'call')).toBe('it has expired');
  });

  it('is for no other call', async () => {
    const states = createRequestStates();
    const state = await states.seal(SHOWN, 'call', MINUTE);
    expect(await states.open(state, 'other')).toMatch(/another call or another caller/);
  });

  it('is worth nothing to another process', async () => {
    const state = await createRequestStates().seal(SHOWN, 'call', MINUTE);
    expect(await createRequestStates().open(state, 'call')).toMatch(/did not make it/);
  });

  it.each([
    undefined,
    null,
    7,
    {},
    [],
    '',
    'v1.',
    'v1..',
    'v1.e30.',
    'v1.e30.AAAA',
    '\u0000',
    'v1.\ud800.\ud800',
  ])('is not %j', async (state) => {
    expect(await createRequestStates().open(state, 'call')).toMatch(/did not make it/);
  });
});
