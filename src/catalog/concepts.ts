import { SYNONYMS } from '../data/synonyms.ts';
import { tellingWords, termOf } from './terms.ts';

/** Terms that follow each other. */
export type Phrase = readonly string[];

/** One thing that a query asks for: a word, or several that mean one thing, such as `bill of materials`. */
export interface Concept {
  readonly words: readonly string[];
  /** The terms of the words. */
  readonly terms: Phrase;
  /** Other ways to say it. */
  readonly synonyms: readonly Phrase[];
}

/** The most words of a query that are looked at, and the most concepts that count, so that no query takes long. */
const MOST_WORDS = 32;
const MOST_CONCEPTS = 12;

interface Synonyms {
  /** By the terms of a phrase, separated by spaces: the other phrases of its lines. */
  readonly of: ReadonlyMap<string, readonly Phrase[]>;
  /** The number of terms of the longest phrase. */
  readonly longest: number;
}

let known: Synonyms | undefined;

function indexSynonyms(): Synonyms {
  const index = new Map<string, Phrase[]>();
  let longest = 1;
  for (const line of SYNONYMS) {
    const phrases = line.split(' = ').map((phrase) => tellingWords(phrase).map(termOf));
    for (const phrase of phrases) {
      const key = phrase.join(' ');
      const others = phrases.filter((other) => other.join(' ') !== key);
      index.set(key, [...(index.get(key) ?? []), ...others]);
      longest = Math.max(longest, phrase.length);
    }
  }
  return { of: index, longest };
}

/**
 * Divides a query into what it asks for, each once, a limited number. At each word, the longest phrase that has synonyms
 * is taken.
 */
export function conceptsOf(query: string): Concept[] {
  known ??= indexSynonyms();
  const synonyms = known;
  const words = tellingWords(query).slice(0, MOST_WORDS);
  const terms = words.map(termOf);
  const concepts = new Map<string, Concept>();
  for (let at = 0; at < terms.length && concepts.size < MOST_CONCEPTS; ) {
    const keyOf = (length: number) => terms.slice(at, at + length).join(' ');
    let length = Math.min(synonyms.longest, terms.length - at);
    while (length > 1 && !synonyms.of.has(keyOf(length))) length--;
    const [from, to] = [at, at + length];
    const key = keyOf(length);
    const others = synonyms.of.get(key) ?? [];
    concepts.set(key, { words: words.slice(from, to), terms: terms.slice(from, to), synonyms: others });
    at = to;
  }
  return [...concepts.values()];
}
