import type { Stats } from 'node:fs';
import { closeSync, lstatSync, openSync, readdirSync, renameSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { errnoOf } from '../base/paths.ts';
import { discardOwn } from './folder.ts';
import { type Holder, isDead, nameHolder, parseHolder, thisProcess } from './holder.ts';
import { isDraft, isStaged } from './layout.ts';

/**
 * The lock of a state folder, across processes: a file that says all by its name. `lock.N.free` may be taken by anybody
 * who renames it to `lock.N+1.HOLDER`, and so may the file of a holder that is dead; the holder renames it to
 * `lock.N+1.free` when it is done.
 *
 * A rename has one winner, and no name ever comes back: the number grows each time. So a process that stood still
 * between its look and its rename finds the name gone, whoever had the lock meanwhile.
 */
export interface Lock {
  /**
   * Shows that the holder is alive; to be called now and then during long work without a pause.
   * @returns False when another process has taken the lock over, because this one stood still for too long.
   * @throws When the lock was given back: a bug of the caller.
   */
  touch(): boolean;
  release(): void;
}

/** How long and for whom to wait. */
export interface Patience {
  /** On the clock of `performance.now()`. */
  readonly until: number;
  readonly signal?: AbortSignal | undefined;
}

/** About how long to wait between two looks at a lock. */
const POLL_MS = 20;
/** How often a holder shows that it is alive while its work waits for something. */
const PULSE_MS = 15_000;

const FREE = 'free';

/** Lock files this process could not rename; nobody holds them. */
const abandoned = new Set<string>();
/** The lock file of a folder as this process gave it back: nobody has had it since, if it is still there. */
const lastFree = new Map<string, Pick<LockFile, 'name' | 'number'>>();

/**
 * Takes the lock of a folder.
 * @returns The lock, or null when it was not to be had in time or the caller has gone.
 * @throws A system error when the folder cannot be used.
 */
export async function takeLock(folder: string, { until, signal }: Patience): Promise<Lock | null> {
  while (signal?.aborted !== true) {
    const lock = tryLock(folder);
    if (lock !== null) return lock;
    const left = until - performance.now();
    if (left <= 0) return null;
    // Several that wait must not look at the same moment each time.
    const pause = Math.min(left, POLL_MS * (0.5 + Math.random()));
    await setTimeout(pause, undefined, { signal }).catch(() => {});
  }
  return null;
}

/** Takes the lock if it is free at the moment. */
export function tryLock(folder: string): Lock | null {
  const known = lastFree.get(folder);
  lastFree.delete(folder);
  const again = known === undefined ? null : take(folder, known);
  if (again !== null) return again;
  const names = readdirSync(folder);
  const found = lockToTake(folder, names);
  if (found === null) return null;
  if (found === 'none') {
    makeFirst(folder);
    // Others may have been quicker, and be several locks further.
    return tryLock(folder);
  }
  const lock = take(folder, found);
  if (lock !== null) clear(folder, names, found.name);
  return lock;
}

/** Takes the lock by its file; null when that is gone, because somebody else was quicker. */
function take(folder: string, { name, number }: Pick<LockFile, 'name' | 'number'>): Lock | null {
  const path = join(folder, `lock.${number + 1}.${nameHolder(thisProcess())}`);
  try {
    // Elsewhere they go by the time, which a rename leaves as it is.
    showLife(join(folder, name));
    renameSync(join(folder, name), path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
  return hold(folder, path, number + 1);
}

/** The name of the lock file if it may be taken at the moment; null while somebody holds it. */
export function freeLock(folder: string): string | null {
  const found = lockToTake(folder, readdirSync(folder));
  return found === 'none' ? '' : (found?.name ?? null);
}

interface LockFile {
  readonly name: string;
  readonly number: number;
  /** Null when it is free. */
  readonly holder: Holder | null;
}

function lockToTake(folder: string, names: readonly string[]): LockFile | 'none' | null {
  const locks = names.flatMap((name) => parseLock(name) ?? []);
  const found: LockFile[] = [];
  const owner = lstatSync(folder).uid;
  for (const lock of locks) {
    const stats = lstatSync(join(folder, lock.name), { throwIfNoEntry: false });
    // Given back, or taken over, this very moment.
    if (stats === undefined) return null;
    // Somebody else's, whatever its name.
    if (!stats.isFile() || stats.uid !== owner) continue;
    // There is one, but for a late comer's first one, or what an operator did by hand.
    if (!isFree(folder, lock, stats)) return null;
    found.push(lock);
  }
  return found.sort((a, b) => b.number - a.number)[0] ?? 'none';
}

/** Null for a name that a lock never has: such a file is somebody else's. */
function parseLock(name: string): LockFile | null {
  const [, number, rest = ''] = /^lock\.(\d{1,15})\.(.+)$/.exec(name) ?? [];
  const holder = rest === FREE ? null : parseHolder(rest);
  if (number === undefined || (holder === null && rest !== FREE)) return null;
  return { name, number: Number(number), holder };
}

function isFree(folder: string, { name, holder }: LockFile, { mtimeMs }: Stats): boolean {
  return holder === null || abandoned.has(join(folder, name)) || isDead(holder, mtimeMs);
}

function makeFirst(folder: string): void {
  try {
    closeSync(openSync(join(folder, `lock.0.${FREE}`), 'wx', 0o600));
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
}

/** Removes what processes that are gone have left: other lock files, drafts, and links staged to be renamed. */
function clear(folder: string, names: readonly string[], taken: string): void {
  for (const name of names) {
    if (name === taken) continue;
    if (parseLock(name) !== null || isDraft(name)) discardOwn(join(folder, name));
    else if (isStaged(name)) discardOwn(join(folder, name), 'link');
  }
}

function showLife(path: string): void {
  const now = Date.now() / 1000;
  utimesSync(path, now, now);
}

function hold(folder: string, path: string, number: number): Lock {
  let isHeld = true;
  const touch = () => {
    if (!isHeld) throw new Error('the lock was given back');
    try {
      showLife(path);
      return true;
    } catch (error) {
      return errnoOf(error) !== 'ENOENT';
    }
  };
  const pulse = setInterval(touch, PULSE_MS).unref();
  return {
    touch,
    release() {
      isHeld = false;
      clearInterval(pulse);
      try {
        const name = `lock.${number}.${FREE}`;
        renameSync(path, join(folder, name));
        lastFree.set(folder, { name, number });
      } catch (error) {
        // Gone: another process took it over. What cannot be renamed keeps others out until this process ends.
        if (errnoOf(error) !== 'ENOENT') abandoned.add(path);
      }
    },
  };
}
