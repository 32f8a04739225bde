import type MiniSearch from 'minisearch';
import type { Lookup, Scores } from './match-concepts.ts';
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
/** The fewest characters of a term that may be two typing errors away, not only one. */
const TWO_ERRORS = 8;

/** The terms of documents: a BM25 index, for which the package is loaded when the first one is created. */
export interface TextIndex extends Lookup {
  add(document: Document): void;
  /** The space is freed in the background. */
  remove(id: number): void;
}

export async function createTextIndex(): Promise<TextIndex> {
  const { default: Package } = await import('minisearch');
  return new Bm25Index(Package);
}

class Bm25Index implements TextIndex {
  readonly #index: MiniSearch<Document>;
  /** A language repeats its words: terms by word, for the words of the documents that were added last. */
  #terms = new Map<string, string>();

  constructor(Package: typeof MiniSearch) {
    this.#index = new Package({
      fields: Object.keys(WEIGHTS),
      tokenize: (text) => wordsOf(text).map((word) => this.#termOf(word)),
      processTerm: (term) => term,
      searchOptions: { boost: WEIGHTS, tokenize: (term) => [term] },
    });
  }

  get size(): number {
    return this.#index.documentCount;
  }

  add(document: Document): void {
    this.#index.add(document);
  }

  remove(id: number): void {
    this.#index.discard(id);
  }

  exactly = (term: string) => this.#search(term, {});

  beginning = (term: string) =>
    this.#search(term, { prefix: true, weights: { prefix: LONGER_TERM, fuzzy: 0 } });

  alike = (term: string) =>
    this.#search(term, {
      fuzzy: term.length < TWO_ERRORS ? 1 : 2,
      weights: { fuzzy: SIMILAR_TERM, prefix: 0 },
    });

  #search(term: string, options: Parameters<MiniSearch['search']>[1]): Scores {
    return new Map(this.#index.search(term, options).map(({ id, score }) => [id as number, score]));
  }

  #termOf(word: string): string {
    let term = this.#terms.get(word);
    if (term === undefined) {
      if (this.#terms.size === MOST_TERMS) this.#terms = new Map();
      term = termOf(word);
      this.#terms.set(word, term);
    }
    return term;
  }
}

const MOST_TERMS = 4096;
