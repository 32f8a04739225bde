import { constants, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { LicenseRules } from '../addons/licenses.ts';
import { type Family, openFolders, openRoots, type Root } from '../addons/roots.ts';
import { searchPath } from '../addons/search-path.ts';
import { MiB, readText } from '../base/bounded-file.ts';
import type { PathMap } from '../base/path-map.ts';
import { accessErrno, isInside } from '../base/paths.ts';
import { ok, type Result, refused } from '../base/refusal.ts';
import { namedPath } from '../base/text.ts';
import { takeTurns } from '../base/turns.ts';
import { type AddonsDir, openAddonsDir } from '../links/addons-dir.ts';
import type { Series } from '../manifest/series.ts';
import type { OdooConnection } from '../odoo/odoo-connection.ts';
import type { LoadedConfig } from './load.ts';
import { type OdooConf, parseOdooConf } from './odoo-conf.ts';
import type { OdooProcess } from './odoo-conf-paths.ts';
import { findCrookedPair, openPaths } from './odoo-paths.ts';
import { openOdoo } from './open-odoo.ts';
import type { InstanceConfig } from './schema.ts';
import { sortRepositories } from './sort-roots.ts';

/** One Odoo installation, with every configured folder resolved and checked. */
export interface Instance {
  readonly name: string;
  readonly series: Series;
  /** The only folders in which links are created; the first one is the default. */
  readonly addonsDirs: readonly AddonsDir[];
  readonly roots: readonly Root[];
  readonly odooConf: OdooConf | null;
  readonly linkStyle: 'absolute' | 'relative';
  /** Where Odoo sees the folders of this host; null where it sees them at their own paths. */
  readonly paths: PathMap | null;
  /** What to do about dependencies whose licences do not fit. */
  readonly licenses: LicenseRules;
  /** The Python interpreter Odoo runs with, in which external dependencies are looked up. */
  readonly python: string | null;
  /** The running Odoo; absent or null if the operator has not configured it. */
  readonly odoo?: OdooConnection | null;
}

/**
 * Resolves and checks the instances of a configuration.
 * @param env The environment, for variables in an odoo.conf.
 * @returns The instances, or one line for each problem that prevents the server from starting: a folder that is missing
 *   or not a folder; an addons directory that is `/`, lies in a root, contains one, or is configured twice.
 */
export async function openInstances(
  config: LoadedConfig,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Result<Instance[], string[]>> {
  const problems: string[] = [];
  const instances: Instance[] = [];
  for (const [name, instance] of Object.entries(config.instances)) {
    instances.push(await openInstance(name, instance, config, env, problems));
  }
  checkAddonsDirs(instances, config, problems);
  checkStateDir(instances, config, problems);
  return problems.length > 0 ? refused(problems) : ok(instances);
}

async function openInstance(
  name: string,
  config: InstanceConfig,
  { where }: LoadedConfig,
  env: Readonly<Record<string, string | undefined>>,
  problems: string[],
): Promise<Instance> {
  const complain = (path: readonly PropertyKey[], problem: string) => {
    problems.push(`${where(['instances', name, ...path])}: ${problem}.`);
  };
  const addonsDirs: AddonsDir[] = [];
  for (const [index, path] of config.addonsDirs.entries()) {
    const opened = openAddonsDir(path);
    if (opened.ok) addonsDirs.push(opened.value);
    else complain(['addonsDirs', index], `the addons directory ${opened.refusal}`);
  }
  const roots: Root[] = [];
  const { auto = [], ...sorted } = config.roots;
  for (const [family, entries] of Object.entries(sorted) as [Family, string[] | undefined][]) {
    const opened = await openRoots(family, entries ?? []);
    for (const { entry, problem } of opened.problems)
      complain(['roots', family, entry], `the root ${problem}`);
    for (const root of opened.roots) {
      const other = roots.find(({ path }) => path === root.path);
      if (other !== undefined) complain(['roots', family], `${root.path} is also a root of ${other.family}`);
      roots.push(root);
    }
  }
  roots.push(...(await openSortedRoots(auto, config.series, roots, complain)));
  const { series, linkStyle, python = null } = config;
  const paths = openPaths(config.paths ?? {}, env, complain);
  const crooked = findCrookedPair(addonsDirs, roots, { linkStyle, paths });
  if (crooked !== null) complain(['linkStyle'], crooked);
  let odooConf: OdooConf | null = null;
  if (config.odooConf !== undefined) {
    const read = readOdooConf(config.odooConf, series, { env, cwd: config.odooCwd ?? null, paths });
    if (read.ok) odooConf = read.value;
    else complain(['odooConf'], read.refusal);
  }
  const licenses = licenseRules(config.licenses);
  if (python !== null) {
    const errno = accessErrno(python, constants.X_OK);
    if (errno !== null) complain(['python'], `${namedPath(python)} cannot be run (${errno})`);
  }
  const odoo = openOdoo(config, env, complain);
  return { name, series, addonsDirs, roots, odooConf, linkStyle, paths, licenses, python, odoo };
}

/** The roots of `roots.auto`, without those that are configured with their family. */
async function openSortedRoots(
  entries: readonly string[],
  series: Series,
  known: readonly Root[],
  complain: (path: readonly PropertyKey[], problem: string) => void,
): Promise<Root[]> {
  const turns = takeTurns();
  const opened = await openFolders(entries);
  for (const { entry, problem } of opened.problems)
    complain(['roots', 'auto', entry], `the folder ${problem}`);
  const roots = new Map<string, Root>();
  for (const { path, configured } of opened.folders) {
    const isMatched = !entries.includes(configured);
    for (const root of await sortRepositories(path, isMatched, series, turns)) {
      if (!known.some((one) => one.path === root.path)) roots.set(root.path, root);
    }
  }
  return [...roots.values()];
}

/** A single word is about conflicts alone: what the licences allow stays allowed. */
function licenseRules(setting: InstanceConfig['licenses']): LicenseRules {
  return typeof setting === 'string' ? { conflicts: setting, lgpl_on_proprietary: 'allow' } : setting;
}

function readOdooConf(path: string, series: Series, odoo: OdooProcess): Result<OdooConf, string> {
  const read = readText(path, MiB, true);
  if (!read.ok) return refused(`${namedPath(path)} ${read.refusal.problem}`);
  const parsed = parseOdooConf(read.value, series, odoo);
  return parsed.ok ? parsed : refused(`${namedPath(path)}: ${parsed.refusal}`);
}

function checkAddonsDirs(instances: readonly Instance[], { where }: LoadedConfig, problems: string[]): void {
  const seen = new Map<string, string>();
  // The roots of all instances: a link created in a root would itself become a source.
  const roots = new Set(instances.flatMap((instance) => instance.roots.map(({ path }) => path)));
  for (const { name, addonsDirs } of instances) {
    for (const dir of addonsDirs) {
      const at = where(['instances', name, 'addonsDirs']);
      const folder = `${dir.dev}:${dir.ino}`;
      const other = seen.get(folder);
      if (other !== undefined) {
        problems.push(`${at}: ${dir.configured} is the same folder as ${other}.`);
        continue;
      }
      seen.set(folder, dir.configured);
      for (const root of roots) {
        const lies = isInside(dir.path, root) ? 'is inside' : isInside(root, dir.path) ? 'contains' : null;
        const how = dir.path === root ? 'is also' : lies;
        if (how !== null)
          problems.push(
            `${at}: ${dir.configured} ${how} the root ${root}: links need a folder of their own, outside the sources.`,
          );
      }
    }
  }
}

/**
 * Links are staged in the state directory, and Odoo must not find a module there. Also, only the server's user may access
 * it, which is impossible for a folder with modules or links.
 */
function checkStateDir(
  instances: readonly Instance[],
  { where, stateDir }: LoadedConfig,
  problems: string[],
): void {
  const path = realpathOfDeepest(stateDir);
  for (const instance of instances) {
    const scanned = [...searchPath(instance), ...instance.roots];
    const around = scanned.find((folder) => isInside(path, folder.path));
    const within = scanned.find((folder) => isInside(folder.path, path));
    const found = around ?? within;
    if (found === undefined) continue;
    const relation = around === undefined ? 'contains' : 'lies inside';
    problems.push(
      `${where(['stateDir'])}: the state directory ${relation} ${found.path}, which Odoo or the server scans.`,
    );
    return;
  }
}

/** A path with symlinks resolved in the part of it that exists. */
function realpathOfDeepest(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path === dirname(path) ? path : join(realpathOfDeepest(dirname(path)), basename(path));
  }
}
