import { sep } from 'node:path';
import { Interruption } from '../base/interruption.ts';
import { listFolder } from '../base/listing.ts';
import { realpathOrNull } from '../base/paths.ts';
import { changeOf, type FileState, isOfState, isSettledBy, statExactly } from '../base/stamp.ts';
import type { Turns } from '../base/turns.ts';
import { isLeftOut, isManifestName } from './module-folders.ts';

/** What a folder holds, as far as modules go. The same object as long as the folder is unchanged. */
export interface FolderListing {
  /** The names of its folders, and of its symlinks, whatever they lead to; without those {@link isLeftOut}. */
  readonly folders: ReadonlySet<string>;
  readonly links: ReadonlySet<string>;
  /** Whether it has an entry with a manifest's name, so that it is a module itself. */
  readonly isModule: boolean;
}

/** One look at folders, in which each is looked at once. */
export interface FolderLook {
  /** @returns Null if the folder cannot be listed: it is gone, no folder, or may not be read. A promise if it must be read. */
  list(path: string): FolderListing | null | Promise<FolderListing | null>;
  /** The real path of a folder; null if there is none. That of a folder in a folder that was listed is known. */
  real(path: string): string | null;
}

interface Known {
  readonly listing: FolderListing;
  /** The state that was read. */
  readonly state: FileState;
  /** When it was read, in milliseconds since 1970. */
  readonly readAt: number;
}

/** The listings by whom they were made for, and path. */
const memories = new WeakMap<object, Map<string, Known>>();

/** More folders than the roots and the search path of any instance have; further ones are read each time. */
const MOST_FOLDERS = 20_000;
/** More names than any folder of modules has; a longer listing is not kept. */
const MOST_NAMES = 20_000;

/**
 * Begins a look at folders. What an earlier look has read is remembered as long as the path leads to the same folder and
 * its entries are the same, so that a folder that has not changed takes one step.
 * @param owner What the listings belong to, such as the roots of an instance: they are forgotten with it.
 */
export function lookAtFolders(owner: object, turns: Turns): FolderLook {
  const memory = memories.get(owner) ?? new Map<string, Known>();
  memories.set(owner, memory);
  const listings = new Map<string, FolderListing | null | Promise<FolderListing | null>>();
  const reals = new Map<string, string | null>();
  const findReal = (path: string): string | null => {
    const at = path.lastIndexOf(sep);
    const above = path.slice(0, at);
    const around = listings.get(above);
    const isKnown = around != null && !(around instanceof Promise) && around.folders.has(path.slice(at + 1));
    if (!isKnown) return realpathOrNull(path);
    const real = look.real(above);
    return real === null ? null : `${real === sep ? '' : real}${path.slice(at)}`;
  };
  const look: FolderLook = {
    list(path) {
      const seen = listings.get(path);
      if (seen !== undefined) return seen;
      const listing = recall(path, memory, turns);
      listings.set(path, listing);
      if (listing instanceof Promise)
        listing.then(
          (read) => listings.set(path, read),
          () => {},
        );
      return listing;
    },
    real(path) {
      const seen = reals.get(path);
      const real = seen === undefined ? findReal(path) : seen;
      reals.set(path, real);
      return real;
    },
  };
  return look;
}

/** Whether a folder has a folder, or a symlink, of that name. */
export function hasEntry({ folders, links }: FolderListing, name: string): boolean {
  return folders.has(name) || links.has(name);
}

function recall(path: string, memory: Map<string, Known>, turns: Turns): ReturnType<FolderLook['list']> {
  const now = statExactly(path);
  const known = memory.get(path);
  if (now !== null && known !== undefined && isOfState(now, known.state)) {
    if (isSettledBy({ changedAt: changeOf(now) }, known.readAt)) return known.listing;
  }
  memory.delete(path);
  return now === null ? null : readAgain(path, now, memory, turns);
}

async function readAgain(
  path: string,
  { dev, ino, size, mtimeNs, ctimeNs }: FileState,
  memory: Map<string, Known>,
  turns: Turns,
): Promise<FolderListing | null> {
  const readAt = Date.now();
  const listing = await read(path, turns);
  const isShort = listing !== null && listing.folders.size + listing.links.size < MOST_NAMES;
  if (isShort && memory.size < MOST_FOLDERS)
    memory.set(path, { listing, state: { dev, ino, size, mtimeNs, ctimeNs }, readAt });
  return listing;
}

async function read(path: string, turns: Turns): Promise<FolderListing | null> {
  const folders = new Set<string>();
  const links = new Set<string>();
  let isModule = false;
  try {
    await listFolder(path, turns, (entry) => {
      const { name } = entry;
      if (isManifestName(name)) isModule = true;
      if (isLeftOut(name)) return;
      if (entry.isDirectory()) folders.add(name);
      else if (entry.isSymbolicLink()) links.add(name);
    });
  } catch (error) {
    if (error instanceof Interruption) throw error;
    return null;
  }
  return { folders, links, isModule };
}
