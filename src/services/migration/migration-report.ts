import { ok, type Result, refuse } from '../../base/refusal.ts';
import type { Instance } from '../../config/instance.ts';
import type { AddonsDir } from '../../links/addons-dir.ts';
import { isSince, type Series } from '../../manifest/series.ts';
import type { ServiceContext } from '../context.ts';
import { type Selection, selectTarget } from '../select-target.ts';
import { FATES, type Fate } from './fates.ts';
import { chooseInstances } from './next-sources.ts';
import { type MigratedModule, type MigrationPlan, planMigration } from './plan-migration.ts';

/** A module as a report has it. */
export type ReportedModule = Omit<MigratedModule, 'dir'> & {
  /** Its addons directory, where there are several. */
  readonly dir?: string;
};

/** What becomes of the links of an instance in a later series. */
export interface MigrationReport {
  readonly instance: string;
  readonly from: Series;
  readonly to: Series;
  /** The instances whose roots were looked at. */
  readonly looked_at: readonly string[];
  readonly counts: Readonly<Partial<Record<Fate, number>>>;
  /** By fate, in the order of {@link FATES}, then by name. */
  readonly modules: readonly ReportedModule[];
}

export interface MigrationRequest extends Selection {
  readonly to: Series;
  /** The only instance whose roots are looked at. */
  readonly roots_of?: string | undefined;
}

/** What is moved, and from where. */
export interface Journey {
  readonly instance: Instance;
  readonly dirs: readonly AddonsDir[];
  readonly others: readonly Instance[];
}

/** Chooses what a migration is about, or refuses a series that is not later. */
export function chooseJourney(
  { to, roots_of, ...selection }: MigrationRequest,
  context: ServiceContext,
): Result<Journey> {
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
  const others = chooseInstances({ instance, to, rootsOf: roots_of }, context);
  if (!others.ok) return others;
  const dirs = selection.target_dir === undefined ? instance.addonsDirs : [dir];
  return ok({ instance, dirs, others: others.value });
}

/**
 * Reports what becomes of the modules that are linked now when the instance moves to a later series: which of the sources of
 * that series has each, what it is called there, or what is known of it; and what they need besides. Changes nothing.
 * @returns The report, or what keeps the instance or its links from being read.
 */
export async function reportMigration(
  request: MigrationRequest,
  context: ServiceContext,
): Promise<Result<MigrationReport & { readonly withheld: number }>> {
  const chosen = chooseJourney(request, context);
  if (!chosen.ok) return chosen;
  const planned = await planMigration({ ...chosen.value, to: request.to, unlinksMissing: false }, context);
  if (!planned.ok) return planned;
  const { next, modules, withheld } = planned.value;
  return ok({ ...reportOf(chosen.value.instance, next, modules), withheld });
}

/** A report of modules. */
export function reportOf(
  { name, series, addonsDirs }: Instance,
  { instance: { series: to }, lookedAt }: MigrationPlan['next'],
  migrated: readonly MigratedModule[],
): MigrationReport {
  const order = Object.keys(FATES) as Fate[];
  const rank = ({ fate }: MigratedModule) => order.indexOf(fate);
  const sorted = migrated.toSorted(
    (a, b) => rank(a) - rank(b) || (a.module === b.module ? 0 : a.module < b.module ? -1 : 1),
  );
  const counts: Partial<Record<Fate, number>> = {};
  for (const { fate } of sorted) counts[fate] = (counts[fate] ?? 0) + 1;
  const modules = sorted.map(({ dir, ...module }) => {
    return { ...module, ...(addonsDirs.length > 1 && { dir: dir.path }) };
  });
  return { instance: name, from: series, to, looked_at: lookedAt, counts, modules };
}

/** Whether a module has no place to go: its link stays although something should be done about it. */
export function isLeftBehind({ fate, action }: Pick<MigratedModule, 'fate' | 'action'>): boolean {
  return action === 'leave' && !['part_of_odoo', 'merged'].includes(fate);
}
