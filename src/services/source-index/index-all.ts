import { Interruption } from '../../base/interruption.ts';
import { type Result, refused } from '../../base/refusal.ts';
import { sideBySide } from '../../base/side-by-side.ts';
import { SERIES, type Series } from '../../manifest/series.ts';
import { readFetched, sourcesFolder } from '../../sources/fetched-index.ts';
import { readOcaIndex } from '../../sources/oca-index.ts';
import { keepOnly } from '../../sources/remote/partial-repository.ts';
import type { RemoteFault, RemoteFaultKind } from '../../sources/remote/remote-fault.ts';
import type { RepositoryList } from '../../sources/repository-list.ts';
import type { IndexedSeries, SourceIndexReport } from './index-report.ts';
import { type IndexWork, indexRepository, keepBranch, NO_BRANCH } from './index-repository.ts';
import { LISTING, learnRepositories } from './learn-repositories.ts';
import { Tally } from './tally.ts';

/** How many repositories are fetched at the same time. */
const MOST_FETCHED = 8;
/** How remotes answer for a repository that is gone, or has another name now. */
const GONE: ReadonlySet<RemoteFaultKind> = new Set(['not_found', 'unauthorised', 'redirected']);
/** Why the list may be missing without a word: a mirror need not have it. */
const QUIET: ReadonlySet<RemoteFaultKind> = new Set(['not_found', 'cancelled']);
/** What the OCA lists and has branches of a series, but no modules of the OCA: Odoo itself, and the list. */
const NOT_ADDONS: ReadonlySet<string> = new Set(['OCB', LISTING]);

/**
 * Brings the index of some series up to date.
 * @param repos Only these repositories; all that are known if empty.
 */
export async function indexAll(
  series: readonly Series[],
  repos: readonly string[],
  work: IndexWork,
): Promise<SourceIndexReport> {
  const began = performance.now();
  const listed = repos.length > 0 ? null : await orCancelled(() => learnRepositories(work), work);
  const list = listed?.ok === true ? listed.value : null;
  const wanted = await repositoriesFor(series, repos, list, work.stateDir);
  const tally = new Tally(work.remote);
  if (listed?.ok === false && !QUIET.has(listed.refusal.kind)) tally.addListing(LISTING, listed.refusal);
  const isCancelled = () => work.signal?.aborted === true;
  const lookAt = async ([repo, of]: readonly [string, readonly Series[]]) => {
    if (isCancelled() || tally.isHopeless) return;
    const result = await orCancelled(() => indexRepository(repo, of, work), work);
    if (result.ok) tally.add(repo, result.value);
    // At a terminal git gets the interrupt, too, and may end first.
    else if (result.refusal.kind === 'cancelled' || isCancelled()) return;
    else if (repos.length === 0 && isGone(repo, result.refusal.kind, list)) {
      if (list !== null) forget(repo, of, work.stateDir);
      tally.addAbsent(repo);
    } else tally.addFault(repo, result.refusal);
    work.onProgress?.(tally.done, wanted.size, tally.describe(repo, wanted.size));
  };
  await sideBySide([...wanted], MOST_FETCHED, lookAt);
  const left = wanted.size - tally.done;
  if (left === 0) clear(work.stateDir);
  return {
    status: 'ok',
    ended_early: left === 0 ? null : isCancelled() ? 'cancelled' : 'gave_up',
    left,
    series: series.map((one) => countSeries(one, tally, work.stateDir)),
    ...tally.report(),
    listed: list?.size ?? null,
    seconds: Math.round((performance.now() - began) / 100) / 10,
  };
}

/** The repositories that may have a branch of a series, each with these series; sorted. */
async function repositoriesFor(
  series: readonly Series[],
  repos: readonly string[],
  list: RepositoryList | null,
  stateDir: string,
): Promise<ReadonlyMap<string, readonly Series[]>> {
  if (repos.length > 0) return new Map(repos.map((repo) => [repo, series]));
  const found = new Map<string, Set<Series>>();
  const add = (repo: string, one: Series) => found.set(repo, (found.get(repo) ?? new Set()).add(one));
  for (const one of series) {
    const { modules } = await readOcaIndex(one);
    for (const { repo } of modules) add(repo, one);
    for (const [repo, { commit }] of readFetched(stateDir, one)) if (commit !== null) add(repo, one);
    for (const [repo, of] of list ?? []) if (of.includes(one)) add(repo, one);
  }
  const sorted = [...found].filter(([repo]) => !NOT_ADDONS.has(repo)).sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(sorted.map(([repo, of]) => [repo, [...of]]));
}

/** Whether a repository is no longer where it was, which is no fault of this run. */
function isGone(repo: string, kind: RemoteFaultKind, list: RepositoryList | null): boolean {
  // GitHub asks for credentials where there is nothing.
  return kind === 'not_found' || (list !== null && !list.has(repo) && GONE.has(kind));
}

/** What the OCA no longer lists and the remote no longer has is not told from the built-in index either. */
function forget(repo: string, series: readonly Series[], stateDir: string): void {
  const checked = new Date().toISOString();
  for (const one of series) keepBranch(stateDir, one, repo, { ...NO_BRANCH, checked });
}

/** Removes the git folders of repositories of which nothing is known any more. */
function clear(stateDir: string): void {
  const known = SERIES.flatMap((series) => [...readFetched(stateDir, series)]);
  const names = known.flatMap(([repo, { commit }]) => (commit === null ? [] : [repo]));
  keepOnly(sourcesFolder(stateDir).repositories, new Set(names));
}

function countSeries(series: Series, tally: Tally, stateDir: string): IndexedSeries {
  const branches = [...readFetched(stateDir, series).values()].filter(({ commit }) => commit !== null);
  const modules = branches.reduce((sum, branch) => sum + Object.keys(branch.modules).length, 0);
  return { series, ...tally.ofSeries(series), modules, repositories: branches.length };
}

/** The result of work that ends with a fault when it is cancelled. */
async function orCancelled<T>(
  run: () => Promise<Result<T, RemoteFault>>,
  { signal }: IndexWork,
): Promise<Result<T, RemoteFault>> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Interruption && signal?.aborted === true)
      return refused({ kind: 'cancelled', said: '' });
    throw error;
  }
}
