/** Brings the index of OCA's repositories up to date: which module is where, as their branches are now. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ok, type Result, refuse } from '../../base/refusal.ts';
import { TOOLS } from '../../base/surface.ts';
import { inQuotes } from '../../base/text.ts';
import { takeTurns } from '../../base/turns.ts';
import type { Series } from '../../manifest/series.ts';
import { sourcesFolder } from '../../sources/fetched-index.ts';
import { isRepositoryName } from '../../sources/remote/remote.ts';
import { clearStaging, withStaging } from '../../sources/remote/staging.ts';
import { findGit } from '../../sources/run-git.ts';
import { notProven, stateFailed } from '../../state/failures.ts';
import { discardOwn, makeStateFolder } from '../../state/folder.ts';
import { isDraft } from '../../state/layout.ts';
import { proveStateDir } from '../../state/proof.ts';
import { whileLocked } from '../../state/while-locked.ts';
import type { ServiceContext } from '../context.ts';
import { selectInstance } from '../select-target.ts';
import { indexAll } from './index-all.ts';
import type { SourceIndexReport } from './index-report.ts';

/** What is asked of {@link indexSources}. */
export interface SourceIndexRequest {
  /** By default those of the instances. */
  readonly series: readonly Series[];
  /** Only the series of this instance. */
  readonly instance?: string | undefined;
  /** Only these repositories; by default all that are known. */
  readonly repos: readonly string[];
}

/**
 * Fetches which modules OCA's repositories have on their branches, into the state directory.
 * @returns What was done; or why nothing was: no remote, no git, another run, a state directory that cannot be used.
 */
export async function indexSources(
  request: SourceIndexRequest,
  context: ServiceContext,
): Promise<Result<SourceIndexReport>> {
  const { remotes, stateDir, signal, onProgress } = context;
  const remote = remotes?.oca ?? null;
  if (remotes == null || remote === null) return refuseWithoutRemote();
  const series = chooseSeries(request, context);
  if (!series.ok) return series;
  const wrong = request.repos.find((repo) => !isRepositoryName(repo));
  if (wrong !== undefined) {
    return refuse('invalid_argument', `${inQuotes(wrong)} is not the name of a repository.`, {
      hint: 'Give the name that it has at its remote, such as partner-contact.',
    });
  }
  if (findGit(process.env.PATH) === null)
    return refuse('source_unavailable', 'git is not installed, or not in PATH.', { hint: 'Install git.' });
  try {
    return await underLock(context, series.value, (scratch) => {
      const { maxBytes, timeoutMs } = remotes;
      const turns = takeTurns(signal);
      const work = { remote, stateDir, scratch, maxBytes, timeoutMs, signal, onProgress, turns };
      return indexAll(series.value, request.repos, work);
    });
  } catch (error) {
    return stateFailed(error);
  }
}

function refuseWithoutRemote() {
  return refuse('no_remote', 'The configuration does not say where the repositories of the OCA are.', {
    hint: 'Add `"sources": {}` to the configuration file for those of github.com/OCA, or `"sources": {"oca": {"url": "..."}}` for a mirror.',
  });
}

function chooseSeries(
  { series, instance }: SourceIndexRequest,
  { instances, surface = TOOLS }: ServiceContext,
): Result<readonly Series[]> {
  if (instance !== undefined) {
    const chosen = selectInstance(instances, { instance }, surface);
    return chosen.ok ? ok([chosen.value.series]) : chosen;
  }
  const wanted = series.length > 0 ? series : instances.map((one) => one.series);
  return ok([...new Set(wanted)].sort());
}

/**
 * Runs work while no other process fetches into the folder of sources.
 * @param work Gets a folder for what is not kept.
 * @throws A system error of the state directory.
 */
async function underLock<T>(
  { stateDir, signal }: ServiceContext,
  series: readonly Series[],
  work: (scratch: string) => Promise<T>,
): Promise<Result<T>> {
  const { path, index, repositories } = sourcesFolder(stateDir);
  return whileLocked({ stateDir, folder: path, signal, waitMs: 0, gaveUp: busy }, async () => {
    for (const folder of [repositories, ...series.map(index)]) {
      const made = await makeStateFolder(stateDir, folder);
      if (!made.ok) return made;
      discardDrafts(folder);
    }
    // What git is told there, and what it reads, must be nobody else's.
    const [fault] = proveStateDir(stateDir);
    if (fault !== undefined) return notProven(stateDir, fault);
    await clearStaging(path);
    return ok(await withStaging(path, work));
  });
}

function busy() {
  return refuse('busy', 'Another process is fetching the index now.', {
    hint: 'Wait for it to end: what it fetches need not be fetched again.',
  });
}

/** Removes what a process left that was killed while it wrote. */
function discardDrafts(folder: string): void {
  for (const name of readdirSync(folder)) if (isDraft(name)) discardOwn(join(folder, name));
}
