/** What must be known about an index before git may use it for a comparison. */
export interface IndexFacts {
  /** The paths of submodules, relative to the top of the work tree. */
  readonly submodules: readonly string[];
  /** The paths of the files with attributes (gitattributes(5)); other names that end so may be among them. */
  readonly attributes: readonly string[];
  /** Whether there is a file that describes submodules (gitmodules(5)): there may be, or may have been some. */
  readonly hasModulesFile: boolean;
  /** The hash in the name of the shared index on which this one is based (git-update-index(1), "Split Index"). */
  readonly shared: string | null;
  /** The tree that the index would make, if git has noted it ("Cache tree"). */
  readonly tree: string | null;
}

/** An entry of an index: what git noted of a file when it was last known to be as the index has it. */
export interface IndexEntry {
  /** Its path, relative to the top of the work tree, in bytes; they change with the next entry. */
  readonly path: Buffer;
  /** Where it begins. */
  readonly at: number;
}

/**
 * Reads an index of version 2, 3 or 4 (gitformat-index(5)).
 * @param hashBytes The length of a hash: 20 for SHA-1, 32 for SHA-256.
 * @param onEntry Called with each entry; false if no more are needed: then the index counts as not valid.
 * @returns Null if it is not a valid index, or a sparse one, which git would expand by writing objects.
 */
export function readIndexFacts(
  index: Buffer,
  hashBytes: number,
  onEntry?: (entry: IndexEntry) => boolean,
): IndexFacts | null {
  try {
    const version = index.readUInt32BE(4);
    if (index.toString('latin1', 0, 4) !== 'DIRC' || version < 2 || version > 4) return null;
    const entries = readEntries(index, version, hashBytes, onEntry);
    const extensions = entries === null ? null : readExtensions(index, entries.end, hashBytes);
    if (entries === null || extensions === null) return null;
    const { submodules, attributes, hasModulesFile } = entries;
    return { ...extensions, submodules, attributes, hasModulesFile };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** A module in an index; `sparse` if git leaves it out of the work tree on purpose (git-sparse-checkout(1)). */
export interface IndexedModule {
  /** Its folder, relative to the top of the work tree. */
  readonly folder: string;
  readonly state: 'sparse' | 'there';
}

/**
 * Finds the folders of a module in an index, in one pass. Version 4 shortens paths, so there a module may be missed.
 * @returns At most a hundred.
 */
export function modulesInIndex(index: Buffer, module: string): IndexedModule[] {
  const found: IndexedModule[] = [];
  // A sparse index has an entry for the folder itself.
  for (const rest of ['/__manifest__.py', '/']) {
    const bytes = Buffer.from(`${module}${rest}\0`);
    for (let at = index.indexOf(bytes); at >= HEADER_BYTES; at = index.indexOf(bytes, at + bytes.length)) {
      const entry = entryAt(index, at, bytes.length - 1);
      if (entry !== null && found.length < MOST_FOUND) {
        found.push({ folder: entry.path.slice(0, -rest.length), state: entry.state });
      }
    }
  }
  return found;
}
const MOST_FOUND = 100;

/**
 * The entry whose path ends with some bytes. Where the path begins is told by its length, which stands in the flags before
 * it; in an extended entry two more bytes of flags lie between them.
 */
function entryAt(
  index: Buffer,
  at: number,
  length: number,
): { path: string; state: IndexedModule['state'] } | null {
  // A folder's name, or the beginning of the path.
  for (let start = at; start >= HEADER_BYTES && at - start < MOST_PATH_BYTES; start--) {
    const isBegin = start === at || index[at - 1] === SLASH;
    if (!isBegin || (index[start] as number) < FIRST_PRINTABLE) return null;
    const flags = Math.min(at - start + length, LENGTH);
    const path = () => index.toString('utf8', start, at + length);
    if ((index.readUInt16BE(start - 2) & (EXTENDED | LENGTH)) === flags)
      return { path: path(), state: 'there' };
    if ((index.readUInt16BE(start - 4) & (EXTENDED | LENGTH)) === (EXTENDED | flags)) {
      return { path: path(), state: (index.readUInt16BE(start - 2) & SKIPPED) === 0 ? 'there' : 'sparse' };
    }
  }
  return null;
}
const SLASH = 0x2f;
const FIRST_PRINTABLE = 0x20;

/** The largest index that is read, in bytes. */
export const MOST_INDEX_BYTES = 8 * 1024 * 1024;
/** PATH_MAX of Linux. */
const MOST_PATH_BYTES = 4096;
const MOST_EXTENSIONS = 100;
const HEADER_BYTES = 12;
const MODE_OFFSET = 24;
const HASH_OFFSET = 40;
const EXTENDED = 0x4000;
const LENGTH = 0x0fff;
/** Of the flags that extended entries have: `skip-worktree`. */
const SKIPPED = 0x4000;
const KIND = 0o170000;
const FOLDER = 0o040000;
const SUBMODULE = 0o160000;
const MODULES = Buffer.from('.gitmodules');
const ATTRIBUTES = Buffer.from('.gitattributes');

function readEntries(
  index: Buffer,
  version: number,
  hashBytes: number,
  onEntry: ((entry: IndexEntry) => boolean) | undefined,
): (Omit<IndexFacts, 'shared' | 'tree'> & { readonly end: number }) | null {
  const submodules: string[] = [];
  const attributes: string[] = [];
  let hasModulesFile = false;
  // In version 4 a path is stored as the length it does not share with the previous path, and the rest.
  const path = Buffer.alloc(MOST_PATH_BYTES);
  let length = 0;
  let at = HEADER_BYTES;
  for (let left = index.readUInt32BE(8); left > 0; left--) {
    const kind = index.readUInt32BE(at + MODE_OFFSET) & KIND;
    const flags = index.readUInt16BE(at + HASH_OFFSET + hashBytes);
    const isExtended = version > 2 && (flags & EXTENDED) !== 0;
    const nameAt = at + HASH_OFFSET + hashBytes + (isExtended ? 4 : 2);
    const dropped = version === 4 ? readOffset(index, nameAt) : { value: length, next: nameAt };
    const end = index.indexOf(0, dropped.next);
    const kept = length - dropped.value;
    length = kept + end - dropped.next;
    if (end < 0 || kept < 0 || length > MOST_PATH_BYTES || kind === FOLDER) return null;
    index.copy(path, kept, dropped.next, end);
    if (length === MODULES.length && path.subarray(0, length).equals(MODULES)) hasModulesFile = true;
    const isAttributes = path.subarray(Math.max(0, length - ATTRIBUTES.length), length).equals(ATTRIBUTES);
    if (kind === SUBMODULE || isAttributes) {
      const name = path.toString('utf8', 0, length);
      if (!Buffer.from(name).equals(path.subarray(0, length))) return null;
      if (isAttributes) attributes.push(name);
      if (kind === SUBMODULE) submodules.push(name);
    }
    if (onEntry?.({ path: path.subarray(0, length), at }) === false) return null;
    // Up to version 3 an entry is padded with one to eight NULs to a multiple of eight.
    at = version === 4 ? end + 1 : at + ((end - at + 8) & ~7);
  }
  return { submodules, attributes, hasModulesFile, end: at };
}

/** Reads how many bytes of the previous path to drop, in the encoding of pack offsets. */
function readOffset(index: Buffer, at: number): { value: number; next: number } {
  let byte = index.readUInt8(at);
  let value = byte & 127;
  let next = at + 1;
  for (; (byte & 128) !== 0; next++) {
    byte = index.readUInt8(next);
    value = (value + 1) * 128 + (byte & 127);
  }
  return { value, next };
}

function readExtensions(
  index: Buffer,
  start: number,
  hashBytes: number,
): Pick<IndexFacts, 'shared' | 'tree'> | null {
  let shared: string | null = null;
  let tree: string | null = null;
  let at = start;
  for (let count = 0; at + 8 <= index.length - hashBytes; count++) {
    const name = index.toString('latin1', at, at + 4);
    if (name === 'sdir' || count >= MOST_EXTENSIONS) return null;
    if (name === 'link') shared = index.toString('hex', at + 8, at + 8 + hashBytes);
    if (name === 'TREE')
      tree = treeIn(index.subarray(at + 8, at + 8 + index.readUInt32BE(at + 4)), hashBytes);
    at += 8 + index.readUInt32BE(at + 4);
  }
  return { shared, tree };
}

/** The first entry of a cache tree: an empty path, how many entries it covers (-1 if it is no longer true), subtrees, its hash. */
function treeIn(extension: Buffer, hashBytes: number): string | null {
  const head = /^\0\d+ \d+\n/.exec(extension.toString('latin1', 0, 32))?.[0];
  if (head === undefined || extension.length < head.length + hashBytes) return null;
  return extension.toString('hex', head.length, head.length + hashBytes);
}
