import { setTimeout } from 'node:timers/promises';
import { isChanged } from './compare-checkout.ts';
import { findGitFolder } from './git-folder.ts';
import { readHead } from './git-head.ts';

/** Which state of a git repository a module comes from. */
export interface Provenance {
  /** The branch that is checked out; null on a detached HEAD. */
  readonly branch: string | null;
  /** The commit's full hash; null before the first commit. */
  readonly commit: string | null;
  /**
   * Whether anything in the repository's folder differs from the commit, untracked files included; null where that
   * cannot be said for sure, or not without running a program that the repository names.
   */
  readonly dirty: boolean | null;
}

/** How long an answer may take. A link is worth more than its provenance, so `dirty` of a slow repository is null. */
const PATIENCE_MS = 1500;
/** How many repositories are compared at once, however many calls wait for one. */
const MOST_COMPARED = 4;

/**
 * Reads the provenance of a repository's folder; null outside git.
 * @param ceiling A repository is not looked for above this folder, which is a root.
 */
export type ReadProvenance = (folder: string, ceiling: string) => Promise<Provenance | null>;

/**
 * Makes a reader of git provenance.
 *
 * No more than four repositories are compared at once, and calls that wait for the same one share its answer: a thousand
 * concurrent calls must not become a thousand processes. An answer is never older than the question.
 * @param patience How long git may take, in milliseconds; after that `dirty` is null.
 */
export function createProvenanceReader(patience = PATIENCE_MS): ReadProvenance {
  const awaited = new Map<string, Promise<boolean | null>>();
  const waiting: (() => void)[] = [];
  let running = 0;
  const inTurn = async (work: () => Promise<boolean | null>) => {
    if (running >= MOST_COMPARED) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    // Whoever asks in the same turn shares the answer.
    await null;
    try {
      return await work();
    } catch {
      // Without descriptors, memory or room for temporary files nobody can compare.
      return null;
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
  return async (folder, ceiling) => {
    const git = findGitFolder(folder, ceiling);
    const head = git === null ? null : readHead(git);
    if (git === null || head === null) return null;
    const key = JSON.stringify([folder, head.commit]);
    const answer =
      awaited.get(key) ??
      inTurn(() => {
        awaited.delete(key);
        return isChanged(git, head, folder, patience);
      });
    awaited.set(key, answer);
    return { ...head, dirty: await inTime(answer, patience) };
  };
}

/**
 * A reader that asks about each folder once, for one call that only reads. A call that links must not have it: there an
 * answer is never older than the question.
 */
export function askOnce(readProvenance: ReadProvenance): ReadProvenance {
  const answers = new Map<string, Promise<Provenance | null>>();
  return (folder, ceiling) => {
    const key = JSON.stringify([folder, ceiling]);
    const answer = answers.get(key) ?? readProvenance(folder, ceiling);
    answers.set(key, answer);
    return answer;
  };
}

/** Gives up waiting, while git keeps its place until it has really ended. */
async function inTime(answer: Promise<boolean | null>, patience: number): Promise<boolean | null> {
  const answered = new AbortController();
  const late = setTimeout(patience, null, { signal: answered.signal, ref: false }).catch(() => null);
  try {
    return await Promise.race([answer, late]);
  } finally {
    answered.abort();
  }
}

/**
 * The branch a repository is on, without starting git.
 * @param ceiling A repository is not looked for above this folder, which is a root.
 * @returns Null outside git and on a detached HEAD.
 */
export function branchOf(folder: string, ceiling: string): string | null {
  const git = findGitFolder(folder, ceiling);
  return git === null ? null : (readHead(git)?.branch ?? null);
}
