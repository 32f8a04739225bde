import { describe, expect, it } from 'vitest';
import { closeOver, findCycles } from '../../src/addons/dependencies.ts';
import fc from '../support/property.ts';
import { countTurns, noTurns } from '../support/turns.ts';

type Graph = Readonly<Record<string, readonly string[]>>;

const close = (graph: Graph, ...asked: string[]) => {
  const of = (name: string) => ({ value: name.toUpperCase(), depends: graph[name] ?? [] });
  return closeOver(
    asked.map((name) => ({ name, ...of(name) })),
    of,
    noTurns,
  );
};

describe('closeOver', () => {
  it('reaches what is needed, nearest first, with the way there and all who need it', async () => {
    const { reached, chainTo } = await close({ a: ['base', 'b'], b: ['base', 'c'], c: ['d'] }, 'a');
    expect(reached.map(({ name, requiredBy, value }) => [name, chainTo(name), requiredBy, value])).toEqual([
      ['a', [], [], 'A'],
      ['base', ['a'], ['a', 'b'], 'BASE'],
      ['b', ['a'], ['a'], 'B'],
      ['c', ['a', 'b'], ['b'], 'C'],
      ['d', ['a', 'b', 'c'], ['c'], 'D'],
    ]);
  });

  it('asks once for a name, and never for those it was given', async () => {
    const asked: string[] = [];
    const resolve = (name: string) => {
      asked.push(name);
      return { value: null, depends: ['a', 'x'] };
    };
    const given = (name: string, depends: string[]) => ({ name, depends, value: null });
    await closeOver([given('a', ['b', 'x']), given('b', ['x'])], resolve, noTurns);
    expect(asked).toEqual(['x']);
  });

  it('stops where no installation of good will goes', async () => {
    const depends = Array.from({ length: 60_000 }, (_, index) => `m${index}`);
    const { reached, unexamined } = await close({ a: depends }, 'a');
    expect([reached.length, unexamined]).toEqual([10_000, 50_001]);
  });

  it('survives a chain that is deeper than the stack', async () => {
    const graph = Object.fromEntries(Array.from({ length: 9_000 }, (_, i) => [`m${i}`, [`m${i + 1}`]]));
    expect((await close(graph, 'm0')).reached.length).toBe(9_001);
  });

  it('follows a quarter of a million entries, and says how many more there are', async () => {
    const names = Array.from({ length: 600 }, (_, index) => `m${index}`);
    const graph = Object.fromEntries(names.map((name) => [name, names]));
    expect((await close(graph, 'm0')).unexamined).toBe(600 * 600 - 250_000);
  });

  it('has a turn after every few hundred entries of a `depends`', async () => {
    const { turns, work, longest, count } = countTurns();
    const depends = Array.from({ length: 5000 }, (_, index) => `m${index}`);
    const resolve = () => {
      work();
      return { value: null, depends: [] };
    };
    await closeOver([{ name: 'a', depends, value: null }], resolve, turns);
    expect(longest()).toBeLessThanOrEqual(256);
    expect(count()).toBeGreaterThanOrEqual(19);
  });
});

describe('findCycles', () => {
  it.each([
    ['no cycle', { a: ['b', 'c'], b: ['c'] }, []],
    ['a module that needs itself', { a: ['a'] }, [['a', 'a']]],
    ['the shortest way back', { a: ['b'], b: ['c', 'a'], c: ['a'] }, [['a', 'b', 'a']]],
    [
      'each group once',
      { a: ['b', 'c'], b: ['a'], c: ['d'], d: ['c'] },
      [
        ['a', 'b', 'a'],
        ['c', 'd', 'c'],
      ],
    ],
  ])('names %s', async (_, graph: Graph, expected) => {
    expect((await close(graph, 'a')).cycles).toEqual(expected);
  });

  it('finds a cycle exactly where a module can be reached from itself', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const graphs = fc.record(Object.fromEntries(names.map((name) => [name, fc.subarray(names)])));
    await fc.assert(
      fc.asyncProperty(graphs, async (graph) => {
        const modules = names.map((name) => ({ name, depends: graph[name] as string[] }));
        const reachable = (from: string) => {
          const seen = new Set(graph[from]);
          for (const name of seen) for (const next of graph[name] as string[]) seen.add(next);
          return seen;
        };
        const cycles = await findCycles(modules, noTurns);
        for (const cycle of cycles) {
          expect(cycle.at(-1)).toBe(cycle[0]);
          for (const [index, name] of cycle.slice(1).entries()) {
            expect(graph[cycle[index] as string]).toContain(name);
          }
        }
        const inGroups = names.filter((name) => reachable(name).has(name));
        for (const name of inGroups) {
          const group = cycles.filter(
            ([first]) => reachable(name).has(first as string) && reachable(first as string).has(name),
          );
          expect(group.length).toBe(1);
        }
        expect(cycles.every(([first]) => inGroups.includes(first as string))).toBe(true);
      }),
    );
  });
});
