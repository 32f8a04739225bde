import { readlinkSync } from 'node:fs';
import { dirname, join, normalize, resolve } from 'node:path';
import { type Family, familyOf, type Root } from '../addons/roots.ts';
import { lstatOrNull, realpathOrNull } from '../base/paths.ts';
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
  for (let attempt = 0; attempt < 3; attempt++) {
    const stats = lstatOrNull(path);
    if (stats === null) return { kind: 'absent' };
    if (stats.isDirectory()) return { kind: 'occupied', by: 'directory' };
    if (!stats.isSymbolicLink()) return { kind: 'occupied', by: stats.isFile() ? 'file' : 'special file' };
    const target = readlinkOrNull(path);
    // Somebody is changing it at this very moment: look again.
    if (target === null) continue;
    const source = realpathOrNull(path);
    const leadsTo = source ?? realpathOfBroken(dir.path, target);
    return { kind: 'link', target, source, family: leadsTo === null ? null : familyOf(leadsTo, roots) };
  }
  return { kind: 'occupied', by: 'entry that changes all the time' };
}

function readlinkOrNull(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

/**
 * Where a broken link would lead: the real path of the deepest folder that still exists, and the rest of the text
 * behind it. Null for a loop, when the way passes through another broken link, and for a text with `..` behind a name:
 * where that leads depends on what is no longer there.
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
    rest.unshift(existing.slice(parent.length).replace(/^\//, ''));
    existing = parent;
  }
}
