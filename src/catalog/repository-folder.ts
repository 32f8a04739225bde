import type { Repository } from '../addons/discover.ts';
import type { Root } from '../addons/roots.ts';
import { realpathOrNull } from '../base/paths.ts';
import { isSettledBy } from '../base/stamp.ts';
import type { Turns } from '../base/turns.ts';
import type { Series } from '../manifest/series.ts';
import type { CatalogModule } from './catalog-module.ts';
import { type Fingerprint, fingerprintFolder } from './fingerprint.ts';
import { listFolders } from './listed-folder.ts';
import { ModuleFolder, type Surroundings } from './module-folder.ts';
import type { FolderWatch } from './watch.ts';

/** The result of a refresh: no change, changed modules, or a change that may add or remove repositories. */
export type Change = 'none' | 'modules' | 'listing';

/** The units of work of opening, reading and parsing one manifest, see {@link Turns}. */
export const READING = 8;

/** What all repositories of a catalog share. */
export interface CatalogSetting {
  readonly roots: readonly Root[];
  readonly series: Series;
  readonly watch: FolderWatch;
}

/**
 * A repository and the folders in it. It is listed again when its fingerprint changes. Each refresh takes the fingerprint,
 * so it also notices if a folder above was replaced or something was mounted over it.
 */
export class RepositoryFolder {
  readonly repository: Repository;
  /** The real path; null if it does not exist. */
  readonly path: string | null;
  readonly #surroundings: Surroundings;
  #fingerprint: Fingerprint | null = null;
  #listedAt = 0;
  #hasLinks = false;
  #folders = new Map<string, ModuleFolder>();
  #modules: readonly CatalogModule[] = [];
  /** Whether every folder is trusted, so that none needs to be inspected. */
  #isTrusted = false;
  /** Whether every folder is settled. */
  #isSettled = false;
  /** Whether a refresh was interrupted and its changes have not been returned yet. */
  #isHalfDone = false;

  constructor(repository: Repository, { roots, series, watch }: CatalogSetting) {
    this.repository = repository;
    this.path = realpathOrNull(repository.path);
    const isLocal = this.path !== null && watch.isLocal(this.path);
    const onDoubt = () => {
      this.#isTrusted = false;
    };
    this.#surroundings = { repository, isLocal, roots, series, watch, onDoubt };
  }

  /** Sorted by name. */
  get modules(): readonly CatalogModule[] {
    return this.#modules;
  }

  /** Reads what has changed since the last refresh. */
  async refresh(turns: Turns): Promise<Change> {
    if (this.path === null) return 'none';
    const now = fingerprintFolder(this.path);
    const isSame = this.#isAsListed(now);
    const isListed = !isSame || this.#hasLinks;
    const isResumed = this.#isHalfDone;
    if (!isListed && !isResumed && this.#isTrusted) return 'none';
    this.#isHalfDone = true;
    if (isListed) await this.#list(this.path, now, isSame, turns);
    const change = await this.#refreshFolders(turns);
    this.#isHalfDone = false;
    if (!isListed && !isResumed && change === 'none') return 'none';
    this.#isSettled = false;
    this.#modules = [...this.#folders.values()].flatMap(({ module }) => module ?? []);
    if (!isSame || isResumed) return 'listing';
    return change === 'none' ? 'modules' : change;
  }

  /** Makes the next refresh inspect every module: events may have been missed. */
  doubt(): void {
    for (const folder of this.#folders.values()) folder.doubt();
  }

  /** The folders that are not settled yet; none while the listing is so recent that the next refresh repeats it. */
  *unsettled(): Generator<ModuleFolder> {
    if (this.#isSettled || this.#fingerprint === null) return;
    if (!isSettledBy(this.#fingerprint, this.#listedAt)) return;
    for (const folder of this.#folders.values()) if (!folder.isSettled) yield folder;
    this.#isSettled = true;
  }

  close(): void {
    for (const folder of this.#folders.values()) folder.unwatch();
  }

  #isAsListed(now: Fingerprint | null): boolean {
    return now !== null && now.key === this.#fingerprint?.key && isSettledBy(now, this.#listedAt);
  }

  async #refreshFolders(turns: Turns): Promise<Change> {
    let change: Change = 'none';
    this.#isTrusted = true;
    for (const folder of this.#folders.values()) {
      const wasModule = folder.module !== null;
      const isNew = folder.refresh();
      if (isNew) {
        // In a root that is itself a repository, a folder without a manifest is another repository.
        if (wasModule !== (folder.module !== null)) change = 'listing';
        else if (change === 'none') change = 'modules';
      }
      if (!folder.isTrusted) this.#isTrusted = false;
      const pause = turns.spend(isNew ? READING : 1);
      if (pause !== undefined) await pause;
    }
    return change;
  }

  /** @param isSame Whether the fingerprint is unchanged, so that only folders behind symlinks can differ. */
  async #list(path: string, now: Fingerprint | null, isSame: boolean, turns: Turns): Promise<void> {
    const before = this.#folders;
    const listedAt = Date.now();
    let hasLinks = false;
    const onLink = () => {
      hasLinks = true;
    };
    const listing = await listFolders(path, this.#surroundings.roots, turns, onLink);
    // Set only after a complete listing: an interrupted one must be repeated.
    this.#fingerprint = now;
    this.#listedAt = listedAt;
    this.#hasLinks = hasLinks;
    this.#folders = new Map();
    for (const listed of listing) {
      const known = before.get(listed.name);
      const isKept =
        known?.listed.path === listed.path &&
        known.listed.isLink === listed.isLink &&
        (isSame || known.isKnown);
      this.#folders.set(listed.name, isKept ? known : new ModuleFolder(listed, this.#surroundings));
    }
    for (const [name, folder] of before) {
      // A watch follows its folder even if that was moved.
      if (!isSame || this.#folders.get(name) !== folder) folder.unwatch();
    }
  }
}
