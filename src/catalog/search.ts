import type { Repository } from '../addons/discover.ts';
import type { OwnersOf } from '../addons/owners.ts';
import { nearestTo } from '../base/nearest.ts';
import { sortInTurns, type Turns } from '../base/turns.ts';
import type { CatalogModule } from './catalog-module.ts';

/** A module prepared for searching. */
export interface Searchable {
  readonly module: CatalogModule;
  /** All repositories it belongs to, the one it lies in first. Never empty. */
  readonly repositories: readonly Repository[];
  /** The texts to match, folded; `all` contains all of them and is searched first. */
  readonly name: string;
  readonly title: string;
  readonly depends: readonly string[];
  readonly summary: string;
  readonly category: string;
  readonly all: string;
}

/** The position of a module in the results; enough to continue after it. */
export interface Position {
  readonly rank: number;
  readonly name: string;
  readonly repo: string;
  /** The real path of the module's folder. */
  readonly path: string;
}

export interface Search {
  /** Words that must all match; empty for every module. */
  readonly query: string;
  /** Filters the modules. */
  readonly isWanted: (searchable: Searchable) => boolean;
  /** The end of the previous page; null for the first page. */
  readonly after: Position | null;
  readonly limit: number;
}

export interface Found {
  /** The number of results on all pages. */
  readonly total: number;
  readonly page: readonly Searchable[];
  /** The end of this page; null if it is the last one. */
  readonly end: Position | null;
}

/** How well a word matches, best first. A module gets the rank of its worst word. */
const Rank = {
  Name: 0,
  NameStart: 1,
  NameWord: 2,
  NamePart: 3,
  Title: 4,
  Dependency: 5,
  Summary: 6,
  Category: 7,
  Nearest: 8,
} as const;
/** The rank of results that are similar to the query but do not match it. */
export const NEAREST_RANK = Rank.Nearest;
const NO_MATCH = -1;

const MOST_NEAREST = 10;
/** The units of work of comparing a module with a query, see {@link Turns}. */
const QUICK = 1 / 4;
/** Only this many characters and dependencies are searched, so that no manifest slows down all searches. */
const MOST_CHARACTERS = 500;
const MOST_DEPENDENCIES = 500;

/**
 * Searches the modules of a catalog by technical name, title, dependency, summary and category.
 *
 * Results are sorted by rank, name, repository and path. This order does not depend on other modules, so a page continues
 * where the previous one ended even if modules were added or removed meanwhile. If nothing matches, the result is the
 * modules whose names are most similar to the query.
 * @param modules The modules of a catalog's view; those outside all roots are skipped.
 * @param owners Called once per view, at the first search.
 */
export async function searchModules(
  modules: readonly CatalogModule[],
  owners: () => Promise<OwnersOf>,
  search: Search,
  turns: Turns,
): Promise<Found> {
  const { after, limit } = search;
  const searchables = await searchablesOf(modules, owners, turns);
  const ranked = await rankAll(searchables, search, turns);
  const total = ranked.reduce((sum, { length }) => sum + length, 0);
  if (total === 0 && (after === null || after.rank === Rank.Nearest)) {
    return findNearest(searchables, search, turns);
  }
  const page: Searchable[] = [];
  let rank = after?.rank ?? 0;
  let end: Position | null = null;
  for (; rank < ranked.length; rank++) {
    for (const searchable of ranked[rank] as Searchable[]) {
      const pause = turns.spend(QUICK);
      if (pause !== undefined) await pause;
      if (after?.rank === rank && compare(positionOf(rank, searchable), after) <= 0) continue;
      if (page.length === limit) return { total, page, end };
      page.push(searchable);
      end = positionOf(rank, searchable);
    }
  }
  return { total, page, end: null };
}

/** Lower case without accents, so that `Orcamento` finds `Orçamento`. */
export function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

/** The matches by rank, each list in the order of the modules. */
async function rankAll(
  searchables: readonly Searchable[],
  { query, isWanted }: Search,
  turns: Turns,
): Promise<Searchable[][]> {
  const words = wordsOf(query);
  // Several words may form a technical name.
  const joined = words.join('_');
  const ranked: Searchable[][] = Array.from({ length: Rank.Nearest }, () => []);
  for (const searchable of searchables) {
    const pause = turns.spend(QUICK);
    if (pause !== undefined) await pause;
    const rank = rankOf(searchable, words, joined);
    if (rank !== NO_MATCH && isWanted(searchable)) ranked[rank]?.push(searchable);
  }
  return ranked;
}

function wordsOf(query: string): string[] {
  return fold(query)
    .split(/\s+/)
    .filter((word) => word !== '');
}

function rankOf(searchable: Searchable, words: readonly string[], joined: string): number {
  for (const word of words) if (!searchable.all.includes(word)) return NO_MATCH;
  if (words.length > 1) {
    const rank = rankInName(searchable.name, joined);
    if (rank !== NO_MATCH) return rank;
  }
  let worst: number = Rank.Name;
  for (const word of words) {
    const rank = rankOfWord(searchable, word);
    if (rank === NO_MATCH) return NO_MATCH;
    if (rank > worst) worst = rank;
  }
  return worst;
}

function rankOfWord({ name, title, depends, summary, category }: Searchable, word: string): number {
  const rank = rankInName(name, word);
  if (rank !== NO_MATCH) return rank;
  if (title.includes(word)) return Rank.Title;
  if (depends.includes(word)) return Rank.Dependency;
  if (summary.includes(word)) return Rank.Summary;
  return category.includes(word) ? Rank.Category : NO_MATCH;
}

function rankInName(name: string, word: string): number {
  const at = name.indexOf(word);
  if (at === 0) return name.length === word.length ? Rank.Name : Rank.NameStart;
  if (at === -1) return NO_MATCH;
  return name.includes(`_${word}`) ? Rank.NameWord : Rank.NamePart;
}

/** For typing errors: results are sorted by similarity. The name at the end of the previous page is ranked with them. */
async function findNearest(
  searchables: readonly Searchable[],
  { query, isWanted, after, limit }: Search,
  turns: Turns,
): Promise<Found> {
  const nearNames = nearestTo(wordsOf(query).join('_'));
  const wanted: Searchable[] = [];
  for (const searchable of searchables) {
    const pause = turns.spend();
    if (pause !== undefined) await pause;
    if (!isWanted(searchable)) continue;
    wanted.push(searchable);
    nearNames.offer(searchable.module.name);
  }
  if (after !== null) nearNames.offer(after.name);
  const near = nearNames.best(MOST_NEAREST);
  const found = near.flatMap((name) => wanted.filter(({ module }) => module.name === name));
  const nearness = new Map(near.map((name, index) => [name, index]));
  const isLater = ({ module, repositories }: Searchable) => {
    if (after === null) return true;
    const difference = (nearness.get(module.name) ?? 0) - (nearness.get(after.name) ?? near.length);
    return difference !== 0 ? difference > 0 : compareOrigin(nameOf(repositories), module.path, after) > 0;
  };
  const rest = found.filter(isLater);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  const end = rest.length > limit && last !== undefined ? positionOf(Rank.Nearest, last) : null;
  return { total: found.length, page, end };
}

type Placed = Pick<Searchable, 'module' | 'repositories'>;

function positionOf(rank: number, { module, repositories }: Placed): Position {
  return { rank, name: module.name, repo: nameOf(repositories), path: module.path };
}

function nameOf([repository]: readonly Repository[]): string {
  return repository?.name ?? '';
}

function compareSearchables(a: Searchable, b: Searchable): number {
  return (
    compareText(a.module.name, b.module.name) ||
    compareText(nameOf(a.repositories), nameOf(b.repositories)) ||
    compareText(a.module.path, b.module.path)
  );
}

function compare(a: Omit<Position, 'rank'>, b: Omit<Position, 'rank'>): number {
  return compareText(a.name, b.name) || compareOrigin(a.repo, a.path, b);
}

function compareOrigin(repo: string, path: string, other: Pick<Position, 'repo' | 'path'>): number {
  return compareText(repo, other.repo) || compareText(path, other.path);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The searchable texts of a module. */
type Texts = Omit<Searchable, 'module' | 'repositories'>;

/** Caches, kept as long as the view or the module. */
const ofView = new WeakMap<readonly CatalogModule[], readonly Searchable[]>();
const ofModule = new WeakMap<CatalogModule, Texts>();

/** The modules in the order of results. A folder listed by several repositories or roots counts once. */
async function searchablesOf(
  modules: readonly CatalogModule[],
  owners: () => Promise<OwnersOf>,
  turns: Turns,
): Promise<readonly Searchable[]> {
  const known = ofView.get(modules);
  if (known !== undefined) return known;
  const ownersOf = await owners();
  const distinct = new Map<string, Searchable>();
  for (const module of modules) {
    if (module.family === null) continue;
    const texts = ofModule.get(module) ?? textsOf(module);
    ofModule.set(module, texts);
    const around = ownersOf(module.path);
    const repositories = around.length > 0 ? around : [module.repository];
    distinct.set(`${module.path}\0${module.name}`, { ...texts, module, repositories });
    const pause = turns.spend();
    if (pause !== undefined) await pause;
  }
  const sorted = await sortInTurns([...distinct.values()], compareSearchables, turns);
  ofView.set(modules, sorted);
  return sorted;
}

function textsOf(module: CatalogModule): Texts {
  const fields = module.assessment().judgement?.fields;
  const folded = (text = '') => fold(text.slice(0, MOST_CHARACTERS));
  const name = folded(module.name);
  const title = folded(fields?.name);
  const depends = (fields?.depends ?? []).slice(0, MOST_DEPENDENCIES).map(folded);
  const summary = folded(fields?.summary);
  const category = folded(fields?.category);
  const all = [name, title, summary, category, ...depends].join('\n');
  return { name, title, depends, summary, category, all };
}
