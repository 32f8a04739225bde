import { readlinkSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { lstatOrNull } from '../addons/discover.ts';
import { type Family, familyOf, type Root } from '../addons/roots.ts';
import type { AddonsDir } from './addons-dir.ts';

/** What has a name in an addons directory at the moment. */
export type Entry =
  | { readonly kind: 'absent' }
  /** A real file, directory, FIFO, ...: never touched. */
  | { readonly kind: 'occupied'; readonly by: string }
  | {
      readonly kind: 'link';
      /** The link's text, as readlink gives it. */
      readonly target: string;
      /** The real path it leads to; null when it is broken or a loop. */
      readonly source: string | null;
      /** The family of the root its target lies in; null for a foreign link. */
      readonly family: Family | null;
    };

/** Looks at a name in an addons directory without following it. */
export function inspectEntry(dir: AddonsDir, name: string, roots: readonly Root[]): Entry {
  const path = join(dir.path, name);
  const stats = lstatOrNull(path);
  if (stats === null) return { kind: 'absent' };
  if (stats.isDirectory()) return { kind: 'occupied', by: 'directory' };
  if (!stats.isSymbolicLink()) return { kind: 'occupied', by: stats.isFile() ? 'file' : 'special file' };
  const target = readlinkSync(path);
  const source = realpathOrNull(path);
  const leadsTo = source ?? realpathOfBroken(isAbsolute(target) ? target : resolve(dir.path, target));
  return { kind: 'link', target, source, family: leadsTo === null ? null : familyOf(leadsTo, roots) };
}

function realpathOrNull(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

/**
 * Where a broken link would lead: the real path of the deepest folder that still exists, and the rest of the text
 * behind it. Null for a loop, or when the way passes through another broken link.
 */
function realpathOfBroken(target: string): string | null {
  let existing = resolve(target);
  const rest: string[] = [];
  for (;;) {
    const real = realpathOrNull(existing);
    if (real !== null) return join(real, ...rest);
    // A name that exists but cannot be resolved is itself a broken link or a loop.
    if (lstatOrNull(existing) !== null) return null;
    const parent = dirname(existing);
    rest.unshift(existing.slice(parent.length).replace(/^\//, ''));
    existing = parent;
  }
}
