import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { realEntry } from '../base/follow.ts';
import { stopAtShortage } from '../base/interruption.ts';
import type { PathMap } from '../base/path-map.ts';
import { errnoOf, lstatOrNull } from '../base/paths.ts';
import { userName } from '../base/user.ts';
import { isSince, type Series } from '../manifest/series.ts';
import { manifestNames } from './module-folders.ts';
import { type ConfiguredPlaces, type SearchPathParts, searchPath } from './search-path.ts';

/** Whether Odoo looks in a folder; `doubt`: why that cannot be told from here, as the end of a sentence, without a path. */
export type OnPath = 'yes' | 'no' | { readonly doubt: string };

/** The parts of an instance that say whether Odoo looks in a folder. */
export interface PathFacts extends SearchPathParts {
  readonly odooConf:
    | (ConfiguredPlaces & {
        /** Why a folder that is not found on the path may be there nevertheless; null if it is not. */
        readonly doubt: string | null;
      })
    | null;
}

/** A path of odoo.conf: as Odoo sees it, and on this host. */
interface SeenPath {
  readonly seen: string | null;
  readonly path: string | null;
}

/** Whether an entry of odoo.conf is a folder that is not on this host. */
export function isOnlyForOdoo({ seen, path }: SeenPath): boolean {
  return seen !== null && path === null;
}

/** The same with what says whether that is all. */
interface WholePathFacts extends PathFacts {
  readonly odooConf:
    | (NonNullable<PathFacts['odooConf']> & {
        /** The entries of `addons_path`: where Odoo sees them, and where they are on this host. */
        readonly entries: readonly SeenPath[];
      })
    | null;
  /** The interpreter of Odoo. */
  readonly python: string | null;
}

/**
 * Whether odoo.conf or the core roots put a folder on the search path; being listed in addonsDirs does not count. Without
 * an odoo.conf the operator's word is taken.
 * @param folder A real path.
 */
export function doesOdooLookIn(folder: string, parts: PathFacts): OnPath {
  const { odooConf, paths, series } = parts;
  if (paths !== null && paths.toOdoo(folder) === null) return 'no';
  if (odooConf === null) return 'yes';
  if (searchPath({ ...parts, addonsDirs: [] }).some(({ path }) => path === folder)) return 'yes';
  const doubt = doubtOfConf(odooConf, parts, placesOf(odooConf));
  if (doubt !== null) return { doubt };
  if (odooConf.dataDir === null && isUsualDataDir(paths?.toOdoo(folder) ?? folder, series)) {
    return {
      doubt:
        "odoo.conf does not set data_dir, and whether this is the default depends on the home folder of Odoo's user",
    };
  }
  return 'no';
}

/** Why what odoo.conf says is not all that is to be known of the search path; null if it is. */
function doubtOfConf(
  odooConf: NonNullable<PathFacts['odooConf']>,
  parts: PathFacts,
  places: readonly string[],
): string | null {
  if (isFromElsewhere(parts)) {
    return 'none of the directories that odoo.conf names exists on this host: they are those of a container, and the configuration has no `paths`';
  }
  if (odooConf.doubt !== null) return odooConf.doubt;
  const isHidden = places.some((path) => stateOfFolder(path) === 'hidden');
  return isHidden ? `odoo.conf names a directory that ${userName()} may not look at` : null;
}

/**
 * Why a module that is found nowhere on the search path may be there all the same, as the end of a sentence, without a path.
 * Modules that Odoo itself has downloaded into its data directory do not count.
 * @returns Null if Odoo finds no more than this program.
 */
export function doubtOfPath(parts: WholePathFacts): string | null {
  const { odooConf, python } = parts;
  if (odooConf === null) return 'the configuration names no odoo.conf';
  const doubt = doubtOfConf(odooConf, parts, odooConf.addonsPath);
  if (doubt !== null) return doubt;
  if (odooConf.entries.some(isOnlyForOdoo))
    return 'odoo.conf names a directory of the container that no entry of `paths` leads to';
  return python === null
    ? 'the configuration names no `python`, with which pip may have installed them'
    : null;
}

/** What to do about an addons directory in which Odoo does not look, in the infinitive. */
export function remedyForOffPath(folder: string, paths: PathMap | null): string {
  const seen = paths === null ? folder : paths.toOdoo(folder);
  return seen === null
    ? 'mount it where Odoo runs, and add that to `paths` in the configuration'
    : `add ${seen} to addons_path in odoo.conf and restart Odoo`;
}

function placesOf({ addonsPath, dataDir }: ConfiguredPlaces): string[] {
  return [...addonsPath, ...(dataDir === null ? [] : [dataDir])];
}

/**
 * Whether an odoo.conf is for another host: it sets `addons_path`, and no directory it names exists on this one. Not where the
 * operator has said how its paths are to be read.
 */
export function isFromElsewhere({ odooConf, paths }: Pick<PathFacts, 'odooConf' | 'paths'>): boolean {
  if (odooConf === null || paths !== null || odooConf.addonsPath.length === 0) return false;
  return placesOf(odooConf).every((path) => stateOfFolder(path) === 'missing');
}

/** What a path of odoo.conf leads to; `hidden`: this user may not look there. */
export type FolderState = 'folder' | 'missing' | 'no folder' | 'hidden';

export function stateOfFolder(path: string): FolderState {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'no folder';
  } catch (error) {
    stopAtShortage(error);
    return errnoOf(error) === 'EACCES' ? 'hidden' : 'missing';
  }
}

/** `_get_default_datadir` (odoo/tools/config.py): Odoo in the user's data folder; /var/lib/odoo without a home folder. */
function isUsualDataDir(folder: string, series: Series): boolean {
  return ['/Odoo', '/var/lib/odoo'].some((place) => folder.endsWith(`${place}/addons/${series}`));
}

/**
 * Whether Odoo takes a folder for a directory of modules (`odoo/tools/config.py`, `_is_addons_path`): 19.0 asks that of
 * every entry of `addons_path` at start and leaves out the others; up to 18.0 only of `--addons-path`, and does not start
 * with another one.
 * @param folder A real path of this host.
 * @param without Names of entries that do not count.
 * @returns True also for a folder that cannot be listed.
 */
export function holdsModules(
  folder: string,
  { series, paths }: Pick<PathFacts, 'series' | 'paths'>,
  without: ReadonlySet<string> = new Set(),
): boolean {
  try {
    return readdirSync(folder).some((name) => {
      if (without.has(name)) return false;
      const real = paths === null ? join(folder, name) : realEntry(folder, name, paths);
      const has = (file: string) => real !== null && lstatOrNull(join(real, file)) !== null;
      return has('__init__.py') && manifestNames(series).some(has);
    });
  } catch (error) {
    stopAtShortage(error);
    return true;
  }
}

/** What an odoo.conf cannot say, as the end of a sentence. */
export function describeOverrides(series: Series): string {
  const variable = isSince(series, '19.0') ? ' or ODOO_ADDONS_PATH in its environment' : '';
  return `--addons-path on Odoo's command line${variable} would win over odoo.conf, and -c or ODOO_RC may name another file`;
}
