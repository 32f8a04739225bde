import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import type { KeptAssessment } from '../addons/assess.ts';
import { type FolderListing, type FolderLook, lookAtFolders } from '../addons/folder-look.ts';
import { stopAtMovedRoots } from '../addons/root-faults.ts';
import type { Family, Root } from '../addons/roots.ts';
import { Interruption } from '../base/interruption.ts';
import { listFolder } from '../base/listing.ts';
import { errnoOf } from '../base/paths.ts';
import { ok, type Refused, type Result, refused } from '../base/refusal.ts';
import { sortInTurns, type Turns } from '../base/turns.ts';
import { recallFolder } from '../catalog/recall.ts';
import type { Instance } from '../config/instance.ts';
import { type AddonsDir, checkAddonsDir, unavailable } from '../links/addons-dir.ts';
import { type Entry, inspectEntry } from '../links/inspect-entry.ts';
import { LinkedMemory, type SeenModule } from './linked-memory.ts';

/** A link or a folder in an addons directory. Odoo ignores plain files, so they are left out. */
export interface LinkedEntry {
  readonly dir: AddonsDir;
  readonly name: string;
  readonly entry: Exclude<Entry, { kind: 'absent' }>;
}

/** An entry and the module it leads to. */
export interface LinkedModule extends LinkedEntry {
  /** The family of its target; null if it is not a managed link. */
  readonly family: Family | null;
  /** The real folder that Odoo would read; null for a broken link. */
  readonly folder: string | null;
  /** The assessment of the folder, without the manifest's value; null if there is no folder. */
  readonly assessment: KeptAssessment | null;
  /** See {@link checkoutOf}; not known of each. */
  readonly checkout?: string;
}

/** The memories by addons directory and, as tests may share directories, roots. A server keeps both as long as it runs. */
const memories = new WeakMap<AddonsDir, WeakMap<readonly Root[], LinkedMemory>>();

function memoryOf(dir: AddonsDir, instance: Instance): LinkedMemory {
  const byRoots = memories.get(dir) ?? new WeakMap<readonly Root[], LinkedMemory>();
  const memory = byRoots.get(instance.roots) ?? new LinkedMemory(dir, instance);
  memories.set(dir, byRoots.set(instance.roots, memory));
  return memory;
}

/**
 * Lists what is in the addons directories of an instance, sorted by name. What has not changed since an earlier call is
 * remembered, see {@link LinkedMemory}.
 * @param dirs The directories to list.
 * @param look The call's look at folders, if it has one.
 * @returns The links and folders, or `target_unavailable` if a directory cannot be listed.
 */
export function listEntries(
  instance: Instance,
  turns: Turns,
  dirs: readonly AddonsDir[] = instance.addonsDirs,
  look?: FolderLook,
): Promise<Result<LinkedEntry[]>> {
  return eachEntry(instance, turns, dirs, look, ({ dir, name, entry }) => ({ dir, name, entry }));
}

/** What {@link listEntries} lists, with the manifests. */
export function readLinkedModules(
  instance: Instance,
  turns: Turns,
  dirs: readonly AddonsDir[] = instance.addonsDirs,
  look?: FolderLook,
): Promise<Result<LinkedModule[]>> {
  return eachEntry(instance, turns, dirs, look, (entry) => readEntry(entry, instance));
}

interface FoundEntry extends LinkedEntry {
  readonly module: SeenModule | null;
}

async function eachEntry<T>(
  instance: Instance,
  turns: Turns,
  dirs: readonly AddonsDir[],
  look: FolderLook = lookAtFolders(instance.roots, turns),
  take: (entry: FoundEntry) => T,
): Promise<Result<T[]>> {
  stopAtMovedRoots(instance.roots, look);
  const taken: T[] = [];
  for (const dir of dirs) {
    const inPlace = checkAddonsDir(dir);
    if (!inPlace.ok) {
      const { message } = inPlace.refusal;
      return refused({ ...inPlace.refusal, message: `${dir.path}: ${message}` });
    }
    const looked = await memoryOf(dir, instance).begin(look);
    if (looked === null) return cannotBeListed(dir, turns);
    // An addons directory may lie inside another one.
    const inner = instance.addonsDirs.filter(({ path }) => dirname(path) === dir.path);
    const leftOut = new Set(inner.map(({ path }) => basename(path)));
    let isComplete = false;
    let found = 0;
    try {
      for (const name of await namesIn(looked.listing, turns)) {
        const known = looked.find(name);
        // Counted together: what is remembered takes less time than counting it.
        const pause =
          known === undefined ? turns.spend(LOOKING) : ++found % MANY === 0 && turns.spend(MANY / 16);
        if (pause) await pause;
        const { entry, module } = known ?? (await looked.inspect(name));
        if (entry.kind === 'absent' || (entry.kind === 'occupied' && entry.by !== 'directory')) continue;
        if (!leftOut.has(name)) taken.push(take({ dir, name, entry, module }));
      }
      isComplete = true;
    } finally {
      looked.end(isComplete);
    }
  }
  return ok(taken);
}

/** Units of work for inspecting an entry and what it leads to. */
const LOOKING = 4;
/** How many entries that are remembered are counted together. */
const MANY = 64;

/** The names of listings, sorted: a listing stays the same as long as its folder. */
const sorted = new WeakMap<FolderListing, readonly string[]>();

async function namesIn(listing: FolderListing, turns: Turns): Promise<readonly string[]> {
  const { folders, links } = listing;
  const names =
    sorted.get(listing) ?? (await sortInTurns([...folders, ...links], (a, b) => (a < b ? -1 : 1), turns));
  sorted.set(listing, names);
  return names;
}

async function cannotBeListed({ path }: AddonsDir, turns: Turns): Promise<Refused> {
  try {
    await listFolder(path, turns, () => undefined);
    return unavailable('cannot be listed');
  } catch (error) {
    if (error instanceof Interruption) throw error;
    return unavailable(`cannot be listed (${errnoOf(error)})`);
  }
}

/** A module that is remembered is told as the same object. */
const remembered = new WeakMap<SeenModule, LinkedModule>();

function readEntry({ dir, name, entry, module }: FoundEntry, { roots, series }: Instance): LinkedModule {
  const before = module === null ? undefined : remembered.get(module);
  if (before !== undefined) return before;
  const folder = entry.kind === 'link' ? entry.source : join(dir.path, name);
  const family = entry.kind === 'link' ? entry.family : null;
  if (module !== null) {
    const linked = { dir, name, entry, folder, family, ...module };
    remembered.set(module, linked);
    return linked;
  }
  const assessment = folder === null ? null : recallFolder(name, folder, roots, series);
  return { dir, name, entry, folder, family, assessment };
}

/** Listings have the same digest only if they are equal. */
export async function digestOf(entries: readonly LinkedEntry[], turns: Turns): Promise<string> {
  const hash = createHash('sha256');
  for (const { dir, name, entry } of entries) {
    const pause = turns.spend();
    if (pause !== undefined) await pause;
    hash.update(JSON.stringify([dir.path, name, entry]));
  }
  return hash.digest('hex');
}

/** The digest of what {@link listEntries} lists now; directories that cannot be listed have a different one. */
export async function lookAtEntries(
  instance: Instance,
  turns: Turns,
  dirs?: readonly AddonsDir[],
): Promise<string> {
  const listed = await listEntries(instance, turns, dirs);
  return listed.ok ? digestOf(listed.value, turns) : `refused ${listed.refusal.code}`;
}

/** The present entries of an addons directory that have some names, by name. */
export async function lookAtNames(
  dir: AddonsDir,
  names: readonly string[],
  instance: Instance,
  turns: Turns,
): Promise<ReadonlyMap<string, Entry>> {
  const entries = new Map<string, Entry>();
  for (const name of names) {
    const pause = turns.spend(LOOKING);
    if (pause !== undefined) await pause;
    entries.set(name, inspectEntry(dir, name, instance));
  }
  return entries;
}
