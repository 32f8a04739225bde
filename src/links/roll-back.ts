import type { ModuleName } from '../addons/module-name.ts';
import { ok, type Refused, type Result, refuse } from '../base/refusal.ts';
import { directoryFailed } from '../state/failures.ts';
import { syncHandle } from '../state/folder.ts';
import type { AddonsDir } from './addons-dir.ts';
import { type Handle, withHandle } from './handle.ts';
import { type Journal, type LinkRules, readJournal, removeJournal, type Step } from './journal.ts';
import { asidePath, type Site } from './site.ts';
import { relativeToState } from './state-folder.ts';
import { undoStep } from './take-step.ts';

/** What is not as it was after a transaction was taken back. */
export interface Remains {
  /** Modules whose step could not be undone. */
  readonly left: readonly ModuleName[];
  /**
   * Entries of others that were swapped in at the moment a link was removed, and whose name was taken again before they
   * could be put back, or whose process was killed before: files of the state directory.
   */
  readonly kept: readonly string[];
  /** Why the journal could not be removed. It stays too when something is left, so that the next call tries again. */
  readonly failure: Refused | null;
}

/**
 * Takes back steps, newest first, and settles that by removing the journal.
 * @param touched The indices of the steps to take back.
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
      if (undoStep(step, index, site) === 'kept') kept.push(relativeToState(asidePath(site, index)));
    } catch {
      left.push(step.module);
    }
  }
  const failure = left.length === 0 && site.isJournalled ? await settle(site, fd) : null;
  return { left, kept, failure };
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

/** A change that was interrupted, and is about to be undone. */
export interface Recovery {
  /** Of the transaction. */
  readonly id: string;
  /** The addons directory. */
  readonly directory: string;
  /** What the transaction was to do, with the texts of links. */
  readonly changes: readonly {
    readonly module: ModuleName;
    readonly action: Step['action'];
    readonly before: string | null;
    readonly after: string | null;
  }[];
}

export interface RecoveryOptions {
  /** A journal that goes beyond them is not believed. */
  readonly rules: LinkRules;
  /** Writes down what is about to be undone. When it refuses, nothing is. */
  readonly recordRecovery: (recovery: Recovery) => Promise<Result<void>>;
}

/**
 * Rolls back the transaction an earlier process, or an earlier failure, left in an addons directory. To be called by
 * the holder of its lock, with the folder proven.
 * @returns Whether there was one; `io_error` when its journal cannot be believed or not everything can be undone; or the
 *   refusal of whoever writes it down.
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
      refuse('io_error', 'An interrupted change of the addons directory had to be taken back first.'),
      remains,
    );
  });
}

function describeRecovery({ id, directory, steps }: Journal): Recovery {
  const changes = steps.map((step) => ({
    module: step.module,
    action: step.action,
    before: step.action === 'create' ? null : step.previous,
    after: step.action === 'remove' ? null : step.target,
  }));
  return { id, directory, changes };
}

/** Adds to a failure what became of the steps that were taken before it. */
export function withRemains({ refusal }: Refused, { left, kept }: Remains): Refused {
  const { code, message, details, ...rest } = refusal;
  if (left.length > 0) {
    return refuse('io_error', `${message} Not everything could be undone: ${left.join(', ')}.`, {
      details: { left, ...(kept.length > 0 && { kept }) },
      hint: 'The next call tries again. If that fails too, ask the operator to look at these entries of the addons directory.',
    });
  }
  if (kept.length > 0) {
    const said = 'Entries that were swapped in meanwhile were not put back.';
    return refuse(code, `${message} ${said}`, {
      ...rest,
      details: { ...details, kept },
      hint: 'Ask the operator: the entries are kept in the state directory, under the names in details.kept.',
    });
  }
  return { ok: false, refusal: { ...refusal, message: `${message} Nothing was changed.` } };
}
