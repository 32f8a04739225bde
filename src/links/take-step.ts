import {
  type BigIntStats,
  lstatSync,
  realpathSync,
  renameSync,
  statSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ModuleSource } from '../addons/lookup.ts';
import { followText } from '../base/follow.ts';
import type { PathMap } from '../base/path-map.ts';
import { errnoOf } from '../base/paths.ts';
import { type Refused, refuse } from '../base/refusal.ts';
import { discardOwn } from '../state/folder.ts';
import { stagedName } from '../state/layout.ts';
import { putBack, removeLink } from './aside.ts';
import { changedMeanwhile, stepFailed } from './failures.ts';
import type { Step } from './journal.ts';
import { asidePath, entryPath, isAbsent, isLink, type Site } from './site.ts';

/**
 * Takes one step of a transaction.
 * @param index Its index in the transaction.
 * @param began Called once the step has changed something or is about to: from then on it must be undone on failure.
 * @returns Null; a refusal; or `needs_journal` if nothing was changed because the step needs more than one change.
 */
export function takeStep(
  step: Step,
  index: number,
  site: Site,
  began: () => void,
): Refused | 'needs_journal' | null {
  const path = entryPath(site, step.module);
  try {
    if (step.action === 'create') {
      // Fails if the name is taken.
      symlinkSync(step.target, path);
      began();
      return null;
    }
    if (!isLink(path, step.previous)) {
      // If the link is already gone, there is nothing left to remove.
      return step.action === 'remove' && isAbsent(path) ? null : changedMeanwhile(step.module, path);
    }
    if (step.action === 'replace') return repoint(path, step.target, site, began) ? null : 'needs_journal';
    began();
    const outcome = removeLink(path, step.previous, asidePath(site, index), site);
    return outcome === 'removed' ? null : changedMeanwhile(step.module, path);
  } catch (error) {
    const isTaken = ['EEXIST', 'EISDIR'].includes(errnoOf(error) ?? '');
    if (isTaken) return changedMeanwhile(step.module, path);
    return stepFailed(step.module, step.action === 'remove' ? 'removed' : 'linked', error);
  }
}

/**
 * Undoes a step, or the part of it that a killed process did, judging by the current entries. An entry that the step did
 * not create stays.
 * @returns `undone`; or `kept` if a foreign entry stays aside because its name is taken.
 * @throws A system error; then the step must be undone again.
 */
export function undoStep(step: Step, index: number, site: Site): 'undone' | 'kept' {
  const path = entryPath(site, step.module);
  const aside = asidePath(site, index);
  const isAside = !isAbsent(aside);
  if (step.action === 'create') {
    if (!isAside) return removeLink(path, step.target, aside, site) === 'kept' ? 'kept' : 'undone';
    return settleAside(aside, path, step.target, 'ours goes', site);
  }
  if (isAside) {
    const outcome = settleAside(aside, path, step.previous, 'ours returns', site);
    if (outcome === 'kept' && isAbsent(path)) linkAgain(step.previous, path);
    return outcome;
  }
  if (step.action === 'replace' && isLink(path, step.target)) {
    if (!repoint(path, step.previous, site, () => {})) throw new Error('a step was not in the journal');
  } else if (isAbsent(path)) linkAgain(step.previous, path);
  return 'undone';
}

/**
 * Undoes a step that was interrupted while its entry was aside. A recovery puts back only a link that a plan could
 * contain; any other entry stays aside, because someone who forged the journal could have put it there.
 */
function settleAside(
  aside: string,
  path: string,
  text: string,
  wanted: 'ours goes' | 'ours returns',
  { isRecovery }: Site,
): 'undone' | 'kept' {
  const isOurs = isLink(aside, text);
  if (!isOurs && isRecovery && !isSameEntry(aside, path)) return 'kept';
  if (!(isOurs && wanted === 'ours goes') && putBack(aside, path)) return 'undone';
  if (!isOurs) return 'kept';
  unlinkSync(aside);
  return 'undone';
}

/** Whether a process was killed while the entry it put back had both names. */
function isSameEntry(a: string, b: string): boolean {
  const [one, other] = [a, b].map((path) => lstatSync(path, { bigint: true, throwIfNoEntry: false }));
  return one !== undefined && one.dev === other?.dev && one.ino === other.ino;
}

function linkAgain(text: string, path: string): void {
  try {
    symlinkSync(text, path);
  } catch (error) {
    // Another process took the name and keeps it.
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
}

/**
 * Replaces a link by renaming a staged link over it, so that the name always exists. Across file systems the old link
 * must be removed first.
 * @returns False if it must but there is no journal: a kill in between would lose the link.
 */
function repoint(path: string, target: string, site: Site, began: () => void): boolean {
  if (!site.isCrossing && renameOver(path, target, site)) {
    began();
    return true;
  }
  if (!site.isJournalled) return false;
  began();
  unlinkSync(path);
  symlinkSync(target, path);
  return true;
}

function renameOver(path: string, target: string, site: Site): boolean {
  const staged = join(site.folder, stagedName());
  symlinkSync(target, staged);
  try {
    renameSync(staged, path);
    return true;
  } catch (error) {
    discardOwn(staged, 'link');
    if (errnoOf(error) !== 'EXDEV') throw error;
    site.isCrossing = true;
    return false;
  }
}

/** A link that was made, and how Odoo follows it. */
export interface NewLink {
  /** The addons directory by its real path. */
  readonly dir: string;
  /** The text that was planned. */
  readonly target: string;
  readonly paths: PathMap | null;
}

/** Proves that a new link leads Odoo to the checked folder, and that this folder has not been moved or replaced. */
export function verifyLink({ name, path }: ModuleSource, link: NewLink, site: Site): Refused | null {
  try {
    const direct = statSync(path, { bigint: true });
    const isThere = realpathSync(path) === path && direct.isDirectory();
    if (isThere && doesLeadTo(path, direct, entryPath(site, name), link)) return null;
  } catch {
    // It no longer exists: the same refusal.
  }
  return refuse('source_outside_roots', `The folder of ${name} changed while it was linked.`, {
    module: name,
    hint: 'Call again when the repository is no longer being changed.',
  });
}

/**
 * Whether a link leads to a folder. Where Odoo sees other paths, nothing of this host can be asked to follow it: then its text must
 * be the planned one, and lead Odoo there.
 */
function doesLeadTo(
  folder: string,
  { dev, ino }: Pick<BigIntStats, 'dev' | 'ino'>,
  entry: string,
  { dir, target, paths }: NewLink,
): boolean {
  if (paths !== null) return isLink(entry, target) && followText(dir, target, paths).real === folder;
  const through = statSync(entry, { bigint: true });
  return through.dev === dev && through.ino === ino;
}
