/** A report of a migration, for people and for tables. */
import { counted, oneLine, quoted } from '../../base/text.ts';
import { FATES, type Fate } from './fates.ts';
import type { MigratedModule, MigrationReport } from './migration-report.ts';

export const MIGRATION_FORMATS = ['text', 'csv', 'markdown'] as const;

const COLUMNS = ['module', 'family', 'repo_now', 'fate', 'name', 'repo', 'version', 'note'] as const;

/** Writes a report in one of {@link MIGRATION_FORMATS}. */
export function formatMigration(report: MigrationReport, format: (typeof MIGRATION_FORMATS)[number]): string {
  if (format === 'csv') return asCsv(report);
  return format === 'markdown' ? asMarkdown(report) : asText(report);
}

function asText(report: MigrationReport): string {
  const { instance, from, to, looked_at, counts, modules } = report;
  const roots =
    looked_at.length > 0
      ? `the roots of ${looked_at.join(', ')}`
      : `no roots: no instance of Odoo ${to} is configured`;
  const lines = [
    `${counted(modules.length, 'linked module')} of ${instance}, from Odoo ${from} to ${to}; looked at ${roots}.`,
  ];
  for (const fate of Object.keys(counts) as Fate[]) {
    lines.push(`${fate}, ${counts[fate]}: ${FATES[fate]}`);
    lines.push(...modules.filter((module) => module.fate === fate).map((module) => `  ${describe(module)}`));
  }
  return lines.map(oneLine).join('\n');
}

function describe({ module, name, repo, version, note }: MigratedModule): string {
  const place = repo === undefined ? '' : ` in ${quoted(repo)}`;
  const what = `${name === undefined ? '' : ` -> ${name}`}${version === undefined ? '' : ` ${version}`}${place}`;
  return `${module}${what}${note === undefined ? '' : `: ${note}`}`;
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

function cellsOf(module: MigratedModule): string[] {
  return COLUMNS.map((column) => module[column] ?? '');
}
