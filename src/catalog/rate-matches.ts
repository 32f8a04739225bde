import type { CatalogModule } from './catalog-module.ts';
import type { Concept } from './concepts.ts';
import { countryOf } from './country.ts';
import type { Match } from './match-concepts.ts';
import { termsOf } from './terms.ts';

/** How well a module answers a query. */
export interface Answer {
  /** The higher, the better. */
  readonly score: number;
  /** Whether it has all words of the query; otherwise only some, or similar ones. */
  readonly isWhole: boolean;
}

export interface Found {
  readonly module: CatalogModule;
  readonly match: Match;
}

interface Rated extends Found {
  score: number;
}

/** A module that has half of the words is worth less than half. */
const PART_EXPONENT = 1.5;
/** What each doubling of the number of modules that depend on one adds, and up to which number. */
const DEPENDENTS = { each: 0.1, most: 64 } as const;
/** A module that was made for tests or as an example, and one for a country, if the query does not ask for it. */
const FOR_TESTS = 0.6;
const FOR_COUNTRY = 0.8;
/** From this part of its score on, an add-on gives way to the module that it extends. */
const NEAR_BASE = 0.5;
const AHEAD = 1.001;

const TESTS = new Set(['test', 'demo', 'example'].flatMap(termsOf));

/**
 * Rates what was found by how much of the query it has, and puts base modules before the add-ons that extend them.
 * @param all All modules, for how many depend on one.
 */
export function rateMatches(
  found: readonly Found[],
  concepts: readonly Concept[],
  all: readonly CatalogModule[],
): ReadonlyMap<CatalogModule, Answer> {
  const words = concepts.reduce((sum, { terms }) => sum + terms.length, 0);
  const asked = new Set(concepts.flatMap(({ terms, synonyms }) => [...terms, ...synonyms.flat()]));
  const dependents = dependentsIn(all);
  const rated = found.map(({ module, match }): Rated => {
    const part = (match.words / words) ** PART_EXPONENT;
    const used = Math.min(DEPENDENTS.most, dependents.get(module.name) ?? 0);
    const known = 1 + DEPENDENTS.each * Math.log2(1 + used);
    const score = match.score * part * known * specialtyOf(module.name, asked);
    return { module, match, score };
  });
  putBasesFirst(rated, asked);
  return new Map(
    rated.map(({ module, match, score }) => [module, { score, isWhole: match.exact === words }]),
  );
}

/** Less than 1 for a module that is made for something the query does not ask for. */
function specialtyOf(name: string, asked: ReadonlySet<string>): number {
  const isAsked = (term: string) => asked.has(term);
  const forTests = termsOf(name).filter((term) => TESTS.has(term));
  const country = countryOf(name);
  const isForeign = country !== '' && !termsOf(`l10n ${country}`).some(isAsked);
  const isForTests = forTests.length > 0 && !forTests.some(isAsked);
  return (isForTests ? FOR_TESTS : 1) * (isForeign ? FOR_COUNTRY : 1);
}

/**
 * Puts a module before those that depend on it and have no more of the query than it has, unless their names say that
 * they are for what the query asks. Otherwise `queue_job_cron` would be the answer to "job queue" because its texts are
 * shorter.
 */
function putBasesFirst(rated: Rated[], asked: ReadonlySet<string>): void {
  const byName = new Map<string, Rated>();
  for (const one of rated) {
    const known = byName.get(one.module.name);
    if (known === undefined || known.score < one.score) byName.set(one.module.name, one);
  }
  // From the lowest score on, so that what is moved up can move what it depends on in turn.
  for (const addon of [...rated].sort((a, b) => a.score - b.score)) {
    for (const name of dependsOf(addon.module)) {
      const base = byName.get(name);
      if (base === undefined || base.score >= addon.score || base.score < NEAR_BASE * addon.score) continue;
      if (base.match.words < addon.match.words || hasMoreInName(addon.module.name, name, asked)) continue;
      base.score = AHEAD * addon.score;
    }
  }
}

function hasMoreInName(addon: string, base: string, asked: ReadonlySet<string>): boolean {
  const known = new Set(termsOf(base));
  return termsOf(addon).some((term) => asked.has(term) && !known.has(term));
}

/** Kept as long as the view. */
const dependentsOf = new WeakMap<readonly CatalogModule[], ReadonlyMap<string, number>>();

/** How many modules depend on one, by its name. */
function dependentsIn(modules: readonly CatalogModule[]): ReadonlyMap<string, number> {
  const known = dependentsOf.get(modules);
  if (known !== undefined) return known;
  const counts = new Map<string, number>();
  for (const module of modules)
    for (const name of dependsOf(module)) counts.set(name, (counts.get(name) ?? 0) + 1);
  dependentsOf.set(modules, counts);
  return counts;
}

function dependsOf(module: CatalogModule): readonly string[] {
  return module.assessment().judgement?.fields?.depends ?? [];
}
