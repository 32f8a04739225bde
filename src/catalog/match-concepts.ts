/**
 * Which modules speak of what a query asks for, and how much. Knows nothing of modules but what an index says of their
 * terms.
 */
import type { Turns } from '../base/turns.ts';
import type { Concept, Phrase } from './concepts.ts';
import { termOf } from './terms.ts';

/** Numbers that stand for modules, each with its BM25 score for a term. */
export type Scores = ReadonlyMap<number, number>;

/** A term that stands for another one, and what part of its own score it counts for then. */
export type Related = readonly [term: string, weight: number];

/** Finds terms in an index. */
export interface Lookup {
  /** How many modules there are. */
  readonly size: number;
  exactly(term: string): Scores;
  /** Longer terms that begin with it, a limited number; the longer they are, the less they count. */
  longer(term: string): readonly Related[];
  /** Terms that differ from it by a typing error or two, a limited number. */
  alike(term: string): readonly Related[];
}

/** How a module answers a query, or a part of it. */
export interface Match {
  readonly score: number;
  /** How many of the words it speaks of. */
  readonly words: number;
  /** How many of these it has as they are, in another form or as a synonym; the rest is only similar. */
  readonly exact: number;
}

/** How a module answers a whole query. */
export interface WholeMatch extends Match {
  /** How much of the query it speaks of, 1 for all: what few modules speak of is more of it than what many do. */
  readonly part: number;
}

type Matches = Map<number, Match>;

/** The fewest characters of a word that may be the beginning of another one, and of one that may be misspelt. */
const SHORTEST = { beginning: 3, misspelt: 4, part: 3 } as const;
/** A word that so few modules have may be misspelt by them, too. */
const FEW = 2;
/** What a word in two parts, a synonym, and all but the best of several ways to say something count for. */
const PARTS_WEIGHT = 0.7;
const SYNONYM_WEIGHT = 0.9;
const OTHERS_WEIGHT = 0.3;
/** Units of work for a concept, and for each module that a term is found in, see {@link Turns.spend}. */
const CONCEPT = 64;
const EACH = 1 / 16;

/**
 * Looks for all concepts; a module need not match each of them.
 * @returns The modules that match any. Scores are sums over the concepts.
 */
export async function matchConcepts(
  concepts: readonly Concept[],
  lookup: Lookup,
  turns: Turns,
): Promise<ReadonlyMap<number, WholeMatch>> {
  const words = new Words(lookup, turns);
  const sum: Matches = new Map();
  const parts = new Map<number, number>();
  let whole = 0;
  for (const [at, concept] of concepts.entries()) {
    const { length } = concept.terms;
    const found = await matchConcept(concept, words);
    for (const joined of joinedWith(concept, concepts[at - 1], concepts[at + 1])) {
      improve(found, await words.exactly(joined), 1);
    }
    await turns.spend(CONCEPT);
    const rarity = rarityOf(found.size, lookup.size);
    whole += rarity * length;
    for (const [id, match] of found) {
      add(sum, id, { ...match, score: match.score * Math.sqrt(rarity) });
      parts.set(id, (parts.get(id) ?? 0) + rarity * match.words);
    }
  }
  return new Map([...sum].map(([id, match]) => [id, { ...match, part: (parts.get(id) ?? 0) / whole }]));
}

/** From nearly 1 for what one module speaks of to 0 for what none does, which does not count. */
function rarityOf(count: number, all: number): number {
  return count === 0 ? 0 : Math.log(1 + all / count) / Math.log(1 + all);
}

async function matchConcept(
  { words: [word = ''], terms, synonyms }: Concept,
  words: Words,
): Promise<Matches> {
  const found: Matches = new Map();
  for (const term of terms) for (const [id, match] of await words.look(term)) add(found, id, match);
  if (terms.length === 1) await words.splits(word, (scores) => improve(found, scores, 1));
  for (const phrase of synonyms) improve(found, await words.lookAll(phrase, terms.length), terms.length);
  return found;
}

/** Two words that may be written as one: `field service`, `price list`. */
function joinedWith(
  concept: Concept,
  ...neighbours: readonly [Concept | undefined, Concept | undefined]
): string[] {
  const [word = '', ...rest] = concept.words;
  if (rest.length > 0) return [];
  const [before, after] = neighbours.map((other) => (other?.words.length === 1 ? other.words[0] : undefined));
  const joined = [before === undefined ? [] : [before + word], after === undefined ? [] : [word + after]];
  return joined.flat().map(termOf);
}

function add(sum: Matches, id: number, { score, words, exact }: Match): void {
  const known = sum.get(id);
  if (known === undefined) sum.set(id, { score, words, exact });
  else sum.set(id, { score: known.score + score, words: known.words + words, exact: known.exact + exact });
}

/** Adds another way to say all of a concept: a module that has it has all of the words. */
function improve(found: Matches, scores: Scores, words: number): void {
  for (const [id, score] of scores) {
    const before = found.get(id)?.score ?? 0;
    const both = Math.max(score, before) + OTHERS_WEIGHT * Math.min(score, before);
    found.set(id, { score: both, words, exact: words });
  }
}

/** Looks up words, each once, with a turn for others after each. */
class Words {
  readonly #lookup: Lookup;
  readonly #turns: Turns;
  readonly #known = new Map<string, Matches>();

  constructor(lookup: Lookup, turns: Turns) {
    this.#lookup = lookup;
    this.#turns = turns;
  }

  async exactly(term: string): Promise<Scores> {
    const scores = this.#lookup.exactly(term);
    const pause = this.#turns.spend(1 + EACH * scores.size);
    if (pause !== undefined) await pause;
    return scores;
  }

  async look(term: string): Promise<ReadonlyMap<number, Match>> {
    const known = this.#known.get(term);
    if (known !== undefined) return known;
    const { length } = term;
    const exact = await this.exactly(term);
    const found: Matches = new Map();
    const longer = length < SHORTEST.beginning ? [] : this.#lookup.longer(term);
    improve(found, await this.#sum(exact, longer), 1);
    if (exact.size <= FEW && length >= SHORTEST.misspelt) {
      for (const [id, score] of await this.#sum(exact, this.#lookup.alike(term))) {
        const { score: before = 0, exact = 0 } = found.get(id) ?? {};
        found.set(id, { score: Math.max(before, score), words: 1, exact });
      }
    }
    this.#known.set(term, found);
    return found;
  }

  /** The scores of a term and of those that stand for it. */
  async #sum(exact: Scores, related: readonly Related[]): Promise<Scores> {
    const sum = new Map(exact);
    for (const [term, weight] of related) {
      for (const [id, score] of await this.exactly(term)) sum.set(id, (sum.get(id) ?? 0) + weight * score);
    }
    return sum;
  }

  /** A synonym: modules that have all of its words. One that is longer than what it stands for counts no more. */
  async lookAll(phrase: Phrase, length: number): Promise<Scores> {
    const sum: Matches = new Map();
    for (const term of phrase) for (const [id, match] of await this.look(term)) add(sum, id, match);
    await this.#turns.spend(1 + EACH * sum.size);
    const weight = SYNONYM_WEIGHT * Math.sqrt(length / phrase.length);
    const whole = [...sum].filter(([, { exact }]) => exact === phrase.length);
    return new Map(whole.map(([id, { score }]) => [id, weight * score]));
  }

  /** A word that no module has may be two: `dropshipping`. */
  async splits(word: string, take: (scores: Scores) => void): Promise<void> {
    if (word.length < 2 * SHORTEST.part || word.length > 32) return;
    if ((await this.exactly(termOf(word))).size > 0) return;
    for (let at = SHORTEST.part; at <= word.length - SHORTEST.part; at++) {
      const first = await this.exactly(termOf(word.slice(0, at)));
      const second = first.size === 0 ? first : await this.exactly(termOf(word.slice(at)));
      const both = [...first].flatMap(([id, score]) => {
        const other = second.get(id);
        return other === undefined ? [] : [[id, PARTS_WEIGHT * (score + other)] as const];
      });
      take(new Map(both));
    }
  }
}
