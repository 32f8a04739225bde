import { type Dirent, opendirSync } from 'node:fs';
import { join } from 'node:path';
import { stopAtShortage } from '../base/interruption.ts';
import { errnoOf, isInside, realpathOrNull } from '../base/paths.ts';
import { readInside } from '../base/read-inside.ts';
import type { GitFolder } from './git-folder.ts';

/** A folder of objects, and its folders of packs and of loose objects: `pack`, `00` to `ff`. */
export interface ObjectFolder {
  /** The real path. */
  readonly path: string;
  readonly parts: readonly string[];
}

const MOST_FOLDERS = 20;
const MOST_ALTERNATES_BYTES = 65536;
/** The most entries in all folders together: a fetched repository has at most a few thousand loose objects. */
const MOST_ENTRIES = 20_000;

/**
 * The folders with a repository's objects: its own, and those from which it borrows (gitrepository-layout(5),
 * `objects/info/alternates`). All must lie in the repository or inside the root, and none may contain symlinks: the
 * comparison must not reveal what another repository contains.
 * @returns Null if they do not, or if it cannot be checked.
 */
export function provenObjects({ common, root }: GitFolder): ObjectFolder[] | null {
  const own = join(common, 'objects');
  if (realpathOrNull(own) !== own) return null;
  const proven: ObjectFolder[] = [];
  const paths = new Set([own]);
  const left = { entries: MOST_ENTRIES };
  for (const path of paths) {
    const parts = provenParts(path, left);
    const borrowed = foldersBorrowedFrom(path);
    if (parts === null || borrowed === null) return null;
    proven.push({ path, parts });
    for (const other of borrowed) {
      const real = realpathOrNull(other);
      if (real === null || !isInside(real, root)) return null;
      paths.add(real);
    }
    if (paths.size > MOST_FOLDERS) return null;
  }
  return proven;
}

/** The paths in `alternates`, not normalised, because git follows symlinks in them. Null for lines in quotes. */
function foldersBorrowedFrom(objects: string): string[] | null {
  const file = readInside(objects, 'info/alternates', MOST_ALTERNATES_BYTES);
  if (file === null || file === 'absent') return file === null ? null : [];
  const text = file.bytes.toString('utf8');
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  if (!Buffer.from(text).equals(file.bytes) || lines.length > MOST_FOLDERS) return null;
  if (lines.some((line) => line.startsWith('"'))) return null;
  return lines.map((line) => (line.startsWith('/') ? line : `${objects}/${line}`));
}

function provenParts(objects: string, left: { entries: number }): string[] | null {
  const entries = entriesOf(objects, left);
  if (entries === null || entries.some((entry) => entry.isSymbolicLink())) return null;
  const parts = entries.filter((entry) => entry.isDirectory() && /^(?:pack|[0-9a-f]{2})$/.test(entry.name));
  const isProven = parts.every(({ name }) =>
    entriesOf(join(objects, name), left)?.every((entry) => entry.isFile()),
  );
  return isProven ? parts.map(({ name }) => name) : null;
}

/** @returns Null if the folder has more entries than may still be read. */
function entriesOf(folder: string, left: { entries: number }): Dirent[] | null {
  const found: Dirent[] = [];
  try {
    const listing = opendirSync(folder);
    try {
      for (let entry = listing.readSync(); entry !== null; entry = listing.readSync()) {
        if (left.entries-- <= 0) return null;
        found.push(entry);
      }
    } finally {
      listing.closeSync();
    }
    return found;
  } catch (error) {
    stopAtShortage(error);
    return errnoOf(error) === 'ENOENT' ? [] : null;
  }
}
