import { closeSync, openSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import * as z from 'zod';
import { isModuleName, type ModuleName } from '../addons/module-name.ts';
import { familyOf, type Root, rootOf } from '../addons/roots.ts';
import { lstatOrNull, realpathOrNull } from '../base/paths.ts';
import { ok, type Refused, type Result, refuse } from '../base/refusal.ts';
import { directoryFailed } from '../state/failures.ts';
import { syncFolder, syncHandle } from '../state/folder.ts';
import { draftName } from '../state/layout.ts';
import { ownUser } from '../state/proof.ts';
import { readOwn } from '../state/regular-file.ts';
import type { AddonsDir } from './addons-dir.ts';
import { realpathOfBroken } from './inspect-entry.ts';
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

/** The settings of an instance that its links must match. */
export interface LinkRules {
  readonly roots: readonly Root[];
  readonly linkStyle: 'absolute' | 'relative';
}

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
    const isPreviousSound = step.action === 'create' || couldBeManaged(step.previous, dir, rules.roots);
    if (!isTargetSound || !isPreviousSound)
      return `has a link for ${step.module} that the server would not create or replace`;
  }
  return null;
}

/** A plan links to the real path of a folder in a root, written in the instance's link style. */
function couldBeTarget(text: string, dir: AddonsDir, { roots, linkStyle }: LinkRules): boolean {
  const path = resolve(dir.path, text);
  const written = linkStyle === 'relative' ? relative(dir.path, path) : path;
  return text === written && leadsIntoRoot(text, dir, roots);
}

/** A plan replaces and removes managed links, whatever their link style. */
function couldBeManaged(text: string, dir: AddonsDir, roots: readonly Root[]): boolean {
  return text !== '' && leadsIntoRoot(text, dir, roots);
}

/**
 * Whether a link's text is a path in a root, and also resolves into a root. Both are needed: a path in a root may be a
 * symlink to another place, and a symlink in another place that leads into a root now can be changed later.
 */
function leadsIntoRoot(text: string, dir: AddonsDir, roots: readonly Root[]): boolean {
  const root = rootOf(resolve(dir.path, text), roots);
  if (root === null || resolve(dir.path, text) === root.path) return false;
  // Resolved by the system, because `..` after a symlink does not lead to the folder that contains the symlink.
  const real = realpathOrNull(isAbsolute(text) ? text : `${dir.path}/${text}`);
  const leadsTo = real ?? realpathOfBroken(dir.path, text);
  return leadsTo !== null && familyOf(leadsTo, roots) !== null;
}
