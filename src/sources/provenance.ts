import { dirname, join, relative } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { lstatOrNull, realpathOrNull } from '../base/paths.ts';
import { type Turns, takeTurns } from '../base/turns.ts';
import { type Changes, findChanges } from './compare-checkout.ts';
import { lookAtTree } from './folder-tree.ts';
import { findGitFolder, type GitFolder } from './git-folder.ts';
import { type Head, readHead } from './git-head.ts';
import { KeptChanges, type SeenFolder, stateOf } from './kept-changes.ts';
import { readReftableHead } from './reftable-head.ts';

/** The state of the git repository from which a module comes. */
export interface Provenance {
  /** The branch that is checked out; null on a detached HEAD. */
  readonly branch: string | null;
  /** The commit's full hash; null before the first commit. */
  readonly commit: string | null;
  /**
   * Whether the module's folder differs from the commit, including untracked files; null if that is not certain, or would
   * need a program that the repository names.
   */
  readonly dirty: boolean | null;
  /** How many milliseconds git had, if it did not answer in time; `dirty` is then null. */
  readonly timedOut?: number;
}

/** A folder in a repository, and the root that contains it, see {@link findGitFolder}. */
export interface PlacedFolder {
  readonly path: string;
  readonly root: string;
}

/** Reads the provenance of folders, in their order; null outside git. */
export type ReadProvenance = (folders: readonly PlacedFolder[]) => Promise<readonly (Provenance | null)[]>;

/** How long an answer may take: linking should not wait for `dirty`, which is null for a slow repository. */
const PATIENCE_MS = 1500;
/** How many repositories are compared at the same time. */
const MOST_COMPARED = 4;

/**
 * The folder of the checkout to which a module belongs: the module itself if it is a checkout, otherwise its parent, whose
 * nearest git folder is the module's.
 * @param path The real path of the module's folder.
 */
export function checkoutOf(path: string): string {
  return lstatOrNull(join(path, '.git')) === null ? dirname(path) : path;
}

/** How a reader asks git. */
export interface ReaderOptions {
  /** How long git may take, in milliseconds; after that `dirty` is null. */
  readonly patience?: number;
  /**
   * Whether a question also waits for its turn: git then has that time for each repository. Otherwise the time counts from
   * the question, and the last of many repositories may have none left.
   */
  readonly waits?: boolean;
  /** Whether answers are kept while nothing has changed: for a server, which is asked again. */
  readonly keeps?: boolean;
  /** Whether the folders are whole checkouts, of which every file is too much to look at. */
  readonly areCheckouts?: boolean;
}

/**
 * Creates a reader of git provenance.
 *
 * Branch and commit are read from the git folder. Whether a folder has changed is asked of git, in one process for all
 * folders of a repository that a call asks about, unless git has said it before and nothing has changed since, see
 * {@link KeptChanges}. At most four repositories are compared at the same time, and calls that wait for the same one share
 * the process, so that a thousand simultaneous calls do not start a thousand. An answer is never older than the question.
 */
export function createProvenanceReader({
  patience = PATIENCE_MS,
  waits = false,
  keeps = false,
  areCheckouts = false,
}: ReaderOptions = {}): ReadProvenance {
  const ask = createAsker(patience, keeps ? new KeptChanges() : null, areCheckouts);
  return async (folders) => {
    const turns = takeTurns();
    const checkouts = new Map<string, Checkout | null>();
    const groups = new Map<Checkout, PlacedFolder[]>();
    const placed: (Checkout | null)[] = [];
    for (const folder of folders) {
      const checkout = await findCheckout(folder, checkouts, patience);
      placed.push(checkout);
      const group = checkout === null ? undefined : groups.get(checkout);
      if (group !== undefined) group.push(folder);
      else if (checkout !== null) groups.set(checkout, [folder]);
    }
    const compared = new Map<Checkout, Comparison>();
    await Promise.all(
      [...groups].map(async ([checkout, asked]) => {
        const answer = ask(checkout, asked, turns);
        compared.set(checkout, await (waits ? answer : inTime(answer, patience)));
      }),
    );
    return placed.map((checkout, index) => {
      if (checkout === null) return null;
      const { answers, isLate } = compared.get(checkout) as Comparison;
      const dirty = answers.get((folders[index] as PlacedFolder).path) ?? null;
      return { ...checkout.head, dirty, ...(isLate && { timedOut: patience }) };
    });
  };
}

interface Checkout {
  readonly git: GitFolder;
  readonly head: Head;
  /** Whether refs that git must read say that objects are replaced: what git compares with would not be the commit. */
  readonly isReplaced: boolean;
}

/** @param known The checkouts that were found for this question, by the folder they were found from. */
async function findCheckout(
  { path, root }: PlacedFolder,
  known: Map<string, Checkout | null>,
  patience: number,
): Promise<Checkout | null> {
  // A root may be a folder in a checkout.
  const from = path === root ? path : checkoutOf(path);
  const key = `${from}\0${root}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const git = findGitFolder(from, root);
  const found = git === null ? null : await readCheckout(git, patience);
  // Several folders may belong to one repository, which is asked once.
  const same = [...known.values()].find(
    (one) => one !== null && one.git.path === found?.git.path && one.git.worktree === found.git.worktree,
  );
  known.set(key, same ?? found);
  return same ?? found;
}

async function readCheckout(git: GitFolder, patience: number): Promise<Checkout | null> {
  const head = readHead(git);
  if (head !== null) return { git, head, isReplaced: false };
  const read = await readReftableHead(git, patience);
  return read === null ? null : { git, head: read.head, isReplaced: read.replacesObjects };
}

/** Whether folders are changed, by path, and whether git was too slow to say. */
interface Comparison {
  readonly answers: ReadonlyMap<string, boolean | null>;
  readonly isLate: boolean;
}

type Ask = (checkout: Checkout, folders: readonly PlacedFolder[], turns: Turns) => Promise<Comparison>;

/** A question that git has not been asked yet; calls may add to it. */
interface Pending {
  readonly folders: Map<string, SeenFolder>;
  readonly answer: Promise<Comparison>;
}

function createAsker(patience: number, kept: KeptChanges | null, areCheckouts: boolean): Ask {
  const pending = new Map<string, Pending>();
  const running = new Map<string, Promise<Comparison>>();
  const inTurn = createQueue();
  const compare = async (
    { git, head }: Checkout,
    folders: ReadonlyMap<string, SeenFolder>,
  ): Promise<Comparison> => {
    const state = stateOf(git, head);
    const [start, startedAt] = [performance.now(), Date.now()];
    try {
      const question = {
        folders: [...folders.keys()],
        mayAskAll: kept?.wantsAll(git, state) ?? false,
        attributesOf: (path: string) => folders.get(path)?.tree?.attributes ?? null,
      };
      const changes: Changes = await findChanges(git, head, question, patience);
      kept?.keep(git, state, folders, changes, startedAt);
      const isTold = changes.answers.size > 0;
      return { answers: changes.answers, isLate: !isTold && performance.now() - start >= patience };
    } catch {
      // File descriptors, memory or space for temporary files have run out: the answer is unknown.
      return { answers: new Map(), isLate: false };
    }
  };
  return async (checkout, folders, turns) => {
    const { git, head, isReplaced } = checkout;
    const answers = new Map<string, boolean | null>();
    if (isReplaced) return { answers, isLate: false };
    const seen = new Map<string, SeenFolder>();
    const state = kept === null ? null : stateOf(git, head);
    for (const { path } of folders) {
      const one = await seeFolder(path, git, areCheckouts ? null : turns);
      const dirty = state === null ? undefined : kept?.recall(git, state, one);
      if (dirty === undefined) seen.set(path, one);
      else answers.set(path, dirty);
    }
    if (seen.size === 0) return { answers, isLate: false };
    const key = JSON.stringify([git.path, git.worktree, head.commit]);
    const shared = pending.get(key) ?? begin();
    for (const [path, one] of seen) shared.folders.set(path, one);
    const { answers: told, isLate } = await shared.answer;
    return { answers: new Map([...told, ...answers]), isLate };

    function begin(): Pending {
      const asked = new Map<string, SeenFolder>();
      const work = () => {
        pending.delete(key);
        return compare(checkout, asked);
      };
      // Those who ask while git runs share the next process.
      const answer = (running.get(key) ?? Promise.resolve()).then(() => inTurn(work));
      running.set(key, answer);
      answer.finally(() => running.get(key) === answer && running.delete(key));
      const made = { folders: asked, answer };
      pending.set(key, made);
      return made;
    }
  };
}

/** @param turns Null if the folder's files need not be looked at. */
async function seeFolder(path: string, git: GitFolder, turns: Turns | null): Promise<SeenFolder> {
  const seenAt = Date.now();
  const real = realpathOrNull(path) ?? path;
  const tree = turns === null ? null : await lookAtTree(real, git.worktree, turns);
  return { inside: relative(git.worktree, real), tree, seenAt };
}

/** Runs at most {@link MOST_COMPARED} pieces of work at the same time, in the order in which they come. */
function createQueue(): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= MOST_COMPARED) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    // Calls in the same turn of the event loop share the work.
    await new Promise(setImmediate);
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}

/**
 * A reader that reads each folder only once: for all modules of one question, or for a whole call that changes nothing.
 * A call that links asks anew for each question: an answer must not be older than its question.
 */
export function askOnce(readProvenance: ReadProvenance): ReadProvenance {
  const answers = new Map<string, Promise<Provenance | null>>();
  const keyOf = ({ path, root }: PlacedFolder) => JSON.stringify([path, root]);
  return (folders) => {
    const asked = new Map(folders.map((folder) => [keyOf(folder), folder]));
    const unknown = [...asked].filter(([key]) => !answers.has(key));
    const read = unknown.length === 0 ? null : readProvenance(unknown.map(([, folder]) => folder));
    for (const [index, [key]] of unknown.entries()) {
      answers.set(
        key,
        (read as NonNullable<typeof read>).then((found) => found[index] ?? null),
      );
    }
    return Promise.all(folders.map((folder) => answers.get(keyOf(folder)) as Promise<Provenance | null>));
  };
}

/** Stops waiting after a time; git still counts as running until it has ended. */
async function inTime(answer: Promise<Comparison>, patience: number): Promise<Comparison> {
  const answered = new AbortController();
  const none: Comparison = { answers: new Map(), isLate: true };
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
