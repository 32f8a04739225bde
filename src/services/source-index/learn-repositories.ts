import { join } from 'node:path';
import { ok, type Result, refused } from '../../base/refusal.ts';
import { isSeries } from '../../manifest/series.ts';
import { readState, sourcesFolder } from '../../sources/fetched-index.ts';
import { fetchTrees } from '../../sources/remote/partial-repository.ts';
import { type FetchedReader, withFetched } from '../../sources/remote/read-fetched.ts';
import { isRepositoryName } from '../../sources/remote/remote.ts';
import type { RemoteFault, RemoteFaultKind } from '../../sources/remote/remote-fault.ts';
import { tipsOf } from '../../sources/remote/tip.ts';
import { parseRepositoryList, type RepositoryList } from '../../sources/repository-list.ts';
import type { TreeEntry } from '../../sources/tree-object.ts';
import { replaceFile } from '../../state/replace-file.ts';
import { fetchFiles, type TreesFetched } from './fetch-files.ts';
import type { IndexWork } from './index-repository.ts';

/** The repository in which the OCA lists its repositories. */
export const LISTING = 'repo-maintainer-conf';

/** More than there are: 75 files with 260 repositories, the largest of 17 KiB, in 2026. */
const MOST_FILES = 500;
const MOST_FILE_BYTES = 256 * 1024;
const MOST_REPOSITORIES = 2000;

/** What is kept of the list. */
interface KeptList {
  readonly format: 1;
  readonly commit: string;
  readonly repositories: Readonly<Record<string, readonly string[]>>;
}

/**
 * Learns which repositories the OCA has, and for which series each has a branch. Fetched only when it has changed.
 * @returns The list; or why it cannot be had.
 * @throws A system error of the state directory.
 */
export async function learnRepositories(work: IndexWork): Promise<Result<RepositoryList, RemoteFault>> {
  const { remote, stateDir, scratch, timeoutMs, maxBytes, signal } = work;
  const { known } = sourcesFolder(stateDir);
  const until = performance.now() + timeoutMs;
  const tips = await tipsOf(remote, LISTING, ['HEAD'], scratch, { limit: timeoutMs, signal });
  if (!tips.ok) return tips;
  const kept = keptList(readState(known));
  if (kept !== null && kept.commit === tips.value.get('HEAD')) return ok(kept.list);
  const repository = { remote, repo: LISTING, path: join(scratch, LISTING), maxBytes, until, signal };
  // It is small, and changes seldom.
  const sent = await fetchTrees(repository, ['HEAD'], true);
  if (!sent.ok) return sent;
  const read = await withFetched(repository.path, scratch, MOST_FILE_BYTES, (reader) =>
    readList({ repository, refs: ['HEAD'], reader, sent: sent.value, unasked: undefined }),
  );
  if (read === null) return failed('no_git', '');
  if (!read.ok) return read;
  const { commit, list } = read.value;
  const keep: KeptList = { format: 1, commit, repositories: Object.fromEntries(list) };
  replaceFile(known, JSON.stringify(keep));
  return ok(list);
}

async function readList(
  fetched: TreesFetched,
): Promise<Result<{ readonly commit: string; readonly list: RepositoryList }, RemoteFault>> {
  const { reader } = fetched;
  const commit = await reader.commit('HEAD');
  if (commit === null) return failed('broken', 'its commit cannot be read');
  const ids = await listFiles(commit.top, reader);
  if (ids === null) return failed('broken', 'its folders cannot be read');
  const got = await fetchFiles(ids, fetched);
  if (!got.ok) return got;
  const files = await reader.files(ids);
  if (files === null) return failed('broken', 'its files cannot be read');
  const all = [...files.values()].flatMap((bytes) => [...parseRepositoryList(bytes?.toString('utf8') ?? '')]);
  const list = new Map(all.slice(0, MOST_REPOSITORIES));
  return list.size === 0 ? failed('broken', 'it lists no repositories') : ok({ commit: commit.commit, list });
}

/** The ids of `conf/repo/*.yml`. */
async function listFiles(top: readonly TreeEntry[], reader: FetchedReader): Promise<string[] | null> {
  let entries: readonly TreeEntry[] = top;
  for (const name of ['conf', 'repo']) {
    const folder = entries.find((entry) => entry.name === name && entry.mode === '40000');
    const read = folder === undefined ? null : await reader.trees([folder.id]);
    if (read === null || folder === undefined) return null;
    entries = read[0] ?? [];
  }
  const files = entries.filter(({ mode, name }) => mode.startsWith('100') && /\.ya?ml$/.test(name));
  return [...new Set(files.map(({ id }) => id))].slice(0, MOST_FILES);
}

function keptList(value: unknown): { readonly commit: string; readonly list: RepositoryList } | null {
  const { format, commit, repositories } = (value ?? {}) as Record<keyof KeptList, unknown>;
  if (format !== 1 || typeof commit !== 'string') return null;
  if (typeof repositories !== 'object' || repositories === null) return null;
  const entries = Object.entries(repositories as Record<string, unknown>);
  const list = new Map(
    entries.flatMap(([name, series]) => {
      if (!isRepositoryName(name) || !Array.isArray(series)) return [];
      return [[name, series.filter(isSeries)] as const];
    }),
  );
  return { commit, list };
}

function failed(kind: RemoteFaultKind, said: string): { readonly ok: false; readonly refusal: RemoteFault } {
  return refused({ kind, said });
}
