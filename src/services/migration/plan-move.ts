/** Which links of an instance can move to a later series, with all they need: what of it is missing keeps the others from nothing. */
import type { ModuleName } from '../../addons/module-name.ts';
import { quoted } from '../../base/text.ts';
import type { AddonsDir } from '../../links/addons-dir.ts';
import { type Entry, inspectEntry } from '../../links/inspect-entry.ts';
import { type PlannedLink, planLinks } from '../../links/plan-links.ts';
import type { Scope, ServiceContext } from '../context.ts';
import type { VouchedModule } from '../link/link-call.ts';
import type { FoundModule } from '../link/resolve-modules.ts';
import type { LinkedModule } from '../linked-modules.ts';
import type { Destiny } from './fates.ts';
import type { NextSources } from './next-sources.ts';
import { type Reached, reachAll } from './reach.ts';

/** A link of the instance, and what becomes of its module. */
export interface Mover {
  readonly link: LinkedModule;
  readonly destiny: Destiny;
}

/** A module that is not linked and has to be. */
export interface Needed {
  readonly module: VouchedModule;
  readonly dir: AddonsDir;
  /** The modules that need it, or whose place it takes. */
  readonly because: readonly string[];
}

/** What can be linked in the new series. */
export interface Move {
  /** The links to make, replace and keep, by addons directory. */
  readonly links: ReadonlyMap<AddonsDir, readonly PlannedLink[]>;
  readonly needed: readonly Needed[];
  /** Why a module that a root has cannot be had, by its name there, as sentences. */
  readonly obstacles: ReadonlyMap<string, Obstacle>;
}

export interface Obstacle {
  /** Whether it is wrong with the module itself; otherwise with what it needs, or with its place. */
  readonly isOwn: boolean;
  readonly note: string;
}

/**
 * Plans the move of links. Changes nothing.
 * @param movers All links that may move; those without a source stay.
 * @param elsewhere See {@link reachAll}.
 */
export async function planMove(
  movers: readonly Mover[],
  now: Scope,
  next: NextSources,
  elsewhere: ReadonlyMap<string, AddonsDir>,
  context: Pick<ServiceContext, 'readProvenance' | 'isOperator'>,
): Promise<Move> {
  const asked = new Map<string, FoundModule>();
  for (const { destiny } of movers) {
    if (destiny.source !== null) asked.set(destiny.source.source.name, destiny.source);
  }
  const reached = await reachAll([...asked.values()], now, next, elsewhere, context);
  const dirs = placesOf(movers, reached);
  const planned = new Map<AddonsDir, PlannedLink[]>();
  const taken = new Map<string, string>();
  for (const [name, places] of dirs) {
    const module = reached.vouched.get(name);
    for (const dir of module === undefined ? [] : places) {
      await next.turns.spend();
      const link = planOne(dir, module as VouchedModule, now, next, context);
      if (typeof link === 'string') taken.set(name, link);
      else planned.set(dir, [...(planned.get(dir) ?? []), link]);
    }
  }
  const obstacles = findObstacles(reached, asked, taken);
  const kept = whatIsKept(reached, asked, obstacles);
  const links = new Map<AddonsDir, readonly PlannedLink[]>();
  for (const [dir, all] of planned) {
    const those = all.filter(({ module }) => kept.has(module));
    links.set(dir, those);
  }
  return { links, needed: neededAmong(movers, kept, dirs, reached), obstacles };
}

/** The addons directories of each module: where the link is whose place it takes, or of the first that needs it. */
function placesOf(movers: readonly Mover[], { closure }: Reached): Map<string, Set<AddonsDir>> {
  const places = new Map<string, Set<AddonsDir>>();
  const add = (name: string, dir: AddonsDir) => {
    places.set(name, (places.get(name) ?? new Set<AddonsDir>()).add(dir));
  };
  for (const { link, destiny } of movers) {
    if (destiny.source !== null) add(destiny.source.source.name, link.dir);
  }
  for (const { name, value, requiredBy } of closure.reached) {
    if (value.kind !== 'found' || places.has(name)) continue;
    // Those that need it were reached before it.
    const [dir] = places.get(requiredBy[0] ?? '') ?? [];
    if (dir !== undefined) add(name, dir);
  }
  return places;
}

/** The link of a module, or why its place is taken. */
function planOne(
  dir: AddonsDir,
  { source, state }: VouchedModule,
  now: Scope,
  { instance }: NextSources,
  { isOperator }: Pick<ServiceContext, 'isOperator'>,
): PlannedLink | string {
  // What is managed now, or leads into the new sources already, may be replaced.
  const entry: Entry = inspectEntry(dir, source.name, {
    ...instance,
    roots: [...instance.roots, ...now.instance.roots],
  });
  const options = { replace: true, isOperator };
  const { plan, refusals } = planLinks(dir, [{ source, state, entry }], instance, options);
  return plan.links[0] ?? refusals.map(({ message }) => message).join(' ');
}

/** How many causes of an obstacle are named. */
const MOST_CAUSES = 3;

function findObstacles(
  { closure, reasons }: Reached,
  asked: ReadonlyMap<string, unknown>,
  taken: ReadonlyMap<string, string>,
): Map<string, Obstacle> {
  const wrong = new Map([...taken, ...reasons]);
  const causes = new Map<string, Set<string>>();
  for (const cause of wrong.keys()) {
    const above = new Set(closure.requiredBy(cause));
    // Iterating over a Set includes what is added meanwhile.
    for (const name of above) {
      const known = causes.get(name) ?? new Set<string>();
      causes.set(name, known);
      if (known.size >= MOST_CAUSES) continue;
      known.add(cause);
      for (const one of closure.requiredBy(name)) above.add(one);
    }
  }
  const obstacles = new Map<string, Obstacle>();
  for (const name of new Set([...wrong.keys(), ...causes.keys()])) {
    const own = wrong.get(name);
    if (own !== undefined) obstacles.set(name, { isOwn: asked.has(name) && !taken.has(name), note: own });
    else {
      const names = [...(causes.get(name) ?? [])];
      const why = names.map((cause) => wrong.get(cause));
      const note = `It needs ${names.map(quoted).join(', ')}. ${[...new Set(why)].join(' ')}`;
      obstacles.set(name, { isOwn: false, note });
    }
  }
  return obstacles;
}

/** The modules without an obstacle that were asked for, and those that they need. */
function whatIsKept(
  { closure }: Reached,
  asked: ReadonlyMap<string, unknown>,
  obstacles: ReadonlyMap<string, unknown>,
): Set<string> {
  const depends = new Map(closure.reached.map((module) => [module.name, module.depends]));
  const kept = new Set([...asked.keys()].filter((name) => !obstacles.has(name)));
  for (const name of kept) for (const needed of depends.get(name) ?? []) kept.add(needed);
  return kept;
}

/** The modules that no link stands for now. */
function neededAmong(
  movers: readonly Mover[],
  kept: ReadonlySet<string>,
  dirs: ReadonlyMap<string, ReadonlySet<AddonsDir>>,
  { closure, vouched }: Reached,
): Needed[] {
  const stood = new Set<string>();
  const replaced = new Map<string, string[]>();
  for (const { link, destiny } of movers) {
    if (destiny.source === null) continue;
    const { name } = destiny.source.source;
    if (destiny.fate === 'merged') replaced.set(name, [...(replaced.get(name) ?? []), link.name]);
    else stood.add(name);
  }
  const needed: Needed[] = [];
  for (const name of kept) {
    const module = vouched.get(name);
    const [dir] = dirs.get(name) ?? [];
    if (stood.has(name) || module === undefined || dir === undefined) continue;
    const because = [
      ...(replaced.get(name) ?? []),
      ...closure.requiredBy(name).filter((one) => kept.has(one)),
    ];
    needed.push({ module, dir, because });
  }
  return needed;
}

/** A link of a plan for a module; undefined if it is not in the plan. */
export function linkOf(move: Move, dir: AddonsDir, name: ModuleName | string): PlannedLink | undefined {
  return move.links.get(dir)?.find(({ module }) => module === name);
}
