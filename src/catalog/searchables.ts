import type { Repository } from '../addons/discover.ts';
import type { OwnersOf } from '../addons/owners.ts';
import { sortInTurns, type Turns } from '../base/turns.ts';
import type { CatalogModule } from './catalog-module.ts';
import { fold } from './terms.ts';

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

/** What two modules are ordered by. */
export interface Place {
  readonly name: string;
  readonly repo: string;
  /** The real path of the module's folder. */
  readonly path: string;
}

/** Only this many characters and dependencies are searched, so that no manifest slows down all searches. */
const MOST_CHARACTERS = 500;
const MOST_DEPENDENCIES = 500;

/** The searchable texts of a module. */
type Texts = Omit<Searchable, 'module' | 'repositories'>;

/** Caches, kept as long as the view or the module. */
const ofView = new WeakMap<readonly CatalogModule[], readonly Searchable[]>();
const ofModule = new WeakMap<CatalogModule, Texts>();

/**
 * The modules by name, repository and path. A folder listed by several repositories or roots counts once.
 * @param modules The modules of a catalog's view; those outside all roots are skipped.
 * @param owners Called once per view.
 */
export async function searchablesOf(
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
  const compare = (a: Searchable, b: Searchable) => comparePlaces(placeOf(a), placeOf(b));
  const sorted = await sortInTurns([...distinct.values()], compare, turns);
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

export function placeOf({ module, repositories }: Pick<Searchable, 'module' | 'repositories'>): Place {
  return { name: module.name, repo: repositories[0]?.name ?? '', path: module.path };
}

export function comparePlaces(a: Place, b: Place): number {
  return compareText(a.name, b.name) || compareText(a.repo, b.repo) || compareText(a.path, b.path);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
