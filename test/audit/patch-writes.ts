import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/**
 * Has a function decide what becomes of each writeSync() of lines of the trail. Others write too: writeFileSync() comes
 * by here in some versions of Node.
 * @param decide Gets the real call, and the bytes that are still to be written; returns how many were.
 * @returns Takes it off again.
 */
export function patchWrites(decide: (write: (bytes: Buffer) => number, bytes: Buffer) => number): () => void {
  const real = fs.writeSync;
  const patched = (fd: number, bytes: Buffer, ...rest: number[]) => {
    if (!bytes.includes('"prev":')) return real(fd, bytes, ...rest);
    return decide((part) => real(fd, part), bytes.subarray(rest[0]));
  };
  fs.writeSync = patched as typeof fs.writeSync;
  syncBuiltinESMExports();
  return () => {
    fs.writeSync = real;
    syncBuiltinESMExports();
  };
}
