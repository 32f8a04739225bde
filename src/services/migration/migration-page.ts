/** The report of a migration a page at a time, as a tool answers. */
import * as z from 'zod';
import { FAMILIES } from '../../addons/roots.ts';
import { ok, type Result } from '../../base/refusal.ts';
import { counted, oneLine } from '../../base/text.ts';
import { SERIES } from '../../manifest/series.ts';
import type { ServiceContext } from '../context.ts';
import { nextCursor, Page, readCursor, writeCursor } from '../cursor.ts';
import { message, ownWords, type ReportOf } from '../own-words.ts';
import { describeWithheld } from '../telling.ts';
import { FATES, type Fate } from './fates.ts';
import { describeFates } from './migration-formats.ts';
import { type MigrationRequest, type ReportedModule, reportMigration } from './migration-report.ts';
import { MOVES } from './plan-migration.ts';

const fate = z.enum(Object.keys(FATES) as [Fate, ...Fate[]]);

/** What becomes of the links of an instance in a later series. */
export const MigrationPageSchema = z.strictObject({
  status: z.literal('ok'),
  instance: z.string(),
  series: z.enum(SERIES),
  to: z.enum(SERIES),
  fates: z.partialRecord(fate, z.int()).describe('All modules by what becomes of them.'),
  modules: z.array(
    z.strictObject({
      module: z.string(),
      family: z.enum(FAMILIES),
      repo_now: z.string().nullable(),
      fate,
      name: z.string().exactOptional().describe('What it is called there, or was merged into.'),
      repo: z.string().exactOptional(),
      version: ownWords.exactOptional(),
      note: message.exactOptional(),
      action: z.enum(MOVES).describe('What `migrate --apply` does about its link.'),
      dir: z.string().exactOptional().describe('Its addons directory, where there are several.'),
    }),
  ),
  note: message,
  next_cursor: nextCursor,
});

export type MigrationPage = ReportOf<typeof MigrationPageSchema>;

export interface MigrationPageRequest extends MigrationRequest {
  readonly cursor?: string | undefined;
  /** The most modules of a page. */
  readonly limit?: number | undefined;
  /** The most characters of a page; without it, everything is one page. */
  readonly room?: number | undefined;
}

/** A page of {@link reportMigration}; the counts are of all pages. */
export async function pageOfMigration(
  {
    cursor,
    limit = Number.POSITIVE_INFINITY,
    room = Number.POSITIVE_INFINITY,
    ...request
  }: MigrationPageRequest,
  context: ServiceContext,
): Promise<Result<MigrationPage>> {
  const { instance = null, branch = null, target_dir = null, to } = request;
  const key = ['migrate', instance, branch, target_dir, to];
  const after = cursor === undefined ? ok([0] as const) : readCursor(key, cursor, isPosition);
  if (!after.ok) return after;
  const reported = await reportMigration(request, context);
  if (!reported.ok) return reported;
  const { withheld, counts, modules, from: series, looked_at, ...report } = reported.value;
  const page = new Page<ReportedModule>(room);
  const [first] = after.value;
  for (const module of modules.slice(first)) {
    if (page.items.length >= limit || !page.add(module)) break;
  }
  const end = first + page.items.length;
  const roots =
    looked_at.length === 0
      ? `No instance of Odoo ${to} is configured.`
      : `Looked at the roots of ${looked_at.join(', ')}.`;
  const note = [roots, describeWithheld(withheld) ?? [], APPLY].flat().join(' ');
  return ok({
    status: 'ok',
    ...report,
    series,
    fates: counts,
    modules: page.items,
    note,
    ...(end < modules.length && { next_cursor: writeCursor(key, [end]) }),
  });
}

const APPLY = 'An operator moves the links with `odoo-link-mcp migrate --apply`.';

/** The number of the first module of a page. */
function isPosition(parts: readonly unknown[]): parts is readonly [number] {
  const [first] = parts;
  return parts.length === 1 && typeof first === 'number' && Number.isInteger(first) && first >= 0;
}

/** The page as text for a person. */
export function describePage(page: MigrationPage): string {
  const { instance, series, to, fates, modules, note, next_cursor } = page;
  const total = Object.values(fates).reduce((sum, count) => sum + count, 0);
  const lines = [
    `${counted(total, 'module')} of ${instance}, from Odoo ${series} to ${to}. ${note}`,
    ...describeFates(fates, modules),
    ...(next_cursor === undefined ? [] : [`More: call again with cursor ${next_cursor}`]),
  ];
  return lines.map(oneLine).join('\n');
}
