/** The checkouts under roots, and the branches that they hold. */
import { join } from 'node:path';
import { isOfOca, repositoryName } from '../base/repository-name.ts';
import { sideBySide } from '../base/side-by-side.ts';
import { isSettledBy, stampOf } from '../base/stamp.ts';
import type { Turns } from '../base/turns.ts';
import { SERIES, type Series } from '../manifest/series.ts';
import { isUnread, readModules } from './branch-modules.ts';
import { seriesOfBranch } from './branch-series.ts';
import { type HeldBranch, heldBranches } from './git-branches.ts';
import { findGitFolder, type GitFolder } from './git-folder.ts';
import { remoteUrl } from './remote-url.ts';

/** A repository that a root lists. */
export interface ListedRepository {
  readonly name: string;
  readonly path: string;
  readonly root: { readonly path: string; readonly family: string };
}

/** A checkout, and the branches for some series that it holds. The same object as long as it holds the same. */
export interface HeldCheckout {
  readonly repository: ListedRepository;
  readonly git: GitFolder;
  /** Its name in the OCA, if it was cloned from there; else that of its folder. */
  readonly repo: string;
  readonly isOfOca: boolean;
  readonly branches: readonly HeldBranch[];
}

/** How many repositories are looked at, and branches of each. */
const MOST_REPOSITORIES = 500;
const MOST_BRANCHES = 40;
/** How many of them are read at the same time, and how long for one call and for one repository, in milliseconds. */
const MOST_READ = 4;
const PATIENCE_MS = 5000;
const LIMIT_MS = 4000;
/** Units of work for looking for the branches of a repository. */
const LOOKING = 8;

/** Finds checkouts, and reads which modules their branches have, as far as that is not remembered and does not take too long. */
export async function readCheckouts(
  repositories: readonly ListedRepository[],
  turns: Turns,
): Promise<readonly HeldCheckout[]> {
  const found = new Map<string, HeldCheckout>();
  for (const repository of repositories.slice(0, MOST_REPOSITORIES)) {
    await turns.spend(LOOKING);
    const checkout = findCheckout(repository);
    if (checkout !== null && !found.has(checkout.git.common)) found.set(checkout.git.common, checkout);
  }
  const checkouts = [...found.values()];
  await readAll(checkouts);
  return checkouts;
}

interface Remembered {
  /** The state of what it was read from; null if that may have changed in the same tick of the clock. */
  readonly key: string | null;
  readonly from: readonly string[];
  readonly checkout: HeldCheckout | null;
}

/** By the path of the repository and the family of its root. */
const remembered = new Map<string, Remembered>();
const MOST_REMEMBERED = 2000;

function findCheckout(repository: ListedRepository): HeldCheckout | null {
  const { path, root } = repository;
  const git = root.family === 'core' ? null : findGitFolder(path, root.path);
  // A folder in a larger checkout says nothing of where its modules are on other branches.
  if (git === null || git.worktree !== path) return null;
  const place = `${path}\0${root.family}\0${git.common}`;
  const before = remembered.get(place);
  if (before !== undefined && before.key === stateOf(git, before.from).key) return before.checkout;
  const readAt = Date.now();
  const { branches: held, from } = heldBranches(git, (branch) => seriesOf(branch) !== null);
  const files = ['config', ...from];
  const state = stateOf(git, files);
  const now = describeCheckout(repository, git, held);
  const checkout = before !== undefined && isSame(before.checkout, now) ? before.checkout : now;
  remembered.delete(place);
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  const key = isSettledBy(state, readAt) ? state.key : null;
  remembered.set(place, { key, from: files, checkout });
  return checkout;
}

function isSame(one: HeldCheckout | null, other: HeldCheckout | null): boolean {
  const told = (checkout: HeldCheckout | null) =>
    JSON.stringify(checkout && [checkout.git, checkout.repo, checkout.isOfOca, checkout.branches]);
  return told(one) === told(other);
}

function describeCheckout(
  repository: ListedRepository,
  git: GitFolder,
  held: readonly HeldBranch[],
): HeldCheckout | null {
  const { name, path, root } = repository;
  const sorted = [...held.filter(isWhole), ...held.filter((branch) => !isWhole(branch))];
  const branches = sorted.slice(0, MOST_BRANCHES);
  if (branches.length === 0) return null;
  const url = remoteUrl(path);
  const isCloned = url !== null && isOfOca(url);
  const repo = isCloned ? repositoryName(url) : name;
  return { repository, git, repo, isOfOca: isCloned || root.family === 'oca', branches };
}

/** The state of files in a git folder, as one. */
function stateOf({ common }: GitFolder, files: readonly string[]) {
  const stamps = files.map((file) => stampOf(join(common, file)));
  return {
    key: stamps.map((stamp) => stamp?.key ?? '-').join(' '),
    changedAt: Math.max(...stamps.map((stamp) => stamp?.changedAt ?? 0)),
  };
}

/** The series that a branch is for; null for one that no Odoo of today has. */
export function seriesOf(branch: string): Series | null {
  const made = seriesOfBranch(branch);
  return SERIES.find((series) => series === made) ?? null;
}

/** Whether a branch is that of a series itself, and not one on which something is being prepared. */
export function isWhole({ name }: HeldBranch): boolean {
  return SERIES.some((series) => series === name);
}

/** Reads what is not remembered, until it takes too long. */
async function readAll(checkouts: readonly HeldCheckout[]): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  const waiting = checkouts.flatMap(({ git, branches }) => {
    const commits = [...new Set(branches.map(({ commit }) => commit))];
    const unread = commits.filter((commit) => isUnread(git, commit));
    return unread.length === 0 ? [] : [{ git, unread }];
  });
  await sideBySide(waiting, MOST_READ, async ({ git, unread }) => {
    const left = until - performance.now();
    if (left > 0) await readModules(git, unread, Math.min(left, LIMIT_MS));
  });
}
