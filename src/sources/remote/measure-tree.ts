import { ok, type Result, refused } from '../../base/refusal.ts';
import { type GitRun, readRecords } from '../run-git.ts';
import type { RemoteFault } from './remote-fault.ts';

/** The most files and folders of a repository. OCA's largest has some 20,000 files, Odoo itself some 60,000. */
const MOST_FILES = 200_000;
/** What a file of one byte takes, or a folder, on most file systems. */
const BLOCK = 4096;

/** A file of a tree, or a submodule. */
export interface TreeFile {
  readonly path: string;
  /** In bytes; 0 for a submodule. */
  readonly size: number;
}

/** What the files of a commit take. */
export interface Measured {
  readonly bytes: number;
  /** The bytes that files and folders take on a disk, where each takes whole blocks. */
  readonly room: number;
}

/** The bytes that a file takes on a disk. */
export function roomOf(size: number): number {
  return Math.max(1, Math.ceil(size / BLOCK)) * BLOCK;
}

/**
 * Measures the files and folders of a commit; folders are listed too, because trees without a file can be looked through for
 * ever, and each is a folder on the disk.
 * @param onFile Called with each file.
 * @returns What they take; or that there are more than any repository has, or two of one name. Null if git cannot list them.
 */
export async function measureTree(
  program: string,
  commit: string,
  run: GitRun,
  onFile: (file: TreeFile) => void = () => {},
): Promise<Result<Measured, RemoteFault | null>> {
  let [count, bytes, room] = [0, 0, 0];
  const entries = new Set<string>();
  const take = (record: string) => {
    // `100644 blob HASH      123\tpath`; a folder and a submodule have `-` for their size.
    const [, type, digits, path = ''] = /^\d+ (\w+) [0-9a-f]+ +(\d+|-)\t(.*)$/s.exec(record) ?? [];
    const size = Number(digits) || 0;
    count++;
    bytes += size;
    room += roomOf(size);
    entries.add(path);
    if (type !== 'tree') onFile({ path, size });
    return count > MOST_FILES || entries.size < count;
  };
  const isRead = await readRecords(program, ['ls-tree', '-r', '-t', '-l', '-z', commit], run, take);
  if (!isRead) return refused(null);
  // Git would check out one of them, or write through a symlink.
  if (entries.size < count) return refused({ kind: 'broken', said: 'its tree has two entries of one name' });
  if (count > MOST_FILES)
    return refused({ kind: 'too_large', said: `it has more than ${MOST_FILES} files and folders` });
  return ok({ bytes, room });
}
