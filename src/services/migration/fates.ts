/** What becomes of a linked module in a later series. */
import { assessFolder } from '../../addons/assess.ts';
import { coreLists } from '../../addons/core-lists.ts';
import { findOffers } from '../../addons/lookup.ts';
import { isModuleName } from '../../addons/module-name.ts';
import { describeLater, laterNames } from '../../addons/name-changes.ts';
import type { Root } from '../../addons/roots.ts';
import type { Sources } from '../../addons/sources.ts';
import { dateInWords, inWords, quoted } from '../../base/text.ts';
import type { Series } from '../../manifest/series.ts';
import { readOcaIndex } from '../../sources/oca-index.ts';
import { shownVersion } from '../own-words.ts';

/** What can become of a module, the surest first. */
export const FATES = {
  there: 'a root of the new series has it, and Odoo can install it',
  part_of_odoo: 'it is a module of Odoo itself there',
  renamed: 'it has another name there',
  merged: 'another module does there what it did',
  refused: 'a root of the new series has it, but it could not be linked; most are not migrated yet',
  not_checked_out: 'a repository of the OCA has it, but no root does',
  unknown: 'nothing is known of it',
} as const;
export type Fate = keyof typeof FATES;

/** A module in the new series. */
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

/** What is looked at to find out. */
export interface NextSeries {
  /** The series from which modules come. */
  readonly from: Series;
  readonly to: Series;
  /** The roots of instances of the new series, and what they offer; empty if none is configured. */
  readonly places: readonly { readonly roots: readonly Root[]; readonly sources: Sources }[];
}

/** Finds out what becomes of a module. */
export async function fateOf(module: string, next: NextSeries): Promise<ModuleFate> {
  const { from, to } = next;
  const { community, enterprise } = await coreLists(to);
  if (community.has(module) || enterprise.has(module)) {
    const edition = enterprise.has(module) ? 'Odoo Enterprise' : 'Odoo Community';
    return {
      fate: 'part_of_odoo',
      note: `It is a module of ${edition} ${to}: it needs no link, or one from there.`,
    };
  }
  const offered = await findOffered(module, next);
  if (offered !== null) return offered;
  const changes = await laterNames(module, to, from);
  const last = changes.at(-1);
  if (last !== undefined) {
    const fate = changes.some(({ kind }) => kind === 'merged') ? 'merged' : 'renamed';
    return { fate, name: last.to, note: `${describeLater(changes)} ${await describeWhere(last.to, next)}` };
  }
  const { reposOf, asOf } = await readOcaIndex(to);
  const repos = reposOf(module);
  const [repo] = repos;
  if (repo !== undefined) {
    const isHere = next.places.some(({ sources }) => sources.repositories.some(({ name }) => name === repo));
    const what = isHere ? `update the checkout of ${quoted(repo)}` : `check that out, branch ${to}`;
    const note = `OCA's ${inWords(repos.map(quoted))} had it in ${dateInWords(asOf)}: ${what}.`;
    return { fate: 'not_checked_out', repo, note };
  }
  return { fate: 'unknown', note: `Not known for ${to} (as of ${dateInWords(asOf)}).` };
}

/** What the roots of the new series say of a module; null if none has it. */
async function findOffered(module: string, { places, to }: NextSeries): Promise<ModuleFate | null> {
  if (!isModuleName(module)) return null;
  let refused: ModuleFate | null = null;
  for (const { roots, sources } of places) {
    for (const { path, repository } of await findOffers(module, sources)) {
      const { judgement, refusals } = assessFolder(module, path, roots, to);
      const fields = judgement?.fields;
      const version = fields == null ? {} : { version: shownVersion(fields) };
      const found = { repo: repository.name, ...version };
      const [reason] = refusals;
      if (reason === undefined) return { fate: 'there', ...found };
      refused ??= { fate: 'refused', ...found, note: reason.message };
    }
  }
  return refused;
}

/** Where the module is that has taken the place of another. */
async function describeWhere(name: string, next: NextSeries): Promise<string> {
  const { community, enterprise } = await coreLists(next.to);
  if (enterprise.has(name)) return `${name} is a module of Odoo Enterprise.`;
  if (community.has(name)) return `${name} is a module of Odoo.`;
  const offered = await findOffered(name, next);
  if (offered?.fate === 'there') return `${quoted(offered.repo ?? '')} has ${name}.`;
  const { reposOf, asOf } = await readOcaIndex(next.to);
  const repos = reposOf(name);
  if (repos.length > 0) return `OCA's ${inWords(repos.map(quoted))} had ${name} in ${dateInWords(asOf)}.`;
  return `No root has ${name}.`;
}
