import * as z from 'zod';
import { type OwnersOf, readOwners } from '../../addons/owners.ts';
import { FAMILIES } from '../../addons/roots.ts';
import { ok, type Result } from '../../base/refusal.ts';
import { counted, oneLine, quoted } from '../../base/text.ts';
import { takeTurns } from '../../base/turns.ts';
import type { Instance } from '../../config/instance.ts';
import { SERIES } from '../../manifest/series.ts';
import { type ServiceContext, surfaceAt } from '../context.ts';
import { nextCursor, Page, readCursor, writeCursor } from '../cursor.ts';
import { alongWith, describeNamed, readPast } from '../history/module-history.ts';
import { readOrigins } from '../history/origins.ts';
import { findOrphans, isManaged, judgeOrigins, type OriginOf, type Orphan } from '../history/orphans.ts';
import { removalSteps } from '../history/removal-steps.ts';
import { type LinkedModule, readLinkedModules } from '../linked-modules.ts';
import { message, type ReportOf } from '../own-words.ts';
import { type Selection, selectTarget } from '../select-target.ts';
import { linkedPlace } from '../telling.ts';

export interface OrphansRequest extends Selection {
  readonly cursor?: string | undefined;
  /** The most characters of a page; without it, everything is one page. */
  readonly room?: number | undefined;
}

/** The links that nobody asked for and nothing linked needs. */
export const OrphansSchema = z.strictObject({
  status: z.literal('ok'),
  instance: z.string(),
  series: z.enum(SERIES),
  origins: z
    .strictObject({ asked: z.int(), needed: z.int(), orphans: z.int(), unknown: z.int() })
    .describe('Managed links: asked for, came along and needed, orphans, not in the audit trail.'),
  orphans: z.array(
    z.strictObject({
      module: z.string(),
      dir: z.string().exactOptional().describe('If not the first addons directory.'),
      family: z.enum(FAMILIES).nullable(),
      repo: z.string().nullable(),
      since: z.string(),
      along_with: z.array(z.string()).exactOptional().describe('What the call that linked it named.'),
      along_more: z.int().exactOptional().describe('How many more it named.'),
    }),
  ),
  note: message.exactOptional(),
  next_steps: z.array(z.string()),
  next_cursor: nextCursor,
});

export type OrphansReport = ReportOf<typeof OrphansSchema>;

/**
 * Finds the managed links of an instance that nobody asked for and that nothing linked needs, by the audit trail.
 * @returns Them, a page at a time, with the calls that remove those of the page; `io_error` if the trail cannot be read.
 */
export async function listOrphans(
  request: OrphansRequest,
  context: ServiceContext,
): Promise<Result<OrphansReport>> {
  const target = selectTarget(context.instances, request, context.surface);
  if (!target.ok) return target;
  const { instance, dir } = target.value;
  const only = request.target_dir === undefined ? null : dir;
  const key = [instance.name, only?.path ?? null, 'orphans'];
  const after = request.cursor === undefined ? ok([0] as const) : readCursor(key, request.cursor, isPosition);
  if (!after.ok) return after;
  const turns = takeTurns(context.signal);
  const linked = await readLinkedModules(instance, turns);
  if (!linked.ok) return linked;
  const past = readPast(undefined, context, turns);
  if (past?.ok === false) return past;
  const managed = linked.value.filter(isManaged);
  const names = managed.map(({ name }) => name);
  const origins = past === null ? new Map() : await readOrigins(names, instance.name, past.value);
  const originOf = judgeOrigins(origins);
  const ownersOf = await readOwners(instance.roots, turns);
  const all = await findOrphans(linked.value, originOf, instance, turns);
  const orphans = all.filter(({ module }) => context.mayTell?.(linkedPlace(module, ownersOf)).ok !== false);
  const shown = orphans.filter(({ module }) => only === null || module.dir === only);
  const page = new Page<OrphansReport['orphans'][number]>(request.room ?? Number.POSITIVE_INFINITY);
  const [first] = after.value;
  const taken: Orphan[] = [];
  for (const orphan of shown.slice(first)) {
    if (!page.add(describe(orphan, instance, ownersOf))) break;
    taken.push(orphan);
  }
  const end = first + taken.length;
  return ok({
    status: 'ok',
    instance: instance.name,
    series: instance.series,
    origins: count(managed, originOf, orphans.length),
    orphans: page.items,
    ...noteOf(past === null, past?.value.isWhole !== false),
    next_steps: removalSteps(taken, (at) => surfaceAt(instance, context, at)),
    ...(end < shown.length && { next_cursor: writeCursor(key, [end]) }),
  });
}

/** The number of the first orphan of a page. */
function isPosition(parts: readonly unknown[]): parts is readonly [number] {
  const [first] = parts;
  return parts.length === 1 && typeof first === 'number' && Number.isInteger(first) && first >= 0;
}

function count(managed: readonly LinkedModule[], originOf: OriginOf, orphans: number) {
  const origins = managed.map(originOf);
  const asked = origins.filter((origin) => origin === 'asked').length;
  const unknown = origins.filter((origin) => origin === 'unknown').length;
  return { asked, needed: managed.length - asked - unknown - orphans, orphans, unknown };
}

function describe({ module, along }: Orphan, { addonsDirs: [first] }: Instance, ownersOf: OwnersOf) {
  const { name, family, folder, dir } = module;
  return {
    module: name,
    ...(dir !== first && { dir: dir.path }),
    family,
    repo: folder === null ? null : (ownersOf(folder)[0]?.name ?? null),
    since: along.time,
    ...alongWith(along.named),
  };
}

function noteOf(isAbsent: boolean, isWhole: boolean): { note?: string } {
  if (isAbsent) return { note: 'No audit trail is kept, so nothing is known of where links come from.' };
  return isWhole
    ? {}
    : { note: 'Only the end of the audit trail was read: older links are of unknown origin.' };
}

/** The report as text for a person. */
export function describeOrphans(report: OrphansReport): string {
  const { instance, series, origins, orphans, note, next_steps, next_cursor } = report;
  const { asked, needed, unknown } = origins;
  const lines = [
    `${counted(origins.orphans, 'orphan')} (instance ${instance}, Odoo ${series}): managed links that nobody asked for and nothing linked needs. ` +
      `Others: ${asked} asked for, ${needed} needed by a linked module, ${unknown} not in the audit trail.`,
    ...orphans.map(({ module, dir, repo, since, along_with = [], along_more }) => {
      const where = `${repo === null ? '' : ` from ${quoted(repo)}`}${dir === undefined ? '' : ` in ${dir}`}`;
      return `- ${module}${where}, linked on ${since} ${describeNamed(along_with, along_more)}`;
    }),
    ...(note === undefined ? [] : [note]),
    ...next_steps.map((step) => `Next: ${step}`),
    ...(next_cursor === undefined ? [] : [`For more, call again with cursor ${next_cursor}.`]),
  ];
  return lines.map(oneLine).join('\n');
}
