/** What has to be known of an index before git compares with it. */
export interface IndexFacts {
  /** The paths of submodules, from the top of the work tree. */
  readonly submodules: readonly string[];
  /** The hash in the name of the shared index that this one builds on (git-update-index(1), "Split Index"). */
  readonly shared: string | null;
}

/**
 * Reads an index of version 2, 3 or 4 (gitformat-index(5)).
 * @param hashBytes The length of a hash: 20 for SHA-1, 32 for SHA-256.
 * @returns Null when it is none.
 */
export function readIndexFacts(index: Buffer, hashBytes: number): IndexFacts | null {
  try {
    const version = index.readUInt32BE(4);
    if (index.toString('latin1', 0, 4) !== 'DIRC' || version < 2 || version > 4) return null;
    const submodules: string[] = [];
    let at = HEADER_BYTES;
    let path: Buffer = Buffer.alloc(0);
    for (let left = index.readUInt32BE(8); left > 0; left--) {
      const mode = index.readUInt32BE(at + MODE_OFFSET);
      const flags = index.readUInt16BE(at + HASH_OFFSET + hashBytes);
      const isExtended = version > 2 && (flags & EXTENDED) !== 0;
      const nameAt = at + HASH_OFFSET + hashBytes + (isExtended ? 4 : 2);
      const dropped = version === 4 ? readOffset(index, nameAt) : { value: path.length, next: nameAt };
      const end = index.indexOf(0, dropped.next);
      const kept = path.length - dropped.value;
      if (end < 0 || kept < 0) return null;
      const rest = index.subarray(dropped.next, end);
      path = kept === 0 ? rest : Buffer.concat([path.subarray(0, kept), rest]);
      if (path.length > MOST_PATH_BYTES) return null;
      if ((mode & KIND) === SUBMODULE) submodules.push(path.toString('utf8'));
      // Up to version 3 an entry is padded with one to eight NULs to a multiple of eight.
      at = version === 4 ? end + 1 : at + ((end - at + 8) & ~7);
    }
    return { submodules, shared: sharedIndex(index, at, hashBytes) };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** As many as Linux takes. Paths that grow from entry to entry would otherwise be copied again and again. */
const MOST_PATH_BYTES = 4096;
const HEADER_BYTES = 12;
const MODE_OFFSET = 24;
const HASH_OFFSET = 40;
const EXTENDED = 0x4000;
const KIND = 0o170000;
const SUBMODULE = 0o160000;

/** How many bytes of the previous path to leave out, in the encoding of pack offsets. */
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

function sharedIndex(index: Buffer, extensionsAt: number, hashBytes: number): string | null {
  let at = extensionsAt;
  while (at + 8 <= index.length - hashBytes) {
    const size = index.readUInt32BE(at + 4);
    if (index.toString('latin1', at, at + 4) === 'link') {
      return index.toString('hex', at + 8, at + 8 + hashBytes);
    }
    at += 8 + size;
  }
  return null;
}
