import { hash } from 'node:crypto';
import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { sep } from 'node:path';
import { stopAtShortage } from '../base/interruption.ts';
import { readInside } from '../base/read-inside.ts';
import { statExactly } from '../base/stamp.ts';
import type { GitFolder } from './git-folder.ts';
import { type IndexEntry, MOST_INDEX_BYTES, readIndexFacts } from './git-index.ts';

const HASH_BYTES = 20;
/** Where the hash of its content stands in an entry. */
const HASH_AT = 40;
/** The largest file whose content is compared, and how many are: those that are as new as the index. */
const MOST_BYTES = 1024 * 1024;
const MOST_COMPARED = 500;
const REGULAR = 0o100000;
const SYMLINK = 0o120000;
const KIND = 0o170000;
const EXECUTABLE = 0o100;
const UINT32 = 2 ** 32;
/** Milliseconds are kept as doubles, which are exact to a quarter of a microsecond. */
const EXACT_MS = 0.001;

/**
 * Whether the tracked files of a checkout are surely those of its commit: all of them have the metadata that git noted when
 * it last knew that, and where they are as new as the index (git's "racy-git") the content; and the index is that of the
 * commit. Takes a fraction of the time of starting git.
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
  let left = MOST_COMPARED;
  const isSame = ({ path, at }: IndexEntry) => {
    const name = path.toString('utf8');
    if (!isInFolders(git.worktree, name, folders)) return false;
    const stats = statsOf(`${git.worktree}${sep}${name}`);
    if (stats === null || !isAsNoted(bytes, at, stats)) return false;
    // What changed while the index was written may have changed again since.
    if (stats.mtimeMs + EXACT_MS < writtenAt) return true;
    return (
      left-- > 0 &&
      hasContent(git.worktree, name, stats, bytes.subarray(at + HASH_AT, at + HASH_AT + HASH_BYTES))
    );
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

/** Whether a file or symlink has the content of a blob as it is: with an encoding, or other ends of lines, git must say. */
function hasContent(worktree: string, name: string, stats: Stats, id: Buffer): boolean {
  const content = stats.isSymbolicLink() ? targetOf(`${worktree}${sep}${name}`) : contentOf(worktree, name);
  if (content === null) return false;
  return hash('sha1', Buffer.concat([Buffer.from(`blob ${content.length}\0`), content]), 'buffer').equals(id);
}

function contentOf(worktree: string, name: string): Buffer | null {
  const file = readInside(worktree, name, MOST_BYTES);
  return file === null || file === 'absent' ? null : file.bytes;
}

function targetOf(path: string): Buffer | null {
  try {
    return readlinkSync(path, 'buffer');
  } catch (error) {
    stopAtShortage(error);
    return null;
  }
}

function isAsNoted(index: Buffer, at: number, stats: Stats): boolean {
  const field = (position: number) => index.readUInt32BE(at + position * 4);
  const time = (position: number) => field(position) * 1000 + field(position + 1) / 1e6;
  const [changed, modified, mode] = [time(0), time(2), field(6)];
  return (
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
