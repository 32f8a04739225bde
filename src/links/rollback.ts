import type { ModuleName } from '../addons/module-name.ts';
import { ok, type Refused, type Result, refuse } from '../refusal.ts';
import { directoryFailed } from '../state/failures.ts';
import { syncHandle } from '../state/folder.ts';
import type { AddonsDir } from './addons-dir.ts';
import { type Handle, withHandle } from './handle.ts';
import { readJournal, removeJournal, type Step } from './journal.ts';
import { asidePath, type Site } from './site.ts';
import { relativeToState } from './state-folder.ts';
import { undoStep } from './steps.ts';

/** What is not as it was after a transaction was taken back. */
export interface Remains {
  /** Modules whose step could not be undone. */
  readonly left: readonly ModuleName[];
  /**
   * Entries of others that were swapped in at the moment a link was removed, and whose name was taken again before they
   * could be put back: files of the state directory.
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

/**
 * Rolls back the transaction an earlier process, or an earlier failure, left in an addons directory. To be called by
 * the holder of its lock.
 * @returns Whether there was one, or `io_error` when its journal makes no sense or not everything can be undone.
 */
export async function rollBackInterrupted(
  dir: AddonsDir,
  folder: string,
): Promise<Result<'nothing' | 'rolled_back'>> {
  const read = readJournal(folder, dir);
  if (!read.ok) return read;
  const journal = read.value;
  if (journal === null) return ok('nothing');
  return withHandle(dir, async (handle) => {
    const site = { base: handle.base, folder, id: journal.id, isJournalled: true, isCrossing: false };
    const remains = await rollBack(journal.steps, [...journal.steps.keys()], site, handle);
    if (remains.failure !== null) return remains.failure;
    if (remains.left.length === 0 && remains.kept.length === 0) return ok('rolled_back');
    return withRemains(
      refuse('io_error', 'An interrupted change of the addons directory had to be taken back first.'),
      remains,
    );
  });
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
    const said = 'Entries that were swapped in meanwhile could not be put back, since their names are taken.';
    return refuse(code, `${message} ${said}`, {
      ...rest,
      details: { ...details, kept },
      hint: 'Ask the operator: the entries are kept in the state directory, under the names in details.kept.',
    });
  }
  return { ok: false, refusal: { ...refusal, message: `${message} Nothing was changed.` } };
}
