import type { WaitingClock } from '../../../src/services/odoo/while-busy.ts';

/** A clock that only pauses move. */
export function fakeClock(onPause: () => void = () => {}): WaitingClock & { readonly pauses: number[] } {
  const pauses: number[] = [];
  let now = 0;
  return {
    pauses,
    now: () => now,
    async pause(ms) {
      pauses.push(ms);
      now += ms;
      onPause();
    },
  };
}
