import { constants, readlinkSync } from 'node:fs';
import { dirname, join, normalize, resolve } from 'node:path';
import { hasManifest } from '../addons/module-folders.ts';
import { isModuleName } from '../addons/module-name.ts';
import { type Family, familyOf, type Root } from '../addons/roots.ts';
import { accessErrno, isInside, lstatOrNull, realpathOrNull } from '../base/paths.ts';
import { quoted } from '../base/text.ts';
import { isLinkAsText } from '../base/text-link.ts';
import type { AddonsDir } from './addons-dir.ts';

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
      /** The real path it leads to; null if it is broken or a loop. */
      readonly source: string | null;
      /** The family of the root its target lies in; null for a foreign link. */
      readonly family: Family | null;
    };

/**
 * Inspects an entry of an addons directory.
 * @param roots To tell managed links from foreign ones.
 */
export function inspectEntry(dir: AddonsDir, name: string, roots: readonly Root[]): Entry {
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
    const source = realpathOrNull(path);
    const leadsTo = source ?? realpathOfBroken(dir.path, target);
    return { kind: 'link', target, source, family: leadsTo === null ? null : familyOf(leadsTo, roots) };
  }
  return { kind: 'occupied', by: 'entry that keeps changing' };
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
export function describeForeign(
  { source, target }: Extract<Entry, { kind: 'link' }>,
  shown: readonly string[] | null,
): string {
  if (source === null) return `leads nowhere${shown === null ? `: ${quoted(target)} does not exist` : ''}`;
  const isShown = shown === null || shown.some((folder) => isInside(source, folder));
  return `leads ${isShown ? `to ${quoted(source)}, ` : ''}outside the configured roots`;
}

function readlinkOrNull(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

/**
 * The path a broken link would lead to: the real path of the deepest folder that still exists, plus the rest of the
 * text. Null for a loop, for a path through another broken link, and for a text with `..` after a name, because its
 * meaning depends on a folder that no longer exists.
 */
export function realpathOfBroken(folder: string, target: string): string | null {
  if (normalize(target) !== target) return null;
  let existing = resolve(folder, target);
  const rest: string[] = [];
  for (;;) {
    const real = realpathOrNull(existing);
    if (real !== null) return join(real, ...rest);
    // A name that exists but cannot be resolved is itself a broken link or a loop.
    if (lstatOrNull(existing) !== null) return null;
    const parent = dirname(existing);
    rest.unshift(existing.slice(parent.length));
    existing = parent;
  }
}
