/** What becomes of a linked module in a later series, by itself: whether that can be had with all it needs is another question. */
import { noEnterprise } from '../../addons/lookup.ts';
import { isModuleName } from '../../addons/module-name.ts';
import { type Family, type ToolFamily, toolsOf } from '../../addons/roots.ts';
import { asSentence } from '../../base/text.ts';
import type { Series } from '../../manifest/series.ts';
import { type FoundModule, lookAtSource } from '../link/resolve-modules.ts';
import { shownVersion } from '../own-words.ts';
import { isMerged, scopeOf, type Trace, traceModule } from '../trace-module.ts';
import { describeKnown } from './known-there.ts';
import { findMigrated, type NextSources } from './next-sources.ts';

/** What can become of a module, the surest first. */
export const FATES = {
  there: 'a root of the new series has it, with all that it needs',
  needed: 'it is not linked now: modules that are there need it, or it takes the place of one',
  part_of_odoo: 'it is a module of Odoo itself there',
  renamed: 'it has another name there',
  merged: 'another module does there what it did',
  blocked: 'a root of the new series has it, but not all that it needs, or its place is taken',
  refused: 'a root of the new series has it, but it could not be linked; most are not migrated yet',
  not_checked_out: 'a repository of the OCA has it, but no root does',
  unknown: 'no root has it, and nothing else is known of it',
} as const;
export type Fate = keyof typeof FATES;

/** What becomes of a module. */
export interface ModuleFate {
  readonly fate: Fate;
  /** The repository that has it there. */
  readonly repo?: string;
  /** Its version there. */
  readonly version?: string;
  /** What it is called there, or what it was merged into. */
  readonly name?: string;
  /** What is to know of it, as sentences. */
  readonly note?: string;
}

/** The fate of a module by itself, and what a root has that takes its place: it, its new name, what it was merged into. */
export interface Destiny extends ModuleFate {
  readonly source: FoundModule | null;
}

/**
 * Finds out what becomes of a module.
 * @param family That of its link.
 * @param from The series from which it comes.
 */
export async function fateOf(
  name: string,
  family: Family,
  from: Series,
  next: NextSources,
): Promise<Destiny> {
  const { sources, view } = next;
  const { lists, series, roots } = sources;
  const tool = toolsOf(family);
  const isCore = lists.community.has(name) || view.find(name)?.by === 'core';
  if (isCore) return partOf('Community', series);
  if (tool === null || !isModuleName(name)) return { fate: 'unknown', source: null, note: NO_MODULE };
  const found = await findMigrated(name, tool, next);
  if (found.ok) return destinyOf('there', look(found.value, next));
  const isElsewhere = !['module_not_found', 'wrong_family'].includes(found.refusal.code);
  if (isElsewhere) return { fate: 'refused', source: null, note: found.refusal.message };
  if (family === 'ee') {
    if (lists.enterprise.has(name))
      return { fate: 'not_checked_out', source: null, note: noEnterprise(roots) };
    return { fate: 'unknown', source: null, note: `Odoo Enterprise ${series} is not known to have it.` };
  }
  if (lists.enterprise.has(name)) return partOf('Enterprise', series);
  if (found.refusal.code === 'wrong_family')
    return { fate: 'refused', source: null, note: found.refusal.message };
  return fateByTrace(family, await traceModule(name, scopeOf(sources), from), next);
}

const NO_MODULE = 'No tool links such a module.';

function partOf(edition: 'Community' | 'Enterprise', series: Series): Destiny {
  const note = `It is a module of Odoo ${edition} ${series}: it needs no link, or one from there.`;
  return { fate: 'part_of_odoo', source: null, note };
}

/** Reads a module that takes the place of a linked one. */
function look(source: FoundModule['source'], { instance }: NextSources): FoundModule {
  return { ...lookAtSource(source, instance), requiredBy: [], chain: () => [] };
}

function destinyOf(fate: Fate, source: FoundModule, more: Partial<ModuleFate> = {}): Destiny {
  const fields = source.assessment.judgement?.fields;
  const version = fields == null ? {} : { version: shownVersion(fields) };
  return { fate, source, repo: source.source.repository.name, ...version, ...more };
}

async function fateByTrace(family: Family, trace: Trace, next: NextSources): Promise<Destiny> {
  const { sources } = next;
  const { place, changes, name, isBack, asOf } = trace;
  const known = describeKnown(trace, sources);
  if (changes.length > 0 && !isBack) {
    const fate = isMerged(trace) ? 'merged' : 'renamed';
    if (place.kind !== 'offered') return { fate, name, source: null, note: known };
    return takenPlace(fate, name, known, toolsOf(family) as ToolFamily, next);
  }
  if (place.kind === 'indexed' && !isBack)
    return { fate: 'not_checked_out', source: null, repo: place.repos[0] as string, note: known };
  const note =
    family === 'own'
      ? `It is one of the company: no root of Odoo ${sources.series} has it.`
      : `Not known for ${sources.series} (as of ${asOf}).`;
  return { fate: 'unknown', source: null, note };
}

/** A module that a root has under another name. */
async function takenPlace(
  fate: 'renamed' | 'merged',
  name: string,
  story: string,
  tool: ToolFamily,
  next: NextSources,
): Promise<Destiny> {
  const found = isModuleName(name) ? await findMigrated(name, tool, next) : null;
  if (found?.ok) return destinyOf(fate, look(found.value, next), { name, note: story });
  const why = found === null ? NO_MODULE : asSentence(found.refusal.message);
  return { fate, name, source: null, note: `${story} ${why}` };
}
