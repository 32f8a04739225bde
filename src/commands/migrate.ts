import { ok } from '../base/refusal.ts';
import { SERIES } from '../manifest/series.ts';
import type { ServiceContext } from '../services/context.ts';
import { applyMigration } from '../services/migration/apply-migration.ts';
import { formatMigration, MIGRATION_FORMATS } from '../services/migration/migration-formats.ts';
import {
  isLeftBehind,
  type MigrationReport,
  reportMigration,
} from '../services/migration/migration-report.ts';
import { type Run, textOption, UsageError, wordOption } from './command.ts';
import { answer, selectionOf } from './service-commands.ts';

/**
 * `migrate --to SERIES`: what becomes of the linked modules; with `--apply` moves them. Exit code 1 if some have no place to
 * go.
 */
export const migrate: Run = async ({ positionals, values }) => {
  if (positionals.length > 0) throw new UsageError('migrate takes no arguments; give the series with --to.');
  const to = wordOption(values, 'to', SERIES);
  if (to === undefined) throw new UsageError('migrate needs --to SERIES.');
  const format = wordOption(values, 'format', MIGRATION_FORMATS) ?? 'text';
  if (values.json === true && values.format !== undefined)
    throw new UsageError('--json and --format exclude each other.');
  const [dry_run, unlink_missing] = [values['dry-run'] === true, values['unlink-missing'] === true];
  if (values.apply !== true && (dry_run || unlink_missing))
    throw new UsageError('--dry-run and --unlink-missing belong to --apply.');
  const request = { ...selectionOf(values), to, roots_of: textOption(values, 'roots-of') };
  const isProblem = ({ modules }: MigrationReport) => modules.some(isLeftBehind);
  const describe = (report: MigrationReport) => formatMigration(report, format);
  if (values.apply === true) {
    const move = { ...request, dry_run, unlink_missing };
    return answer(values, (context) => applyMigration(move, context), describe, isProblem);
  }
  const work = async (context: ServiceContext) => {
    const reported = await reportMigration(request, context);
    if (!reported.ok) return reported;
    // Nothing is withheld from an operator.
    const { withheld: _, ...report } = reported.value;
    return ok(report);
  };
  return answer(values, work, describe, isProblem);
};
