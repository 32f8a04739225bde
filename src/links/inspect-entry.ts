import { constants } from 'node:fs';
import { join } from 'node:path';
import { hasManifest } from '../addons/module-folders.ts';
import { isModuleName } from '../addons/module-name.ts';
import { type Family, familyOf } from '../addons/roots.ts';
import { followText, readlinkOrNull, realpathOfBroken } from '../base/follow.ts';
import { accessErrno, isInside, lstatOrNull, realpathOrNull } from '../base/paths.ts';
import { quoted } from '../base/text.ts';
import { isLinkAsText } from '../base/text-link.ts';
import type { AddonsDir } from './addons-dir.ts';
import type { LinkRules } from './link-text.ts';

/** The entry of a name in an addons directory. */
export type Entry =
  | { readonly kind: 'absent' }
  /**
   * A real file, directory, FIFO, ...: never touched. `link as text`: a symlink that git wrote as a text file. `no module`:
   * a directory that Odoo does not take for a module.
   */
  | { readonly kind: 'occupied'; readonly by: string }
  | {
      readonly kind: 'link';
      /** The link's text, as returned by readlink(). */
      readonly target: string;
      /** The real path it leads Odoo to; null if it is broken or a loop, or leads to where only Odoo sees. */
      readonly source: string | null;
      /** The family of the root its target lies in; null for a foreign link. */
      readonly family: Family | null;
      /** Where its text leads on this host, if Odoo sees the folder at another path and so finds nothing. */
      readonly meant?: string;
      /** Set where only Odoo can tell whether anything is there. */
      readonly isBeyond?: true;
    };

type Link = Extract<Entry, { kind: 'link' }>;

/**
 * Inspects an entry of an addons directory.
 * @param rules To tell managed links from foreign ones, and to follow them as Odoo does.
 */
export function inspectEntry(dir: AddonsDir, name: string, rules: Pick<LinkRules, 'roots' | 'paths'>): Entry {
  const path = join(dir.path, name);
  for (let attempt = 0; attempt < 3; attempt++) {
    const stats = lstatOrNull(path);
    if (stats === null) return { kind: 'absent' };
    if (stats.isDirectory())
      return { kind: 'occupied', by: isNoModule(path, name) ? 'no module' : 'directory' };
    if (stats.isFile()) return { kind: 'occupied', by: isLinkAsText(path) ? 'link as text' : 'file' };
    if (!stats.isSymbolicLink()) return { kind: 'occupied', by: 'special file' };
    const target = readlinkOrNull(path);
    // It has changed since lstat(): try again.
    if (target === null) continue;
    return { kind: 'link', target, ...follow(dir, path, target, rules) };
  }
  return { kind: 'occupied', by: 'entry that keeps changing' };
}

type Destination = Omit<Link, 'kind' | 'target'>;

function follow(
  dir: AddonsDir,
  path: string,
  target: string,
  { roots, paths }: Pick<LinkRules, 'roots' | 'paths'>,
): Destination {
  const family = (leadsTo: string | null) => (leadsTo === null ? null : familyOf(leadsTo, roots));
  if (paths === null) {
    const source = realpathOrNull(path);
    return { source, family: family(source ?? realpathOfBroken(dir.path, target, null)) };
  }
  const { real: source, isBeyond } = followText(dir.path, target, paths);
  const seen = family(source ?? realpathOfBroken(dir.path, target, paths));
  if (source !== null || seen !== null) return { source, family: seen };
  // Written for this host, as before Odoo was moved into a container: it is ours all the same.
  const meant = realpathOrNull(path);
  const written = family(meant ?? realpathOfBroken(dir.path, target, null));
  if (written !== null) return { source, family: written, ...(meant !== null && { meant }) };
  return { source, family: null, ...(isBeyond && { isBeyond }) };
}

/** Whether a directory has no manifest, such as `__pycache__`; one that cannot be looked into may be a module. */
function isNoModule(path: string, name: string): boolean {
  if (hasManifest(path)) return false;
  return !isModuleName(name) || accessErrno(path, constants.X_OK) === null;
}

/**
 * Says where a foreign link leads, to follow its name. Only operators see a path outside the roots and addons directories.
 * @param shown The folders that may be shown; null if all may.
 */
export function describeForeign({ source, target, isBeyond }: Link, shown: readonly string[] | null): string {
  if (isBeyond) {
    const where = shown === null ? ` to ${quoted(target)},` : '';
    return `leads${where} out of the folders that \`paths\` maps, where only Odoo sees`;
  }
  if (source === null) return `leads nowhere${shown === null ? `: ${quoted(target)} does not exist` : ''}`;
  const isShown = shown === null || shown.some((folder) => isInside(source, folder));
  return `leads ${isShown ? `to ${quoted(source)}, ` : ''}outside the configured roots`;
}
