import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { onTestFinished } from 'vitest';

type Call = (...args: never[]) => unknown;

/**
 * Puts another function in the place of one of `node:fs`, for the whole process, until the test ends.
 * @param make Gets the real function.
 * @returns Takes it off before that.
 */
export function patchFs<Name extends keyof typeof fs>(
  name: Name,
  make: (real: (typeof fs)[Name]) => (...args: never[]) => unknown,
): () => void {
  const table = fs as unknown as Record<string, Call>;
  const real = table[name] as Call;
  const undo = () => {
    table[name] = real;
    syncBuiltinESMExports();
  };
  table[name] = make(real as (typeof fs)[Name]) as Call;
  syncBuiltinESMExports();
  onTestFinished(undo);
  return undo;
}

/** The next free number of a descriptor: a higher one afterwards means that one was left open. */
export function nextDescriptor(): number {
  const fd = fs.openSync('/dev/null', 'r');
  fs.closeSync(fd);
  return fd;
}
