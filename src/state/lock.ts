import type { Stats } from 'node:fs';
import { closeSync, lstatSync, openSync, readdirSync, renameSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { errnoOf } from '../base/paths.ts';
import { discardOwn } from './folder.ts';
import { type Holder, isDead, nameHolder, parseHolder, thisProcess } from './holder.ts';
import { isDraft, isStaged } from './layout.ts';

/**
 * The lock of a state folder, across processes: a file whose name holds its state. A process takes `lock.N.free`, or the
 * file of a dead holder, by renaming it to `lock.N+1.HOLDER`; to release the lock, it renames the file to
 * `lock.N+1.free`.
 *
 * Only one process can rename a file, and names are never reused, because the number grows each time. So a process that
 * was suspended between reading the name and renaming the file no longer finds that name, whoever held the lock
 * meanwhile.
 */
export interface Lock {
  /**
   * Shows that the holder is alive; call it from time to time during long work without a pause.
   * @returns False if another process has taken the lock over, because this one was suspended for too long.
   * @throws If the lock was released: a bug of the caller.
   */
  touch(): boolean;
  release(): void;
}

/** How long to wait, and a signal to stop waiting. */
export interface Patience {
  /** On the clock of `performance.now()`. */
  readonly until: number;
  readonly signal?: AbortSignal | undefined;
}

/** The average pause between two attempts. */
const POLL_MS = 20;
/** How often a holder shows a sign of life while its work is waiting. */
const PULSE_MS = 15_000;

const FREE = 'free';

/** Lock files that this process released but could not rename; no one holds them. */
const abandoned = new Set<string>();
/** The lock file of each folder as this process last released it; if it still exists, no one has taken it since. */
const lastFree = new Map<string, Pick<LockFile, 'name' | 'number'>>();

/**
 * Takes the lock of a folder, waiting if necessary.
 * @returns The lock; null if it was not free in time or the signal was aborted.
 * @throws A system error if the folder cannot be used.
 */
export async function takeLock(folder: string, { until, signal }: Patience): Promise<Lock | null> {
  while (signal?.aborted !== true) {
    const lock = tryLock(folder);
    if (lock !== null) return lock;
    const left = until - performance.now();
    if (left <= 0) return null;
    // Random, so that waiting processes do not always try at the same moment.
    const pause = Math.min(left, POLL_MS * (0.5 + Math.random()));
    await setTimeout(pause, undefined, { signal }).catch(() => {});
  }
  return null;
}

/** Takes the lock if it is free now; null if not. */
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
    // Another process may have created and taken it first.
    return tryLock(folder);
  }
  const lock = take(folder, found);
  if (lock !== null) clear(folder, names, found.name);
  return lock;
}

/** Takes the lock by renaming its file; null if another process was faster. */
function take(folder: string, { name, number }: Pick<LockFile, 'name' | 'number'>): Lock | null {
  const path = join(folder, `lock.${number + 1}.${nameHolder(thisProcess())}`);
  try {
    // Other machines judge by the file's time, which a rename does not change.
    showLife(join(folder, name));
    renameSync(join(folder, name), path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
  return hold(folder, path, number + 1);
}

/** The name of the lock file if it can be taken now, '' if there is none yet; null while a process holds it. */
export function freeLock(folder: string): string | null {
  const found = lockToTake(folder, readdirSync(folder));
  return found === 'none' ? '' : (found?.name ?? null);
}

interface LockFile {
  readonly name: string;
  readonly number: number;
  /** Null if it is free. */
  readonly holder: Holder | null;
}

function lockToTake(folder: string, names: readonly string[]): LockFile | 'none' | null {
  const locks = names.flatMap((name) => parseLock(name) ?? []);
  const found: LockFile[] = [];
  const owner = lstatSync(folder).uid;
  for (const lock of locks) {
    const stats = lstatSync(join(folder, lock.name), { throwIfNoEntry: false });
    // It was released or taken over just now.
    if (stats === undefined) return null;
    // Another user's, despite its name.
    if (!stats.isFile() || stats.uid !== owner) continue;
    // Usually there is one. Another may come from a process that created the first one late, or from an operator.
    if (!isFree(folder, lock, stats)) return null;
    found.push(lock);
  }
  return found.sort((a, b) => b.number - a.number)[0] ?? 'none';
}

/** Null for a name that locks never have; such a file is not the server's. */
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

/** Removes files left by dead processes: other lock files, drafts and staged links. */
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
    if (!isHeld) throw new Error('the lock was released');
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
        // ENOENT: another process took it over. A file that cannot be renamed blocks others until this process ends.
        if (errnoOf(error) !== 'ENOENT') abandoned.add(path);
      }
    },
  };
}
