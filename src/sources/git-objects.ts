import { type Dirent, opendirSync } from 'node:fs';
import { join } from 'node:path';
import { stopAtShortage } from '../base/interruption.ts';
import { errnoOf, isInside, realpathOrNull } from '../base/paths.ts';
import type { GitFolder } from './git-folder.ts';
import { readInside } from './read-inside.ts';

/** A folder of objects, and its folders of packs and of loose objects: `pack`, `00` to `ff`. */
export interface ObjectFolder {
  /** The real path. */
  readonly path: string;
  readonly parts: readonly string[];
}

const MOST_FOLDERS = 20;
const MOST_ALTERNATES_BYTES = 65536;
/** The most entries of one folder, and of all together: a fetched repository has some thousand loose objects at most. */
const MOST_ENTRIES = 20_000;

/**
 * The folders with a repository's objects: its own, and those it borrows from (gitrepository-layout(5),
 * `objects/info/alternates`). All have to lie where the repository does or inside the root, and none of it may be a
 * symlink: the comparison must not tell what is in somebody else's repository.
 * @returns Null otherwise, and where that cannot be seen.
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

/** Paths as git takes them: through symlinks, and so nothing is folded. Lines that git would unquote are not understood. */
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

/** @returns Null when there are more than are left to be looked at. */
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
