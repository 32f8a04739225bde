import type { Lookup, Related, Scores } from './match-concepts.ts';
import { termOf, wordsOf } from './terms.ts';

/** What a module says, by where it says it. */
export interface Document {
  readonly id: number;
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly category: string;
  readonly text: string;
}

/** What a word counts for, by where it stands. */
const WEIGHTS = { name: 3, title: 2, summary: 1.5, category: 1, text: 1.5 } as const;
const LONGER_TERM = 0.375;
const SIMILAR_TERM = 0.45;
/** What each further character, and each typing error, takes from that. */
const FURTHER = 0.3;
const ERROR = 1;
/** The fewest characters of a term that may be two typing errors away, not only one. */
const TWO_ERRORS = 8;

/**
 * The most terms that stand for one, so that no text with thousands of them slows down all searches: how many beginnings
 * are looked at, how many terms are taken, and in how many places they may occur in all.
 */
export const MOST = { seen: 16_384, terms: 64, places: 65_536 } as const;

/** The terms of documents: a BM25 index, for which the package is loaded when the first one is created. */
export interface TextIndex extends Lookup {
  add(document: Document): void;
  /** The space is freed in the background. */
  remove(id: number): void;
}

export async function createTextIndex(): Promise<TextIndex> {
  const { default: Package } = await import('minisearch');
  /** With its terms: the package itself cannot limit how many of them a search takes. */
  class Bm25 extends Package<Document> {
    *beginning(term: string): Generator<Candidate> {
      let seen = 0;
      for (const [other, places] of this._index.atPrefix(term)) {
        if (++seen > MOST.seen) return;
        if (other !== term) yield candidate(other, other.length - term.length, places);
      }
    }

    *alike(term: string, errors: number): Generator<Candidate> {
      for (const [other, [places, distance]] of this._index.fuzzyGet(term, errors)) {
        if (other !== term) yield candidate(other, distance, places);
      }
    }
  }
  const terms = new Terms();
  const index = new Bm25({
    fields: Object.keys(WEIGHTS),
    tokenize: (text) => wordsOf(text).map((word) => terms.of(word)),
    processTerm: (term) => term,
    searchOptions: { boost: WEIGHTS, tokenize: (term) => [term] },
  });
  return {
    get size() {
      return index.documentCount;
    },
    add: (document) => index.add(document),
    remove: (id) => index.discard(id),
    exactly: (term): Scores => new Map(index.search(term).map(({ id, score }) => [id as number, score])),
    longer: (term) => nearestOf(index.beginning(term), LONGER_TERM, FURTHER),
    alike: (term) => nearestOf(index.alike(term, term.length < TWO_ERRORS ? 1 : 2), SIMILAR_TERM, ERROR),
  };
}

/** A term that may stand for another one. */
interface Candidate {
  readonly term: string;
  /** In characters or errors. */
  readonly distance: number;
  /** In how many fields of how many documents it occurs. */
  readonly places: number;
}

function candidate(
  term: string,
  distance: number,
  fields: ReadonlyMap<number, ReadonlyMap<number, number>>,
): Candidate {
  let places = 0;
  for (const { size } of fields.values()) places += size;
  return { term, distance, places };
}

/** The nearest, of equally near ones the most frequent, with what they count for: the further, the less. */
function nearestOf(candidates: Iterable<Candidate>, weight: number, each: number): Related[] {
  const sorted = [...candidates].sort((a, b) => a.distance - b.distance || b.places - a.places);
  let left: number = MOST.places;
  return sorted
    .slice(0, MOST.terms)
    .filter(({ places }) => {
      left -= places;
      return left >= 0;
    })
    .map(({ term, distance }) => [term, (weight * term.length) / (term.length + each * distance)]);
}

/** A language repeats its words: terms by word, for the words of the documents that were added last. */
class Terms {
  #known = new Map<string, string>();

  of(word: string): string {
    let term = this.#known.get(word);
    if (term === undefined) {
      if (this.#known.size === MOST_KNOWN) this.#known = new Map();
      term = termOf(word);
      this.#known.set(word, term);
    }
    return term;
  }
}

const MOST_KNOWN = 4096;
