import { fstatSync, statSync } from 'node:fs';
import type { ModuleName } from '../addons/module-name.ts';
import { ok, type Refused, type Result, refuse, refused } from '../base/refusal.ts';
import { directoryFailed } from '../state/failures.ts';
import { syncHandle } from '../state/folder.ts';
import type { AddonsDir } from './addons-dir.ts';
import { type Handle, withHandle } from './handle.ts';
import { type Journal, readJournal, removeJournal, type Step } from './journal.ts';
import type { LinkRules } from './link-text.ts';
import { asidePath, type Site } from './site.ts';
import { relativeToState } from './state-folder.ts';
import { undoStep } from './take-step.ts';

/** What a rollback could not restore. */
export interface Remains {
  /** Modules whose step could not be undone. */
  readonly left: readonly ModuleName[];
  /**
   * Foreign entries that replaced a link just before it was removed and could not be put back, because their name was
   * taken or the process was killed. They are now in the state directory; these are their paths in it.
   */
  readonly kept: readonly string[];
  /** Why the journal could not be removed. If `left` is not empty, it also stays, and the next call tries again. */
  readonly failure: Refused | null;
}

/**
 * Undoes steps, newest first, and then removes the journal. Where the addons directory can only be reached by its path and
 * that leads elsewhere by now, nothing is put back there, only links that were made there are taken away: the journal stays,
 * and the steps are undone once the directory is back.
 * @param touched The indices of the steps to undo.
 */
export async function rollBack(
  steps: readonly Step[],
  touched: readonly number[],
  site: Site,
  { fd }: Handle,
): Promise<Remains> {
  const left: ModuleName[] = [];
  const kept: string[] = [];
  for (const index of touched.toReversed()) {
    const step = steps[index] as Step;
    try {
      const isThere = isOpenAs(fd, site.base);
      const outcome = isThere || step.action === 'create' ? undoStep(step, index, site) : 'undone';
      if (outcome === 'kept') kept.push(relativeToState(asidePath(site, index)));
      if (!isThere) left.push(step.module);
    } catch {
      left.push(step.module);
    }
  }
  const failure = left.length === 0 && site.isJournalled ? await settle(site, fd) : null;
  return { left, kept, failure };
}

/** Whether a path leads to the folder behind a handle. */
function isOpenAs(fd: number, path: string): boolean {
  const [open, there] = [fstatSync(fd, { bigint: true }), statSync(path, { bigint: true })];
  return open.dev === there.dev && open.ino === there.ino;
}

async function settle({ folder }: Site, fd: number): Promise<Refused | null> {
  try {
    await syncHandle(fd);
    removeJournal(folder);
    return null;
  } catch (error) {
    return directoryFailed('state', error);
  }
}

/** An interrupted transaction that is about to be undone. */
export type Recovery = ReturnType<typeof describeRecovery>;

export interface RecoveryOptions {
  /** A journal with links that break these rules is rejected. */
  readonly rules: LinkRules;
  /** Records the rollback in the audit trail. If it refuses, nothing is undone. */
  readonly recordRecovery: (recovery: Recovery) => Promise<Result<void>>;
}

/**
 * Rolls back a transaction that was interrupted or could not be undone. The caller holds the lock.
 * @param folder The proven state folder.
 * @returns Whether there was one; `io_error` if its journal is rejected or not everything could be undone; or the refusal
 *   of `recordRecovery`.
 */
export async function rollBackInterrupted(
  dir: AddonsDir,
  folder: string,
  { rules, recordRecovery }: RecoveryOptions,
): Promise<Result<'nothing' | 'rolled_back'>> {
  const read = readJournal(folder, dir, rules);
  if (!read.ok) return read;
  const journal = read.value;
  if (journal === null) return ok('nothing');
  return withHandle(dir, async (handle) => {
    const recorded = await recordRecovery(describeRecovery(journal));
    if (!recorded.ok) return recorded;
    const site: Site = {
      base: handle.base,
      folder,
      id: journal.id,
      isRecovery: true,
      isJournalled: true,
      isCrossing: false,
    };
    const remains = await rollBack(journal.steps, [...journal.steps.keys()], site, handle);
    if (remains.failure !== null) return remains.failure;
    if (remains.left.length === 0 && remains.kept.length === 0) return ok('rolled_back');
    return withRemains(
      refuse('io_error', 'An interrupted change of the addons directory had to be undone first.'),
      remains,
    );
  });
}

/** Its id, the path of the addons directory, and its changes with the texts of links before and after. */
function describeRecovery({ id, directory, steps }: Journal) {
  const changes = steps.map((step) => ({
    module: step.module,
    action: step.action,
    before: step.action === 'create' ? null : step.previous,
    after: step.action === 'remove' ? null : step.target,
  }));
  return { id, directory, changes };
}

/** Adds the result of the rollback to a failure. */
export function withRemains({ refusal }: Refused, { left, kept }: Remains): Refused {
  const { code, message, details, ...rest } = refusal;
  if (left.length > 0) {
    return refuse('io_error', `${message} Not everything could be undone: ${left.join(', ')}.`, {
      details: { left, ...(kept.length > 0 && { kept }) },
      hint: 'The next call tries again. If that fails too, ask the operator to check these entries of the addons directory.',
    });
  }
  if (kept.length > 0) {
    const said = 'Entries that another process put there during the call could not be put back.';
    return refuse(code, `${message} ${said}`, {
      ...rest,
      details: { ...details, kept },
      hint: 'Ask the operator to restore them from the state directory; details.kept lists their names.',
    });
  }
  return refused({ ...refusal, message: `${message} Nothing was changed.` });
}
