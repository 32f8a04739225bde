import { join } from 'node:path';
import { isInside, lstatOrNull } from '../../base/paths.ts';
import { ok, type Result, refused } from '../../base/refusal.ts';
import { ownUser } from '../../state/proof.ts';
import { comparisonConfig } from '../comparison-config.ts';
import type { GitFolder } from '../git-folder.ts';
import { readHead, readRef } from '../git-head.ts';
import { readOrigin } from '../origin.ts';
import { leadsAway } from './git-file-lock.ts';
import type { Obstacle, ObstacleKind } from './obstacle.ts';
import { INDEX_LOCK, type Move, readNote } from './update-note.ts';

/** A checkout that can be updated, as far as that can be told without git. */
export interface ReadyCheckout {
  readonly git: GitFolder;
  readonly branch: string;
  /** The commit that is checked out. */
  readonly commit: string;
  /** The name of its repository at the remote. */
  readonly repo: string;
  /** Where the branch was at the remote when it was fetched last; null if that is not known. */
  readonly tracked: string | null;
  /** Whether its history has an end, see git-clone(1), `--depth`. */
  readonly isShallow: boolean;
  /** An update that was interrupted. */
  readonly interrupted: Move | null;
}

/** Files that exist while something is in progress that a person has to end (gitrepository-layout(5), git-rebase(1)). */
const IN_PROGRESS = [
  ...['MERGE_HEAD', 'CHERRY_PICK_HEAD', 'REVERT_HEAD', 'BISECT_LOG'],
  ...['rebase-merge', 'rebase-apply', 'sequencer'],
];

/** The ref that says where a branch was at the remote `origin`. */
export const trackingRef = (branch: string) => `refs/remotes/origin/${branch}`;

/**
 * Looks whether a checkout can be updated: it lies in the root and belongs to the server's user, as git demands of its own;
 * it comes from the remote; its branch is the right one; and nothing works in it. Whether files were changed in it is
 * another question.
 * @param git The checkout, see {@link findGitFolder}.
 * @param place The real path of the root.
 * @param branch The branch that must be checked out.
 * @param repositoryAt The name of the repository that an address leads to; null if it is none of the remote's.
 * @param from What is at such addresses, for a message.
 */
export function readyForUpdate(
  git: GitFolder,
  place: string,
  branch: string,
  repositoryAt: (url: string) => string | null,
  from: string,
): Result<ReadyCheckout, Obstacle> {
  const { worktree, path, common } = git;
  if (path !== common || path !== join(worktree, '.git') || !isInside(worktree, place))
    return not('other_layout');
  const own = ownUser();
  if (own !== null && [worktree, path].some((folder) => lstatOrNull(folder)?.uid !== own))
    return not('other_owner');
  const origin = readOrigin(git);
  const head = readHead(git);
  const tracked = readRef(git, trackingRef(branch));
  if (origin === null || head === null || tracked === undefined || isUnusual(git, origin.settings, branch))
    return not('unusual');
  if (origin.url === null) return not('no_origin');
  const repo = repositoryAt(origin.url);
  if (repo === null) return not('other_origin', [from]);
  if (head.branch === null) return not('detached');
  if (head.branch !== branch) return not('other_branch', [head.branch]);
  if (head.commit === null) return not('no_commit');
  const begun = IN_PROGRESS.find((name) => lstatOrNull(join(path, name)) !== null);
  if (begun !== undefined) return not('in_progress', [begun]);
  const note = readNote(git);
  if (note.kind === 'of another' || note.kind === 'at work') return not('git_running', [INDEX_LOCK]);
  const interrupted = note.kind === 'left' ? { before: note.before, after: note.after } : null;
  const lock = LOCKS(branch).find((name) => lstatOrNull(join(path, name)) !== null);
  // Those of an interrupted update go with its note.
  if (lock !== undefined && interrupted === null) return not('git_running', [lock]);
  const isShallow = lstatOrNull(join(path, 'shallow')) !== null;
  return ok({ git, branch, commit: head.commit, repo, tracked, isShallow, interrupted });
}

/** The other locks that git takes for what an update changes. */
const LOCKS = (branch: string) => [
  ...['HEAD.lock', 'packed-refs.lock', 'shallow.lock'],
  ...[`refs/heads/${branch}.lock`, `${trackingRef(branch)}.lock`],
];

function isUnusual(git: GitFolder, settings: ReadonlyMap<string, string>, branch: string): boolean {
  if (leadsAway(git.common, trackingRef(branch))) return true;
  const isPartial = ['extensions.partialclone', 'remote.*.promisor', 'remote.*.partialclonefilter'];
  return comparisonConfig(git, settings) === null || isPartial.some((key) => settings.has(key));
}

function not(
  kind: ObstacleKind,
  about?: readonly string[],
): { readonly ok: false; readonly refusal: Obstacle } {
  return refused({ kind, ...(about !== undefined && { about }) });
}
