import type { Repository } from '../addons/discover.ts';
import type { Root } from '../addons/roots.ts';
import type { Series } from '../manifest/series.ts';
import { CatalogModule } from './catalog-module.ts';
import { type Fingerprint, fingerprintModule, isSettledBy } from './fingerprint.ts';
import { type ListedFolder, readListed } from './listed-folder.ts';
import type { FolderWatch, Watching } from './watch.ts';

/** What all folders of a repository have in common. */
export interface Surroundings {
  readonly repository: Repository;
  /** Whether the repository is on a file system that only this machine changes. */
  readonly isLocal: boolean;
  readonly roots: readonly Root[];
  readonly series: Series;
  readonly watch: FolderWatch;
  /** Told when a folder has to be looked at again. */
  readonly onDoubt: () => void;
}

/**
 * One folder of a repository, and the module that was read from it.
 *
 * It is looked at again on each refresh, unless it is watched and nothing was heard of it; and read again only if its
 * fingerprint is not the one it had when it was read.
 */
export class ModuleFolder {
  readonly listed: ListedFolder;
  readonly #surroundings: Surroundings;
  #module: CatalogModule | null = null;
  /** When it was last read, in milliseconds; undefined before the first time. */
  #readAt: number | undefined;
  /** From before it was read; undefined while none was taken, null when there is none to take. */
  #fingerprint: Fingerprint | null | undefined;
  #watching: Watching | null = null;
  /** Whether something happened in it. */
  #isDoubted = false;
  #isSettled = false;

  constructor(listed: ListedFolder, surroundings: Surroundings) {
    this.listed = listed;
    this.#surroundings = surroundings;
  }

  /** Null when the folder is no module. */
  get module(): CatalogModule | null {
    return this.#module;
  }

  /** Whether it would be noticed that another folder has taken its place. */
  get isKnown(): boolean {
    return this.#fingerprint != null;
  }

  /** Whether {@link settle} would do nothing. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Whether a change could not go unheard, and none was heard of. */
  get isTrusted(): boolean {
    if (this.#isDoubted || this.#watching?.isAlive !== true) return false;
    return this.#module === null || this.#fingerprint?.names === 1;
  }

  /**
   * Brings it up to date with the disk.
   * @returns Whether the module is another than before.
   */
  refresh(): boolean {
    if (this.isTrusted) return false;
    this.#isDoubted = false;
    if (this.#readAt === undefined && this.#isLocal) return this.#read(undefined);
    const now = fingerprintModule(this.listed.path, this.#surroundings.series);
    return this.#isAsRead(now) ? false : this.#read(now);
  }

  /** What was heard of it may not be all: look at it again. */
  doubt(): void {
    this.#isDoubted = true;
    this.#surroundings.onDoubt();
  }

  /** Does what makes the next calls fast: judges the module, which drops the manifest's text, and begins to watch. */
  settle(): void {
    this.#isSettled = true;
    this.#module?.assessment();
    if (this.#watching?.isAlive) return;
    const { path } = this.listed;
    const { watch, series } = this.#surroundings;
    // It may be a mount of its own.
    if (this.#isLocal && watch.isLocal(path)) this.#watching = watch.watch(path, () => this.doubt());
    // Nobody tells what happened between the reading and the beginning of the watch.
    if (!this.#isAsRead(fingerprintModule(path, series))) this.doubt();
  }

  /** Ends the watch; the folder is looked at on each refresh until it is settled again. */
  unwatch(): void {
    this.#watching?.close();
    this.#watching = null;
    this.#isSettled = false;
    this.#surroundings.onDoubt();
  }

  /** For a symlink no event tells that a folder on the way to its target was moved. */
  get #isLocal(): boolean {
    return this.#surroundings.isLocal && !this.listed.isLink;
  }

  /**
   * The first fingerprint of a local folder is taken after the fact, to keep the first build fast: what has not changed
   * since well before the reading is what was read. Elsewhere the clock of another machine would decide that.
   */
  #isAsRead(now: Fingerprint | null): boolean {
    if (now === null || this.#readAt === undefined || !isSettledBy(now, this.#readAt)) return false;
    if (this.#fingerprint !== undefined && this.#fingerprint?.key !== now.key) return false;
    this.#fingerprint = now;
    return true;
  }

  #read(before: Fingerprint | null | undefined): boolean {
    const { roots, series, repository } = this.#surroundings;
    const readAt = Date.now();
    const read = readListed(this.listed, roots, series);
    const last = this.#module;
    const module = read === null ? null : new CatalogModule(read, repository, this.listed.family);
    const isSame = module === last || (module !== null && last?.says(module));
    // Only now: what could not be looked at, for want of descriptors, is not read.
    this.#fingerprint = before;
    this.#readAt = readAt;
    if (isSame) return false;
    this.#module = module;
    this.#isSettled = false;
    return true;
  }
}
