/** What becomes of each link of an instance in a later series, and the plans that bring it about. */
import { isModuleName } from '../../addons/module-name.ts';
import { type Family, rootOf, toolsOf } from '../../addons/roots.ts';
import { ok, type Result } from '../../base/refusal.ts';
import { quoted } from '../../base/text.ts';
import type { Turns } from '../../base/turns.ts';
import type { Instance } from '../../config/instance.ts';
import type { AddonsDir } from '../../links/addons-dir.ts';
import type { LinkPlan } from '../../links/plan-links.ts';
import type { Series } from '../../manifest/series.ts';
import { lookAround, READING, type Scope, type ServiceContext } from '../context.ts';
import { relyOn } from '../link/carry-out.ts';
import { planRemoval } from '../link/unlink-modules.ts';
import {
  digestOf,
  type LinkedModule,
  listEntries,
  lookAtEntries,
  readLinkedModules,
} from '../linked-modules.ts';
import { leadsTo } from '../other-roots.ts';
import { shownName, shownVersion } from '../own-words.ts';
import { linkedPlace } from '../telling.ts';
import { type Destiny, fateOf, type ModuleFate } from './fates.ts';
import { type NextSources, readNextSources } from './next-sources.ts';
import { linkOf, type Move, type Mover, type Needed, planMove } from './plan-move.ts';

/** What a move does about a link: `rename`: another one takes its place; `link`: it is not there now; `leave`: nothing. */
export const MOVES = ['keep', 'repoint', 'rename', 'link', 'unlink', 'leave'] as const;

/** A linked module, or one that has to be linked, and what becomes of it. */
export interface MigratedModule extends ModuleFate {
  readonly module: string;
  readonly family: Family;
  /** The repository that its link leads into now; null for a broken link, and for one that is not there. */
  readonly repo_now: string | null;
  readonly action: (typeof MOVES)[number];
  readonly dir: AddonsDir;
}

/** A move that is planned. */
export interface MigrationPlan {
  readonly next: NextSources;
  /** What may be told. */
  readonly modules: readonly MigratedModule[];
  /** How many links the policy does not let the call tell of. */
  readonly withheld: number;
  readonly plans: ReadonlyMap<AddonsDir, LinkPlan>;
  /** Whether everything that the plans rely on is unchanged. */
  isCurrent(): Promise<boolean>;
}

export interface MigrationParts {
  readonly instance: Instance;
  readonly to: Series;
  readonly dirs: readonly AddonsDir[];
  /** The other instances whose roots hold the new series. */
  readonly others: readonly Instance[];
  /** Whether links are removed whose modules the new series does not have. */
  readonly unlinksMissing: boolean;
}

/**
 * Plans the move of an instance's links. Changes nothing.
 * @returns The plan, or what keeps the links from being read.
 */
export async function planMigration(
  { instance, to, dirs, others, unlinksMissing }: MigrationParts,
  context: ServiceContext,
): Promise<Result<MigrationPlan>> {
  const now = await lookAround(instance, context);
  const { turns } = now;
  const linked = await readLinkedModules(instance, turns, dirs, now.sources.look);
  if (!linked.ok) return linked;
  const seen = await digestOf(linked.value, turns);
  const next = await readNextSources(now, to, others, context);
  const movers = await findMovers(linked.value, instance.series, next, turns);
  const unselected = instance.addonsDirs.filter((dir) => !dirs.includes(dir));
  const unmoved = await listEntries(instance, turns, unselected, now.sources.look);
  if (!unmoved.ok) return unmoved;
  const elsewhere = new Map(unmoved.value.map(({ name, dir }) => [name, dir]));
  const move = await planMove(movers, now, next, elsewhere, context);
  const rows: MigratedModule[] = [];
  const plans = new Map<AddonsDir, LinkPlan>(dirs.map((dir) => [dir, { dir, links: [], removals: [] }]));
  let withheld = 0;
  const take = (link: LinkedModule, row: MigratedModule) => {
    if (row.action !== 'unlink' && row.action !== 'rename') return;
    const plan = plans.get(link.dir) as LinkPlan;
    plans.set(link.dir, { ...plan, removals: [...plan.removals, planRemoval(link)] });
  };
  for (const mover of movers) {
    const row = rowOf(mover, move, now, next, unlinksMissing);
    take(mover.link, row);
    const isShown = context.mayTell?.(linkedPlace(mover.link, now.sources.ownersOf)).ok !== false;
    if (isShown) rows.push(row);
    else withheld++;
  }
  for (const [dir, links] of move.links) plans.set(dir, { ...(plans.get(dir) as LinkPlan), links });
  rows.push(...move.needed.map(rowOfNeeded));
  const isCurrent = relyOn(seen, () => lookAtEntries(instance, turns, dirs));
  return ok({ next, modules: rows, withheld, plans, isCurrent });
}

/** The managed links, and those that lead into the new sources already, with the fates of their modules. */
async function findMovers(
  linked: readonly LinkedModule[],
  from: Series,
  next: NextSources,
  turns: Turns,
): Promise<Mover[]> {
  const movers: Mover[] = [];
  const fates = new Map<string, Destiny>();
  for (const link of linked) {
    await turns.spend(READING);
    const family = familyOfLink(link, next);
    if (family === null) continue;
    const key = `${family} ${link.name}`;
    const destiny = fates.get(key) ?? (await fateOf(link.name, family, from, next));
    fates.set(key, destiny);
    movers.push({ link: { ...link, family }, destiny });
  }
  return movers;
}

function familyOfLink({ family, entry, dir }: LinkedModule, next: NextSources): Family | null {
  if (family !== null || entry.kind !== 'link') return family;
  const path = leadsTo(entry, dir, next.instance);
  if (path === null || !next.holds(path)) return null;
  return rootOf(path, next.instance.roots)?.family ?? null;
}

function rowOf(
  mover: Mover,
  move: Move,
  now: Scope,
  next: NextSources,
  unlinksMissing: boolean,
): MigratedModule {
  const { link } = mover;
  const { name, folder, dir } = link;
  const owners = folder === null ? [] : [...now.sources.ownersOf(folder), ...next.sources.ownersOf(folder)];
  const repo_now = owners[0]?.name ?? null;
  const { fate, action } = outcomeOf(mover, move, unlinksMissing);
  // That its repository is there without it says more than that nothing is known of it.
  const isWithout =
    fate.fate === 'unknown' && next.sources.repositories.some((repository) => repository.name === repo_now);
  const without = `The checkout of ${quoted(repo_now ?? '')} for Odoo ${next.instance.series} does not have it.`;
  return {
    module: shownName(name),
    family: link.family as Family,
    repo_now,
    ...fate,
    ...(isWithout && { note: `${without} ${fate.note ?? ''}`.trim() }),
    action,
    dir,
  };
}

/** The fate of a module with all that it needs, and what is done about its link. */
function outcomeOf(
  { link, destiny }: Mover,
  move: Move,
  unlinksMissing: boolean,
): { readonly fate: ModuleFate; readonly action: MigratedModule['action'] } {
  const { source, ...fate } = destiny;
  const family = link.family as Family;
  const isRemovable = toolsOf(family) !== null && isModuleName(link.name);
  // Nobody but the company knows of its own modules.
  const isGone = fate.fate === 'unknown' ? family !== 'own' : ['part_of_odoo', 'merged'].includes(fate.fate);
  const otherwise = unlinksMissing && isGone && isRemovable ? 'unlink' : 'leave';
  if (source === null) return { fate, action: otherwise };
  const { name } = source.source;
  const obstacle = move.obstacles.get(name);
  if (obstacle !== undefined) {
    const worse = obstacle.isOwn ? 'refused' : 'blocked';
    const note = [fate.note ?? [], obstacle.note].flat().join(' ');
    return { fate: { ...fate, fate: fate.fate === 'there' ? worse : fate.fate, note }, action: otherwise };
  }
  if (fate.fate === 'merged') return { fate, action: otherwise };
  if (fate.fate === 'renamed') return { fate, action: isRemovable ? 'rename' : 'leave' };
  return { fate, action: linkOf(move, link.dir, name)?.action === 'keep' ? 'keep' : 'repoint' };
}

/** How many modules that need one are named. */
const MOST_NAMED = 5;

function rowOfNeeded({ module: { source, fields }, dir, because }: Needed): MigratedModule {
  const more = because.length - MOST_NAMED;
  const names = [...because.slice(0, MOST_NAMED), ...(more > 0 ? [`${more} more`] : [])].join(', ');
  return {
    module: source.name,
    family: source.family,
    repo_now: null,
    fate: 'needed',
    repo: source.repository.name,
    version: shownVersion(fields),
    note: `For ${names}.`,
    action: 'link',
    dir,
  };
}
