import { basename } from 'node:path';
import { innerFolders, repositoriesOf } from '../addons/discover.ts';
import { foldersIn } from '../addons/module-folders.ts';
import type { Root } from '../addons/roots.ts';
import { realpathOrNull } from '../base/paths.ts';
import { isSettledBy } from '../base/stamp.ts';
import type { Turns } from '../base/turns.ts';
import { type Fingerprint, fingerprintFolder } from './fingerprint.ts';
import { type CatalogSetting, RepositoryFolder } from './repository-folder.ts';

/** A root and its repositories, which are listed again when they may have changed. */
export class RootFolder {
  readonly #root: Root;
  readonly #setting: CatalogSetting;
  /** The root's real path when it was last listed; undefined before the first time. */
  #real: string | null | undefined;
  #fingerprint: Fingerprint | null = null;
  #listedAt = 0;
  #hasLinks = false;
  #repositories: readonly RepositoryFolder[] = [];
  /** Whether a refresh was interrupted and its changes have not been returned yet. */
  #isHalfDone = false;

  constructor(root: Root, setting: CatalogSetting) {
    this.#root = root;
    this.#setting = setting;
  }

  /** In the order of {@link repositoriesOf}. */
  get repositories(): readonly RepositoryFolder[] {
    return this.#repositories;
  }

  /**
   * Reads what has changed since the last refresh.
   * @returns Whether a module or a repository may have changed.
   */
  async refresh(turns: Turns): Promise<boolean> {
    const real = realpathOrNull(this.#root.path);
    const now = fingerprintFolder(this.#root.path);
    let isListed = this.#isHalfDone || real !== this.#real || this.#hasLinks || !this.#isAsListed(now);
    this.#isHalfDone = true;
    // These lie deeper than the fingerprints cover; listing the few folders of Odoo itself is fast.
    if (this.#root.family === 'core' || this.#hasNewInner()) isListed = true;
    let isChanged = isListed;
    for (const repository of this.#repositories) {
      const change = await repository.refresh(turns);
      await turns.spend();
      if (change !== 'none') isChanged = true;
      if (change === 'listing') isListed = true;
    }
    if (isListed) await this.#list(real, now, turns);
    this.#isHalfDone = false;
    return isChanged;
  }

  close(): void {
    for (const repository of this.#repositories) repository.close();
  }

  /** Whether a checkout has a folder of modules that was not there before. */
  #hasNewInner(): boolean {
    const listed = this.#repositories.map(({ repository }) => repository);
    const known = new Set(listed.map(({ path }) => path));
    const checkouts = listed.filter(({ name, path }) => basename(path) === name);
    return checkouts.some(({ path }) => innerFolders(path).some((inner) => !known.has(inner)));
  }

  #isAsListed(now: Fingerprint | null): boolean {
    return now !== null && now.key === this.#fingerprint?.key && isSettledBy(now, this.#listedAt);
  }

  async #list(real: string | null, now: Fingerprint | null, turns: Turns): Promise<void> {
    const listedAt = Date.now();
    let hasLinks = false;
    await foldersIn(this.#root.path, turns, undefined, () => {
      hasLinks = true;
    });
    const before = new Map(this.#repositories.map((folder) => [folder.repository.path, folder]));
    const repositories: RepositoryFolder[] = [];
    for (const repository of await repositoriesOf(this.#root, turns)) {
      await turns.spend();
      const known = before.get(repository.path);
      // A repository can be a symlink or lie behind one, so its real path may have changed.
      if (known !== undefined && known.path === realpathOrNull(repository.path)) {
        before.delete(repository.path);
        repositories.push(known);
        continue;
      }
      const folder = new RepositoryFolder(repository, this.#setting);
      await folder.refresh(turns);
      repositories.push(folder);
    }
    for (const gone of before.values()) gone.close();
    // Set only after a complete listing: an interrupted one must be repeated.
    this.#repositories = repositories;
    this.#real = real;
    this.#fingerprint = now;
    this.#listedAt = listedAt;
    this.#hasLinks = hasLinks;
  }
}
