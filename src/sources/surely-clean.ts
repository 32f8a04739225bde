import { lstatSync, type Stats } from 'node:fs';
import { sep } from 'node:path';
import { stopAtShortage } from '../base/interruption.ts';
import { readInside } from '../base/read-inside.ts';
import { statExactly } from '../base/stamp.ts';
import type { GitFolder } from './git-folder.ts';
import { type IndexEntry, MOST_INDEX_BYTES, readIndexFacts } from './git-index.ts';

const HASH_BYTES = 20;
/** An entry's mark of a file that git is told not to look at, or that is in conflict (gitformat-index(5)). */
const UNUSUAL_FLAGS = 0x8000 | 0x3000;
const REGULAR = 0o100000;
const SYMLINK = 0o120000;
const KIND = 0o170000;
const EXECUTABLE = 0o100;
const UINT32 = 2 ** 32;
/** Milliseconds are kept as doubles, which are exact to a quarter of a microsecond. */
const EXACT_MS = 0.001;

/**
 * Whether the tracked files of a checkout are surely those of its commit: all of them have the metadata that git noted when
 * it last knew that, by git's own rule ("racy-git"), and the index is that of the commit. Takes a fraction of the time of starting git.
 * @param tree The tree of the commit.
 * @returns False if git must be asked.
 */
export function isSurelyClean(git: GitFolder, tree: string): boolean {
  // Read first: a later change of the index makes it newer.
  const written = statExactly(`${git.path}${sep}index`);
  const file = readInside(git.path, 'index', MOST_INDEX_BYTES);
  if (file === null || file === 'absent' || written === null) return false;
  const { bytes } = file;
  const writtenAt = Number(written.mtimeNs) / 1e6;
  const folders = new Set<string>();
  const isSame = ({ path, at, flags, moreFlags }: IndexEntry) => {
    if ((flags & UNUSUAL_FLAGS) !== 0 || moreFlags !== 0) return false;
    const name = path.toString('utf8');
    if (!isInFolders(git.worktree, name, folders)) return false;
    const stats = statsOf(`${git.worktree}${sep}${name}`);
    return stats !== null && isAsNoted(bytes, at, stats, writtenAt);
  };
  const facts = readIndexFacts(bytes, HASH_BYTES, isSame);
  return facts !== null && facts.shared === null && facts.tree === tree;
}

/**
 * Whether all folders above a file are folders: behind a symlink, git looks for nothing.
 * @param known Those that were looked at.
 */
function isInFolders(worktree: string, name: string, known: Set<string>): boolean {
  const above = name.slice(0, Math.max(name.lastIndexOf('/'), 0));
  if (above === '' || known.has(above)) return true;
  if (!isInFolders(worktree, above, known)) return false;
  known.add(above);
  return statsOf(`${worktree}${sep}${above}`)?.isDirectory() === true;
}

function isAsNoted(index: Buffer, at: number, stats: Stats, writtenAt: number): boolean {
  const field = (position: number) => index.readUInt32BE(at + position * 4);
  const time = (position: number) => field(position) * 1000 + field(position + 1) / 1e6;
  const [changed, modified, mode] = [time(0), time(2), field(6)];
  return (
    // What changed while the index was written may have changed again since.
    modified + EXACT_MS < writtenAt &&
    Math.abs(stats.mtimeMs - modified) < EXACT_MS &&
    Math.abs(stats.ctimeMs - changed) < EXACT_MS &&
    stats.ino % UINT32 === field(5) &&
    stats.size % UINT32 === field(9) &&
    isSameKind(mode, stats.mode)
  );
}

function isSameKind(noted: number, mode: number): boolean {
  const kind = noted & KIND;
  if (kind === SYMLINK) return (mode & KIND) === SYMLINK;
  return kind === REGULAR && (mode & KIND) === REGULAR && (noted & EXECUTABLE) === (mode & EXECUTABLE);
}

function statsOf(path: string): Stats | null {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    stopAtShortage(error);
    return null;
  }
}
