import { isOfOca, repositoryName } from '../base/repository-name.ts';
import type { Turns } from '../base/turns.ts';
import { SERIES, type Series } from '../manifest/series.ts';
import { readModules, recallModules } from './branch-modules.ts';
import { seriesOfBranch } from './branch-series.ts';
import { type HeldBranch, heldBranches } from './git-branches.ts';
import { findGitFolder, type GitFolder } from './git-folder.ts';
import type { IndexLayer, LayerIndex } from './module-index.ts';
import { type IndexedModule, makeIndex } from './oca-index.ts';
import { remoteUrl } from './remote-url.ts';

/** A repository that a root lists. */
export interface ListedRepository {
  readonly name: string;
  readonly path: string;
  readonly root: { readonly path: string; readonly family: string };
}

/** A checkout, and the branches for some series that it holds. */
interface Checkout {
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
const PATIENCE_MS = 2000;
const LIMIT_MS = 1500;
/** Units of work for looking for the branches of a repository. */
const LOOKING = 8;

/**
 * What the checkouts under an instance's roots say of modules, on any branch that they hold: their own branches, and those of
 * remotes as they were fetched last. What has been read of a commit is remembered; where reading takes too long, the rest is left to a
 * later call.
 * @param repositories As the roots list them.
 * @param turns The call's turns.
 */
export function checkoutLayer(repositories: readonly ListedRepository[], turns: Turns): IndexLayer {
  let checkouts: Promise<readonly Checkout[]> | undefined;
  const read = async (isWanted: (checkout: Checkout) => boolean) => {
    checkouts ??= readCheckouts(repositories, turns);
    return (await checkouts).filter(isWanted);
  };
  return {
    async of(series) {
      const ours = await read((checkout) => checkout.isOfOca);
      return ours.length === 0 ? null : indexOf(series, ours);
    },
    others: async (series) => indexOf(series, await read((checkout) => !checkout.isOfOca)),
  };
}

async function readCheckouts(repositories: readonly ListedRepository[], turns: Turns): Promise<Checkout[]> {
  const found = new Map<string, Checkout>();
  for (const repository of repositories.slice(0, MOST_REPOSITORIES)) {
    await turns.spend(LOOKING);
    const checkout = findCheckout(repository);
    if (checkout !== null && !found.has(checkout.git.common)) found.set(checkout.git.common, checkout);
  }
  const checkouts = [...found.values()];
  await readAll(checkouts);
  return checkouts;
}

function findCheckout(repository: ListedRepository): Checkout | null {
  const { name, path, root } = repository;
  const git = root.family === 'core' ? null : findGitFolder(path, root.path);
  // A folder in a larger checkout says nothing of where its modules are on other branches.
  if (git === null || git.worktree !== path) return null;
  const held = heldBranches(git, (branch) => seriesOf(branch) !== null);
  const branches = [...held.filter(isWhole), ...held.filter((branch) => !isWhole(branch))].slice(
    0,
    MOST_BRANCHES,
  );
  if (branches.length === 0) return null;
  const url = remoteUrl(path);
  const isCloned = url !== null && isOfOca(url);
  const repo = isCloned ? repositoryName(url) : name;
  return { repository, git, repo, isOfOca: isCloned || root.family === 'oca', branches };
}

function seriesOf(branch: string): Series | null {
  const made = seriesOfBranch(branch);
  return SERIES.find((series) => series === made) ?? null;
}

/** Whether a branch is that of a series itself, and not one on which something is being prepared. */
function isWhole({ name }: HeldBranch): boolean {
  return SERIES.some((series) => series === name);
}

/** Reads what is not remembered, until it takes too long. */
async function readAll(checkouts: readonly Checkout[]): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  const waiting = checkouts.flatMap(({ git, branches }) => {
    const commits = [...new Set(branches.map(({ commit }) => commit))];
    const unread = commits.filter((commit) => recallModules(git, commit) === undefined);
    return unread.length === 0 ? [] : [{ git, unread }];
  });
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const left = until - performance.now();
      if (left <= 0) return;
      await readModules(next.git, next.unread, Math.min(left, LIMIT_MS));
    }
  };
  await Promise.all(Array.from({ length: MOST_READ }, work));
}

/** The layers that were made, by what they are made of. */
const made = new Map<string, LayerIndex>();
const MOST_MADE = 60;

function indexOf(series: Series, checkouts: readonly Checkout[]): LayerIndex {
  const used = checkouts.map((checkout) => ({ checkout, branches: branchesFor(series, checkout) }));
  const key = JSON.stringify([
    series,
    ...used.map(({ checkout: { repository, repo }, branches }) => [repository.path, repo, branches]),
  ]);
  const before = made.get(key);
  if (before !== undefined) return before;
  const covered = new Map<string, string>();
  const modules: IndexedModule[] = [];
  for (const { checkout, branches } of used) modules.push(...modulesOf(checkout, branches, covered));
  const layer = { ...makeIndex(series, '', modules), covered };
  if (made.size >= MOST_MADE) made.clear();
  made.set(key, layer);
  return layer;
}

/** The branches for a series of which the modules are known. */
function branchesFor(series: Series, { git, branches }: Checkout): readonly HeldBranch[] {
  return branches.filter(
    ({ name, commit }) => seriesOf(name) === series && recallModules(git, commit) !== undefined,
  );
}

/** The newest branch that has a module tells of it; one of the series itself before those on which something is prepared. */
function modulesOf(
  { repository, git, repo }: Checkout,
  branches: readonly HeldBranch[],
  covered: Map<string, string>,
): IndexedModule[] {
  const read = branches.map((branch) => {
    const { day, modules } = recallModules(git, branch.commit) ?? { day: '', modules: [] };
    return { branch, day, modules };
  });
  const rank = (a: string, b: string) => Number(a > b) - Number(a < b);
  read.sort((a, b) => Number(isWhole(b.branch)) - Number(isWhole(a.branch)) || rank(b.day, a.day));
  const found = new Map<string, IndexedModule>();
  for (const { branch, day, modules } of read) {
    if (isWhole(branch) && (covered.get(repo) ?? '') < day) covered.set(repo, day);
    for (const name of modules) {
      const checkout = { path: repository.path, branch: branch.label };
      if (!found.has(name)) found.set(name, { name, repo, depends: null, asOf: day, checkout });
    }
  }
  return [...found.values()];
}
