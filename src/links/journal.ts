import { closeSync, openSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { isModuleName, type ModuleName } from '../addons/module-name.ts';
import { familyOf, rootOf } from '../addons/roots.ts';
import { followText, pathNamedBy, realpathOfBroken } from '../base/follow.ts';
import { lstatOrNull } from '../base/paths.ts';
import { ok, type Refused, type Result, refuse } from '../base/refusal.ts';
import { directoryFailed } from '../state/failures.ts';
import { syncFolder, syncHandle } from '../state/folder.ts';
import { draftName } from '../state/layout.ts';
import { ownUser } from '../state/proof.ts';
import { readOwn } from '../state/regular-file.ts';
import type { AddonsDir } from './addons-dir.ts';
import { type LinkRules, linkText } from './link-text.ts';
import { relativeToState } from './state-folder.ts';

/**
 * The journal of a state folder: the steps of a transaction on the addons directory. While it exists, the transaction is
 * not complete, and the next holder of the lock rolls it back. Removing the journal completes the transaction.
 */
const module = z.custom<ModuleName>((value) => typeof value === 'string' && isModuleName(value));
const StepSchema = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('create'), module, target: z.string() }),
  z.strictObject({ action: z.literal('replace'), module, target: z.string(), previous: z.string() }),
  z.strictObject({ action: z.literal('remove'), module, previous: z.string() }),
]);
const JournalSchema = z.strictObject({
  version: z.literal(1),
  /** Part of the names of entries that the transaction moves aside. */
  id: z.uuid(),
  directory: z.string(),
  steps: z.array(StepSchema),
});

/** One change of an addons directory; `target` and `previous` are the texts of links. */
export type Step = z.infer<typeof StepSchema>;
export type Journal = z.infer<typeof JournalSchema>;

export function hasJournal(folder: string): boolean {
  // lstat, so that a broken symlink counts too.
  return lstatOrNull(journalPath(folder)) !== null;
}

/**
 * Writes the journal and waits until it is on the disk: no step may reach the disk before it.
 * @throws A system error; the journal may still exist then, and must be removed.
 */
export async function writeJournal(folder: string, journal: Journal): Promise<void> {
  const draft = join(folder, draftName());
  const fd = openSync(draft, 'wx', 0o600);
  try {
    writeFileSync(fd, JSON.stringify(journal));
    await syncHandle(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(draft, journalPath(folder));
  await syncFolder(folder);
}

/** Removes the journal. The final state of the addons directory must already be on the disk. */
export function removeJournal(folder: string): void {
  unlinkSync(journalPath(folder));
}

/**
 * Reads the journal of an interrupted transaction.
 * @param folder A proven state folder.
 * @returns The journal; null if there is none; or `io_error` if it cannot be read or is not plausible. Then nothing may be
 *   changed, because the intended state of the directory is unknown.
 */
export function readJournal(folder: string, dir: AddonsDir, rules: LinkRules): Result<Journal | null> {
  const path = journalPath(folder);
  try {
    const read = readOwn(path, ownUser());
    if (!read.ok) return implausible(path, read.refusal);
    if (read.value === null) return ok(null);
    const journal = parseJournal(read.value);
    if (journal?.directory !== dir.path) return implausible(path, 'is not valid');
    const doubt = findImplausible(journal.steps, dir, rules);
    return doubt === null ? ok(journal) : implausible(path, doubt);
  } catch (error) {
    return directoryFailed('state', error);
  }
}

function implausible(path: string, what: string): Refused {
  const name = relativeToState(path);
  return refuse('io_error', `A change of the addons directory was interrupted, and its journal ${what}.`, {
    details: { journal: name },
    hint: `Ask the operator to compare the addons directory with ${name} in the state directory, and then to move that file away.`,
  });
}

function parseJournal(text: string): Journal | null {
  try {
    return JournalSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function journalPath(folder: string): string {
  return join(folder, 'journal');
}

/**
 * Finds a step that no plan can contain. Recovery creates and removes links as the journal says, so nothing in it is
 * trusted: its schema checks the names, this function the texts of links.
 * @returns A problem, worded to follow "its journal"; null if a plan could contain all steps.
 */
function findImplausible(steps: readonly Step[], dir: AddonsDir, rules: LinkRules): string | null {
  const modules = new Set(steps.map(({ module }) => module));
  if (modules.size < steps.length) return 'has two steps for one name';
  for (const step of steps) {
    const isTargetSound = step.action === 'remove' || couldBeTarget(step.target, dir, rules);
    const isPreviousSound = step.action === 'create' || couldBeManaged(step.previous, dir, rules);
    if (!isTargetSound || !isPreviousSound)
      return `has a link for ${step.module} that the server would not create or replace`;
  }
  return null;
}

/** A plan links to the real path of a folder in a root, written in the instance's link style and as Odoo sees it. */
function couldBeTarget(text: string, dir: AddonsDir, rules: LinkRules): boolean {
  const path = pathNamedBy(dir.path, text, rules.paths);
  const written = path === null ? null : linkText(dir.path, path, rules);
  return written?.ok === true && text === written.value && leadsIntoRoot(text, dir, rules);
}

/** A plan replaces and removes managed links, whatever their link style, and whether written for this host or for Odoo. */
function couldBeManaged(text: string, dir: AddonsDir, rules: LinkRules): boolean {
  if (text === '') return false;
  return leadsIntoRoot(text, dir, rules) || leadsIntoRoot(text, dir, { ...rules, paths: null });
}

/**
 * Whether a link's text is a path in a root, and also resolves into a root. Both are needed: a path in a root may be a
 * symlink to another place, and a symlink in another place that leads into a root now can be changed later.
 */
function leadsIntoRoot(text: string, dir: AddonsDir, { roots, paths }: LinkRules): boolean {
  const path = pathNamedBy(dir.path, text, paths);
  const root = path === null ? null : rootOf(path, roots);
  if (root === null || path === root.path) return false;
  const leadsTo = followText(dir.path, text, paths).real ?? realpathOfBroken(dir.path, text, paths);
  return leadsTo !== null && familyOf(leadsTo, roots) !== null;
}
