import { describe, expect, it } from 'vitest';
import { createRefusalMeter } from '../../src/audit/refusal-meter.ts';

function prepare() {
  let now = 5000;
  const meter = createRefusalMeter(() => now);
  return {
    meter,
    /** How many of so many refusals get a line. */
    admitted: (count: number) => Array.from({ length: count }, () => meter.admits()).filter(Boolean).length,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

describe('refusals', () => {
  it('have sixty lines a minute, and the others are counted', () => {
    const { meter, admitted } = prepare();
    expect([admitted(60), meter.takeOmitted()]).toEqual([60, 0]);
    expect([admitted(7), meter.takeOmitted(), meter.takeOmitted()]).toEqual([0, 7, 0]);
  });

  it.each([
    [59_999, 0],
    [60_000, 60],
    [600_000, 60],
  ])('have lines again %i ms after the first: %i', (ms, expected) => {
    const { admitted, pass } = prepare();
    admitted(61);
    pass(ms);
    expect(admitted(100)).toBe(expected);
  });

  it('are counted by minutes that begin with the first refusal, not with each', () => {
    const { admitted, pass } = prepare();
    admitted(30);
    pass(59_999);
    expect(admitted(31)).toBe(30);
    pass(1);
    expect(admitted(61)).toBe(60);
  });

  it('are told later when they could not be told', () => {
    const { meter, admitted } = prepare();
    admitted(62);
    const taken = meter.takeOmitted();
    admitted(3);
    meter.giveBack(taken);
    expect(meter.takeOmitted()).toBe(5);
  });
});
