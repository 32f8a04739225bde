import { isInside, lstatOrNull, realpathOrNull } from '../base/paths.ts';
import { cut, quoted } from '../base/text.ts';
import type { Turns } from '../base/turns.ts';
import { isSince, type Series } from '../manifest/series.ts';
import { PyDict, PyTuple, type PyValue } from '../manifest/values.ts';
import { isGlob, matchesAny, newPatternBudget } from './asset-pattern.ts';
import { attachedAddresses } from './attached-addresses.ts';

/** A file that a manifest lists and the module has not. */
export interface MissingFile {
  readonly code: keyof typeof LISTED_CODES;
  /** `error`: Odoo cannot install the module. */
  readonly level: 'error' | 'warning';
  /** The manifest key that lists it. */
  readonly key: string;
  readonly message: string;
}

/** What a missing file is told as. */
export const LISTED_CODES = {
  data_missing: 'a file listed in data does not exist; Odoo cannot install the module',
  demo_missing: 'a file listed in demo does not exist; Odoo installs the module without its demo data',
  asset_missing:
    'a path in assets (14.0: qweb) matches no file of the module and no attachment in its data; its bundle lacks it',
} as const;

/** How many paths of a manifest are looked for (the longest of Odoo lists some 300). */
const MOST_PATHS = 2000;

/**
 * Finds the files that a manifest lists and that are not in the module.
 *
 * - `data`, up to 18.0 also `init_xml` and `update_xml`: loading one that is missing raises (`load_data`,
 *   `odoo/modules/loading.py`).
 * - `demo`, up to 18.0 also `demo_xml`: `load_demo` there catches it, logs it, and installs the module without demo data.
 * - `assets` from 15.0 on, `qweb` in 14.0: Odoo logs that a path matches nothing (`ir_asset.py`, `_get_paths`),
 *   but for the address of an attachment, see {@link attachedAddresses}.
 *
 * Only paths inside the module count: others may be files of any module. A path that leads out of the module by a symlink
 * is taken to exist.
 * @param folder The real path of the module.
 */
export async function findMissingFiles(
  module: string,
  folder: string,
  manifest: PyValue | undefined,
  series: Series,
  turns: Turns,
): Promise<MissingFile[]> {
  if (!(manifest instanceof PyDict)) return [];
  return findMissing(module, folder, manifest, listedPaths(module, manifest, series), turns);
}

/**
 * Only the missing files without which Odoo cannot install the module, see {@link findMissingFiles}. Patterns, which can
 * take long, are not among them.
 */
export async function findMissingData(
  module: string,
  folder: string,
  manifest: PyValue | undefined,
  series: Series,
  turns: Turns,
): Promise<MissingFile[]> {
  if (!(manifest instanceof PyDict)) return [];
  return findMissing(module, folder, manifest, listedData(manifest, series), turns);
}

async function findMissing(
  module: string,
  folder: string,
  manifest: PyDict,
  listed: Iterable<Listed>,
  turns: Turns,
): Promise<MissingFile[]> {
  const missing: MissingFile[] = [];
  let addresses: ReadonlySet<string> | null = null;
  let paths = 0;
  const budget = newPatternBudget();
  for (const { code, key, path, isPattern } of listed) {
    if (++paths > MOST_PATHS) break;
    const pause = turns.spend();
    if (pause !== undefined) await pause;
    const isThere = isPattern
      ? await matchesAny(folder, path.split('/'), budget, turns)
      : isFileIn(folder, path);
    if (isThere) continue;
    if (key === 'assets' && !isPattern) {
      addresses ??= await attachedAddresses(folder, dataFiles(manifest), turns);
      if (addresses.has(`${module}/${path}`)) continue;
    }
    const level = code === 'data_missing' ? 'error' : 'warning';
    missing.push({ code, level, key, message: describe(code, key, path, isPattern) });
  }
  return missing;
}

function describe(code: MissingFile['code'], key: string, path: string, isPattern: boolean): string {
  const what = isPattern ? 'matches no file of the module' : 'is no file of the module';
  const advice = isPattern ? 'add one, or take the pattern off the list' : 'add it, or take it off the list';
  return `\`${key}\` lists ${quoted(cut(path, 100))}, which ${what}, ${effectOf(code, key, isPattern)}; ${advice}`;
}

function effectOf(code: MissingFile['code'], key: string, isPattern: boolean): string {
  if (code === 'data_missing') return 'so Odoo cannot install the module';
  if (code === 'demo_missing') return 'so Odoo installs the module without its demo data';
  if (isPattern) return 'so it adds nothing';
  return key === 'qweb' ? 'so the web client lacks its templates' : 'so the bundle lacks it';
}

interface Listed {
  readonly code: MissingFile['code'];
  readonly key: string;
  /** Inside the module. */
  readonly path: string;
  readonly isPattern: boolean;
}

function* listedPaths(module: string, manifest: PyDict, series: Series): Generator<Listed> {
  yield* listedData(manifest, series);
  for (const key of hasOldKeys(series) ? ['demo_xml', 'demo'] : ['demo'])
    yield* listedIn(manifest, key, 'demo_missing', false);
  if (!isSince(series, '15.0')) {
    yield* listedIn(manifest, 'qweb', 'asset_missing', true);
    return;
  }
  const assets = manifest.get('assets');
  if (!(assets instanceof PyDict)) return;
  for (const [, bundle] of assets.entries()) {
    for (const directive of itemsOf(bundle)) {
      const path = insideModule(module, assetPath(directive));
      if (path !== null) yield { code: 'asset_missing', key: 'assets', path, isPattern: isGlob(path) };
    }
  }
}

function* listedData(manifest: PyDict, series: Series): Generator<Listed> {
  const keys = hasOldKeys(series) ? ['init_xml', 'update_xml', 'data'] : ['data'];
  for (const key of keys) yield* listedIn(manifest, key, 'data_missing', false);
}

function hasOldKeys(series: Series): boolean {
  return !isSince(series, '19.0');
}

function* listedIn(
  manifest: PyDict,
  key: string,
  code: MissingFile['code'],
  hasPatterns: boolean,
): Generator<Listed> {
  const seen = new Set<string>();
  for (const item of itemsOf(manifest.get(key))) {
    const path = typeof item === 'string' ? normal(item) : null;
    if (path === null || seen.has(path)) continue;
    seen.add(path);
    yield { code, key, path, isPattern: hasPatterns && isGlob(path) };
  }
}

/** The paths that `data` lists, as many as are looked for. */
function dataFiles(manifest: PyDict): string[] {
  const listed = [...listedIn(manifest, 'data', 'data_missing', false)];
  return listed.slice(0, MOST_PATHS).map(({ path }) => path);
}

function itemsOf(value: PyValue | undefined): readonly PyValue[] {
  if (Array.isArray(value)) return value;
  return value instanceof PyTuple ? value.items : [];
}

/** The last part of a directive is its path, but for `include`, which names a bundle, and `remove`, which takes one off. */
function assetPath(directive: PyValue): string | null {
  if (typeof directive === 'string') return directive;
  const parts = itemsOf(directive);
  const [name, last] = [parts[0], parts.at(-1)];
  return typeof name === 'string' && ADDING.has(name) && typeof last === 'string' ? last : null;
}
const ADDING: ReadonlySet<string> = new Set(['append', 'prepend', 'before', 'after', 'replace']);

/** A path of an asset begins with a module's name; one of another module, or an address, does not count. */
function insideModule(module: string, path: string | null): string | null {
  const inside = path?.replace(/^\//, '');
  return inside?.startsWith(`${module}/`) ? normal(inside.slice(module.length + 1)) : null;
}

/** The path without `.`; null for one that leads out of the module, or is nothing a file could be named. */
function normal(path: string): string | null {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  const isOutside = path.startsWith('/') || parts.includes('..') || path.includes('\0');
  return isOutside || parts.length === 0 || path.length > 4096 ? null : parts.join('/');
}

function isFileIn(folder: string, path: string): boolean {
  const full = `${folder}/${path}`;
  if (lstatOrNull(full)?.isFile()) return true;
  const real = realpathOrNull(full);
  if (real === null) return false;
  return !isInside(real, folder) || lstatOrNull(real)?.isFile() === true;
}
