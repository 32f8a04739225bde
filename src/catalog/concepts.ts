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

/** The most words of a query that are looked at, so that no query takes long. */
const MOST_WORDS = 32;

/** By the terms of a phrase, separated by spaces: the other phrases of its lines. */
const SYNONYMS_OF: ReadonlyMap<string, readonly Phrase[]> = indexSynonyms(SYNONYMS);
const LONGEST = Math.max(...[...SYNONYMS_OF.keys()].map((key) => key.split(' ').length));

function indexSynonyms(lines: readonly string[]): Map<string, Phrase[]> {
  const index = new Map<string, Phrase[]>();
  for (const line of lines) {
    const phrases = line.split(' = ').map((phrase) => tellingWords(phrase).map(termOf));
    for (const phrase of phrases) {
      const key = phrase.join(' ');
      const others = phrases.filter((other) => other.join(' ') !== key);
      index.set(key, [...(index.get(key) ?? []), ...others]);
    }
  }
  return index;
}

/** Divides a query into what it asks for. At each word, the longest phrase that has synonyms is taken. */
export function conceptsOf(query: string): Concept[] {
  const words = tellingWords(query).slice(0, MOST_WORDS);
  const terms = words.map(termOf);
  const concepts: Concept[] = [];
  for (let at = 0; at < terms.length; ) {
    const keyOf = (length: number) => terms.slice(at, at + length).join(' ');
    let length = Math.min(LONGEST, terms.length - at);
    while (length > 1 && !SYNONYMS_OF.has(keyOf(length))) length--;
    const [from, to] = [at, at + length];
    const synonyms = SYNONYMS_OF.get(keyOf(length)) ?? [];
    concepts.push({ words: words.slice(from, to), terms: terms.slice(from, to), synonyms });
    at = to;
  }
  return concepts;
}
