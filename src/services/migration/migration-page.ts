/** The report of a migration a page at a time, as a tool answers. */
import * as z from 'zod';
import { FAMILIES } from '../../addons/roots.ts';
import { ok, type Result } from '../../base/refusal.ts';
import { counted, oneLine, quoted } from '../../base/text.ts';
import { SERIES } from '../../manifest/series.ts';
import type { ServiceContext } from '../context.ts';
import { nextCursor, readCursor, writeCursor } from '../cursor.ts';
import { GroupedPage } from '../grouped-page.ts';
import { message, ownWords, type ReportOf } from '../own-words.ts';
import { describeWithheld } from '../telling.ts';
import { FATES, type Fate } from './fates.ts';
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
  groups: z
    .array(
      z.strictObject({
        fate,
        action: z.enum(MOVES).describe('What `migrate --apply` does about each link.'),
        modules: z.array(z.string()),
        versions: z.array(ownWords).exactOptional().describe('There, in the order of the modules.'),
        family: z.enum(FAMILIES),
        repo_now: z.string().nullable(),
        repo: z.string().exactOptional(),
        name: z.string().exactOptional().describe('What it is called there, or was merged into.'),
        note: message.exactOptional(),
        dir: z.string().exactOptional().describe('The addons directory, where there are several.'),
      }),
    )
    .describe('Modules of which the same is told, the surest first.'),
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
  const sorted = byRepository(modules);
  const page = new GroupedPage<Shared>(room, limit);
  const [first] = after.value;
  const end = sorted.findIndex((module, at) => at >= first && !page.add(...sharedOf(module)));
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
    groups: page.list().map(({ shared, names }) => groupOf(shared, names)),
    note,
    ...(end >= 0 && { next_cursor: writeCursor(key, [end]) }),
  });
}

type Group = MigrationPage['groups'][number];
type Shared = Omit<Group, 'modules' | 'versions'>;

/** The same order of fates, with what is told of a repository together. */
function byRepository(modules: readonly ReportedModule[]): ReportedModule[] {
  const order = Object.keys(FATES);
  const keyOf = ({ fate, repo_now, repo = '' }: ReportedModule) =>
    [String(order.indexOf(fate)), repo_now ?? '', repo].join('/');
  return modules.toSorted((a, b) => (keyOf(a) === keyOf(b) ? 0 : keyOf(a) < keyOf(b) ? -1 : 1));
}

/** What is told of a module and of others in its group, and its name with its version: no name has a space. */
function sharedOf({ module, version = '', ...shared }: ReportedModule): [Shared, string] {
  return [shared, `${module}${SEPARATOR}${version}`];
}
const SEPARATOR = '\n';

function groupOf(shared: Shared, names: readonly string[]): Group {
  const pairs = names.map((name) => name.split(SEPARATOR) as [string, string]);
  const versions = pairs.map(([, version]) => version);
  const isVersioned = versions.some((version) => version !== '');
  return { ...shared, modules: pairs.map(([module]) => module), ...(isVersioned && { versions }) };
}

const APPLY = 'An operator moves the links with `odoo-link-mcp migrate --apply`.';

/** The number of the first module of a page. */
function isPosition(parts: readonly unknown[]): parts is readonly [number] {
  const [first] = parts;
  return parts.length === 1 && typeof first === 'number' && Number.isInteger(first) && first >= 0;
}

/** The page as text for a person. */
export function describePage(page: MigrationPage): string {
  const { instance, series, to, fates, groups, note, next_cursor } = page;
  const total = Object.values(fates).reduce((sum, count) => sum + count, 0);
  const lines = [
    `${counted(total, 'module')} of ${instance}, from Odoo ${series} to ${to}. ${note}`,
    ...(Object.keys(fates) as Fate[]).flatMap((fate) => [
      `${fate}, ${fates[fate]}: ${FATES[fate]}`,
      ...groups.filter((group) => group.fate === fate).map((group) => `  ${describeGroup(group)}`),
    ]),
    ...(next_cursor === undefined ? [] : [`More: call again with cursor ${next_cursor}`]),
  ];
  return lines.map(oneLine).join('\n');
}

function describeGroup({ modules, versions = [], repo_now, repo, name, note, dir }: Group): string {
  const named = modules.map((module, at) => [module, versions[at] ?? ''].join(' ').trim()).join(', ');
  const from = repo_now === null ? '' : `from ${quoted(repo_now)}`;
  const at = repo === undefined || repo === repo_now ? '' : `in ${quoted(repo)}`;
  const becomes = name === undefined ? '' : `as ${name}`;
  const where = [from, becomes, at, dir ?? ''].filter(Boolean).join(' ');
  return `${where === '' ? '' : `${where}: `}${named}${note === undefined ? '' : `. ${note}`}`;
}
