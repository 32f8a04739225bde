import type { Repository } from '../addons/discover.ts';
import type { OwnersOf } from '../addons/owners.ts';
import { nearestTo } from '../base/nearest.ts';
import { sortInTurns, type Turns } from '../base/turns.ts';
import type { CatalogModule } from './catalog-module.ts';

/** A module as searches see it. */
export interface Searchable {
  readonly module: CatalogModule;
  /** All repositories it belongs to, the one it lies in first. Never empty. */
  readonly repositories: readonly Repository[];
  /** What is matched, folded; `all` holds everything else, and is looked at first. */
  readonly name: string;
  readonly title: string;
  readonly depends: readonly string[];
  readonly summary: string;
  readonly category: string;
  readonly all: string;
}

/** Where in the order of results a module stands; says all that is needed to go on from there. */
export interface Position {
  readonly rank: number;
  readonly name: string;
  readonly repo: string;
  /** The real path of the module's folder. */
  readonly path: string;
}

export interface Search {
  /** Words that all have to be found; empty for every module. */
  readonly query: string;
  /** Which modules are looked at. */
  readonly isWanted: (searchable: Searchable) => boolean;
  /** Where the page before ended, or null for the first. */
  readonly after: Position | null;
  readonly limit: number;
}

export interface Found {
  /** How many there are, on all pages. */
  readonly total: number;
  readonly page: readonly Searchable[];
  /** Where this page ends; null when it is the last. */
  readonly end: Position | null;
}

/** How well a word fits, best first. A module is as good as its worst word. */
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
/** Of results that are like the query, but do not match it. */
export const NEAREST_RANK = Rank.Nearest;
const NO_MATCH = -1;

const MOST_NEAREST = 10;
/** The units of comparing a module with a query: a fraction of those of a look at a file. */
const QUICK = 1 / 4;
/** Longer texts are searched in their beginning, more dependencies in the first ones: no manifest may slow down all searches. */
const MOST_CHARACTERS = 500;
const MOST_DEPENDENCIES = 500;

/**
 * Searches the modules of a catalog by technical name, title, dependency, summary and category.
 *
 * Results come by rank, then by name, repository and path: an order that does not depend on which other modules there
 * are, so that a page goes on where the last one ended even if modules came and went meanwhile. When nothing matches,
 * the modules whose names are nearest to the query are found.
 * @param modules Of a catalog's view; those outside all roots are passed over.
 * @param owners Asked for the owners of that view when it is searched for the first time.
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
  // Several words may be those of a technical name.
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

/** Typing errors: the order is by nearness, which the name that the page before ended with is measured by too. */
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

/** What is matched of a module. */
type Texts = Omit<Searchable, 'module' | 'repositories'>;

/** Made once for a view and once for a module, and gone with them. */
const ofView = new WeakMap<readonly CatalogModule[], readonly Searchable[]>();
const ofModule = new WeakMap<CatalogModule, Texts>();

/** Sorted as results are. A folder that several repositories or roots lead to is one module. */
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
