import type { ReadObjects } from './batch-reader.ts';

/** An entry of a tree, see {@link parseTree}. */
export interface TreeEntry {
  /** As git writes it: `40000` for a folder, `100644` and `100755` for files, `120000` for a symlink, `160000` for a submodule. */
  readonly mode: string;
  readonly name: string;
  readonly id: string;
}

/**
 * Parses a tree object (gitformat-pack(5) and git-mktree(1): mode, space, name, NUL, id).
 * @param idBytes The bytes of an id: 20 for SHA-1, 32 for SHA-256.
 * @returns Null if it is no tree. A name that is not UTF-8 has replacement characters.
 */
export function parseTree(bytes: Buffer, idBytes: number): TreeEntry[] | null {
  const entries: TreeEntry[] = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const nul = space === -1 ? -1 : bytes.indexOf(0, space);
    const next = nul + 1 + idBytes;
    if (nul === -1 || next > bytes.length) return null;
    entries.push({
      mode: bytes.toString('latin1', at, space),
      name: bytes.toString('utf8', space + 1, nul),
      id: bytes.toString('hex', nul + 1, next),
    });
    at = next;
  }
  return entries;
}

/** Reads trees by their ids, in that order. @returns Null if one of them cannot be read. */
export async function readTrees(
  ids: readonly string[],
  read: ReadObjects,
): Promise<readonly (readonly TreeEntry[])[] | null> {
  const objects = await read(ids);
  const trees: TreeEntry[][] = [];
  for (const [at, id] of ids.entries()) {
    const object = objects?.[at];
    const isTree = object?.type === 'tree' && object.bytes !== null;
    const entries = isTree ? parseTree(object.bytes, id.length / 2) : null;
    if (entries === null) return null;
    trees.push(entries);
  }
  return trees;
}
