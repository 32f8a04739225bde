/** Reads what was fetched into a git folder, see `partial-repository.ts`, by a git that fetches nothing. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lstatOrNull } from '../../base/paths.ts';
import { type GitObject, type ObjectSizes, readObjects, sizesOf } from '../read-objects.ts';
import { findGit, type GitRun, PRIVATE_ENVIRONMENT } from '../run-git.ts';
import { parseTree, type TreeEntry } from '../tree-object.ts';
import { makeGitFolder } from './git-folder-for.ts';
import { fetchedRef } from './partial-repository.ts';

/** A commit and the entries at its top. */
export interface FetchedCommit {
  readonly commit: string;
  /** When it was committed, in ISO 8601 (UTC); null if it does not say. */
  readonly committed: string | null;
  readonly top: readonly TreeEntry[];
}

export interface FetchedReader {
  /** The newest commit of a ref; null if it cannot be read. */
  commit(ref: string): Promise<FetchedCommit | null>;
  /** Trees by their ids; null if one cannot be read. */
  trees(ids: readonly string[]): Promise<ReadonlyMap<string, readonly TreeEntry[]> | null>;
  /** Which of these objects are here, and how large; null if git cannot say. */
  sizes(ids: readonly string[]): Promise<ObjectSizes | null>;
  /** Files by their ids, those of at most so many bytes; null if git lacks or cannot read one. */
  files(ids: readonly string[], mostEach: number): Promise<ReadonlyMap<string, GitObject> | null>;
}

/** The largest tree: one with ten thousand entries has half a megabyte. */
const MOST_TREE_BYTES = 8 * 1024 * 1024;
/** The most bytes of a repository that are in memory at once. */
const MOST_BYTES = 64 * 1024 * 1024;
/** How long git may take to read, in milliseconds. */
const LIMIT = 120_000;

/**
 * Opens a reader.
 * @param path The git folder with what was fetched.
 * @param scratch A folder in which a git folder may be made: it reads the objects of the other one, and, unlike that one, knows
 *   of no remote from which missing objects would be fetched.
 * @returns Null if git is not there.
 */
export function openFetched(path: string, scratch: string): FetchedReader | null {
  const git = findGit(process.env.PATH);
  if (git === null) return null;
  const reader = join(scratch, 'reader');
  if (lstatOrNull(reader) === null) makeGitFolder(reader, 'none', '[core]\nrepositoryformatversion = 0\n');
  const objects = join(path, 'objects');
  const environment = { ...PRIVATE_ENVIRONMENT, GIT_DIR: reader, GIT_OBJECT_DIRECTORY: objects };
  const run: GitRun = { cwd: scratch, environment, limit: LIMIT };
  const treesOf = async (ids: readonly string[]) => {
    const read = await readObjects(git, { ids, mostEach: MOST_TREE_BYTES, most: MOST_BYTES }, run);
    return read === null ? null : parseTrees(ids, read);
  };
  return {
    async commit(ref) {
      const id = readRef(join(path, fetchedRef(ref)));
      if (id === null) return null;
      const read = await readObjects(git, { ids: [id], mostEach: MOST_TREE_BYTES, most: MOST_BYTES }, run);
      const object = read?.get(id);
      if (object?.type !== 'commit') return null;
      const { tree, committed } = parseCommit(object.bytes);
      const top = tree === null ? undefined : (await treesOf([tree]))?.get(tree);
      return top === undefined ? null : { commit: id, committed, top };
    },
    trees: treesOf,
    sizes: (ids) => sizesOf(git, ids, run),
    files: (ids, mostEach) => readObjects(git, { ids, mostEach, most: MOST_BYTES }, run),
  };
}

function parseTrees(
  ids: readonly string[],
  read: ReadonlyMap<string, GitObject>,
): ReadonlyMap<string, readonly TreeEntry[]> | null {
  const trees = new Map<string, readonly TreeEntry[]>();
  for (const id of ids) {
    const object = read.get(id);
    const entries = object?.type === 'tree' ? parseTree(object.bytes, id.length / 2) : null;
    if (entries === null) return null;
    trees.set(id, entries);
  }
  return trees;
}

/** What a ref in a file of its own points to (gitrepository-layout(5)): fetching writes no others. */
function readRef(path: string): string | null {
  const stats = lstatOrNull(path);
  if (stats === null || !stats.isFile() || stats.size > 100) return null;
  return /^([0-9a-f]{64}|[0-9a-f]{40})\n$/.exec(readFileSync(path, 'latin1'))?.[1] ?? null;
}

/** The tree and the time of a commit (gitformat: `tree ID`, parents, author, `committer NAME <MAIL> SECONDS ZONE`). */
function parseCommit(bytes: Buffer): { tree: string | null; committed: string | null } {
  const text = bytes.toString('latin1');
  const [head = ''] = text.split('\n\n', 1);
  const tree = /^tree ([0-9a-f]{40,64})$/m.exec(head)?.[1] ?? null;
  const seconds = Number(/^committer .*> (\d{1,10}) [+-]\d{4}$/m.exec(head)?.[1] ?? Number.NaN);
  return { tree, committed: Number.isNaN(seconds) ? null : new Date(seconds * 1000).toISOString() };
}
