import { randomUUID } from 'node:crypto';
import { closeSync, openSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import * as z from 'zod';
import { isModuleName, type ModuleName } from '../addons/module-name.ts';
import { familyOf, type Root, rootOf } from '../addons/roots.ts';
import { lstatOrNull, realpathOrNull } from '../base/paths.ts';
import { ok, type Refused, type Result, refuse } from '../base/refusal.ts';
import { directoryFailed } from '../state/failures.ts';
import { syncFolder, syncHandle } from '../state/folder.ts';
import { ownUser } from '../state/proof.ts';
import { readOwn } from '../state/regular-file.ts';
import type { AddonsDir } from './addons-dir.ts';
import { realpathOfBroken } from './inspect-entry.ts';
import { relativeToState } from './state-folder.ts';

/**
 * The journal of a state folder: what a transaction is about to do to the addons directory. While it is there, what it
 * says is not settled, and whoever holds the lock next takes it back; removing it is what completes a transaction.
 */
const module = z.custom<ModuleName>((value) => typeof value === 'string' && isModuleName(value));
const StepSchema = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('create'), module, target: z.string() }),
  z.strictObject({ action: z.literal('replace'), module, target: z.string(), previous: z.string() }),
  z.strictObject({ action: z.literal('remove'), module, previous: z.string() }),
]);
const JournalSchema = z.strictObject({
  version: z.literal(1),
  /** Names what the transaction moves aside. */
  id: z.uuid(),
  directory: z.string(),
  steps: z.array(StepSchema),
});

/** What an instance says of its links. */
export interface LinkRules {
  readonly roots: readonly Root[];
  readonly linkStyle: 'absolute' | 'relative';
}

/** One change of an addons directory; `target` and `previous` are texts of links. */
export type Step = z.infer<typeof StepSchema>;
export type Journal = z.infer<typeof JournalSchema>;

export function hasJournal(folder: string): boolean {
  // Also when it is a symlink that leads nowhere.
  return lstatOrNull(journalPath(folder)) !== null;
}

/**
 * Writes the journal, and waits until it is on the disk: no step may get there before it.
 * @throws A system error; there may be a journal all the same, which is to be removed.
 */
export async function writeJournal(folder: string, journal: Journal): Promise<void> {
  const draft = join(folder, `draft-${randomUUID()}`);
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

/** Removes the journal: the directory is as it shall be, which has to be on the disk before. */
export function removeJournal(folder: string): void {
  unlinkSync(journalPath(folder));
}

/**
 * The journal of a transaction that was not completed. To be read in a folder that is proven.
 * @returns It, null when there is none, or `io_error` when it cannot be read or believed: then nothing may be
 *   changed, because nobody knows what the directory should hold.
 */
export function readJournal(folder: string, dir: AddonsDir, rules: LinkRules): Result<Journal | null> {
  const path = journalPath(folder);
  try {
    const read = readOwn(path, ownUser());
    if (read === 'absent') return ok(null);
    if ('unfit' in read) return unbelievable(path, read.unfit);
    const journal = parseJournal(read.text);
    if (journal?.directory !== dir.path) return unbelievable(path, 'makes no sense');
    const doubt = disbelieve(journal.steps, dir, rules);
    return doubt === null ? ok(journal) : unbelievable(path, doubt);
  } catch (error) {
    return directoryFailed('state', error);
  }
}

function unbelievable(path: string, what: string): Refused {
  const name = relativeToState(path);
  return refuse('io_error', `A change of the addons directory was interrupted, and its journal ${what}.`, {
    details: { journal: name },
    hint: `Ask the operator to compare the addons directory with ${name} in the state directory, and to move that file away.`,
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
 * What a journal says that no plan could have held. Recovery makes and removes links by what it says, so nothing in it
 * is taken on trust: names are checked by its schema, and texts here.
 * @returns To follow "it"; null when a plan could have held all of it.
 */
function disbelieve(steps: readonly Step[], dir: AddonsDir, rules: LinkRules): string | null {
  const modules = new Set(steps.map(({ module }) => module));
  if (modules.size < steps.length) return 'has two steps for one name';
  for (const step of steps) {
    const isTargetSound = step.action === 'remove' || couldBeTarget(step.target, dir, rules);
    const isPreviousSound = step.action === 'create' || couldBeManaged(step.previous, dir, rules.roots);
    if (!isTargetSound || !isPreviousSound) return `has a link for ${step.module} that no plan could hold`;
  }
  return null;
}

/** A plan writes the real path of a folder in a root, in the one way the instance wants. */
function couldBeTarget(text: string, dir: AddonsDir, { roots, linkStyle }: LinkRules): boolean {
  const path = resolve(dir.path, text);
  const written = linkStyle === 'relative' ? relative(dir.path, path) : path;
  return text === written && leadsIntoRoot(text, dir, roots);
}

/** A plan replaces and removes managed links, however somebody has written them. */
function couldBeManaged(text: string, dir: AddonsDir, roots: readonly Root[]): boolean {
  return text !== '' && leadsIntoRoot(text, dir, roots);
}

/**
 * Whether a text names a folder in a root by itself, and leads there. Only both will do: a name in a root may be a
 * symlink to elsewhere, and one elsewhere that leads here today can be pointed to anything tomorrow.
 */
function leadsIntoRoot(text: string, dir: AddonsDir, roots: readonly Root[]): boolean {
  const root = rootOf(resolve(dir.path, text), roots);
  if (root === null || resolve(dir.path, text) === root.path) return false;
  // As the system resolves it: `..` behind a symlink is not what it looks like.
  const real = realpathOrNull(isAbsolute(text) ? text : `${dir.path}/${text}`);
  const leadsTo = real ?? realpathOfBroken(dir.path, text);
  return leadsTo !== null && familyOf(leadsTo, roots) !== null;
}
