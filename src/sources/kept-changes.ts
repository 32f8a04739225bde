import { join } from 'node:path';
import { isOnLocalFileSystem } from '../base/local-file-system.ts';
import { isSettledBy, lstatExactly, type Stamp, stampFrom } from '../base/stamp.ts';
import { type Changes, isInOrAround } from './compare-checkout.ts';
import type { TreeState } from './folder-tree.ts';
import type { GitFolder } from './git-folder.ts';
import type { Head } from './git-head.ts';

/** A folder that is asked about, as it was right before git was asked. */
export interface SeenFolder {
  /** Relative to the top of the work tree. */
  readonly inside: string;
  /** Null if it cannot be told whether it changes. */
  readonly tree: TreeState | null;
  /** When it was looked at, in milliseconds since 1970. */
  readonly seenAt: number;
}

/** Git's answers about one state of a repository. */
interface KeptRepository {
  /** The state, see {@link stateOf}. */
  readonly state: string;
  /** The folders git was asked about, with their states. */
  readonly folders: Map<string, KeptAnswer>;
  /** What git said of the whole repository; null if it was not asked. */
  all: KeptWhole | null;
}

interface KeptAnswer {
  /** The state of the folder. */
  readonly key: string;
  readonly dirty: boolean | null;
}

interface KeptWhole extends NonNullable<Changes['all']> {
  /** When git began, in milliseconds since 1970, and how far the clock was from one that is never set. */
  readonly startedAt: number;
  readonly drift: number;
}

/** More than any server has. */
const MOST_REPOSITORIES = 2000;
const MOST_FOLDERS = 20_000;
/** By how many milliseconds the clock may be set back: less than a change must be old. */
const MOST_DRIFT_MS = 1000;

/**
 * Git's answers, kept as long as nothing they depend on has changed: HEAD, the index, the configuration and rules of the
 * repository, and everything in the folder. That is looked at for each question, so an answer is never older than its
 * question.
 */
export class KeptChanges {
  readonly #repositories = new Map<string, KeptRepository>();
  #folders = 0;

  /**
   * Whether git should be asked about the whole repository: that was not done in this state, and the answer could be kept
   * for folders that nobody has asked about yet.
   */
  wantsAll(git: GitFolder, state: Stamp): boolean {
    return this.#of(git, state)?.all == null && isOnLocalFileSystem(git.worktree);
  }

  /** @returns Whether the folder differs from the commit, or null as in {@link Changes}; undefined if git must be asked. */
  recall(git: GitFolder, state: Stamp, { inside, tree }: SeenFolder): boolean | null | undefined {
    const known = tree === null ? undefined : this.#of(git, state);
    if (tree === null || known === undefined) return undefined;
    const own = known.folders.get(inside);
    if (own?.key === tree.key) return own.dirty;
    if (known.all === null || !isCoveredBy(known.all, tree)) return undefined;
    const dirty = known.all.paths.some((path) => isInOrAround(path, inside));
    this.#add(known, inside, { key: tree.key, dirty });
    return dirty;
  }

  /**
   * Keeps answers, as far as what they are about had not changed for a while.
   * @param state The state of the repository before git was asked.
   * @param startedAt When git was asked, in milliseconds since 1970.
   */
  keep(
    git: GitFolder,
    state: Stamp,
    seen: Iterable<[string, SeenFolder]>,
    { answers, all }: Changes,
    startedAt: number,
  ): void {
    if (!isSettledBy(state, startedAt)) return;
    const known = this.#of(git, state) ?? { state: state.key, folders: new Map(), all: null };
    this.#replace(keyOf(git), known);
    if (all !== null) known.all = { ...all, startedAt, drift: driftOf() };
    for (const [path, { inside, tree, seenAt }] of seen) {
      const dirty = answers.get(path);
      if (dirty === undefined || tree === null || !isSettledBy(tree, seenAt)) continue;
      this.#add(known, inside, { key: tree.key, dirty });
    }
  }

  #of(git: GitFolder, { key }: Stamp): KeptRepository | undefined {
    const known = this.#repositories.get(keyOf(git));
    return known?.state === key ? known : undefined;
  }

  #replace(key: string, repository: KeptRepository): void {
    const before = this.#repositories.get(key);
    if (before === repository) return;
    if (before === undefined && this.#repositories.size >= MOST_REPOSITORIES) this.#forget();
    this.#folders -= before?.folders.size ?? 0;
    this.#repositories.set(key, repository);
  }

  #add({ folders }: KeptRepository, inside: string, answer: KeptAnswer): void {
    if (!folders.has(inside) && ++this.#folders > MOST_FOLDERS) this.#forget();
    folders.set(inside, answer);
  }

  #forget(): void {
    this.#repositories.clear();
    this.#folders = 0;
  }
}

/**
 * Whether git has seen a folder as it is now when it was asked about the whole repository: then nothing in it has changed
 * since, and git goes by no rules in it that it did not know. Only where the clock of the file system is this one's.
 */
function isCoveredBy({ startedAt, drift, attributes }: KeptWhole, tree: TreeState): boolean {
  const changedAt = Math.max(tree.changedAt, tree.changedAbove);
  if (!isSettledBy({ changedAt }, startedAt) || driftOf() < drift - MOST_DRIFT_MS) return false;
  return tree.attributes.every((path) => attributes.includes(path));
}

/** How far the clock is from one that nobody sets. */
function driftOf(): number {
  return Date.now() - performance.now();
}

function keyOf({ path, worktree }: GitFolder): string {
  return `${path}\0${worktree}`;
}

/**
 * The state of what a comparison reads of a repository, besides its objects, which never change.
 * @param git The git folder.
 */
export function stateOf({ path, common }: GitFolder, { commit }: Head): Stamp {
  let key = `${commit}`;
  let changedAt = 0;
  const files = [
    ...OWN_FILES.map((name) => join(path, name)),
    ...COMMON_FILES.map((name) => join(common, name)),
  ];
  for (const file of files) {
    const stats = lstatExactly(file);
    const stamp = stats === null ? null : stampFrom(stats);
    key += ` ${stamp?.key ?? '-'}`;
    changedAt = Math.max(changedAt, stamp?.changedAt ?? 0);
  }
  return { key, changedAt };
}
const OWN_FILES = ['index', 'config.worktree', 'info/sparse-checkout'];
const COMMON_FILES = ['config', 'info/exclude', 'info/attributes', 'packed-refs', 'refs/replace'];
