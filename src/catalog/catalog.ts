import type { ReadModule } from '../addons/assess.ts';
import { type Repository, repositoriesOf } from '../addons/discover.ts';
import type { Family, Root } from '../addons/roots.ts';
import { Interruption } from '../base/interruption.ts';
import { realpathOrNull } from '../base/paths.ts';
import { type Turns, takeTurns } from '../base/turns.ts';
import type { Series } from '../manifest/series.ts';
import type { CatalogModule } from './catalog-module.ts';
import { listFolders, readListed } from './listed-folder.ts';
import { READING } from './repository-folder.ts';
import { RootFolder } from './root-folder.ts';
import { createFolderWatch, type FolderWatch } from './watch.ts';

export type { CatalogModule } from './catalog-module.ts';

/** One module of a catalog that is read once; {@link assessModule} judges it. */
export interface CatalogEntry extends ReadModule {
  readonly repository: Repository;
  /** Null when the folder is a symlink out of all roots. */
  readonly family: Family | null;
}

/**
 * Reads every module of the roots, once. A process that asks again and again wants {@link createCatalog}.
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
    const { name, path, manifest } = module;
    entries.push({ name, path, series, manifest, repository, family: listed.family });
  }
  return entries;
}

/** The modules of an instance's roots, kept in step with the disk for as long as the process runs. */
export interface Catalog {
  /**
   * Brings it up to date: every change that was made before the call is in what it returns. Costs as much as
   * {@link buildCatalog} the first time, and little when nothing changed.
   * @returns The same object as before when nothing changed.
   */
  refresh(): Promise<CatalogView>;
  /** Stops watching. Refreshing works as before, at the price of a look at each module. */
  close(): void;
}

/** A catalog at one moment. */
export interface CatalogView {
  /** In the order of the roots, then as {@link repositoriesOf} has them. */
  readonly repositories: readonly Repository[];
  /** In the order of the repositories, then by name. */
  readonly modules: readonly CatalogModule[];
  /** The modules of a name, in that order. */
  named(name: string): readonly CatalogModule[];
}

/**
 * Opens a catalog, which reads nothing before the first refresh. After it, module folders are watched, a few at a time
 * in the background; those that cannot be, or not yet, are looked at on each refresh instead.
 *
 * Two kinds of change stay unseen until something else happens in the module's folder: one made through a memory
 * mapping, or through a second name that the manifest file was given later; and a mount over a single module. On network
 * file systems, another machine's change is seen when the system itself learns of it.
 * @param watch For tests.
 */
export function createCatalog(
  roots: readonly Root[],
  series: Series,
  watch: FolderWatch = createFolderWatch(),
): Catalog {
  return new LiveCatalog(roots, series, watch);
}

/** How many folders are settled at a time, and the pause before: about 2 ms of work in 12. */
const SLICE = 32;
const PAUSE_MS = 10;
/** The longest it takes before the pause, where manifests are large. */
const MOST_MS = 8;

class LiveCatalog implements Catalog {
  readonly #roots: readonly RootFolder[];
  readonly #watch: FolderWatch;
  #view: CatalogView = new View([], []);
  /** The refresh that has not begun to look yet, for all who call meanwhile. */
  #next: Promise<CatalogView> | null = null;
  /** Ends with the last refresh there is. */
  #last: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;
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
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const root of this.#roots) root.close();
  }

  async #refresh(): Promise<CatalogView> {
    // From here on a change may come too late for this one: who calls now waits for the next.
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
    this.#settleSoon();
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

  #settleSoon(): void {
    if (this.#isClosed || this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      try {
        if (this.#settleSome()) this.#settleSoon();
      } catch (error) {
        // What has run out may be there again when the next refresh comes.
        if (!(error instanceof Interruption)) throw error;
      }
    }, PAUSE_MS).unref();
  }

  /** @returns Whether there is more to do. */
  #settleSome(): boolean {
    // What is being looked at now may be another folder in a moment.
    if (this.#isRefreshing) return true;
    const until = performance.now() + MOST_MS;
    let count = 0;
    for (const repository of this.#repositories()) {
      for (const folder of repository.unsettled()) {
        if (count++ === SLICE || performance.now() > until) return true;
        folder.settle();
      }
    }
    return false;
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
