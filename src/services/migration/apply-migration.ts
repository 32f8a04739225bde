import { ok, type Result, refuse, refused } from '../../base/refusal.ts';
import { inWords } from '../../base/text.ts';
import type { Instance } from '../../config/instance.ts';
import type { AddonsDir } from '../../links/addons-dir.ts';
import { changesAnything, type LinkPlan } from '../../links/plan-links.ts';
import type { Series } from '../../manifest/series.ts';
import type { ServiceContext } from '../context.ts';
import { carryOut, type Prepared } from '../link/carry-out.ts';
import {
  chooseJourney,
  type Journey,
  type MigrationReport,
  type MigrationRequest,
  reportOf,
} from './migration-report.ts';
import { stepsAfterMigration } from './migration-steps.ts';
import { type MigratedModule, type MigrationPlan, planMigration } from './plan-migration.ts';

export interface MoveRequest extends MigrationRequest {
  /** Whether links are removed whose modules the new series does not have. */
  readonly unlink_missing: boolean;
  readonly dry_run: boolean;
}

/** What a move did, or would do; its modules say what became of each link. */
export interface MoveReport extends MigrationReport {
  readonly status: 'moved' | 'planned';
  readonly next_steps: readonly string[];
}

/**
 * Moves the links of an instance to the sources of a later series: each addons directory in one transaction. What is there with
 * all that it needs is re-pointed, under its new name if it has one; what it needs besides is linked. The rest is left, and
 * told.
 * @returns What was done. Or why nothing was changed: besides what refuses any change of links, `ambiguous_instance` where
 *   several instances of the series have different roots. If a later one of several directories is refused, the earlier ones
 *   have been changed, and the refusal says so.
 */
export async function applyMigration(
  request: MoveRequest,
  context: ServiceContext,
): Promise<Result<MoveReport>> {
  const chosen = chooseJourney(request, context);
  if (!chosen.ok) return chosen;
  const { instance, others } = chosen.value;
  const differing = refuseDifferent(others, request.to, context);
  if (differing !== null) return differing;
  const changed: string[] = [];
  const rows: MigratedModule[] = [];
  let next: MigrationPlan['next'] | null = null;
  for (const dir of chosen.value.dirs) {
    const done = await carryOut(dir, context, () => prepare(dir, request, chosen.value, context));
    if (!done.ok) return afterChanges(done, changed);
    rows.push(...done.value.modules.filter((module) => module.dir === dir));
    next = done.value.next;
    const isChanged = changesAnything(done.value.plans.get(dir) as LinkPlan);
    if (isChanged && !request.dry_run) changed.push(dir.path);
  }
  if (next === null) throw new Error('an instance without an addons directory');
  const report = reportOf(instance, next, rows);
  const next_steps = stepsAfterMigration(report, instance, next.instance, others);
  return ok({ status: request.dry_run ? 'planned' : 'moved', ...report, next_steps });
}

async function prepare(
  dir: AddonsDir,
  { to, unlink_missing, dry_run }: MoveRequest,
  journey: Journey,
  context: ServiceContext,
): Promise<Result<Prepared<MigrationPlan>>> {
  const planned = await planMigration({ ...journey, to, unlinksMissing: unlink_missing }, context);
  if (!planned.ok) return planned;
  const { plans, isCurrent } = planned.value;
  return ok({ plan: plans.get(dir) as LinkPlan, report: planned.value, isDryRun: dry_run, isCurrent });
}

/** Links of one instance lead into the roots of one other: those roots will be its own. */
function refuseDifferent(
  others: readonly Instance[],
  to: Series,
  { surface }: Pick<ServiceContext, 'surface'>,
): Result<never> | null {
  const rootsOf = ({ roots }: Instance) => JSON.stringify(roots.map(({ path }) => path).sort());
  if (new Set(others.map(rootsOf)).size < 2) return null;
  const names = others.map(({ name }) => name);
  const argument = surface?.argument('roots_of') ?? 'roots_of';
  return refuse(
    'ambiguous_instance',
    `Several instances of Odoo ${to} have different roots: ${inWords(names)}.`,
    {
      details: { instances: others.map(({ name, series }) => ({ instance: name, branch: series })) },
      hint: `Say with ${argument} whose roots the links are to lead into.`,
    },
  );
}

/** A refusal of a later directory, which says that earlier ones have been changed. */
function afterChanges<T>(done: Result<T> & { ok: false }, changed: readonly string[]): Result<never> {
  if (changed.length === 0) return done;
  const message = `${done.refusal.message} The links in ${inWords(changed)} have been moved before.`;
  return refused({ ...done.refusal, message, details: { ...done.refusal.details, changed } });
}
