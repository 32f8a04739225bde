import { join } from 'node:path';
import type { Root } from '../../addons/roots.ts';
import { type Refused, type Result, refuse } from '../../base/refusal.ts';
import { LAYOUT, nameForPath } from '../../state/layout.ts';
import { whileLocked } from '../../state/while-locked.ts';
import type { ServiceContext } from '../context.ts';

/** How long another call that changes checkouts in the same root is waited for, in milliseconds. */
const WAIT_MS = 10_000;

/**
 * Runs work while no other call or process clones into roots or updates what is in them, see {@link whileLocked}.
 * @param done What the work does with repositories: a participle, for messages.
 */
export async function whileRootsLocked<T>(
  roots: ReadonlySet<Root>,
  done: 'cloned' | 'updated',
  { stateDir, signal }: ServiceContext,
  work: () => Promise<Result<T>>,
): Promise<Result<T>> {
  // In one order, so that two calls do not wait for each other.
  const paths = [...new Set([...roots].map(({ path }) => path))].sort();
  const gaveUp = () => (signal?.aborted === true ? nothingDone(done) : busy());
  const lockFrom = (at: number): Promise<Result<T>> => {
    const path = paths[at];
    if (path === undefined) return work();
    const folder = join(stateDir, LAYOUT.roots, nameForPath(path));
    return whileLocked({ stateDir, folder, signal, waitMs: WAIT_MS, gaveUp }, () => lockFrom(at + 1));
  };
  return lockFrom(0);
}

/** The call was cancelled before anything was cloned or updated. */
export function nothingDone(done: 'cloned' | 'updated'): Refused {
  return refuse('cancelled', `The call was cancelled: nothing was ${done}.`);
}

function busy(): Refused {
  return refuse('busy', 'Another call or process is changing checkouts in the same root.', {
    hint: 'Try again in a few seconds.',
    retry_after_ms: 5000,
  });
}
