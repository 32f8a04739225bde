import type { Stats } from 'node:fs';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { errnoOf, lstatOrNull } from '../base/paths.ts';
import { isAside, isOwnName, isStaged } from './layout.ts';

/**
 * Whether the state directory can be believed. What is in it decides what is undone, admitted and approved; so nobody
 * but the server's user may be able to write there, may have been when something was made, or may put another folder in
 * its place. The rules are those of sshd's StrictModes:
 *
 * | what                              | owner          | may be written by | a symlink               |
 * | --------------------------------- | -------------- | ----------------- | ----------------------- |
 * | the folders above                 | root, the user | them; others only where the folder is sticky | of root or the user: followed, and proven too |
 * | the state directory and its folders | the user     | the user          | never                   |
 * | files                             | the user       | the user          | never                   |
 */
export interface Fault {
  readonly path: string;
  /** To follow the path: "belongs to another user (uid 1000)". */
  readonly what: string;
  /** What the operator can do. */
  readonly remedy: string;
}

/** More entries than this are not looked through. */
const MOST_ENTRIES = 100_000;
/** More faults than this say nothing new. */
const MOST_FAULTS = 20;
/** As many as Linux follows on one path. */
const MOST_LINKS = 40;
const OTHERS_WRITE = 0o022;
const OTHERS = 0o077;
const STICKY = 0o1000;

/** The user whose the state directory has to be; null where the system knows no such thing. */
export function ownUser(): number | null {
  return process.geteuid?.() ?? null;
}

/**
 * Proves the way to a folder of the state directory.
 * @param folder The state directory itself, or a folder in it; absolute.
 * @param owner Whose it has to be.
 * @returns Null, `missing` when it is not there yet, or what is wrong.
 * @throws A system error when that cannot be seen.
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

/** The folders on the way to the state directory: whoever may rename one of them has it in hand. */
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
  // In a sticky folder such as /tmp everybody may make entries, and only their owners may rename or remove them.
  const isOpen = !stats.isSymbolicLink() && (stats.mode & OTHERS_WRITE) !== 0 && (stats.mode & STICKY) === 0;
  return isOpen ? open(path, stats) : null;
}

/**
 * Whether an owner may be root: in a user namespace, as sandboxes have them, root of the host has no number, and what
 * belongs to it is shown with this one.
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

/** What keeps an entry of the state directory from being the server's own, and nobody else's; null when nothing does. */
export function faultOf(path: string, stats: Stats, owner: number): Fault | null {
  if (stats.uid !== owner) return foreign(path, stats);
  if (stats.isSymbolicLink())
    return {
      path,
      what: 'is a symlink',
      remedy: 'put a real one in its place, or name the folder it leads to',
    };
  if ((stats.mode & OTHERS_WRITE) !== 0) return open(path, stats);
  // Backups may be made of hard links. Where others may read it, it is not a file that the server has made.
  const isShared = stats.isFile() && stats.nlink > 1 && (stats.mode & OTHERS) !== 0;
  return isShared ? { path, what: 'is a hard link to a file of others', remedy: 'move it away' } : null;
}

function foreign(path: string, { uid }: Stats): Fault {
  const remedy = `look at what it holds, and give it to the user the server runs as, or run the command as that user`;
  return { path, what: `belongs to another user (uid ${uid})`, remedy };
}

function open(path: string, { mode }: Stats): Fault {
  const what = `can be written by others (mode ${(mode & 0o7777).toString(8)})`;
  return { path, what, remedy: `look at what it holds, and run chmod go-w ${path}` };
}

/** Whether the state directory holds things, and nothing of the server's: somebody may use it for something else. */
export function isUsedOtherwise(stateDir: string): boolean {
  const others = namesIn(stateDir).filter((name) => name !== 'lost+found');
  return others.length > 0 && !others.some(isOwnName);
}

/**
 * Proves the state directory and everything of the server's in it, and that nobody else has made anything in it.
 * @returns What is wrong, the first things; nothing for a directory that is not there yet.
 */
export function proveStateDir(stateDir: string): Fault[] {
  const owner = ownUser();
  try {
    const fault = proveFolder(stateDir, stateDir, owner);
    if (fault === 'missing' || owner === null) return [];
    return fault === null ? proveEntries(stateDir, owner) : [fault];
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return [
      { path: stateDir, what: `cannot be reached (${errno})`, remedy: "give the server's user the right to" },
    ];
  }
}

function proveEntries(stateDir: string, owner: number): Fault[] {
  const faults: Fault[] = [];
  let count = 0;
  for (const fault of lookThrough(stateDir, owner)) {
    if (fault !== null) faults.push(fault);
    if (++count === MOST_ENTRIES) {
      const what = `holds more than ${MOST_ENTRIES} entries`;
      return [...faults, { path: stateDir, what, remedy: 'move away what is not needed' }];
    }
    if (faults.length === MOST_FAULTS) break;
  }
  return faults;
}

/** What is wrong with each entry, if anything. */
function* lookThrough(stateDir: string, owner: number): Generator<Fault | null> {
  const folders = [stateDir];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const name of namesIn(folder)) {
      const path = join(folder, name);
      const stats = lstatOrNull(path);
      // A server at work renames its locks all the time.
      if (stats === null || isAside(name) || (isStaged(name) && stats.uid === owner)) continue;
      const isOther = folder === stateDir && !isOwnName(name);
      const fault = isOther ? faultOfOther(path, stats, owner) : faultOf(path, stats, owner);
      if (fault === null && stats.isDirectory() && !isOther) folders.push(path);
      yield fault;
    }
  }
}

/** What the server has no use for may be there, if it does not show that somebody else could write there. */
function faultOfOther(path: string, stats: Stats, owner: number): Fault | null {
  return stats.uid === owner || stats.uid === 0 ? null : foreign(path, stats);
}

/** What cannot be listed is not used either: whoever needs it fails. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
