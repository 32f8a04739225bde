import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { lstatOrNull } from '../base/paths.ts';
import { isChanged } from './compare-checkout.ts';
import { findGitFolder } from './git-folder.ts';
import { type Head, readHead } from './git-head.ts';

/** The state of the git repository from which a module comes. */
export interface Provenance {
  /** The branch that is checked out; null on a detached HEAD. */
  readonly branch: string | null;
  /** The commit's full hash; null before the first commit. */
  readonly commit: string | null;
  /**
   * Whether the repository's folder differs from the commit, including untracked files; null if that is not certain, or
   * would need a program that the repository names.
   */
  readonly dirty: boolean | null;
  /** How many milliseconds git had, if it did not answer in time; `dirty` is then null. */
  readonly timedOut?: number;
}

/** Whether a folder is changed, and whether git was too slow to say. */
interface Comparison {
  readonly dirty: boolean | null;
  readonly isLate: boolean;
}

/** How long an answer may take: linking should not wait for `dirty`, which is null for a slow repository. */
const PATIENCE_MS = 1500;
/** How many repositories are compared at the same time. */
const MOST_COMPARED = 4;

/**
 * Reads the provenance of a folder in a repository; null outside git.
 * @param root The root that contains the folder, see {@link findGitFolder}.
 */
export type ReadProvenance = (folder: string, root: string) => Promise<Provenance | null>;

/**
 * The folder at which git is asked about a module: the module itself if it is a checkout, otherwise its parent. A module
 * belongs to the nearest git folder, and modules beside one another share an answer.
 * @param path The real path of the module's folder.
 */
export function checkoutOf(path: string): string {
  return lstatOrNull(join(path, '.git')) === null ? dirname(path) : path;
}

/**
 * Creates a reader of git provenance.
 *
 * At most four repositories are compared at the same time, and calls that wait for the same one share the answer, so that
 * a thousand simultaneous calls do not start a thousand processes. An answer is never older than the question.
 * @param patience How long git may take, in milliseconds; after that `dirty` is null.
 * @param waits Whether a question also waits for its turn: git then has that time for each repository. Otherwise the time
 *   counts from the question, and the last of many repositories may have none left.
 */
export function createProvenanceReader(patience = PATIENCE_MS, waits = false): ReadProvenance {
  const awaited = new Map<string, Promise<Comparison>>();
  const waiting: (() => void)[] = [];
  let running = 0;
  const inTurn = async (work: () => Promise<boolean | null>): Promise<Comparison> => {
    if (running >= MOST_COMPARED) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    // Calls in the same turn of the event loop share the answer.
    await null;
    const start = performance.now();
    try {
      const dirty = await work();
      return { dirty, isLate: dirty === null && performance.now() - start >= patience };
    } catch {
      // File descriptors, memory or space for temporary files have run out: the answer is unknown.
      return { dirty: null, isLate: false };
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
  return async (folder, root) => {
    const git = findGitFolder(folder, root);
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
    const { dirty, isLate } = await (waits ? answer : inTime(answer, patience));
    return { ...head, dirty, ...(isLate && { timedOut: patience }) };
  };
}

/**
 * A reader that reads each folder only once: for all modules of one question, or for a whole call that changes nothing.
 * A call that links asks anew for each question: an answer must not be older than its question.
 */
export function askOnce(readProvenance: ReadProvenance): ReadProvenance {
  const answers = new Map<string, Promise<Provenance | null>>();
  return (folder, root) => {
    const key = JSON.stringify([folder, root]);
    const answer = answers.get(key) ?? readProvenance(folder, root);
    answers.set(key, answer);
    return answer;
  };
}

/** Stops waiting after a time; git still counts as running until it has ended. */
async function inTime(answer: Promise<Comparison>, patience: number): Promise<Comparison> {
  const answered = new AbortController();
  const none: Comparison = { dirty: null, isLate: true };
  const late = setTimeout(patience, none, { signal: answered.signal, ref: false }).catch(() => none);
  try {
    return await Promise.race([answer, late]);
  } finally {
    answered.abort();
  }
}

/**
 * The branch that is checked out in a repository, without starting git.
 * @param root The root that contains the folder, see {@link findGitFolder}.
 * @returns Null outside git and on a detached HEAD.
 */
export function branchOf(folder: string, root: string): string | null {
  return headOf(folder, root)?.branch ?? null;
}

/** The branch and the commit that are checked out in a repository, like {@link branchOf}. */
export function headOf(folder: string, root: string): Head | null {
  const git = findGitFolder(folder, root);
  return git === null ? null : readHead(git);
}
