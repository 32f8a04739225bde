import { join } from 'node:path';
import { coreLists } from '../addons/core-lists.ts';
import { innerFolders } from '../addons/discover.ts';
import { readManifestFile } from '../addons/manifest-file.ts';
import { foldersIn, hasManifest, modulesIn } from '../addons/module-folders.ts';
import { isOdooCheckout } from '../addons/odoo-folders.ts';
import type { Family, Root } from '../addons/roots.ts';
import { isInside, lstatOrNull, realpathOrNull } from '../base/paths.ts';
import type { Turns } from '../base/turns.ts';
import { parseLiteral } from '../manifest/literal.ts';
import type { Series } from '../manifest/series.ts';
import { PyDict } from '../manifest/values.ts';
import { remoteUrl } from '../sources/remote-url.ts';

/** A family, and why a repository belongs to it: the end of a sentence. */
interface Sorted {
  readonly family: Family;
  readonly because: string;
}

/**
 * Sorts the repositories in a folder into families by what they contain; the folder itself if it is a repository. What is in
 * a repository never becomes a root: whoever writes the repository could choose its name, or link to any folder.
 * @param folder A real path.
 * @param isRepository Whether the folder is known to be one, as each that a pattern matches.
 * @returns A root for each repository that contains modules, sorted by path.
 */
export async function sortRepositories(
  folder: string,
  isRepository: boolean,
  series: Series,
  turns: Turns,
): Promise<Root[]> {
  const isCheckout = isOdooCheckout(folder) || lstatOrNull(join(folder, '.git')) !== null;
  if (isRepository || isCheckout || (await modulesIn(folder, turns)).length > 0) {
    const itself = await sortRepository(folder, series, turns);
    return itself === null ? [] : [{ path: folder, ...itself }];
  }
  const roots: Root[] = [];
  for (const { name } of await foldersIn(folder, turns)) {
    const configured = join(folder, name);
    const path = realpathOrNull(configured);
    const sorted = path === null || hasManifest(path) ? null : await sortRepository(path, series, turns);
    if (path !== null && sorted !== null) roots.push({ path, configured, ...sorted });
  }
  return roots;
}

/** The most manifests of a repository that are read. */
const MOST_READ = 20;
const MOST_TOKENS = 30_000;

/** Null for a folder without modules. */
async function sortRepository(path: string, series: Series, turns: Turns): Promise<Sorted | null> {
  if (isOdooCheckout(path)) return { family: 'core', because: 'it contains odoo/addons/base' };
  const modules: { name: string; folder: string }[] = [];
  for (const folder of [path, ...innerFolders(path)]) {
    for (const name of await modulesIn(folder, turns)) modules.push({ name, folder: join(folder, name) });
  }
  if (modules.length === 0) return null;
  if (modules.some(({ name }) => name === 'web_enterprise'))
    return { family: 'ee', because: 'it contains web_enterprise' };
  const owner = ownerOf(path);
  if (owner === 'OCA') return { family: 'oca', because: 'it was cloned from the OCA' };
  const { enterprise } = await coreLists(series);
  let [oca, ee, read] = [0, 0, 0];
  for (const { name, folder } of modules.slice(0, MOST_READ)) {
    const { author, license } = readKeys(folder, series);
    read++;
    if (author.includes('Odoo Community Association')) oca++;
    if (license === 'OEEL-1' && enterprise.has(name)) ee++;
    await turns.spend();
  }
  if (2 * ee > read) return { family: 'ee', because: 'most of its modules are of Odoo Enterprise' };
  if (2 * oca > read) return { family: 'oca', because: 'most of its manifests name the OCA as an author' };
  return { family: 'own', because: 'most of its manifests name neither the OCA nor Odoo Enterprise' };
}

/** The account a checkout was cloned from, if that is on GitHub; null outside git. */
function ownerOf(path: string): string | null {
  const url = remoteUrl(path) ?? '';
  return /^(?:https:\/\/|ssh:\/\/git@|git@)github\.com[:/]([^/]+)\//.exec(url)?.[1] ?? null;
}

function readKeys(folder: string, series: Series): { author: string; license: string } {
  const file = readManifestFile(folder, series, (real) => isInside(real, folder));
  const parsed = file.ok ? parseLiteral(file.value.text, MOST_TOKENS) : null;
  const manifest = parsed?.ok && parsed.value instanceof PyDict ? parsed.value : null;
  const text = (key: string) => {
    const value = manifest?.get(key);
    return typeof value === 'string' ? value : '';
  };
  const author = manifest?.get('author');
  const authors = Array.isArray(author)
    ? author.filter((name) => typeof name === 'string').join()
    : text('author');
  return { author: authors, license: text('license') };
}
