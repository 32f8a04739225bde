import { join } from 'node:path';
import { realEntry, realSeen } from '../base/follow.ts';
import type { PathMap } from '../base/path-map.ts';
import { realpathOrNull } from '../base/paths.ts';
import type { Series } from '../manifest/series.ts';
import { hasManifest, manifestNames } from './module-folders.ts';
import type { ModuleName } from './module-name.ts';
import { odooFolders } from './odoo-folders.ts';
import type { Root } from './roots.ts';

/** The parts of an instance that determine its search path. */
export interface SearchPathParts {
  readonly series: Series;
  readonly roots: readonly Root[];
  readonly addonsDirs: readonly { readonly path: string }[];
  readonly odooConf: ConfiguredPlaces | null;
  /** Where Odoo sees the folders of this host; null where it sees them at their own paths. */
  readonly paths: PathMap | null;
  /** The folders `odoo/addons` on the path of the instance's Python: what pip has installed. */
  readonly pythonAddons?: readonly string[];
}

/** What odoo.conf says of the search path; absolute paths of this host. */
export interface ConfiguredPlaces {
  readonly addonsPath: readonly string[];
  readonly dataDir: string | null;
}

/** A folder in which Odoo looks for modules. `linked`: one of the instance's addons directories; `python`: a
 * folder of packages. */
export interface SearchEntry {
  readonly kind: 'core' | 'python' | 'addons_path' | 'linked';
  readonly path: string;
}

/**
 * The folders Odoo searches for a module; the first one that has it wins.
 *
 * The order is Odoo's (`odoo/modules/module.py`, `initialize_sys_path`): `odoo/addons` inside the Odoo package, then those
 * elsewhere on Python's path (`odoo/addons/__init__.py` extends its path when it is imported, before the rest is appended), then
 * `addons/<series>` in the data directory, then `addons_path`; 19.0 ends with the `addons` folder beside the package.
 * An addons directory that is in none of these comes last: the operator says it is on the path, but odoo.conf does not
 * say where.
 */
export function searchPath(parts: SearchPathParts): SearchEntry[] {
  const { series, roots, addonsDirs, odooConf, paths, pythonAddons = [] } = parts;
  const core = roots.filter(({ family }) => family === 'core').map(({ path }) => odooFolders(path));
  const inPackage = core.flatMap((folders) => folders.inPackage);
  const besidePackage = core.flatMap((folders) => folders.others);
  const named = [
    ...(odooConf?.dataDir == null ? [] : [join(odooConf.dataDir, 'addons', series)]),
    ...(odooConf?.addonsPath ?? []),
  ];
  const configured = paths === null ? named : named.flatMap((folder) => realSeen(folder, paths) ?? []);
  const ordered = [
    ...inPackage,
    ...pythonAddons,
    ...configured,
    ...besidePackage,
    ...addonsDirs.map(({ path }) => path),
  ];
  const linked = new Set(addonsDirs.map(({ path }) => path));
  const ofPython = new Set(pythonAddons.map(realpathOrNull));
  const ofCore = new Set([...inPackage, ...besidePackage].map(realpathOrNull));
  const entries = new Map<string, SearchEntry>();
  for (const folder of ordered) {
    const path = realpathOrNull(folder);
    if (path === null || entries.has(path)) continue;
    const other = ofPython.has(path) ? 'python' : 'addons_path';
    entries.set(path, { path, kind: linked.has(path) ? 'linked' : ofCore.has(path) ? 'core' : other });
  }
  return [...entries.values()];
}

/** Whether a folder of the search path holds a module of that name; undefined if that is not known. */
export type KnowsModule = (folder: string, name: string) => boolean | undefined;

/** The first folder of the search path that holds a module; null when Odoo would not find it. */
export function findOnPath(
  name: ModuleName,
  path: readonly SearchEntry[],
  { series, paths }: Pick<SearchPathParts, 'series' | 'paths'>,
  knows: KnowsModule = () => undefined,
): SearchEntry | null {
  const holds = (folder: string) => {
    const known = knows(folder, name);
    if (known !== undefined) return known;
    const real = paths === null ? join(folder, name) : realEntry(folder, name, paths);
    return real !== null && hasManifest(real, manifestNames(series));
  };
  return path.find((entry) => holds(entry.path)) ?? null;
}
