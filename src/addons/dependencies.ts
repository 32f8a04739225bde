/** Follows `depends` to every module Odoo needs to install a module. Pure: the caller resolves the names. */

import type { Turns } from '../base/turns.ts';

/** A module that was reached, and from where. */
export interface ReachedModule<T> {
  readonly name: string;
  /** Every reached module that names it in `depends`, nearest first; empty if it was asked for and no other needs it. */
  readonly requiredBy: readonly string[];
  readonly depends: readonly string[];
  /** What `resolve` returned for it. */
  readonly value: T;
}

export interface Closure<T> {
  /** Nearest first: the modules asked for, then the modules they need. */
  readonly reached: readonly ReachedModule<T>[];
  /** Dependency cycles, each from a module back to itself: `a`, `b`, `a`. Odoo cannot install such modules. */
  readonly cycles: readonly (readonly string[])[];
  /** How many entries of `depends` were not followed because a limit was reached, see {@link MOST_REACHED}. */
  readonly unexamined: number;
  /** Whether a name is one of those asked for. */
  isAsked(name: string): boolean;
  /** The reached modules that name it in `depends`. */
  requiredBy(name: string): readonly string[];
  /** One of the shortest chains to a name, from a module asked for to one that names it in `depends`. */
  chainTo(name: string): string[];
}

/** What the caller found for a name, and the names to follow next. */
export interface Resolved<T> {
  readonly value: T;
  /** Empty for a module whose own dependencies are not followed. */
  readonly depends: readonly string[];
}

/** Limits. The largest real closure, of all OCA modules of a series at once, has under 3,000 names and 12,000 entries. */
const MOST_REACHED = 10_000;
const MOST_FOLLOWED = 250_000;

/**
 * Follows `depends` from modules to every module they need, directly or indirectly.
 * @param asked The modules to start from.
 * @param resolve Called once for each other name.
 * @param turns Spent for each entry of a `depends`, in addition to what `resolve` spends.
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
  // Iterating a Map includes the entries added during the iteration.
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
  const requiredBy = (name: string) => reached.get(name)?.requiredBy ?? [];
  return { reached: all, cycles: await findCycles(all, turns), unexamined, isAsked, requiredBy, chainTo };
}

/**
 * Finds dependency cycles: one shortest cycle for each group of modules that depend on one another (each strongly
 * connected component, by Tarjan's algorithm), in the order in which the groups were reached.
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

/** Iterative, because a long chain of modules would overflow the stack. */
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

/** How many modules of a long chain are shown at each end. */
const MOST_OF_CHAIN = 10;

/** A chain of modules; of a long one, its two ends. */
export function shortened(chain: readonly string[]): readonly string[] {
  if (chain.length <= 2 * MOST_OF_CHAIN) return chain;
  return [...chain.slice(0, MOST_OF_CHAIN), '...', ...chain.slice(-MOST_OF_CHAIN)];
}
