import type { ReadModule } from '../addons/assess.ts';
import { type Repository, repositoriesOf } from '../addons/discover.ts';
import type { Family, Root } from '../addons/roots.ts';
import { realpathOrNull } from '../base/paths.ts';
import { type Turns, takeTurns } from '../base/turns.ts';
import type { Series } from '../manifest/series.ts';
import type { CatalogModule } from './catalog-module.ts';
import { listFolders, readListed } from './listed-folder.ts';
import type { ModuleFolder } from './module-folder.ts';
import { READING } from './repository-folder.ts';
import { RootFolder } from './root-folder.ts';
import { Settling } from './settling.ts';
import { createFolderWatch, type FolderWatch } from './watch.ts';
import { WordIndex } from './word-index.ts';

export type { CatalogModule } from './catalog-module.ts';

/** A module as read by {@link buildCatalog}; {@link assessModule} judges it. */
export interface CatalogEntry extends ReadModule {
  readonly repository: Repository;
  /** Null if the folder is a symlink to a folder outside all roots. */
  readonly family: Family | null;
}

/**
 * Reads every module of the roots once. For repeated reads, use {@link createCatalog}.
 * @returns In the order of the roots, then by repository and name.
 */
export async function buildCatalog(
  roots: readonly Root[],
  series: Series,
  turns: Turns = takeTurns(),
): Promise<CatalogEntry[]> {
  const entries: CatalogEntry[] = [];
  for (const root of roots) {
    for (const repository of await repositoriesOf(root, turns)) {
      for (const entry of await readRepository(repository, roots, series, turns)) entries.push(entry);
    }
  }
  return entries;
}

async function readRepository(
  repository: Repository,
  roots: readonly Root[],
  series: Series,
  turns: Turns,
): Promise<CatalogEntry[]> {
  const folder = realpathOrNull(repository.path);
  if (folder === null) return [];
  const entries: CatalogEntry[] = [];
  for (const listed of await listFolders(folder, roots, turns)) {
    const module = readListed(listed, roots, series);
    await turns.spend(READING);
    if (module === null) continue;
    entries.push({ ...module, repository, family: listed.family });
  }
  return entries;
}

/** The modules of an instance's roots, kept up to date with the disk. */
export interface Catalog {
  /**
   * Updates the catalog. The result contains every change made before the call. The first call costs as much as
   * {@link buildCatalog}; later calls cost little if nothing changed.
   * @returns The same object as before if nothing changed.
   */
  refresh(): Promise<CatalogView>;
  /** The words of its modules, for searches; read at the first search that needs them. */
  readonly words: WordIndex;
  /** Stops watching. Refreshing still works, but then inspects each module. */
  close(): void;
}

/** The contents of a catalog at one moment. */
export interface CatalogView {
  /** In the order of the roots, then in that of {@link repositoriesOf}. */
  readonly repositories: readonly Repository[];
  /** In the order of the repositories, then by name. */
  readonly modules: readonly CatalogModule[];
  /** The modules with a name, in the same order. */
  named(name: string): readonly CatalogModule[];
}

/**
 * Creates a catalog, which reads nothing before the first refresh. Then it begins to watch the module folders, a few at a
 * time in the background; folders that are not watched are inspected on each refresh.
 *
 * Two kinds of change go unnoticed until something else changes in the module's folder: a change through a memory mapping,
 * or through a hard link that the manifest got later; and a mount over a single module. On network file systems, a change
 * by another machine is noticed when the system learns of it.
 * @param watch For tests.
 */
export function createCatalog(
  roots: readonly Root[],
  series: Series,
  watch: FolderWatch = createFolderWatch(),
): Catalog {
  return new LiveCatalog(roots, series, watch);
}

class LiveCatalog implements Catalog {
  readonly words = new WordIndex();
  readonly #roots: readonly RootFolder[];
  readonly #watch: FolderWatch;
  #view: CatalogView = new View([], []);
  /** The refresh that has not begun yet, shared by all callers until it does. */
  #next: Promise<CatalogView> | null = null;
  /** Settles with the latest refresh. */
  #last: Promise<unknown> = Promise.resolve();
  readonly #settling = new Settling(
    () => this.#unsettled(),
    // A refresh may replace the folders.
    () => !this.#isRefreshing,
  );
  #isRefreshing = false;
  #isClosed = false;

  constructor(roots: readonly Root[], series: Series, watch: FolderWatch) {
    this.#roots = roots.map((root) => new RootFolder(root, { roots, series, watch }));
    this.#watch = watch;
  }

  refresh(): Promise<CatalogView> {
    if (this.#next === null) {
      const begin = () => this.#refresh();
      this.#next = this.#last.then(begin, begin);
      this.#last = this.#next;
    }
    return this.#next;
  }

  close(): void {
    this.#isClosed = true;
    this.#settling.stop();
    for (const root of this.#roots) root.close();
  }

  async #refresh(): Promise<CatalogView> {
    // A change from here on may be too late for this refresh, so callers from now on get the next one.
    this.#next = null;
    await this.#watch.caughtUp();
    const turns = takeTurns();
    this.#isRefreshing = true;
    try {
      const doubtful = this.#watch.mayHaveMissed() ? this.#repositories() : [];
      for (const repository of doubtful) repository.doubt();
      let isChanged = false;
      for (const root of this.#roots) if (await root.refresh(turns)) isChanged = true;
      if (isChanged) this.#view = this.#look();
    } finally {
      this.#isRefreshing = false;
    }
    if (!this.#isClosed) this.#settling.start();
    return this.#view;
  }

  #look(): CatalogView {
    const repositories = this.#repositories();
    const view = new View(
      repositories.map(({ repository }) => repository),
      repositories.flatMap(({ modules }) => modules),
    );
    return view.equals(this.#view) ? this.#view : view;
  }

  #repositories() {
    return this.#roots.flatMap(({ repositories }) => repositories);
  }

  *#unsettled(): Generator<ModuleFolder> {
    for (const repository of this.#repositories()) yield* repository.unsettled();
  }
}

class View implements CatalogView {
  readonly repositories: readonly Repository[];
  readonly modules: readonly CatalogModule[];
  #byName: Map<string, CatalogModule[]> | undefined;

  constructor(repositories: readonly Repository[], modules: readonly CatalogModule[]) {
    this.repositories = repositories;
    this.modules = modules;
  }

  named(name: string): readonly CatalogModule[] {
    this.#byName ??= groupByName(this.modules);
    return this.#byName.get(name) ?? [];
  }

  equals({ repositories, modules }: CatalogView): boolean {
    return isSameList(this.repositories, repositories) && isSameList(this.modules, modules);
  }
}

function groupByName(modules: readonly CatalogModule[]): Map<string, CatalogModule[]> {
  const groups = new Map<string, CatalogModule[]>();
  for (const module of modules) {
    const group = groups.get(module.name);
    if (group === undefined) groups.set(module.name, [module]);
    else group.push(module);
  }
  return groups;
}

function isSameList<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
