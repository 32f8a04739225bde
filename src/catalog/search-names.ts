import { nearestTo } from '../base/nearest.ts';
import type { Turns } from '../base/turns.ts';
import type { Searchable } from './searchables.ts';
import { fold } from './terms.ts';

/** How a query that is one word without spaces, or none, matches a module; best first. */
const Rank = {
  Name: 0,
  NameStart: 1,
  NameWord: 2,
  NamePart: 3,
  Title: 4,
  Dependency: 5,
  Summary: 6,
  Category: 7,
} as const;
const RANKS = Object.keys(Rank).length;
const NO_MATCH = -1;

/** A shorter word is a name only if a module's name has it as a whole part: `pos` is one, `so` is none. */
const SHORTEST_NAME = 4;
/** The units of work of comparing a module with a query, see {@link Turns}. */
const QUICK = 1 / 4;
const MOST_NEAREST = 10;

/** Modules by how well they match, each list in the order of the modules. */
export type Ranked = readonly (readonly Searchable[])[];

/**
 * Finds modules by a technical name, its beginning or a part of it, and what depends on it, as the manifests have it: no
 * index is needed. Titles, summaries and categories with the same text follow.
 * @param query Without spaces around it; empty for all modules.
 * @returns The matches, and whether the query is a name; otherwise its words are meant.
 */
export async function searchNames(
  searchables: readonly Searchable[],
  query: string,
  isWanted: (searchable: Searchable) => boolean,
  turns: Turns,
): Promise<{ readonly ranked: Ranked; readonly isName: boolean }> {
  const word = fold(query);
  const ranked: Searchable[][] = Array.from({ length: RANKS }, () => []);
  let isName = word === '';
  for (const searchable of searchables) {
    const pause = turns.spend(QUICK);
    if (pause !== undefined) await pause;
    const rank = rankOf(searchable, word);
    if (rank === NO_MATCH || !isWanted(searchable)) continue;
    ranked[rank]?.push(searchable);
    isName ||= provesName(searchable, rank, word);
  }
  return { ranked, isName };
}

function rankOf({ name, title, depends, summary, category, all }: Searchable, word: string): number {
  if (!all.includes(word)) return NO_MATCH;
  const at = name.indexOf(word);
  if (at === 0) return name.length === word.length ? Rank.Name : Rank.NameStart;
  if (at > 0) return name.includes(`_${word}`) ? Rank.NameWord : Rank.NamePart;
  if (title.includes(word)) return Rank.Title;
  if (depends.includes(word)) return Rank.Dependency;
  if (summary.includes(word)) return Rank.Summary;
  return category.includes(word) ? Rank.Category : NO_MATCH;
}

/** Whether a match shows that the word is a name, not a word that happens to be inside others. */
function provesName({ name, depends }: Searchable, rank: number, word: string): boolean {
  if (rank <= Rank.NameWord) return word.length >= SHORTEST_NAME || `_${name}_`.includes(`_${word}_`);
  return depends.includes(word);
}

/**
 * The modules with the names most similar to a word, nearest first: for typing errors.
 * @param word Folded.
 */
export async function searchNearest(
  searchables: readonly Searchable[],
  word: string,
  isWanted: (searchable: Searchable) => boolean,
  turns: Turns,
): Promise<Searchable[]> {
  const near = nearestTo(word);
  const wanted = new Map<string, Searchable[]>();
  for (const searchable of searchables) {
    const pause = turns.spend();
    if (pause !== undefined) await pause;
    if (!isWanted(searchable)) continue;
    const { name } = searchable.module;
    const same = wanted.get(name);
    if (same === undefined) wanted.set(name, [searchable]);
    else same.push(searchable);
    near.offer(name);
  }
  return near.best(MOST_NEAREST).flatMap((name) => wanted.get(name) ?? []);
}
