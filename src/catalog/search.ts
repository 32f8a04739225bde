/**
 * Searches the modules of a catalog. A query that is a technical name, its beginning or a part of it is answered from
 * names and manifests; for a query in words, their texts are indexed.
 */
import { isCalledAny, type OwnersOf } from '../addons/owners.ts';
import { sortInTurns, type Turns } from '../base/turns.ts';
import type { CatalogModule } from './catalog-module.ts';
import { searchNames, searchNearest } from './search-names.ts';
import { type Hit, type Paged, type Position, pageOfHits, pageOfNames } from './search-pages.ts';
import { type Searchable, searchablesOf } from './searchables.ts';
import { fold, tellingWords } from './terms.ts';
import type { WordIndex } from './word-index.ts';

export type { Hit, Position } from './search-pages.ts';
export type { Searchable } from './searchables.ts';
export { fold } from './terms.ts';

export interface Search {
  /** A name or words; empty for every module. A repository as `OCA/web`, its address or its path limits it to that. */
  readonly query: string;
  /** Filters the modules. */
  readonly isWanted: (searchable: Searchable) => boolean;
  /** The end of the previous page; null for the first page. */
  readonly after: Position | null;
  readonly limit: number;
}

export interface Found extends Paged {
  /** The name of the repository that the query names, if it names one of those searched. */
  readonly repository: string | null;
}

/** The most results that a search in words gives, and the most near misses among them. */
const MOST_RANKED = 1000;
const MOST_NEAR = 25;

/**
 * Searches by technical name, title, dependency, summary and category, or by words in what modules say of themselves.
 *
 * Results of a name are sorted by rank, name, repository and path; those of words by how well they match. Pages make up
 * the whole even if modules are added or removed meanwhile: none is shown twice, and none that stays is left out, but for
 * near misses. If nothing matches, the result is the modules whose names are most similar to the query.
 * @param modules The modules of a catalog's view; those outside all roots are skipped.
 * @param owners Called once per view, at the first search.
 * @param index The words of that catalog; only a query in words asks it, and waits until it is up to date.
 */
export async function searchModules(
  { modules, index }: { readonly modules: readonly CatalogModule[]; readonly index: WordIndex },
  owners: () => Promise<OwnersOf>,
  search: Search,
  turns: Turns,
): Promise<Found> {
  const searchables = await searchablesOf(modules, owners, turns);
  const { after, limit } = search;
  const { query, repository, isWanted } = await inRepository(searchables, search, turns);
  // The next page comes from where the last one did, even if what decided that is gone.
  if (after === null || after.by === 'name') {
    const { ranked, isName } = await searchNames(searchables, query, isWanted, turns);
    if (isName || after !== null) return { ...pageOfNames(ranked, after, limit), repository };
  }
  const shown = after?.shown ?? [];
  const similar = async () => {
    const name = fold(query).replace(/\s+/g, '_');
    const found = await searchNearest(searchables, name, isWanted, turns);
    const hits = found.map((searchable): Hit => ({ searchable, isNear: true }));
    return { ...pageOfHits({ by: 'similarity', hits }, shown, limit), repository };
  };
  if (after === null ? query.includes('_') : after.by === 'similarity') {
    const found = await similar();
    if (found.total > 0 || after !== null) return found;
  }
  const answers = await index.ask(modules, query, turns);
  const hits = await searchWords(searchables, { query, isWanted }, answers, turns);
  if (hits.length === 0 && after === null) return similar();
  return { ...pageOfHits({ by: 'words', hits }, shown, limit), repository };
}

/** Units of work for comparing a module's repositories with a word, see {@link Turns.spend}. */
const NAMING = 1 / 4;

type Query = Pick<Search, 'query' | 'isWanted'>;

/** Takes the first word of a query with a slash that means a repository for a filter. */
async function inRepository(
  searchables: readonly Searchable[],
  { query, isWanted }: Query,
  turns: Turns,
): Promise<Query & { readonly repository: string | null }> {
  const words = query.split(/\s+/).filter((word) => word !== '');
  for (const [at, word] of words.entries()) {
    if (!word.includes('/')) continue;
    const isIn = ({ repositories }: Searchable) => isCalledAny(repositories, word);
    // One of which nothing may be shown is not confirmed to exist.
    let example: Searchable | undefined;
    for (const searchable of searchables) {
      const pause = turns.spend(NAMING);
      if (pause !== undefined) await pause;
      if (!isIn(searchable) || !isWanted(searchable)) continue;
      example = searchable;
      break;
    }
    const called = example?.repositories.find((repository) => isCalledAny([repository], word));
    if (called === undefined) continue;
    return {
      query: words.toSpliced(at, 1).join(' '),
      isWanted: (searchable) => isIn(searchable) && isWanted(searchable),
      repository: called.name,
    };
  }
  return { query: words.join(' '), isWanted, repository: null };
}

/** The hits of a query in words, best first; before them, a module whose name the words are. */
async function searchWords(
  searchables: readonly Searchable[],
  { query, isWanted }: Query,
  answers: Awaited<ReturnType<WordIndex['ask']>>,
  turns: Turns,
): Promise<Hit[]> {
  const name = tellingWords(query).join('_');
  // A name that no module has.
  const isTechnical = query.includes('_');
  const rated: { readonly score: number; readonly hit: Hit }[] = [];
  for (const searchable of searchables) {
    const answer = answers.get(searchable.module);
    if (answer === undefined || !isWanted(searchable)) continue;
    const isNamed = searchable.name === name;
    const score = isNamed ? Number.POSITIVE_INFINITY : answer.score;
    rated.push({ score, hit: { searchable, isNear: !isNamed && (isTechnical || !answer.isWhole) } });
    const pause = turns.spend();
    if (pause !== undefined) await pause;
  }
  const sorted = await sortInTurns(rated, (a, b) => (a.score === b.score ? 0 : b.score - a.score), turns);
  return withFewNear(sorted.map(({ hit }) => hit));
}

/** Modules with one word of ten are many: only the best of them are worth showing. */
function withFewNear(hits: readonly Hit[]): Hit[] {
  let near = 0;
  return hits.filter(({ isNear }) => !isNear || ++near <= MOST_NEAR).slice(0, MOST_RANKED);
}
