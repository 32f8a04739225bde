import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Assessment } from '../addons/assess.ts';
import { isLeftOut } from '../addons/module-folders.ts';
import { stopAtMovedRoots } from '../addons/root-faults.ts';
import type { Family } from '../addons/roots.ts';
import { Interruption } from '../base/interruption.ts';
import { listFolder } from '../base/listing.ts';
import { errnoOf } from '../base/paths.ts';
import { ok, type Result, refused } from '../base/refusal.ts';
import { sortInTurns, type Turns } from '../base/turns.ts';
import { recallFolder } from '../catalog/recall.ts';
import type { Instance } from '../config/instance.ts';
import { type AddonsDir, checkAddonsDir, unavailable } from '../links/addons-dir.ts';
import { type Entry, inspectEntry } from '../links/inspect-entry.ts';

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
  /** The assessment of the folder; null if there is none. */
  readonly assessment: Assessment | null;
}

/**
 * Lists what is in the addons directories of an instance, sorted by name.
 * @param dirs The directories to list.
 * @returns The links and folders, or `target_unavailable` if a directory cannot be listed.
 */
export function listEntries(
  instance: Instance,
  turns: Turns,
  dirs: readonly AddonsDir[] = instance.addonsDirs,
): Promise<Result<LinkedEntry[]>> {
  return eachEntry(instance, turns, dirs, (entry) => entry);
}

/** What {@link listEntries} lists, with the manifests. */
export function readLinkedModules(
  instance: Instance,
  turns: Turns,
  dirs: readonly AddonsDir[] = instance.addonsDirs,
): Promise<Result<LinkedModule[]>> {
  return eachEntry(instance, turns, dirs, (entry) => readEntry(entry, instance));
}

/** What is known of the modules behind all links of an instance; undefined for a link that must be looked at. */
type Recall<T> = (dir: AddonsDir, name: string) => T | undefined;

/**
 * Lists what is in addons directories, as far as necessary without looking at each entry.
 * @param take What to remember of an entry that was looked at.
 */
export function recallLinked<T>(
  instance: Instance,
  turns: Turns,
  take: (module: LinkedModule) => T,
  recall: Recall<T>,
): Promise<Result<T[]>> {
  const read = (entry: LinkedEntry) => take(readEntry(entry, instance));
  return eachEntry(instance, turns, instance.addonsDirs, read, recall);
}

async function eachEntry<T>(
  { roots, addonsDirs }: Instance,
  turns: Turns,
  dirs: readonly AddonsDir[],
  take: (entry: LinkedEntry) => T,
  recall: Recall<T> = () => undefined,
): Promise<Result<T[]>> {
  stopAtMovedRoots(roots);
  const taken: T[] = [];
  // An addons directory may lie inside another one.
  const inside = new Set(addonsDirs.map(({ path }) => path));
  for (const dir of dirs) {
    const names = await namesIn(dir, turns);
    if (!names.ok) return names;
    for (const name of names.value) {
      const known = recall(dir, name);
      const pause = turns.spend(known === undefined ? LOOKING : 1);
      if (pause !== undefined) await pause;
      if (known !== undefined) {
        taken.push(known);
        continue;
      }
      const entry = inspectEntry(dir, name, roots);
      const isNothing = entry.kind === 'absent' || (entry.kind === 'occupied' && entry.by !== 'directory');
      if (!isNothing && !inside.has(join(dir.path, name))) taken.push(take({ dir, name, entry }));
    }
  }
  return ok(taken);
}

/** Units of work for inspecting an entry and what it leads to. */
const LOOKING = 4;

async function namesIn(dir: AddonsDir, turns: Turns): Promise<Result<string[]>> {
  const inPlace = checkAddonsDir(dir);
  if (!inPlace.ok) {
    const { message } = inPlace.refusal;
    return refused({ ...inPlace.refusal, message: `${dir.path}: ${message}` });
  }
  try {
    const names = await listFolder(dir.path, turns, (entry) => {
      return entry.isFile() || isLeftOut(entry.name) ? undefined : entry.name;
    });
    return ok(await sortInTurns(names, (a, b) => (a < b ? -1 : 1), turns));
  } catch (error) {
    if (error instanceof Interruption) throw error;
    return unavailable(`cannot be listed (${errnoOf(error)})`);
  }
}

function readEntry({ dir, name, entry }: LinkedEntry, { roots, series }: Instance): LinkedModule {
  const folder = entry.kind === 'link' ? entry.source : join(dir.path, name);
  const family = entry.kind === 'link' ? entry.family : null;
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
  { roots }: Instance,
  turns: Turns,
): Promise<ReadonlyMap<string, Entry>> {
  const entries = new Map<string, Entry>();
  for (const name of names) {
    const pause = turns.spend(LOOKING);
    if (pause !== undefined) await pause;
    entries.set(name, inspectEntry(dir, name, roots));
  }
  return entries;
}
