/** Follows `depends` to everything Odoo needs to install a module. Pure: what a name stands for is asked from outside. */

import type { Turns } from '../base/turns.ts';

/** A module that was reached, and how. */
export interface ReachedModule<T> {
  readonly name: string;
  /** Every reached module that names it in `depends`, nearest first; empty for one that was asked for and nobody needs. */
  readonly requiredBy: readonly string[];
  readonly depends: readonly string[];
  /** What is known of it. */
  readonly value: T;
}

export interface Closure<T> {
  /** Nearest first: the modules that were asked for, then what they need. */
  readonly reached: readonly ReachedModule<T>[];
  /** Modules that need one another, each as a way that ends where it began: `a`, `b`, `a`. Odoo cannot install them. */
  readonly cycles: readonly (readonly string[])[];
  /** How many entries of `depends` were not followed, because there were more than any real installation has. */
  readonly unexamined: number;
  /** Whether a name is one of those that were asked for. */
  isAsked(name: string): boolean;
  /** One of the shortest ways to a name, from a module that was asked for to one that names it in `depends`. */
  chainTo(name: string): string[];
}

/** What a name stands for, and where to go on from there. */
export interface Resolved<T> {
  readonly value: T;
  /** Empty for a module whose own dependencies are not to be followed. */
  readonly depends: readonly string[];
}

/** The largest real closure, of every OCA module of a series at once, has under 3,000 names and 12,000 entries. */
const MOST_REACHED = 10_000;
const MOST_FOLLOWED = 250_000;

/**
 * Follows `depends` from modules to everything they need, directly or not.
 * @param asked The modules to start from.
 * @param resolve Asked once for each other name.
 * @param turns Spent for each entry of a `depends`, beside what `resolve` spends.
 */
export async function closeOver<T>(
  asked: readonly ({ readonly name: string } & Resolved<T>)[],
  resolve: (name: string) => Resolved<T> | Promise<Resolved<T>>,
  turns: Turns,
): Promise<Closure<T>> {
  const reached = new Map<string, ReachedModule<T> & { requiredBy: string[] }>();
  for (const { name, depends, value } of asked) {
    reached.set(name, { name, requiredBy: [], depends, value });
  }
  const starts = new Set(reached.keys());
  const most = Math.max(MOST_REACHED, 2 * starts.size);
  let followed = 0;
  let unexamined = 0;
  // A Map that grows while it is walked is walked to its end.
  for (const { name, depends } of reached.values()) {
    for (const needed of new Set(depends)) {
      const pause = turns.spend();
      if (pause !== undefined) await pause;
      const known = reached.get(needed);
      if (++followed > MOST_FOLLOWED) unexamined++;
      else if (known !== undefined) known.requiredBy.push(name);
      else if (reached.size >= most) unexamined++;
      else reached.set(needed, { name: needed, requiredBy: [name], ...(await resolve(needed)) });
    }
  }
  const all = [...reached.values()];
  const chainTo = (name: string) => {
    const chain: string[] = [];
    for (let at = name; !starts.has(at); ) {
      at = reached.get(at)?.requiredBy[0] as string;
      chain.push(at);
    }
    return chain.reverse();
  };
  const isAsked = (name: string) => starts.has(name);
  return { reached: all, cycles: await findCycles(all, turns), unexamined, isAsked, chainTo };
}

/**
 * Finds modules that depend on one another: one shortest way for each group of them (each strongly connected part of
 * the graph, by Tarjan's algorithm), in the order in which the groups were reached.
 */
export async function findCycles(
  modules: readonly { readonly name: string; readonly depends: readonly string[] }[],
  turns: Turns,
): Promise<string[][]> {
  const edges = new Map(modules.map(({ name, depends }) => [name, depends]));
  const order = new Map(modules.map(({ name }, index) => [name, index]));
  const firsts: { first: string; group: Set<string> }[] = [];
  for (const group of await stronglyConnected(edges, turns)) {
    await turns.spend();
    if (group.length < 2 && !edges.get(group[0] as string)?.includes(group[0] as string)) continue;
    const first = group.reduce((a, b) => ((order.get(a) as number) <= (order.get(b) as number) ? a : b));
    firsts.push({ first, group: new Set(group) });
  }
  firsts.sort((a, b) => (order.get(a.first) as number) - (order.get(b.first) as number));
  const ways: string[][] = [];
  for (const { first, group } of firsts) ways.push(await shortestWayBack(first, group, edges, turns));
  return ways;
}

/** Iterative, because a chain of modules may be longer than the stack is deep. */
async function stronglyConnected(
  edges: ReadonlyMap<string, readonly string[]>,
  turns: Turns,
): Promise<string[][]> {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const open = new Set<string>();
  const stack: string[] = [];
  const groups: string[][] = [];
  const enter = (name: string) => {
    index.set(name, index.size);
    low.set(name, index.get(name) as number);
    stack.push(name);
    open.add(name);
    return { name, next: (edges.get(name) ?? []).values() };
  };
  const lower = (name: string, to: number) => low.set(name, Math.min(low.get(name) as number, to));
  for (const start of edges.keys()) {
    if (index.has(start)) continue;
    const visits = [enter(start)];
    for (let visit = visits.at(-1); visit !== undefined; visit = visits.at(-1)) {
      const pause = turns.spend();
      if (pause !== undefined) await pause;
      const { value: needed, done } = visit.next.next();
      if (!done) {
        if (!edges.has(needed)) continue;
        if (!index.has(needed)) visits.push(enter(needed));
        else if (open.has(needed)) lower(visit.name, index.get(needed) as number);
        continue;
      }
      visits.pop();
      const parent = visits.at(-1);
      if (parent !== undefined) lower(parent.name, low.get(visit.name) as number);
      if (low.get(visit.name) !== index.get(visit.name)) continue;
      const group = stack.splice(stack.lastIndexOf(visit.name));
      for (const name of group) open.delete(name);
      groups.push(group);
    }
  }
  return groups;
}

async function shortestWayBack(
  first: string,
  group: ReadonlySet<string>,
  edges: ReadonlyMap<string, readonly string[]>,
  turns: Turns,
): Promise<string[]> {
  const cameFrom = new Map<string, string>();
  const queue = [first];
  for (const name of queue) {
    for (const needed of edges.get(name) ?? []) {
      const pause = turns.spend();
      if (pause !== undefined) await pause;
      if (needed === first) {
        const way = [first];
        for (let at = name; at !== first; at = cameFrom.get(at) as string) way.push(at);
        return [...way, first].reverse();
      }
      if (!group.has(needed) || cameFrom.has(needed)) continue;
      cameFrom.set(needed, name);
      queue.push(needed);
    }
  }
  return [first, first];
}

/** How much of a long chain is told, from either end. */
const MOST_OF_CHAIN = 10;

/** A chain of modules, or its ends where it is longer than anybody reads. */
export function shortened(chain: readonly string[]): readonly string[] {
  if (chain.length <= 2 * MOST_OF_CHAIN) return chain;
  return [...chain.slice(0, MOST_OF_CHAIN), '...', ...chain.slice(-MOST_OF_CHAIN)];
}
