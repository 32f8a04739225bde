/**
 * How links are followed: as this host does or, where Odoo sees the same files at other paths, as Odoo's system does. Then a link
 * may lead nowhere on this host and be right all the same.
 */
import { readlinkSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, normalize, posix, resolve } from 'node:path';
import { isInsideForOdoo, type PathMap } from './path-map.ts';
import { lstatOrNull, realpathOrNull } from './paths.ts';

/** What a link leads to. */
export interface Followed {
  /** The real path on this host; null if it leads nowhere, or where only Odoo sees. */
  readonly real: string | null;
  /** Whether it leads to where nothing of this host is mapped: only Odoo can tell what is there. */
  readonly isBeyond: boolean;
}

const NOWHERE: Followed = { real: null, isBeyond: false };
const BEYOND: Followed = { real: null, isBeyond: true };

/**
 * The real path of an entry of a folder, as Odoo finds it; as this host does in a folder that Odoo does not see, such as sources
 * that stand for those in its image.
 * @param folder A real path of this host.
 * @param paths Null where Odoo sees this host's paths.
 * @returns Null if nothing is found there, or something that is not on this host.
 */
export function realEntry(folder: string, name: string, paths: PathMap | null): string | null {
  const path = join(folder, name);
  if (paths === null || paths.toOdoo(folder) === null) return realpathOrNull(path);
  const stats = lstatOrNull(path);
  if (stats === null || !stats.isSymbolicLink()) return stats === null ? null : path;
  const text = readlinkOrNull(path);
  return text === null ? null : followText(folder, text, paths).real;
}

/**
 * Follows the text of a link, which need not be there.
 * @param folder The real path of the folder that holds the link, or would.
 * @param paths Null where Odoo sees this host's paths.
 */
export function followText(folder: string, text: string, paths: PathMap | null): Followed {
  if (paths === null) {
    // Resolved by the system, because `..` after a symlink does not lead to the folder that contains the symlink.
    return { real: realpathOrNull(isAbsolute(text) ? text : `${folder}/${text}`), isBeyond: false };
  }
  if (posix.isAbsolute(text)) return followInOdoo(text, paths);
  const start = paths.toOdoo(folder);
  return start === null ? NOWHERE : followInOdoo(`${start}/${text}`, paths);
}

/**
 * The path on this host that the text of a link names, by the text alone. With {@link isShortest} the link leads there unless a
 * symlink is on its way.
 * @returns Null if it names nothing on this host.
 */
export function pathNamedBy(folder: string, text: string, paths: PathMap | null): string | null {
  if (paths === null) return resolve(folder, text);
  const start = posix.isAbsolute(text) ? posix.sep : paths.toOdoo(folder);
  return start === null ? null : paths.toHost(posix.resolve(start, text));
}

/** Whether a text has nothing that could be left out: `..` behind a name leads through that folder, wherever it is. */
export function isShortest(text: string): boolean {
  return normalize(text) === text;
}

/**
 * The path on this host that a broken link would lead to: the real path of the deepest folder that still exists, plus the rest of
 * the text. Null for a loop, for a path through another broken link, and for a text with `..` after a name, because its meaning
 * depends on a folder that no longer exists.
 */
export function realpathOfBroken(folder: string, text: string, paths: PathMap | null): string | null {
  let existing = isShortest(text) ? pathNamedBy(folder, text, paths) : null;
  const rest: string[] = [];
  while (existing !== null) {
    const real = realSeen(existing, paths);
    if (real !== null) return join(real, ...rest);
    // A name that exists but cannot be resolved is itself a broken link or a loop.
    if (lstatOrNull(existing) !== null) return null;
    rest.unshift(basename(existing));
    const parent = dirname(existing);
    existing = parent === existing ? null : parent;
  }
  return null;
}

/**
 * The real path of what Odoo finds where it sees a path of this host.
 * @param paths Null where Odoo sees this host's paths.
 * @returns Null if it finds nothing there, or does not see it.
 */
export function realSeen(path: string, paths: PathMap | null): string | null {
  if (paths === null) return realpathOrNull(path);
  const seen = paths.toOdoo(path);
  return seen === null ? null : followInOdoo(seen, paths).real;
}

/** As many symlinks as Linux follows on the way to one file (`MAXSYMLINKS`). */
const MOST_LINKS = 40;

/** @param path An absolute path of Odoo, as it is written in a link. */
function followInOdoo(path: string, paths: PathMap): Followed {
  // Where no symlink is on the way, Odoo finds what is here.
  const plain = isShortest(path) ? paths.toHost(path) : null;
  return plain !== null && realpathOrNull(plain) === plain
    ? { real: plain, isBeyond: false }
    : walk(path, paths);
}

/** Goes from name to name, as the kernel does (path_resolution(7)). What is around the mounts counts as plain folders. */
function walk(path: string, paths: PathMap): Followed {
  const names = namesIn(path);
  let at: string = posix.sep;
  let links = 0;
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    if (name === '..') {
      at = posix.dirname(at);
      continue;
    }
    const next = posix.join(at, name);
    const here = paths.toHost(next);
    if (here === null && !paths.mounts.some(({ odoo }) => isInsideForOdoo(odoo, next))) return BEYOND;
    const stats = here === null ? null : lstatOrNull(here);
    const isEnd = stats !== null && !stats.isSymbolicLink() && (names.length === 0 || stats.isDirectory());
    if (here === null || isEnd) {
      at = next;
      continue;
    }
    const text = stats === null ? null : readlinkOrNull(here);
    if (text === null || ++links > MOST_LINKS) return NOWHERE;
    if (posix.isAbsolute(text)) at = posix.sep;
    names.unshift(...namesIn(text));
  }
  const here = paths.toHost(at);
  return here === null ? BEYOND : { real: here, isBeyond: false };
}

function namesIn(path: string): string[] {
  return path.split(posix.sep).filter((name) => name !== '' && name !== '.');
}

/** The text of a link; null for anything else. */
export function readlinkOrNull(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}
