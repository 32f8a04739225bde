import { type Result, refuse } from '../base/refusal.ts';
import { stateFailed } from '../state/failures.ts';
import { makeStateFolder } from '../state/folder.ts';
import { type Lock, takeLock } from '../state/lock.ts';
import { type AppenderOptions, createAppender } from './appender.ts';
import { MAX_LINE_BYTES, type Unplaced } from './chain.ts';
import { lockFolder } from './files.ts';

/** What must be ensured for a line: it is on the disk; it is written; or, if that fails, it is written before the next line. */
export type Care = 'on disk' | 'written' | 'sooner or later';

/** Writes the lines of one process. Lines that wait at the same time share one lock, one write and one fsync. */
export interface Writer {
  /** @returns Nothing, or `io_error` or `busy`. */
  write(line: Unplaced, care: Care): Promise<Result<void>>;
  /** Runs work under the trail's lock. */
  locked<T>(work: (lock: Lock) => Promise<Result<T>>): Promise<Result<T>>;
  /** Waits until all lines are on the disk, as far as possible. */
  close(): Promise<void>;
}

export interface WriterOptions extends AppenderOptions {
  /** How long to wait for other processes, in milliseconds. */
  readonly waitMs: number;
}

interface Waiting {
  readonly line: Unplaced;
  readonly care: Care;
  resolve(result: Result<void>): void;
  reject(bug: unknown): void;
}

/** Space for what is added to a line: its place in the chain and, if it is torn, the seal after it. */
const SPARE_BYTES = 1024;

export function createWriter(stateDir: string, options: WriterOptions): Writer {
  const appender = createAppender(stateDir, options);
  const locked: Writer['locked'] = (work) => withLock(stateDir, options.waitMs, work);
  const waiting: Waiting[] = [];
  /** Lines that could not be written yet. */
  let owed: Unplaced[] = [];
  let draining: Promise<void> | null = null;

  const append = async (lines: readonly Waiting[]): Promise<Result<void>> => {
    const texts = [...owed, ...lines.map(({ line }) => line)];
    const written = await locked((lock) => appender.append(texts, lock));
    if (written.ok) owed = [];
    else owed.push(...lines.filter(({ care }) => care === 'sooner or later').map(({ line }) => line));
    return written;
  };
  const drain = async () => {
    while (waiting.length > 0) {
      const batch = waiting.splice(0);
      try {
        const written = await append(batch);
        const isUrgent = written.ok && batch.some(({ care }) => care === 'on disk');
        const synced = isUrgent ? await stateOrRefusal(() => appender.sync()) : written;
        for (const { care, resolve } of batch) resolve(care === 'on disk' ? synced : written);
      } catch (bug) {
        for (const { reject } of batch) reject(bug);
      }
    }
    draining = null;
  };
  return {
    locked,
    write(line, care) {
      if (Buffer.byteLength(line) > MAX_LINE_BYTES - SPARE_BYTES) return Promise.resolve(tooLong());
      return new Promise((resolve, reject) => {
        waiting.push({ line, care, resolve, reject });
        draining ??= drain();
      });
    },
    async close() {
      await draining;
      if (owed.length > 0) await append([]);
      await stateOrRefusal(() => appender.sync());
      appender.close();
    },
  };
}

function withLock<T>(
  stateDir: string,
  waitMs: number,
  work: (lock: Lock) => Promise<Result<T>>,
): Promise<Result<T>> {
  const folder = lockFolder(stateDir);
  return stateOrRefusal(async () => {
    const made = await makeStateFolder(stateDir, folder);
    if (!made.ok) return made;
    const lock = await takeLock(folder, { until: performance.now() + waitMs });
    if (lock === null) {
      return refuse('busy', 'Other processes kept the lock of the audit trail.', { retry_after_ms: 1000 });
    }
    try {
      return await work(lock);
    } finally {
      lock.release();
    }
  });
}

/** Runs work and turns a system error into a refusal. */
export async function stateOrRefusal<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await work();
  } catch (error) {
    return stateFailed(error);
  }
}

function tooLong(): Result<void> {
  return refuse('io_error', 'The line would be too long for the audit trail.');
}
