/** A report of a migration, for people and for tables. */
import { counted, oneLine, quoted } from '../../base/text.ts';
import type { MoveReport } from './apply-migration.ts';
import { FATES, type Fate } from './fates.ts';
import type { MigrationReport, ReportedModule } from './migration-report.ts';

export const MIGRATION_FORMATS = ['text', 'csv', 'markdown'] as const;

const COLUMNS = [
  'module',
  'family',
  'repo_now',
  'fate',
  'name',
  'repo',
  'version',
  'note',
  'action',
] as const;

/** Writes a report in one of {@link MIGRATION_FORMATS}. */
export function formatMigration(
  report: MigrationReport | MoveReport,
  format: (typeof MIGRATION_FORMATS)[number],
): string {
  if (format === 'csv') return asCsv(report);
  return format === 'markdown' ? asMarkdown(report) : asText(report);
}

function asText(report: MigrationReport | MoveReport): string {
  const { instance, from, to, looked_at, modules } = report;
  const roots =
    looked_at.length > 0
      ? `the roots of ${looked_at.join(', ')}`
      : `no roots: no instance of Odoo ${to} is configured`;
  const linked = modules.filter(({ action }) => action !== 'link').length;
  const isMove = 'status' in report;
  return [
    `${counted(linked, 'linked module')} of ${instance}, from Odoo ${from} to ${to}; looked at ${roots}.`,
    ...(isMove ? [describeMove(report)] : []),
    ...describeFates(report.counts, modules, isMove),
    ...(isMove ? report.next_steps.map((step) => `Next: ${step}`) : []),
  ]
    .map(oneLine)
    .join('\n');
}

/**
 * A line for each fate, then one for each module that has it.
 * @param counts Of all modules.
 * @param modules Those that are listed.
 * @param isMove Whether it is told what is done about each.
 */
function describeFates(
  counts: MigrationReport['counts'],
  modules: readonly ReportedModule[],
  isMove: boolean,
): string[] {
  return (Object.keys(counts) as Fate[]).flatMap((fate) => [
    `${fate}, ${counts[fate]}: ${FATES[fate]}`,
    ...modules.filter((module) => module.fate === fate).map((module) => `  ${describe(module, isMove)}`),
  ]);
}

/** What is done about the links of each kind. */
const DONE: Readonly<Record<ReportedModule['action'], string>> = {
  repoint: 're-pointed',
  rename: 'replaced by one with the new name',
  link: 'linked besides',
  keep: 'there already',
  unlink: 'unlinked',
  leave: 'left',
};

function describeMove({ status, modules }: MoveReport): string {
  const said = (Object.keys(DONE) as ReportedModule['action'][]).flatMap((action) => {
    const count = modules.filter((module) => module.action === action).length;
    return count === 0 ? [] : `${count} ${DONE[action]}`;
  });
  return `${status === 'planned' ? 'Would be moved (dry run)' : 'Moved'}: ${said.join(', ')}.`;
}

function describe(
  { module, name, repo, version, note, action, dir }: ReportedModule,
  isMove: boolean,
): string {
  const place = repo === undefined ? '' : ` in ${quoted(repo)}`;
  const what = `${name === undefined ? '' : ` -> ${name}`}${version === undefined ? '' : ` ${version}`}${place}`;
  const done =
    isMove && action !== 'repoint' ? ` (${DONE[action]}${dir === undefined ? '' : ` in ${dir}`})` : '';
  return `${module}${what}${done}${note === undefined ? '' : `: ${note}`}`;
}

/** As in RFC 4180, but with lines as elsewhere; a cell that a spreadsheet would take for a formula begins with an apostrophe. */
function asCsv({ modules }: MigrationReport): string {
  const cell = (text: string) => {
    const line = oneLine(text);
    const safe = /^[=+\-@]/.test(line) ? `'${line}` : line;
    return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return [COLUMNS, ...modules.map(cellsOf)].map((row) => row.map(cell).join(',')).join('\n');
}

function asMarkdown(report: MigrationReport): string {
  const { instance, from, to, counts, modules } = report;
  const cell = (text: string) => oneLine(text).replace(/[\\|<>*_`[\]]/g, '\\$&');
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [
    `# ${cell(instance)}: from Odoo ${from} to ${to}`,
    '',
    ...(Object.keys(counts) as Fate[]).map((fate) => `- ${cell(fate)}: ${counts[fate]} (${FATES[fate]})`),
    '',
    line(COLUMNS),
    `|${' --- |'.repeat(COLUMNS.length)}`,
    ...modules.map((module) => line(cellsOf(module))),
  ].join('\n');
}

function cellsOf(module: ReportedModule): string[] {
  return COLUMNS.map((column) => module[column] ?? '');
}
