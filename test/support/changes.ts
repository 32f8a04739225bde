import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** Runs around every call that changes the file system, whoever makes it. */
export interface Watcher {
  /** Runs before the call; throws to make it fail instead. */
  before?(verb: string, path: string): void;
  after?(verb: string, path: string): void;
  /** Leaves out the waiting for the disk, which a kill does not undo. */
  skipSync?: boolean;
}

/** The calls that are watched, beside fsync() with a callback. */
export const WATCHED = [
  'symlinkSync',
  'linkSync',
  'renameSync',
  'unlinkSync',
  'rmdirSync',
  'rmSync',
  'mkdirSync',
  'openSync',
  'writeSync',
  'writeFileSync',
  'appendFileSync',
  'truncateSync',
  'ftruncateSync',
  'utimesSync',
  'chmodSync',
  'fchownSync',
  'fsyncSync',
] as const;

type Call = (...args: unknown[]) => unknown;

/**
 * Puts a watcher around every synchronous call of `node:fs` that changes the file system, and around fsync() with a
 * callback. `src/links/` uses no others: test/architecture.test.ts sees to that.
 * @returns Takes it off again.
 */
export function watchChanges(watcher: Watcher): () => void {
  const real = new Map<string, Call>();
  const replace = (name: string, wrap: (call: Call) => Call) => {
    const table = fs as unknown as Record<string, Call>;
    real.set(name, table[name] as Call);
    table[name] = wrap(table[name] as Call);
  };
  for (const verb of WATCHED) {
    replace(verb, (call) => (...args) => {
      // Opening to read changes nothing.
      if (verb === 'openSync' && !isForWriting(args[1])) return call(...args);
      const path = pathOf(verb, args);
      watcher.before?.(verb, path);
      const result = call(...args);
      watcher.after?.(verb, path);
      return result;
    });
  }
  replace('fsync', (call) => (fd, callback) => {
    const done = callback as (error: unknown) => void;
    try {
      watcher.before?.('fsync', String(fd));
    } catch (error) {
      return done(error);
    }
    const finish = (error: unknown) => {
      watcher.after?.('fsync', String(fd));
      done(error);
    };
    return watcher.skipSync === true ? setImmediate(finish, null) : call(fd, finish);
  });
  syncBuiltinESMExports();
  return () => {
    for (const [name, call] of real) (fs as unknown as Record<string, Call>)[name] = call;
    syncBuiltinESMExports();
  };
}

/** The name that is changed: the second one where there are two, but for renames, which take something away. */
function pathOf(verb: string, args: readonly unknown[]): string {
  return String(verb === 'symlinkSync' || verb === 'linkSync' ? args[1] : args[0]);
}

function isForWriting(flags: unknown): boolean {
  if (typeof flags === 'number') {
    return (flags & (fs.constants.O_WRONLY | fs.constants.O_RDWR | fs.constants.O_CREAT)) !== 0;
  }
  return flags !== undefined && flags !== 'r';
}

/** An error of the system, as `node:fs` throws it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}
