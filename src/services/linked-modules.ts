import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Assessment } from '../addons/assess.ts';
import { isLeftOut } from '../addons/discover.ts';
import { recallFolder } from '../addons/recall.ts';
import type { Family } from '../addons/roots.ts';
import type { Instance } from '../config/instance.ts';
import { type AddonsDir, checkAddonsDir, unavailable } from '../links/addons-dir.ts';
import { type Entry, inspectEntry } from '../links/entry.ts';
import { errnoOf } from '../paths.ts';
import { ok, type Result } from '../refusal.ts';

/** A link or a folder in an addons directory. Plain files are nothing to Odoo, and left out. */
export interface LinkedEntry {
  readonly dir: AddonsDir;
  readonly name: string;
  readonly entry: Exclude<Entry, { kind: 'absent' }>;
}

/** The same with what is behind it. */
export interface LinkedModule extends LinkedEntry {
  /** The family its target lies in; null for what is not managed. */
  readonly family: Family | null;
  /** The real folder Odoo would read; null when a link is broken. */
  readonly folder: string | null;
  /** What its manifest says; null when there is no folder. */
  readonly assessment: Assessment | null;
}

/**
 * Lists what is in the addons directories of an instance, sorted by name.
 * @param dirs Those to look at.
 * @returns The links and folders, or `target_unavailable` when a directory cannot be listed.
 */
export function listEntries(
  { roots, addonsDirs }: Instance,
  dirs: readonly AddonsDir[] = addonsDirs,
): Result<LinkedEntry[]> {
  const entries: LinkedEntry[] = [];
  for (const dir of dirs) {
    const inPlace = checkAddonsDir(dir);
    if (!inPlace.ok) {
      const { message } = inPlace.refusal;
      return { ok: false, refusal: { ...inPlace.refusal, message: `${dir.path}: ${message}` } };
    }
    let names: string[];
    try {
      names = readdirSync(dir.path).filter((name) => !isLeftOut(name));
    } catch (error) {
      return unavailable(`cannot be listed (${errnoOf(error)})`);
    }
    for (const name of names.sort()) {
      const entry = inspectEntry(dir, name, roots);
      const isNothing = entry.kind === 'absent' || (entry.kind === 'occupied' && entry.by !== 'directory');
      // An addons directory may lie in another one.
      if (isNothing || addonsDirs.some(({ path }) => path === join(dir.path, name))) continue;
      entries.push({ dir, name, entry });
    }
  }
  return ok(entries);
}

/** Reads what {@link listEntries} lists, with the manifests. */
export function readLinkedModules(instance: Instance, dirs?: readonly AddonsDir[]): Result<LinkedModule[]> {
  const listed = listEntries(instance, dirs);
  if (!listed.ok) return listed;
  return ok(listed.value.map((listing) => ({ ...listing, ...readEntry(listing, instance) })));
}

function readEntry({ dir, name, entry }: LinkedEntry, { roots, series }: Instance) {
  const folder = entry.kind === 'link' ? entry.source : join(dir.path, name);
  const family = entry.kind === 'link' ? entry.family : null;
  return { folder, family, assessment: folder === null ? null : recallFolder(name, folder, roots, series) };
}
