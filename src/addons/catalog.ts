import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Series } from '../manifest/series.ts';
import { type Assessment, assessModule } from './assess.ts';
import { modulesIn, type Repository, repositoriesOf } from './discover.ts';
import { type Family, familyOf, type Root } from './roots.ts';

/** One module of the catalog: where it is, and whether it may be linked. */
export interface CatalogEntry extends Assessment {
  readonly name: string;
  readonly repository: Repository;
  /** The real path of the module's folder. */
  readonly path: string;
  /** Null when the folder is a symlink out of all roots. */
  readonly family: Family | null;
}

/**
 * Reads every module of the roots and judges it for a series.
 * @returns In the order of the roots, then by repository and name.
 */
export function buildCatalog(roots: readonly Root[], series: Series): CatalogEntry[] {
  return roots.flatMap(repositoriesOf).flatMap((repository) => {
    return modulesIn(repository.path).map((name) => {
      const path = realpathSync(join(repository.path, name));
      const family = familyOf(path, roots);
      const isAllowed = (real: string) => family !== null && familyOf(real, roots) === family;
      return { name, repository, path, family, ...assessModule(name, path, series, isAllowed) };
    });
  });
}
