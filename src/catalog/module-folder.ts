import type { Repository } from '../addons/discover.ts';
import type { Root } from '../addons/roots.ts';
import { isSettledBy } from '../base/stamp.ts';
import type { Series } from '../manifest/series.ts';
import { CatalogModule } from './catalog-module.ts';
import { type Fingerprint, fingerprintModule } from './fingerprint.ts';
import { type ListedFolder, readListed } from './listed-folder.ts';
import type { FolderWatch, Watching } from './watch.ts';

/** What all module folders of a repository share. */
export interface Surroundings {
  readonly repository: Repository;
  /** Whether the repository is on a file system that only this machine changes. */
  readonly isLocal: boolean;
  readonly roots: readonly Root[];
  readonly series: Series;
  readonly watch: FolderWatch;
  /** Called when a folder must be inspected again. */
  readonly onDoubt: () => void;
}

/**
 * One folder of a repository, and the module read from it.
 *
 * Each refresh inspects it again, unless it is watched and no event was reported; it is read again only if its fingerprint
 * has changed since it was read.
 */
export class ModuleFolder {
  readonly listed: ListedFolder;
  readonly #surroundings: Surroundings;
  #module: CatalogModule | null = null;
  /** When it was last read, in milliseconds since 1970; undefined before the first read. */
  #readAt: number | undefined;
  /** Taken before the last read; undefined if not taken yet, null if there is none. */
  #fingerprint: Fingerprint | null | undefined;
  #watching: Watching | null = null;
  /** Whether it may have changed since the last refresh. */
  #isDoubted = false;
  #isSettled = false;

  constructor(listed: ListedFolder, surroundings: Surroundings) {
    this.listed = listed;
    this.#surroundings = surroundings;
  }

  /** Null if the folder is not a module. */
  get module(): CatalogModule | null {
    return this.#module;
  }

  /** Whether a replacement of the folder would be noticed. */
  get isKnown(): boolean {
    return this.#fingerprint != null;
  }

  /** Whether {@link settle} would do nothing. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Whether every change would be reported, and none was. */
  get isTrusted(): boolean {
    if (this.#isDoubted || this.#watching?.isAlive !== true) return false;
    return this.#module === null || this.#fingerprint?.names === 1;
  }

  /**
   * Reads the module again if the folder has changed.
   * @returns Whether the module has changed.
   */
  refresh(): boolean {
    if (this.isTrusted) return false;
    this.#isDoubted = false;
    if (this.#readAt === undefined && this.#isLocal) return this.#read(undefined);
    const now = fingerprintModule(this.listed.path, this.#surroundings.series);
    return this.#isAsRead(now) ? false : this.#read(now);
  }

  /** Makes the next refresh inspect the folder: it may have changed. */
  doubt(): void {
    this.#isDoubted = true;
    this.#surroundings.onDoubt();
  }

  /** Speeds up later calls: judges the module, which frees the manifest's text, and begins to watch the folder. */
  settle(): void {
    this.#isSettled = true;
    this.#module?.assessment();
    if (this.#watching?.isAlive) return;
    const { path } = this.listed;
    const { watch, series } = this.#surroundings;
    // The folder itself is checked too, because it may be a mount point.
    if (this.#isLocal && watch.isLocal(path)) this.#watching = watch.watch(path, () => this.doubt());
    // Changes between the read and the beginning of the watch are not reported.
    if (!this.#isAsRead(fingerprintModule(path, series))) this.doubt();
  }

  /** Stops watching; each refresh inspects the folder until it is settled again. */
  unwatch(): void {
    this.#watching?.close();
    this.#watching = null;
    this.#isSettled = false;
    this.#surroundings.onDoubt();
  }

  /** Not for a symlink: if a folder above its target is moved, no event reports it. */
  get #isLocal(): boolean {
    return this.#surroundings.isLocal && !this.listed.isLink;
  }

  /**
   * The first fingerprint of a local folder is taken only after it was read, to keep the first build fast: if its last
   * change was safely before the read, that state was read. Other file systems use the clock of another machine.
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
    // Set only after the read, which throws if file descriptors run out.
    this.#fingerprint = before;
    this.#readAt = readAt;
    if (isSame) return false;
    this.#module = module;
    this.#isSettled = false;
    return true;
  }
}
