import * as z from 'zod';
import { dependsOf } from '../../addons/assess.ts';
import {
  CONFLICT_KINDS,
  type Conflict,
  type ConflictKind,
  type ModuleOffer,
  nameConflict,
} from '../../addons/conflicts.ts';
import { findCycles } from '../../addons/dependencies.ts';
import { ok, type Result } from '../../base/refusal.ts';
import { counted, oneLine, quoted } from '../../base/text.ts';
import type { CatalogView } from '../../catalog/catalog.ts';
import { SERIES } from '../../manifest/series.ts';
import { lookAround, type ServiceContext } from '../context.ts';
import { nextCursor, Page, readCursor, writeCursor } from '../cursor.ts';
import { readLinkedModules } from '../linked-modules.ts';
import { type ReportOf, shownName } from '../own-words.ts';
import { type RequestOf, selectTarget } from '../select-target.ts';
import { createEntryStates } from '../status/entry-state.ts';
import { describeExclusion, findExclusions } from './exclusions.ts';
import { excludesOf } from './linked-excludes.ts';
import {
  type ConflictScope,
  conflictKind,
  conflictSchema,
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
  counts: z.record(conflictKind, z.int()).describe('Conflicts by kind.'),
  conflicts: z.array(conflictSchema),
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
  const target = selectTarget(context.instances, request);
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
  const counts = Object.fromEntries(Object.keys(CONFLICT_KINDS).map((kind) => [kind, 0])) as Record<
    ConflictKind,
    number
  >;
  const page = new Page<Conflict>(request.room ?? Number.POSITIVE_INFINITY);
  const [first] = after.value;
  let at = 0;
  let end: number | null = null;
  for (const conflict of found.values()) {
    await turns.spend();
    counts[conflict.kind]++;
    if (request.kind !== undefined && conflict.kind !== request.kind) continue;
    const shown = { ...conflict, module: shownName(conflict.module) };
    if (end === null && at >= first && !page.add(shown)) end = at;
    at++;
  }
  return ok({
    status: 'ok',
    instance: instance.name,
    series: instance.series,
    counts,
    conflicts: page.items,
    ...(end !== null && { next_cursor: writeCursor(key, [end]) }),
  });
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
    const conflict = nameConflict(name, [...offers.values()], sources);
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

const MOST_SHOWN = 200;

/** The conflicts as text for a person, one line each. */
export function describeConflicts(report: ConflictsReport): string {
  const { instance, series, counts, conflicts, next_cursor } = report;
  const said = Object.entries(counts).flatMap(([kind, count]) => (count > 0 ? [`${count} ${kind}`] : []));
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const lines = [
    `${counted(total, 'conflict')}${said.length > 0 ? `: ${said.join(', ')}` : ''} (instance ${instance}, Odoo ${series}).`,
  ];
  lines.push(...conflicts.slice(0, MOST_SHOWN).map(({ kind, message }) => `- ${kind}: ${message}`));
  if (conflicts.length > MOST_SHOWN) lines.push(`And ${conflicts.length - MOST_SHOWN} more.`);
  if (next_cursor !== undefined) {
    lines.push(
      `${conflicts.length} of them are in this answer. For more, call again with cursor ${next_cursor}; for fewer, with a kind.`,
    );
  }
  return lines.map(oneLine).join('\n');
}
