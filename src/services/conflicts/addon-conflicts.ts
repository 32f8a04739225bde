import { dirname } from 'node:path';
import * as z from 'zod';
import { dependsOf } from '../../addons/assess.ts';
import { type Conflict, type ConflictKind, type ModuleOffer, nameConflict } from '../../addons/conflicts.ts';
import { findCycles } from '../../addons/dependencies.ts';
import { FAMILIES, rootOf } from '../../addons/roots.ts';
import { notOfOtherSeries } from '../../addons/series-of-checkout.ts';
import { ok, type Result } from '../../base/refusal.ts';
import { counted, oneLine, quoted } from '../../base/text.ts';
import type { CatalogView } from '../../catalog/catalog.ts';
import { SERIES } from '../../manifest/series.ts';
import { lookAround, type ServiceContext } from '../context.ts';
import { nextCursor, readCursor, writeCursor } from '../cursor.ts';
import { GroupedPage } from '../grouped-page.ts';
import { readLinkedModules } from '../linked-modules.ts';
import { message, type ReportOf, shownName } from '../own-words.ts';
import { type RequestOf, selectTarget } from '../select-target.ts';
import { createEntryStates } from '../status/entry-state.ts';
import { describeExclusion, findExclusions } from './exclusions.ts';
import { excludesOf } from './linked-excludes.ts';
import {
  type ConflictScope,
  conflictKind,
  describeCycle,
  licenseConflicts,
  toConflict,
} from './module-conflicts.ts';

export interface ConflictsRequest extends RequestOf<'addon_conflicts'> {
  /** The most characters of a page; without it, everything is one page. */
  readonly room?: number | undefined;
}

export const ConflictsReportSchema = z.strictObject({
  status: z.literal('ok'),
  instance: z.string(),
  series: z.enum(SERIES),
  counts: z.partialRecord(conflictKind, z.int()).describe('All conflicts by kind.'),
  conflicts: z
    .array(
      z.strictObject({
        kind: conflictKind,
        modules: z.array(z.string()),
        message: message.nullable().describe('Absent where the offers say it all.'),
        offers: z
          .array(
            z.strictObject({
              family: z.enum(FAMILIES),
              repo: z.string().nullable(),
              path: z
                .string()
                .nullable()
                .describe('The folder that contains the modules; absent for a built-in list.'),
            }),
          )
          .describe('Where each of the modules is.'),
      }),
    )
    .describe('In groups of those that the same repositories offer.'),
  next_cursor: nextCursor,
});

export type ConflictsReport = ReportOf<typeof ConflictsReportSchema>;

/**
 * Finds the conflicts of an instance: names that several sources offer, on disk and in the built-in lists; and, among the
 * linked modules, those that are shadowed, excluded, in a circle, or depend on one whose licence does not allow it.
 * @returns All of them, or those of one kind, a page at a time; the counts cover all.
 */
export async function addonConflicts(
  request: ConflictsRequest,
  context: ServiceContext,
): Promise<Result<ConflictsReport>> {
  const target = selectTarget(context.instances, request, context.surface);
  if (!target.ok) return target;
  const { instance } = target.value;
  const key = [instance.name, request.kind ?? null];
  const after = request.cursor === undefined ? ok([0] as const) : readCursor(key, request.cursor, isPosition);
  if (!after.ok) return after;
  const around = await lookAround(instance, context);
  const { turns } = around;
  const linked = await readLinkedModules(instance, turns, instance.addonsDirs, around.sources.look);
  if (!linked.ok) return linked;
  const catalog = await context.catalogOf(instance).refresh();
  const scope = { ...around, linked: linked.value };
  // A module that is linked twice would report its conflicts twice.
  const found = new Map<string, Conflict>();
  for (const conflicts of [conflictsOfNames(catalog, scope), conflictsOfLinked(scope)]) {
    for await (const conflict of conflicts) found.set(conflict.message, conflict);
  }
  const counts: Partial<Record<ConflictKind, number>> = {};
  const page = new GroupedPage<Shared>(request.room, request.limit);
  const [first] = after.value;
  let at = 0;
  let end: number | null = null;
  for (const conflict of found.values()) {
    await turns.spend();
    counts[conflict.kind] = (counts[conflict.kind] ?? 0) + 1;
    if (request.kind !== undefined && conflict.kind !== request.kind) continue;
    if (end === null && at >= first && !page.add(sharedOf(conflict), shownName(conflict.module))) end = at;
    at++;
  }
  return ok({
    status: 'ok',
    instance: instance.name,
    series: instance.series,
    counts,
    conflicts: page.list().map(({ shared, names }) => ({ ...shared, modules: names })),
    ...(end !== null && { next_cursor: writeCursor(key, [end]) }),
  });
}

type Shared = Omit<ConflictsReport['conflicts'][number], 'modules'>;

/** What is told of a conflict, and of others in the same group. */
function sharedOf({ kind, message, offers }: Conflict): Shared {
  // A message counts the offers that it does not list.
  if (offers.length === 0 || / and \d+ more\.$/.test(message)) return { kind, message, offers };
  const folders = offers.map(({ family, repo, path }) => ({ family, repo, path: path && dirname(path) }));
  return { kind, message: null, offers: folders };
}

/** The number of the first conflict of a page. */
function isPosition(parts: readonly unknown[]): parts is readonly [number] {
  const [first] = parts;
  return parts.length === 1 && typeof first === 'number' && Number.isInteger(first) && first >= 0;
}

/** Names that several sources offer. */
async function* conflictsOfNames(
  { modules }: CatalogView,
  { sources, turns }: ConflictScope,
): AsyncGenerator<Conflict> {
  const byName = new Map<string, Map<string, ModuleOffer>>();
  for (const { name, family, path, repository } of modules) {
    const pause = turns.spend();
    if (pause !== undefined) await pause;
    if (family === null) continue;
    const offers = byName.get(name) ?? new Map<string, ModuleOffer>();
    byName.set(name, offers);
    offers.set(path, { family, repo: sources.ownersOf(path)[0]?.name ?? repository.name, path });
  }
  for (const [name, offers] of byName) {
    const pause = turns.spend();
    if (pause !== undefined) await pause;
    const placed = [...offers].map(([path, offer]) => ({ path, root: rootOf(path, sources.roots), offer }));
    const meant = notOfOtherSeries(placed, sources.series, sources.seriesOf).map(({ offer }) => offer);
    const conflict = nameConflict(name, meant, sources);
    if (conflict !== null) yield conflict;
  }
}

/** Conflicts among the linked modules. */
async function* conflictsOfLinked(scope: ConflictScope): AsyncGenerator<Conflict> {
  const { instance, view, linked, turns } = scope;
  const stateOf = await createEntryStates(instance, linked, view, {}, turns);
  for (const module of linked) {
    await turns.spend();
    const { state, problem } = stateOf(module);
    if (state === 'shadowed') yield toConflict('shadowed', module.name, `${quoted(module.name)}: ${problem}`);
  }
  for (const pair of await findExclusions([], linked.map(excludesOf), view, turns)) {
    yield toConflict('excludes', pair.module, describeExclusion(pair));
  }
  const nodes: { name: string; depends: readonly string[] }[] = [];
  for (const { name, family, assessment } of linked) {
    await turns.spend(1 / 4);
    const fields = assessment?.judgement?.fields ?? null;
    if (fields !== null) yield* await licenseConflicts(name, family, fields, scope);
    // A module without dependencies is in no circle.
    const depends = dependsOf(assessment);
    if (depends.length > 0) nodes.push({ name, depends });
  }
  for (const cycle of await findCycles(nodes, turns)) {
    yield toConflict('cycle', cycle[0] as string, describeCycle(cycle));
  }
}

/** The conflicts as text for a person, a line for each group. */
export function describeConflicts(report: ConflictsReport): string {
  const { instance, series, counts, conflicts, next_cursor } = report;
  const said = Object.entries(counts).map(([kind, count]) => `${count} ${kind}`);
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const lines = [
    `${counted(total, 'conflict')}${said.length > 0 ? `: ${said.join(', ')}` : ''} (instance ${instance}, Odoo ${series}).`,
  ];
  lines.push(...conflicts.map((group) => `- ${describeGroup(group)}`));
  if (next_cursor !== undefined) lines.push(`More: call again with cursor ${next_cursor}`);
  return lines.map(oneLine).join('\n');
}

function describeGroup({ kind, modules, message, offers }: ConflictsReport['conflicts'][number]): string {
  if (message !== null) return `${kind}, ${modules.join(', ')}: ${message}`;
  const where = offers.map(({ family, repo, path }) => {
    return path === null
      ? `Odoo ${family === 'ee' ? 'Enterprise' : 'Community'}`
      : `${quoted(repo ?? '')} (${family}) in ${path}`;
  });
  return `${kind}, offered by ${where.join(' and ')}: ${modules.join(', ')}`;
}
