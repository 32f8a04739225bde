import { errnoOf } from './errno.ts';
import { type Refusal, type Result, refuse, refused } from './refusal.ts';

/**
 * Thrown to end the work of a call from deep inside it, when the call was cancelled or the system lacks resources: code
 * that reads one of ten thousand folders has no sensible result then. {@link orRefusal} turns it into a refusal.
 */
export class Interruption extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

/** The errnos of a temporary shortage of a resource. They say nothing about the file being opened. */
const SHORTAGES: Readonly<Record<string, string>> = {
  EMFILE: 'file descriptors',
  ENFILE: 'file descriptors',
  ENOMEM: 'memory',
  ENOBUFS: 'memory',
  EAGAIN: 'processes or memory',
};

/**
 * Ends the work of a call if a file-system error means a shortage of resources; does nothing for other errors. A folder
 * that could not be opened for lack of file descriptors is not empty, and a manifest not missing.
 * @throws Interruption, which refuses the call with `io_error`.
 */
export function stopAtShortage(error: unknown): void {
  const errno = errnoOf(error);
  const what = errno === undefined ? undefined : SHORTAGES[errno];
  if (what === undefined) return;
  const { refusal } = refuse('io_error', `The server has run out of ${what}; nothing was changed.`, {
    details: { errno },
    hint: 'Call again in a moment. If this happens again, ask the operator to check the limits of the server (ulimit -a).',
  });
  throw new Interruption(refusal);
}

/** The result of work, or the refusal it was interrupted with. */
export async function orRefusal<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Interruption) return refused(error.refusal);
    throw error;
  }
}
