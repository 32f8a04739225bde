/** Reads what was fetched into a git folder, see `partial-repository.ts`, by a git that fetches nothing. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lstatOrNull } from '../../base/paths.ts';
import { type BatchReader, startReader } from '../batch-reader.ts';
import { parseCommit } from '../commit-object.ts';
import { findGit, type GitRun, PRIVATE_ENVIRONMENT } from '../run-git.ts';
import { readTrees, type TreeEntry } from '../tree-object.ts';
import { makeGitFolder } from './git-folder-for.ts';
import { fetchedRef } from './partial-repository.ts';

/** A commit and the entries at its top. */
export interface FetchedCommit {
  readonly commit: string;
  /** When it was committed, in ISO 8601 (UTC). */
  readonly committed: string;
  readonly top: readonly TreeEntry[];
}

export interface FetchedReader {
  /** The newest commit of a ref; null if it cannot be read. */
  commit(ref: string): Promise<FetchedCommit | null>;
  /** Trees by their ids, in that order; null if one cannot be read. */
  trees(ids: readonly string[]): Promise<readonly (readonly TreeEntry[])[] | null>;
  /** Which of these objects are here; null if git cannot say. */
  present(ids: readonly string[]): Promise<ReadonlySet<string> | null>;
  /** Files by their ids; those that are too large have no bytes. Null if git lacks or cannot read one. */
  files(ids: readonly string[]): Promise<ReadonlyMap<string, Buffer | null> | null>;
}

/** The most bytes of a repository that are in memory at once. */
const MOST_BYTES = 64 * 1024 * 1024;
/** The largest tree: one with ten thousand entries has half a megabyte. */
const MOST_TREE_BYTES = 8 * 1024 * 1024;
/** How long git may take to read, in milliseconds. */
const LIMIT = 300_000;

/**
 * Reads with a git that has the objects of a git folder and, unlike that one, knows of no remote from which missing ones would be
 * fetched.
 * @param path The git folder with what was fetched.
 * @param scratch A folder in which a git folder may be made.
 * @param mostFileBytes The most bytes of a file that is read.
 * @returns What the work returns; null if git is not there.
 */
export async function withFetched<T>(
  path: string,
  scratch: string,
  mostFileBytes: number,
  work: (reader: FetchedReader) => Promise<T>,
): Promise<T | null> {
  const git = findGit(process.env.PATH);
  if (git === null) return null;
  const folder = join(scratch, 'reader');
  if (lstatOrNull(folder) === null) makeGitFolder(folder, 'none', '[core]\nrepositoryformatversion = 0\n');
  const objects = join(path, 'objects');
  const environment = { ...PRIVATE_ENVIRONMENT, GIT_DIR: folder, GIT_OBJECT_DIRECTORY: objects };
  const run: GitRun = { cwd: scratch, environment, limit: LIMIT };
  const most = MOST_BYTES;
  const readers = [
    startReader(git, run, { mostEach: MOST_TREE_BYTES, most }),
    startReader(git, run, { mostEach: mostFileBytes, most }),
    startReader(git, run, { mostEach: 0, most }, '--batch-check'),
  ] as const;
  try {
    return await work(readerOf(path, ...readers));
  } finally {
    for (const reader of readers) await reader.end();
  }
}

function readerOf(path: string, trees: BatchReader, files: BatchReader, sizes: BatchReader): FetchedReader {
  return {
    async commit(ref) {
      const id = readRef(join(path, fetchedRef(ref)));
      const [object] = id === null ? [] : ((await trees.read([id])) ?? []);
      const said = object?.type === 'commit' && object.bytes !== null ? parseCommit(object.bytes) : null;
      const [top] = said === null ? [] : ((await readTrees([said.tree], trees.read)) ?? []);
      if (id === null || said === null || top === undefined) return null;
      return { commit: id, committed: new Date(said.time).toISOString(), top };
    },
    trees: (ids) => readTrees(ids, trees.read),
    async present(ids) {
      const found = await sizes.read(ids);
      return found === null ? null : new Set(ids.filter((_, at) => found[at] != null));
    },
    async files(ids) {
      const found = await files.read(ids);
      if (found === null || found.some((file) => file?.type !== 'blob')) return null;
      return new Map(ids.map((id, at) => [id, found[at]?.bytes ?? null]));
    },
  };
}

/** What a ref in a file of its own points to (gitrepository-layout(5)): fetching writes no others. */
function readRef(path: string): string | null {
  const stats = lstatOrNull(path);
  if (stats === null || !stats.isFile() || stats.size > 100) return null;
  return /^([0-9a-f]{64}|[0-9a-f]{40})\n$/.exec(readFileSync(path, 'latin1'))?.[1] ?? null;
}
