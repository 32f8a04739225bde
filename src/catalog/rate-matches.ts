import { sortInTurns, type Turns } from '../base/turns.ts';
import type { CatalogModule } from './catalog-module.ts';
import type { Concept } from './concepts.ts';
import { countryOf } from './country.ts';
import type { WholeMatch } from './match-concepts.ts';
import { termOf, termsOf, wordsOf } from './terms.ts';

/** How well a module answers a query. */
export interface Answer {
  /** The higher, the better. */
  readonly score: number;
  /** Whether it has all words of the query; otherwise only some, or similar ones. */
  readonly isWhole: boolean;
}

export interface Found {
  readonly module: CatalogModule;
  readonly match: WholeMatch;
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

const TESTS = new Set(['test', 'tests', 'demo', 'example']);

/** Only so many of the best are compared with what they depend on: no others are among the first results. */
const MOST_COMPARED = 200;
/** Units of work for rating a module, see {@link Turns.spend}. */
const RATING = 1 / 4;

/**
 * Rates what was found by how much of the query it has, and puts base modules before the add-ons that extend them.
 * @param all All modules, for how many depend on one.
 */
export async function rateMatches(
  found: readonly Found[],
  concepts: readonly Concept[],
  all: readonly CatalogModule[],
  turns: Turns,
): Promise<ReadonlyMap<CatalogModule, Answer>> {
  const words = concepts.reduce((sum, { terms }) => sum + terms.length, 0);
  const asked = new Set(concepts.flatMap(({ terms, synonyms }) => [...terms, ...synonyms.flat()]));
  const dependents = await dependentsIn(all, turns);
  const rated: Rated[] = [];
  for (const { module, match } of found) {
    const used = Math.min(DEPENDENTS.most, dependents.get(module.name) ?? 0);
    const known = 1 + DEPENDENTS.each * Math.log2(1 + used);
    const score = match.score * match.part ** PART_EXPONENT * known * specialtyOf(module, asked);
    rated.push({ module, match, score });
    const pause = turns.spend(RATING);
    if (pause !== undefined) await pause;
  }
  const best = await sortInTurns(rated, (a, b) => b.score - a.score, turns);
  putBasesFirst(best.slice(0, MOST_COMPARED), asked);
  return new Map(
    rated.map(({ module, match, score }) => [module, { score, isWhole: match.exact === words }]),
  );
}

/** Less than 1 for a module that is made for something the query does not ask for. */
function specialtyOf(module: CatalogModule, asked: ReadonlySet<string>): number {
  const { forTests, country } = factsOf(module);
  const isNotAsked = (terms: readonly string[]) => terms.length > 0 && !terms.some((term) => asked.has(term));
  return (isNotAsked(forTests) ? FOR_TESTS : 1) * (isNotAsked(country) ? FOR_COUNTRY : 1);
}

/**
 * Puts a module before those that depend on it and have no more of the query than it has, unless their names say that
 * they are for what the query asks. Otherwise `queue_job_cron` would be the answer to "job queue" because its texts are
 * shorter.
 * @param best The best first.
 */
function putBasesFirst(best: readonly Rated[], asked: ReadonlySet<string>): void {
  const byName = new Map<string, Rated>();
  for (const one of best) if (!byName.has(one.module.name)) byName.set(one.module.name, one);
  // From the highest score on, so that what is moved up moves what it depends on in turn.
  for (const addon of best) {
    for (const name of dependsOf(addon.module)) {
      const base = byName.get(name);
      if (base === undefined || base.score >= addon.score || base.score < NEAR_BASE * addon.score) continue;
      if (base.match.words < addon.match.words || hasMoreInName(addon, base, asked)) continue;
      base.score = AHEAD * addon.score;
    }
  }
}

function hasMoreInName(addon: Rated, base: Rated, asked: ReadonlySet<string>): boolean {
  const { name } = factsOf(base.module);
  return factsOf(addon.module).name.some((term) => asked.has(term) && !name.includes(term));
}

/** What the name of a module says of it, as terms. */
interface Facts {
  readonly name: readonly string[];
  /** The words that say that it is for tests. */
  readonly forTests: readonly string[];
  /** Its country; empty if it is for all. */
  readonly country: readonly string[];
}

/** Kept as long as the module. */
const facts = new WeakMap<CatalogModule, Facts>();

function factsOf(module: CatalogModule): Facts {
  const known = facts.get(module);
  if (known !== undefined) return known;
  const country = countryOf(module.name, module.repository.name);
  const made = {
    name: termsOf(module.name),
    forTests: wordsOf(module.name)
      .filter((word) => TESTS.has(word))
      .map(termOf),
    country: country === '' ? [] : termsOf(`l10n ${country}`),
  };
  facts.set(module, made);
  return made;
}

/** Kept as long as the view. */
const dependentsOf = new WeakMap<readonly CatalogModule[], ReadonlyMap<string, number>>();

/** How many modules depend on one, by its name. */
async function dependentsIn(
  modules: readonly CatalogModule[],
  turns: Turns,
): Promise<ReadonlyMap<string, number>> {
  const known = dependentsOf.get(modules);
  if (known !== undefined) return known;
  const counts = new Map<string, number>();
  for (const module of modules) {
    for (const name of dependsOf(module)) counts.set(name, (counts.get(name) ?? 0) + 1);
    const pause = turns.spend(RATING);
    if (pause !== undefined) await pause;
  }
  dependentsOf.set(modules, counts);
  return counts;
}

function dependsOf(module: CatalogModule): readonly string[] {
  return module.assessment().judgement?.fields?.depends ?? [];
}
