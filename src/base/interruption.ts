import { errnoOf } from './errno.ts';
import type { Refusal, Result } from './refusal.ts';
import { refuse } from './refusal.ts';

/**
 * Ends work from deep inside it: whoever looks at the ten-thousandth folder can say nothing sensible of it when the call
 * was cancelled, or when the system has nothing left to open it with. {@link orRefusal} makes a refusal of it.
 */
export class Interruption extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

/** What the system ran out of, for a while: it says nothing about the file somebody wanted. */
const SHORTAGES: Readonly<Record<string, string>> = {
  EMFILE: 'file descriptors',
  ENFILE: 'file descriptors',
  ENOMEM: 'memory',
  ENOBUFS: 'memory',
  EAGAIN: 'processes or memory',
};

/**
 * Passes on an error of the file system that is about a file, and stops the work for one that is about the system: a
 * folder that could not be opened for want of descriptors is not empty, and a manifest not missing.
 * @throws Interruption, which refuses the call with `io_error`.
 */
export function stopAtShortage(error: unknown): void {
  const errno = errnoOf(error);
  const what = errno === undefined ? undefined : SHORTAGES[errno];
  if (what === undefined) return;
  const { refusal } = refuse('io_error', `The server has run out of ${what}; nothing was changed.`, {
    details: { errno },
    hint: 'Call again in a moment. If it stays so, ask the operator to look at the limits of the server (ulimit -a).',
  });
  throw new Interruption(refusal);
}

/** The result of work, or the refusal it was interrupted with. */
export async function orRefusal<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Interruption) return { ok: false, refusal: error.refusal };
    throw error;
  }
}
