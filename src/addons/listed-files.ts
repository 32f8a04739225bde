import { join } from 'node:path';
import { Interruption } from '../base/interruption.ts';
import { listFolder } from '../base/listing.ts';
import { isInside, lstatOrNull, realpathOrNull } from '../base/paths.ts';
import { cut, quoted } from '../base/text.ts';
import type { Turns } from '../base/turns.ts';
import { isSince, type Series } from '../manifest/series.ts';
import { PyDict, PyTuple, type PyValue } from '../manifest/values.ts';
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

/** How many paths of a manifest are looked for (the longest of Odoo lists some 300), and in how many folders. */
const MOST_PATHS = 2000;
const MOST_FOLDERS = 2000;

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
  const missing: MissingFile[] = [];
  let addresses: ReadonlySet<string> | null = null;
  let paths = 0;
  const budget = { folders: MOST_FOLDERS };
  for (const { code, key, path, isPattern } of listedPaths(module, manifest, series)) {
    if (++paths > MOST_PATHS) break;
    await turns.spend();
    if (await exists(folder, path, isPattern, budget, turns)) continue;
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
  const hasOldKeys = !isSince(series, '19.0');
  const data = hasOldKeys ? ['init_xml', 'update_xml', 'data'] : ['data'];
  for (const key of data) yield* listedIn(manifest, key, 'data_missing', false);
  for (const key of hasOldKeys ? ['demo_xml', 'demo'] : ['demo'])
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

function isGlob(path: string): boolean {
  return /[*?[]/.test(path);
}

async function exists(
  folder: string,
  path: string,
  isPattern: boolean,
  budget: { folders: number },
  turns: Turns,
): Promise<boolean> {
  if (isPattern) return matches(folder, path.split('/'), budget, turns);
  const real = realpathOrNull(join(folder, path));
  if (real === null) return false;
  return !isInside(real, folder) || lstatOrNull(real)?.isFile() === true;
}

/** Whether a pattern matches any file; also if that would take too long to find out. Links to folders are not followed. */
async function matches(
  folder: string,
  [first = '', ...rest]: readonly string[],
  budget: { folders: number },
  turns: Turns,
): Promise<boolean> {
  if (first.includes('[') || budget.folders-- <= 0) return true;
  if (first === '**') {
    if (await matches(folder, rest.length === 0 ? ['*'] : rest, budget, turns)) return true;
    for (const name of await namesIn(folder, 'folders', turns)) {
      if (await matches(join(folder, name), ['**', ...rest], budget, turns)) return true;
    }
    return false;
  }
  for (const name of await namesIn(folder, rest.length === 0 ? 'files' : 'folders', turns)) {
    if (!isMatch(name, first)) continue;
    if (rest.length === 0 || (await matches(join(folder, name), rest, budget, turns))) return true;
  }
  return false;
}

async function namesIn(folder: string, kind: 'files' | 'folders', turns: Turns): Promise<string[]> {
  try {
    return await listFolder(folder, turns, (entry) => {
      const isWanted = kind === 'folders' ? entry.isDirectory() : !entry.isDirectory();
      return isWanted ? entry.name : undefined;
    });
  } catch (error) {
    if (error instanceof Interruption) throw error;
    return [];
  }
}

/** Whether a name matches `*` and `?`: in a time that grows with the lengths' product, whatever the pattern. */
function isMatch(name: string, pattern: string): boolean {
  let [at, inPattern, star, resume] = [0, 0, -1, 0];
  while (at < name.length) {
    if (pattern[inPattern] === '*') [star, resume] = [inPattern++, at];
    else if (pattern[inPattern] === '?' || pattern[inPattern] === name[at])
      [at, inPattern] = [at + 1, inPattern + 1];
    else if (star >= 0) [at, inPattern] = [++resume, star + 1];
    else return false;
  }
  while (pattern[inPattern] === '*') inPattern++;
  return inPattern === pattern.length;
}
