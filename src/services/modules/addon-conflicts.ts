import { dependsOf } from '../../addons/assess.ts';
import { CONFLICT_KINDS, type Conflict, type ConflictKind, nameConflict } from '../../addons/conflicts.ts';
import { findCycles } from '../../addons/dependencies.ts';
import { readSources } from '../../addons/lookup.ts';
import { createPathView } from '../../addons/on-path.ts';
import { ok, type Result } from '../../refusal.ts';
import { oneLine, quoted } from '../../text.ts';
import type { ServiceContext } from '../context.ts';
import { readLinkedModules } from '../linked-modules.ts';
import { shownName } from '../own-words.ts';
import { type Selection, selectTarget } from '../select-target.ts';
import { createJudge } from '../status/judge-entry.ts';
import { describeExclusion, findExclusions } from './exclusions.ts';
import { licenseConflicts, toConflict } from './module-conflicts.ts';

export interface ConflictsReport {
  readonly status: 'ok';
  readonly instance: string;
  readonly series: string;
  readonly counts: Readonly<Record<ConflictKind, number>>;
  readonly conflicts: readonly Conflict[];
}

/**
 * Shows every conflict of an instance: names that several sources offer, on disk and in the built-in lists; and, among
 * the modules that are linked, what is shadowed, excluded, needs itself or has a licence that does not fit.
 */
export async function addonConflicts(
  request: Selection,
  context: ServiceContext,
): Promise<Result<ConflictsReport>> {
  const target = selectTarget(context.instances, request);
  if (!target.ok) return target;
  const { instance } = target.value;
  const sources = await readSources(instance.roots, instance.series);
  const view = createPathView(instance, sources.lists);
  const linked = readLinkedModules(instance);
  if (!linked.ok) return linked;
  const catalog = await context.catalogOf(instance).refresh();
  const byName = new Map<string, Conflict['offers'][number][]>();
  for (const { name, family, path, repository } of catalog.modules) {
    if (family === null) continue;
    const offers = byName.get(name) ?? [];
    byName.set(name, offers);
    if (!offers.some((offer) => offer.path === path))
      offers.push({ family, repo: sources.ownersOf(path)[0]?.name ?? repository.name, path });
  }
  const judge = createJudge(instance, linked.value, view, {});
  const scope = { instance, sources, view };
  const nodes = linked.value.map(({ name, assessment }) => ({ name, depends: dependsOf(assessment) }));
  const found: Conflict[] = [
    ...[...byName].flatMap(([name, offers]) => nameConflict(name, offers, sources) ?? []),
    ...linked.value.flatMap((module) => {
      const { state, problem } = judge(module);
      return state === 'shadowed'
        ? [toConflict('shadowed', module.name, `${quoted(module.name)}: ${problem}`)]
        : [];
    }),
    ...findExclusions([], instance, view).map((pair) =>
      toConflict('excludes', pair.module, describeExclusion(pair)),
    ),
    ...linked.value.flatMap(({ name, family, assessment }) => {
      const fields = assessment?.judgement?.fields ?? null;
      return fields === null ? [] : licenseConflicts(name, family, fields, scope);
    }),
    ...findCycles(nodes).map((cycle) =>
      toConflict('cycle', cycle[0] as string, `${cycle.map(shownName).join(' -> ')} need one another.`),
    ),
  ];
  // A module that is linked twice has its conflicts once.
  const distinct = [...new Map(found.map((conflict) => [conflict.message, conflict])).values()];
  const conflicts = distinct.map((conflict) => ({ ...conflict, module: shownName(conflict.module) }));
  const counts = Object.fromEntries(
    Object.keys(CONFLICT_KINDS).map((kind) => [
      kind,
      conflicts.filter((conflict) => conflict.kind === kind).length,
    ]),
  ) as Record<ConflictKind, number>;
  return ok({ status: 'ok', instance: instance.name, series: instance.series, counts, conflicts });
}

const MOST_SHOWN = 200;

/** The conflicts as a text for a person, one line each. */
export function describeConflicts({ instance, series, counts, conflicts }: ConflictsReport): string {
  const said = Object.entries(counts).flatMap(([kind, count]) => (count > 0 ? [`${count} ${kind}`] : []));
  const lines = [
    `${conflicts.length === 1 ? '1 conflict' : `${conflicts.length} conflicts`}${said.length > 0 ? `: ${said.join(', ')}` : ''} (instance ${instance}, Odoo ${series}).`,
  ];
  lines.push(...conflicts.slice(0, MOST_SHOWN).map(({ kind, message }) => `- ${kind}: ${message}`));
  if (conflicts.length > MOST_SHOWN) lines.push(`And ${conflicts.length - MOST_SHOWN} more.`);
  return lines.map(oneLine).join('\n');
}
