import { haveMoved } from '../../addons/root-faults.ts';
import type { Family } from '../../addons/roots.ts';
import { readSources } from '../../addons/sources.ts';
import { ok, type Result, refuse } from '../../base/refusal.ts';
import { isSince, type Series } from '../../manifest/series.ts';
import { lookAround, type ServiceContext } from '../context.ts';
import { readLinkedModules } from '../linked-modules.ts';
import { shownName } from '../own-words.ts';
import { type Selection, selectTarget } from '../select-target.ts';
import { FATES, type Fate, fateOf, type ModuleFate, type NextSeries } from './fates.ts';

/** A linked module, and what becomes of it. */
export interface MigratedModule extends ModuleFate {
  readonly module: string;
  readonly family: Family;
  /** The repository that its link leads into now; null for a broken link. */
  readonly repo_now: string | null;
}

/** What becomes of the managed links of an instance in a later series. */
export interface MigrationReport {
  readonly instance: string;
  readonly from: Series;
  readonly to: Series;
  /** The instances whose roots were looked at. */
  readonly looked_at: readonly string[];
  readonly counts: Readonly<Partial<Record<Fate, number>>>;
  /** By fate, in the order of {@link FATES}, then by name. */
  readonly modules: readonly MigratedModule[];
}

/**
 * Reports what becomes of the modules that are linked now when the instance moves to a later series: which of the roots
 * configured for that series has each, what it is called there, or what is known of it. Changes nothing.
 * @returns The report, or what keeps the instance or its links from being read.
 */
export async function reportMigration(
  { to, ...selection }: Selection & { readonly to: Series },
  context: ServiceContext,
): Promise<Result<MigrationReport>> {
  const target = selectTarget(context.instances, selection, context.surface);
  if (!target.ok) return target;
  const { instance, dir } = target.value;
  const from = instance.series;
  if (from === to || !isSince(to, from)) {
    const argument = context.surface?.argument('to') ?? 'to';
    return refuse(
      'invalid_argument',
      `${argument} must be later than the series of ${instance.name}, ${from}.`,
    );
  }
  const { sources, turns } = await lookAround(instance, context);
  const dirs = selection.target_dir === undefined ? instance.addonsDirs : [dir];
  const linked = await readLinkedModules(instance, turns, dirs, sources.look);
  if (!linked.ok) return linked;
  const there = context.instances.filter(({ series, roots }) => series === to && !haveMoved(roots));
  const places: NextSeries['places'][number][] = [];
  for (const { roots } of there) places.push({ roots, sources: await readSources(roots, to, turns) });
  const modules: MigratedModule[] = [];
  for (const { name, folder, family } of linked.value) {
    await turns.spend(LOOKING);
    if (family === null) continue;
    const repo_now = folder === null ? null : (sources.ownersOf(folder)[0]?.name ?? null);
    modules.push({
      module: shownName(name),
      family,
      repo_now,
      ...(await fateOf(name, { from, to, places })),
    });
  }
  const order = Object.keys(FATES) as Fate[];
  const rank = ({ fate }: MigratedModule) => order.indexOf(fate);
  modules.sort((a, b) => rank(a) - rank(b) || (a.module < b.module ? -1 : 1));
  const counts: Partial<Record<Fate, number>> = {};
  for (const { fate } of modules) counts[fate] = (counts[fate] ?? 0) + 1;
  return ok({ instance: instance.name, from, to, looked_at: there.map(({ name }) => name), counts, modules });
}

/** Units of work for finding out about a module. */
const LOOKING = 8;
