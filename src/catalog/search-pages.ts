import { createHash } from 'node:crypto';
import type { Ranked } from './search-names.ts';
import { comparePlaces, type Place, placeOf, type Searchable } from './searchables.ts';

/**
 * The end of a page; enough to continue after it. Names have an order that does not depend on other modules. How well
 * words match and which names are similar does, so there the modules that were shown are in it.
 */
export type Position =
  | NamePosition
  | { readonly by: 'words' | 'similarity'; readonly shown: readonly string[] };
type NamePosition = { readonly by: 'name'; readonly rank: number } & Place;

export interface Hit {
  readonly searchable: Searchable;
  /** Whether it has only some words of the query, or similar ones. */
  readonly isNear: boolean;
}

/** One page of results. */
export interface Paged {
  /** The number of results on all pages, and how many of them are near misses. */
  readonly total: number;
  readonly near: number;
  /** At most as many as asked for. */
  readonly page: readonly Hit[];
  /** The end of a page with only the first so many of these; null if no other follows. */
  endAfter(count: number): Position | null;
}

/** A page of a search by name. */
export function pageOfNames(ranked: Ranked, from: NamePosition | null, limit: number): Paged {
  const isLater = (rank: number, searchable: Searchable) =>
    from === null || rank > from.rank || (rank === from.rank && comparePlaces(placeOf(searchable), from) > 0);
  const page: { readonly rank: number; readonly searchable: Searchable }[] = [];
  let isLast = true;
  for (const [rank, list] of ranked.entries()) {
    for (const searchable of list) {
      if (!isLater(rank, searchable)) continue;
      if (page.length === limit) isLast = false;
      else page.push({ rank, searchable });
    }
  }
  return {
    total: ranked.reduce((sum, { length }) => sum + length, 0),
    near: 0,
    page: page.map(({ searchable }) => ({ searchable, isNear: false })),
    endAfter(count) {
      const last = page[count - 1];
      if (last === undefined || (isLast && count >= page.length)) return null;
      return { by: 'name', rank: last.rank, ...placeOf(last.searchable) };
    },
  };
}

/** A page of hits in an order that may differ in the next search. */
export function pageOfHits(
  { by, hits }: { readonly by: 'words' | 'similarity'; readonly hits: readonly Hit[] },
  shown: readonly string[],
  limit: number,
): Paged {
  const known = new Set(shown);
  const rest = shown.length === 0 ? hits : hits.filter((hit) => !known.has(markOf(hit)));
  const page = rest.slice(0, limit);
  return {
    total: hits.length,
    near: hits.filter(({ isNear }) => isNear).length,
    page,
    endAfter(count) {
      if (count >= rest.length || count === 0) return null;
      return { by, shown: [...shown, ...page.slice(0, count).map(markOf)] };
    },
  };
}

/** Stands for a module that was shown; short, because a cursor has one for each. */
function markOf({ searchable: { module } }: Hit): string {
  return createHash('sha256').update(`${module.path}\0${module.name}`).digest('base64url').slice(0, 5);
}
