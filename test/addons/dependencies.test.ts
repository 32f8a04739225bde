import { describe, expect, it } from 'vitest';
import { type DependencyState, reportDependencies } from '../../src/addons/dependencies.ts';

const states: Record<string, DependencyState> = {
  base: { kind: 'satisfied', by: 'core_list', path: null },
  b: { kind: 'unmet', depends: ['base', 'c', 'a'] },
  c: { kind: 'unmet', depends: ['b', 'd'] },
  d: { kind: 'unmet', depends: [] },
};

describe('reportDependencies', () => {
  it('follows what is missing to its end, each with the chain that leads there, cycles included', () => {
    const asked: string[] = [];
    const stateOf = (name: string) => {
      asked.push(name);
      return states[name] as DependencyState;
    };
    expect(reportDependencies([{ name: 'a', depends: ['base', 'b'] }], stateOf)).toEqual({
      satisfied: [{ module: 'base', by: 'core_list', path: null }],
      unmet: [
        { module: 'b', chain: ['a'] },
        { module: 'c', chain: ['a', 'b'] },
        { module: 'd', chain: ['a', 'b', 'c'] },
      ],
      unexamined: 0,
    });
    expect(asked).toEqual(['base', 'b', 'c', 'd']);
  });

  it('takes the modules of the call itself for there', () => {
    const planned = [
      { name: 'a', depends: ['b'] },
      { name: 'b', depends: [] },
    ];
    expect(reportDependencies(planned, () => expect.fail('nothing to ask'))).toEqual({
      satisfied: [],
      unmet: [],
      unexamined: 0,
    });
  });

  it('stops where no manifest of good will goes', () => {
    const depends = Array.from({ length: 60_000 }, (_, index) => `m${index}`);
    const report = reportDependencies([{ name: 'a', depends }], () => ({ kind: 'unmet', depends: [] }));
    expect([report.unmet.length, report.unexamined]).toEqual([200, 59_800]);
  });
});
