import { realpathOrNull } from '../paths.ts';
import { foldersIn, repositoriesOf } from './discover.ts';
import { type Fingerprint, fingerprintFolder, isSettledBy } from './fingerprint.ts';
import { type CatalogSetting, RepositoryFolder } from './repository-folder.ts';
import type { Root } from './roots.ts';

/** A root and its repositories, listed again when something may have changed what they are. */
export class RootFolder {
  readonly #root: Root;
  readonly #setting: CatalogSetting;
  /** Where the root's path led when it was last listed; undefined before the first time. */
  #real: string | null | undefined;
  #fingerprint: Fingerprint | null = null;
  #listedAt = 0;
  #hasLinks = false;
  #repositories: readonly RepositoryFolder[] = [];

  constructor(root: Root, setting: CatalogSetting) {
    this.#root = root;
    this.#setting = setting;
  }

  /** In the order of {@link repositoriesOf}. */
  get repositories(): readonly RepositoryFolder[] {
    return this.#repositories;
  }

  /**
   * Brings it up to date with the disk.
   * @returns Whether a module or a repository of it may be another than before.
   */
  refresh(): boolean {
    const real = realpathOrNull(this.#root.path);
    const now = fingerprintFolder(this.#root.path);
    let isListed = real !== this.#real || this.#hasLinks || !this.#isAsListed(now);
    // The modules of an Odoo checkout lie deeper than this looks; its two repositories are soon listed.
    if (this.#root.family === 'core') isListed = true;
    let isChanged = isListed;
    for (const repository of this.#repositories) {
      const change = repository.refresh();
      if (change !== 'none') isChanged = true;
      if (change === 'listing') isListed = true;
    }
    if (isListed) this.#list(real, now);
    return isChanged;
  }

  close(): void {
    for (const repository of this.#repositories) repository.close();
  }

  #isAsListed(now: Fingerprint | null): boolean {
    return now !== null && now.key === this.#fingerprint?.key && isSettledBy(now, this.#listedAt);
  }

  #list(real: string | null, now: Fingerprint | null): void {
    this.#real = real;
    this.#fingerprint = now;
    this.#listedAt = Date.now();
    this.#hasLinks = false;
    foldersIn(this.#root.path, undefined, () => {
      this.#hasLinks = true;
    });
    const before = new Map(this.#repositories.map((folder) => [folder.repository.path, folder]));
    this.#repositories = repositoriesOf(this.#root).map((repository) => {
      const known = before.get(repository.path);
      // A repository can be a symlink, or lie behind one.
      if (known !== undefined && known.path === realpathOrNull(repository.path)) {
        before.delete(repository.path);
        return known;
      }
      const folder = new RepositoryFolder(repository, this.#setting);
      folder.refresh();
      return folder;
    });
    for (const gone of before.values()) gone.close();
  }
}
