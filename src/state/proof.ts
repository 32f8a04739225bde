import type { Stats } from 'node:fs';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { errnoOf, lstatOrNull } from '../base/paths.ts';
import { isAside, isOwnName, isStaged, LAYOUT } from './layout.ts';

/**
 * Whether the state directory can be trusted. Its contents decide what is undone, admitted and approved, so no other user
 * may be able to write there or to replace the folder, now or when its entries were created. The rules are those of
 * sshd's StrictModes:
 *
 * | what                              | owner          | may be written by | a symlink               |
 * | --------------------------------- | -------------- | ----------------- | ----------------------- |
 * | the folders above                 | root, the user | them; others only where the folder is sticky | of root or the user: followed, and proven too |
 * | the state directory and its folders | the user     | the user          | never                   |
 * | files                             | the user       | the user          | never                   |
 */
export interface Fault {
  readonly path: string;
  /** Follows the path: "belongs to another user (uid 1000)". */
  readonly what: string;
  /** What the operator can do about it. */
  readonly remedy: string;
}

/** The most entries that are checked. */
const MOST_ENTRIES = 100_000;
/** The most faults that are reported. */
const MOST_FAULTS = 20;
/** The most symlinks that Linux follows in one path. */
const MOST_LINKS = 40;
const OTHERS_WRITE = 0o022;
const OTHERS = 0o077;
const STICKY = 0o1000;

/** The id of the user who must own the state directory; null on systems without user ids. */
export function ownUser(): number | null {
  return process.geteuid?.() ?? null;
}

/**
 * Proves a folder of the state directory and all folders above it.
 * @param folder The state directory itself, or a folder in it; absolute.
 * @param owner The user who must own it.
 * @returns Null if it is proven, `missing` if it does not exist, or the first fault.
 * @throws A system error if it cannot be checked.
 */
export function proveFolder(
  stateDir: string,
  folder: string,
  owner: number | null = ownUser(),
): Fault | 'missing' | null {
  if (owner === null) return lstatOrNull(folder) === null ? 'missing' : null;
  const above = proveParents(dirname(resolve(stateDir)), owner);
  if (above !== null) return above;
  const names = relative(stateDir, folder).split(sep).filter(Boolean);
  for (let path = resolve(stateDir); ; path = join(path, names.shift() as string)) {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return 'missing';
    const fault = faultOf(path, stats, owner);
    if (fault !== null) return fault;
    if (names.length === 0) return null;
  }
}

/** Checks the folders above the state directory: a user who can rename one of them can replace it. */
function proveParents(path: string, owner: number): Fault | 'missing' | null {
  const rest = path.split(sep).filter(Boolean);
  let here: string = sep;
  let links = 0;
  let fault = faultAbove(here, lstatSync(here), owner);
  while (fault === null) {
    const name = rest.shift();
    if (name === undefined) return null;
    const next = name === '..' ? dirname(here) : join(here, name);
    const stats = lstatSync(next, { throwIfNoEntry: false });
    if (stats === undefined) return 'missing';
    fault = faultAbove(next, stats, owner);
    if (!stats.isSymbolicLink()) here = next;
    else if (++links > MOST_LINKS) fault = { path: next, what: 'is a loop of symlinks', remedy: 'remove it' };
    else {
      const target = readlinkSync(next);
      if (target.startsWith(sep)) here = sep;
      rest.unshift(...target.split(sep).filter((part) => part !== '' && part !== '.'));
    }
  }
  return fault;
}

function faultAbove(path: string, stats: Stats, owner: number): Fault | null {
  if (stats.uid !== owner && stats.uid !== 0 && !isUnmapped(stats.uid)) return foreign(path, stats);
  // In a sticky folder such as /tmp everyone may create entries, but only their owners may rename or remove them.
  const isOpen = !stats.isSymbolicLink() && (stats.mode & OTHERS_WRITE) !== 0 && (stats.mode & STICKY) === 0;
  return isOpen ? open(path, stats) : null;
}

/**
 * Whether an owner may be the host's root: in a user namespace, as in sandboxes, it is not mapped, and its files are shown
 * with the overflow uid.
 */
function isUnmapped(uid: number): boolean {
  try {
    const read = (name: string) => readFileSync(`/proc/${name}`, 'utf8').trim();
    return (
      uid === Number(read('sys/kernel/overflowuid')) && !/^0\s+0\s+4294967295$/.test(read('self/uid_map'))
    );
  } catch {
    return false;
  }
}

/** The fault of an entry of the state directory that other users own or can change; null for none. */
export function faultOf(path: string, stats: Stats, owner: number): Fault | null {
  if (stats.uid !== owner) return foreign(path, stats);
  if (stats.isSymbolicLink())
    return {
      path,
      what: 'is a symlink',
      remedy: 'replace it with a real file or folder, or configure the folder it leads to',
    };
  if ((stats.mode & OTHERS_WRITE) !== 0) return open(path, stats);
  // Backups may be hard links. But the server creates no files that others may read.
  const isShared = stats.isFile() && stats.nlink > 1 && (stats.mode & OTHERS) !== 0;
  return isShared ? { path, what: 'is a hard link to a file of other users', remedy: 'move it away' } : null;
}

function foreign(path: string, { uid }: Stats): Fault {
  const remedy = "check its contents, then give it to the server's user; or run the command as that user";
  return { path, what: `belongs to another user (uid ${uid})`, remedy };
}

function open(path: string, { mode }: Stats): Fault {
  const what = `can be written by other users (mode ${(mode & 0o7777).toString(8)})`;
  return { path, what, remedy: `check its contents, then run chmod go-w ${path}` };
}

/** What a file system puts into its top; and where the program keeps compiled code if the folder is the user's home. */
const BESIDE: ReadonlySet<string> = new Set(['lost+found', '.cache']);

/** Whether the state directory has entries, but none of the server's: it may be in use for something else. */
export function isUsedOtherwise(stateDir: string): boolean {
  const others = namesIn(stateDir).filter((name) => !BESIDE.has(name));
  return others.length > 0 && !others.some(isOwnName);
}

/** What of a state directory is proven. */
export interface Proving {
  /**
   * Also what is in the folder of sources. A server does without it: it has thousands of files, and each of them that counts
   * is proven when it is read.
   */
  readonly withSources: boolean;
}

/**
 * Proves the state directory and all of the server's entries in it, and that no other user has created entries there.
 * @returns The first faults; none if the directory does not exist yet.
 */
export function proveStateDir(stateDir: string, proving: Proving = { withSources: true }): Fault[] {
  const owner = ownUser();
  try {
    const fault = proveFolder(stateDir, stateDir, owner);
    if (fault === 'missing' || owner === null) return [];
    return fault === null ? proveEntries(stateDir, owner, proving) : [fault];
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return [
      {
        path: stateDir,
        what: `cannot be accessed (${errno})`,
        remedy: "give the server's user access to it",
      },
    ];
  }
}

function proveEntries(stateDir: string, owner: number, proving: Proving): Fault[] {
  const faults: Fault[] = [];
  let count = 0;
  for (const fault of lookThrough(stateDir, owner, proving)) {
    if (fault !== null) faults.push(fault);
    if (++count === MOST_ENTRIES) {
      const what = `contains more than ${MOST_ENTRIES} entries`;
      return [...faults, { path: stateDir, what, remedy: 'move away entries that are not needed' }];
    }
    if (faults.length === MOST_FAULTS) break;
  }
  return faults;
}

/** Yields the fault of each entry, or null. */
function* lookThrough(stateDir: string, owner: number, { withSources }: Proving): Generator<Fault | null> {
  const folders = [stateDir];
  const leftOut = withSources ? null : join(stateDir, LAYOUT.sources);
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const name of namesIn(folder)) {
      const path = join(folder, name);
      const stats = lstatOrNull(path);
      // Gone: a running server keeps renaming its locks.
      if (stats === null || isAside(name) || (isStaged(name) && stats.uid === owner)) continue;
      const isOther = folder === stateDir && !isOwnName(name);
      const fault = isOther ? faultOfOther(path, stats, owner) : faultOf(path, stats, owner);
      if (fault === null && stats.isDirectory() && !isOther && path !== leftOut) folders.push(path);
      yield fault;
    }
  }
}

/** Entries that the server does not use are allowed, unless their owner shows that another user can write there. */
function faultOfOther(path: string, stats: Stats, owner: number): Fault | null {
  return stats.uid === owner || stats.uid === 0 ? null : foreign(path, stats);
}

/** A folder that cannot be listed counts as empty: code that needs it fails by itself. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
