import { join } from 'node:path';
import type { PathView } from '../addons/on-path.ts';
import {
  describeOverrides,
  doesOdooLookIn,
  holdsModules,
  isFromElsewhere,
  isOnlyForOdoo,
  remedyForOffPath,
  stateOfFolder,
} from '../addons/where-odoo-looks.ts';
import { lstatOrNull } from '../base/paths.ts';
import { inQuotes, quoted } from '../base/text.ts';
import { userName } from '../base/user.ts';
import type { Instance } from '../config/instance.ts';
import type { OdooConf } from '../config/odoo-conf.ts';
import type { ConfPath } from '../config/odoo-conf-paths.ts';
import type { AddonsDir } from '../links/addons-dir.ts';
import { isSince, type Series } from '../manifest/series.ts';
import { asSeen, diagnoseMap, UNSEEN } from './diagnose-seen.ts';
import type { Finding } from './finding.ts';

/** What the checks of an odoo.conf need to know of the instance's modules. */
export interface KnownModules {
  readonly view: PathView;
  /** The names of Odoo's own modules. */
  readonly community: ReadonlySet<string>;
  /** Whether a root holds a module of that name. */
  isInRoots(name: string): boolean;
}

/** Checks the odoo.conf of an instance: what Odoo makes of it, and whether it is what was meant. */
export function diagnoseOdooConf(instance: Instance, modules: KnownModules): Finding[] {
  const { odooConf, series } = instance;
  if (odooConf === null) return [{ level: 'ok', text: "not configured: Odoo's addons path is not checked" }];
  if (!odooConf.hasOptions) {
    const text = 'it has no section [options]: Odoo ignores the whole file';
    return [{ level: 'warn', text, remedy: 'begin it with a line that says [options]' }];
  }
  const serverWide = diagnoseServerWide(odooConf, instance, modules);
  // What is written wrongly is on no host.
  const isMeant = odooConf.entries.every(({ mistake }) => mistake === null);
  if (isMeant && isFromElsewhere(instance)) return [fromElsewhere(odooConf), ...serverWide];
  return [
    ...diagnoseMap(odooConf, instance.paths),
    ...odooConf.entries.flatMap((entry) => diagnoseEntry(entry, instance)),
    ...describeDoubts(odooConf.entries),
    ...diagnoseDataDir(odooConf, series),
    ...serverWide,
  ];
}

/** Whether Odoo looks in an addons directory; nothing if it does, and where a section of its own says why not. */
export function diagnoseOnPath({ path }: AddonsDir, instance: Instance): Finding[] {
  const onPath = doesOdooLookIn(path, instance);
  const { paths, series } = instance;
  if (onPath === 'yes' || isFromElsewhere(instance)) return [];
  if (onPath === 'no') {
    const seen = paths === null ? path : paths.toOdoo(path);
    const remedy = remedyForOffPath(path, paths);
    if (seen === null) return [{ level: 'fail', text: `${path}: ${UNSEEN}`, remedy }];
    const text = `${path}${asSeen(path, seen)}: Odoo does not look there`;
    const orMap = paths === null ? '' : ', or put `paths` right';
    return [{ level: 'fail', text, remedy: `${remedy}${orMap}; ${describeOverrides(series)}` }];
  }
  const text = `${path}: whether Odoo looks there cannot be told from here, because ${onPath.doubt}`;
  return [{ level: 'warn', text, remedy: 'write its absolute path into addons_path, or check it by hand' }];
}

function fromElsewhere({ addonsPath }: OdooConf): Finding {
  const text =
    `these are the paths of a container: none of the directories it names exists on this host, such as ${quoted(addonsPath[0] as string)}, ` +
    'so whether Odoo looks in the addons directory cannot be told from here';
  const remedy =
    'give `paths` in the configuration: the folders of this host that the container mounts, and where, such as {"/srv/odoo": "/mnt"}';
  return { level: 'warn', text, remedy };
}

function diagnoseEntry(entry: ConfPath, { series, paths }: Instance): Finding[] {
  const { path, seen } = entry;
  if (entry.doubt !== null) return [];
  if (entry.written === '') return [emptyEntry(entry)];
  if (isOnlyForOdoo(entry)) return [];
  const text = `addons_path: ${path === null ? inQuotes(entry.written) : `${path}${asSeen(path, seen)}`}`;
  const state = path === null ? 'missing' : stateOfFolder(path);
  if (state === 'folder') return [describeFolder(text, path as string, { series, paths })];
  if (state === 'hidden') {
    const remedy = 'give its user permission to look there, if you want it checked';
    return [{ level: 'warn', text: `${text} cannot be looked at by ${userName()}`, remedy }];
  }
  const what = state === 'missing' ? 'does not exist' : 'is not a directory';
  const cause = entry.mistake ?? 'create it, or remove it from addons_path';
  return [{ level: 'warn', text: `${text} ${what}: ${effectOfMissing(state, series)}`, remedy: cause }];
}

/**
 * Up to 18.0 only `--addons-path` asks whether a directory exists; from odoo.conf it stays on `odoo.addons.__path__`
 * (`initialize_sys_path`), and what lists that raises: `get_modules` on 14.0 and 15.0 (later it looks before it lists),
 * `load_addons` at the first request on 14.0 and 15.0, `statics` on 16.0 to 18.0 (odoo/http.py). 19.0 asks for each entry
 * (`_check_addons_path`).
 */
function effectOfMissing(state: 'missing' | 'no folder', series: Series): string {
  if (isSince(series, '19.0')) return 'Odoo 19.0 leaves it out, with a line in its log';
  const starts = `Odoo ${series} starts with it, but`;
  if (!isSince(series, '16.0')) return `${starts} serves no static files, and cannot update the list of apps`;
  const update = state === 'no folder' ? ', and cannot update the list of apps' : '';
  return `${starts} answers requests for static files (/web/static/...) with an error${update}`;
}

function describeFolder(text: string, path: string, instance: Pick<Instance, 'series' | 'paths'>): Finding {
  const { series } = instance;
  if (holdsModules(path, instance)) return { level: 'ok', text };
  if (!isSince(series, '19.0')) {
    return { level: 'ok', text: `${text} (holds no module, which Odoo would refuse in --addons-path)` };
  }
  const remedy = 'restart Odoo after the first module is there';
  return { level: 'warn', text: `${text} holds no module: Odoo 19.0 leaves it out when it starts`, remedy };
}

/** Only up to 18.0: 19.0 drops what is empty. `abspath('')` is the working directory (`initialize_sys_path`). */
function emptyEntry({ seen }: ConfPath): Finding {
  const where = seen === null ? '' : `, ${seen},`;
  const text = `addons_path has an empty entry: Odoo looks for modules in its working directory${where} too`;
  return { level: 'warn', text, remedy: 'remove the comma at the end, or one of two commas' };
}

/** Entries that only Odoo's process can resolve, or see; one line for all of which the same is true. */
function describeDoubts(entries: readonly ConfPath[]): Finding[] {
  const doubts = new Map<string, string[]>();
  for (const entry of entries) {
    const why = entry.doubt ?? (isOnlyForOdoo(entry) ? ONLY_ODOO : null);
    if (why !== null) doubts.set(why, [...(doubts.get(why) ?? []), quoted(entry.written)]);
  }
  return [...doubts].map(([doubt, written]) => {
    return { level: 'ok', text: `addons_path: ${written.join(', ')} not checked: ${doubt}` };
  });
}

const ONLY_ODOO = '`paths` maps no folder of this host to there, so only Odoo sees what is in it';

function diagnoseDataDir({ dataDir }: OdooConf, series: Series): Finding[] {
  if (dataDir === null)
    return [{ level: 'ok', text: 'data_dir is not known here: the modules in it are not considered' }];
  const inDataDir = join(dataDir, 'addons', series);
  const mode = lstatOrNull(inDataDir)?.mode;
  const locked = mode !== undefined && (mode & 0o200) === 0;
  const found: Finding = { level: 'ok', text: `data_dir: ${dataDir}` };
  if (!locked) return [found];
  const remedy = 'run chmod u+w on it: Odoo creates it read-only, and no links can be created there';
  return [found, { level: 'warn', text: `${inDataDir} cannot be written by its owner`, remedy }];
}

/** The modules of `server_wide_modules` beside Odoo's own. One that is not found is logged, and Odoo starts without it. */
function diagnoseServerWide(
  conf: OdooConf,
  instance: Instance,
  { view, community, isInRoots }: KnownModules,
): Finding[] {
  return conf.serverWide.flatMap((name): Finding[] => {
    const text = `server_wide_modules: ${quoted(name)}`;
    const found = view.find(name);
    if (found !== null) return community.has(name) ? [] : [{ level: 'ok', text: `${text} (${found.by})` }];
    if (conf.doubt !== null || conf.entries.some(isOnlyForOdoo) || isFromElsewhere(instance)) {
      return [{ level: 'ok', text: `${text} is in none of the directories that are known here` }];
    }
    const remedy = `${isInRoots(name) ? 'link it' : 'put it on the addons path'}, or remove it from server_wide_modules`;
    const missing = `${text} is not on the addons path: Odoo logs an error at each start, and runs without it`;
    return [{ level: 'warn', text: missing, remedy }];
  });
}
